"""Kinetics of a cell: gates and Markov chains become states with rates in 1/ms."""

from __future__ import annotations

from troponin.errors import UnitError
from troponin.expr.dimensions import infer
from troponin.expr.functions import total
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.model.model import Variable
from troponin.physiology.blueprint import Blueprint, add_equation, add_state, resolved, written_at
from troponin.physiology.gate import Gate
from troponin.physiology.markov import Markov, net_rate
from troponin.units import DIMENSIONLESS, Unit, ms, parse_unit

__all__ = ["declare_gates"]


def declare_gates(plan: Blueprint) -> None:
    """Declare every gate and Markov chain that the cell's formulas hold."""
    per_ms = parse_unit("1/ms")
    done: set[object] = set()
    while len(done) < len(plan.gates) + len(plan.chains):  # a gate's formula may hold further gates
        for gate, name in list(plan.gates.items()):
            if gate not in done:
                with written_at(plan, gate.where):
                    _declare_gate(plan, gate, name, per_ms)
                done.add(gate)
        for chain in list(plan.chains):
            if chain not in done:
                with written_at(plan, chain.where):
                    _declare_chain(plan, chain, per_ms)
                done.add(chain)


def _declare_gate(plan: Blueprint, gate: Gate, name: str, per_ms: Unit) -> None:
    component, _, short = name.rpartition(".")
    p, speed, formulas = Symbol(name), gate.speed, gate.formulas
    if "alpha" in formulas:
        rates = [_in_unit(plan, formulas[x], name, per_ms) for x in ("alpha", "beta")]
        rates = rates if speed is None else [speed * x for x in rates]
        alpha = add_equation(plan, f"{component}.alpha_{short}", rates[0], per_ms, f"opening rate of {short}")
        beta = add_equation(plan, f"{component}.beta_{short}", rates[1], per_ms, f"closing rate of {short}")
        rate, rest = alpha * (1.0 - p) - beta * p, alpha / (alpha + beta)
    else:
        constant = _in_unit(plan, formulas["tau"], name, ms)
        constant = constant if speed is None else constant / speed
        rest = add_equation(
            plan, f"{component}.{short}_inf", formulas["inf"], DIMENSIONLESS, f"steady state of {short}"
        )
        tau = add_equation(plan, f"{component}.tau_{short}", constant, ms, f"time constant of {short}")
        rate = (rest - p) / tau
    initial: NodeLike = rest if gate.initial is None else as_node(gate.initial)
    add_state(plan, name, initial, rate, DIMENSIONLESS, gate.doc or f"gate {short}")


def _declare_chain(plan: Blueprint, chain: Markov, per_ms: Unit) -> None:
    for state, occupancy in chain.states.items():
        name = f"{chain.name}.{state}"
        if state == chain.eliminate:
            others = total([chain[x] for x in chain.states if x != state])
            add_equation(plan, name, 1.0 - others, DIMENSIONLESS, f"occupancy of {state}")
        else:
            rate = _in_unit(plan, net_rate(chain, state), name, per_ms)
            add_state(plan, name, as_node(occupancy), rate, DIMENSIONLESS, f"occupancy of {state}")


def _in_unit(plan: Blueprint, formula: Node, name: str, unit: Unit) -> Node:
    """A fit as a quantity: a plain number counts in `unit`, and what has that unit already stays."""
    root = resolved(plan, formula, name)
    declared: tuple[Variable, ...] = (*plan.states, *plan.parameters, *plan.inputs, *plan.equations)
    known = {x.name: x.unit for x in declared}
    known |= dict.fromkeys(plan.gates.values(), DIMENSIONLESS)
    known |= {f"{chain.name}.{state}": DIMENSIONLESS for chain in plan.chains for state in chain.states}
    try:
        found = infer(root, known)
    except (KeyError, UnitError):
        found = DIMENSIONLESS  # the check tells what is missing or does not fit
    return root if found == unit else root * unit
