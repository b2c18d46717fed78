"""A further current across the membrane of a finished model.

    dv/dt = -(I_ion + I_stim)/C_m   becomes   dv/dt = -(I_ion + I_added + I_stim)/C_m       outward positive

In all else, the concentrations, the added current counts as the stimulus does: whatever ion carries that carries it, so
that charge stays conserved where it was.  A model whose I_ion is not known gets it beside its stimulus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from troponin.errors import ModelError, UnitError
from troponin.expr.calculus import derivative
from troponin.expr.dimensions import infer
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import order_by_dependency, postorder, substitute, symbols
from troponin.expr.nodes import Node, Number, Symbol
from troponin.model.audit import leaks
from troponin.model.model import Equation, Input, Model, State
from troponin.model.pacing import paced_input
from troponin.model.structure import dependencies, flatten, names_behind
from troponin.model.transform import as_input
from troponin.units import Unit

__all__ = ["Gateway", "gateway", "in_unit", "with_current"]


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where a current enters a model: the state v, the equation I_ion (None where it is not known), the stimulus.

    unit       of the current
    ionic      what a unit of an outward current adds to I_ion: 1 where that is positive outward, else -1
    stimulus   what it adds to the stimulus
    """

    v: State
    total: Equation | None
    given: Input | None
    unit: Unit
    ionic: float
    stimulus: float


def gateway(model: Model) -> Gateway:
    """Where a further current enters a model.

    Raises `ModelError` for a model without a membrane potential that is free, and for one in which neither I_ion nor a
    stimulus moves it.
    """
    v = model.variables.get(model.meanings.get("v", ""))
    if not isinstance(v, State):
        raise ModelError(
            "this model has no free membrane potential",
            where=f"model {model.name}",
            remedy="A clamped v has no current.",
        )
    found = model.variables.get(model.meanings.get("I_ion", ""))
    total = found if isinstance(found, Equation) else None
    by_total = _slope(as_input(model, total.name, total.name), v, total.name) if total is not None else 0.0
    given = paced_input(model)
    by_given = _slope(model, v, given.name) if given is not None else 0.0
    if total is not None and by_total:
        outward = -1.0 if by_total > 0.0 else 1.0
        return Gateway(v, total, given, total.unit, outward, outward * by_total / by_given if by_given else 0.0)
    if given is not None and by_given:
        return Gateway(v, None, given, given.unit, 0.0, -1.0 if by_given > 0.0 else 1.0)
    raise ModelError(
        "neither a total ionic current nor a stimulus moves the membrane potential",
        where=f"model {model.name}",
        remedy='Say which variable is the meaning "I_ion", or which input the stimulus is.',
    )


def with_current(
    model: Model,
    name: str,
    expression: Node,
    *,
    states: Iterable[State] = (),
    equations: Iterable[Equation] = (),
    doc: str = "added current, outward positive",
) -> Model:
    """The model with a further current `name`, an expression in the unit of its gateway, with what that needs.

    Raises `ModelError` for a name that is there already and for an expression that needs itself.
    """
    door = gateway(model)
    current = Equation(name, door.unit, expression, doc)
    fresh: list[State | Equation] = [*states, *equations, current]
    taken = [variable.name for variable in fresh if variable.name in model.variables]
    if taken:
        raise ModelError(f"'{taken[0]}' is there already", where=f"model {model.name}", remedy="Give another name.")
    behind = _behind_v(model, door) if door.total is not None else set()
    carried: dict[Node, Node] = {}
    if door.given is not None and door.stimulus:
        share = Symbol(name) if door.stimulus == 1.0 else door.stimulus * Symbol(name)
        carried[Symbol(door.given.name)] = Symbol(door.given.name) + share

    def state(old: State) -> State:
        free = old.rate is None or (old.name == door.v.name and door.total is not None)
        return old if free or old.rate is None else replace(old, rate=substitute(old.rate, carried))

    def equation(old: Equation) -> Equation:
        if door.total is not None and old.name == door.total.name:
            return replace(old, expression=old.expression + _signed(Symbol(name), door.ionic))
        return old if old.name in behind else replace(old, expression=substitute(old.expression, carried))

    changed = replace(
        model,
        states=(*map(state, model.states), *states),
        equations=(*map(equation, model.equations), *equations, current),
        invariants=tuple(replace(x, flows=(*x.flows, name)) for x in model.invariants),
    )
    cycles = order_by_dependency(dependencies(changed))[1]
    if cycles:
        raise ModelError(
            "the added current needs itself", where=f"model {model.name}", complaints=[" -> ".join(cycles[0])],
            remedy="Let it depend on states, such as v, and not on the total current.",
        )  # fmt: skip
    broken = {leak.invariant for leak in leaks(changed) if leak.flow == name}
    return replace(changed, invariants=tuple(x for x in changed.invariants if x.name not in broken))


def in_unit(expression: Node, unit: Unit, units: Mapping[str, Unit]) -> Node:
    """An expression, converted to a unit.

    Where none of its numbers has a unit and it does not fit, it is taken as a formula of plain numbers: each variable
    counts in its own unit and the result in `unit`.  Raises `UnitError` where it is not one or the other.
    """
    try:
        got = infer(expression, units)
        if got is None or got == unit:
            return expression
        if got.dimension == unit.dimension:
            return expression * Number(float(got.scale / unit.scale), unit / got)
        fault = UnitError("the current has the wrong unit", got=got, expected=unit)
    except UnitError as found:
        fault = found
    if any(isinstance(node, Number) and node.unit is not None for node in postorder([expression])):
        fault.remedy = f"Make it a current in {unit}, or leave the units of all its numbers away."
        raise fault
    plain: dict[Node, Node] = {symbol: symbol / Number(1.0, units[symbol.name]) for symbol in symbols(expression)}
    return substitute(expression, plain) * Number(1.0, unit)


def _slope(model: Model, v: State, name: str) -> float:
    """d(dv/dt)/d(an input) at the initial state."""
    flat = flatten(model)
    rate = flat.rates[[state.name for state in model.states].index(v.name)]
    values = {s.name: s.initial for s in model.states} | {p.name: p.value for p in model.parameters}
    values |= {i.name: i.value for i in model.inputs}
    return float(evaluate([derivative(rate, Symbol(name))], values)[0])


def _behind_v(model: Model, door: Gateway) -> set[str]:
    """The equations that dv/dt depends on, in which the stimulus is not to be changed as well."""
    needs = dependencies(model)
    return set() if door.v.rate is None else names_behind(door.v.rate, needs) & needs.keys()


def _signed(symbol: Node, sign: float) -> Node:
    return symbol if sign > 0.0 else -symbol
