"""Assembly: from the things of a cell to one flat, checked Model, step by step.

Things declare themselves (`_declare`, one rule a kind), the membrane sums their currents, the ledger moves
concentrations by what ions carry, gates that were met on the way become states, and initial values that
are formulas are evaluated at rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch

from troponin.errors import ModelError, UnitError
from troponin.expr.dimensions import infer
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import total
from troponin.expr.graph import substitute, symbols
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.expr.singular import repair_all
from troponin.model.check import require_sound
from troponin.model.model import Input, Invariant, Model, Parameter, Role, State, Stimulus, Variable
from troponin.model.structure import flatten
from troponin.model.values import number_in
from troponin.physiology.balance import Ledger, declare_concentrations, invariants
from troponin.physiology.blueprint import (
    Blueprint,
    CarriedCurrent,
    add_equation,
    add_state,
    register_gate,
    resolved,
    value_node,
)
from troponin.physiology.buffer import Binding, KineticBuffer, RapidBuffer
from troponin.physiology.channel import Channel, Current
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.contraction import Contraction, declare_contraction
from troponin.physiology.flux import Flux
from troponin.physiology.gate import Gate
from troponin.physiology.ion import F, Ion, R, T, ghk_current, nernst
from troponin.physiology.markov import Markov, net_rate
from troponin.physiology.membrane import (
    StimulusCurrent,
    i_ion,
    i_stim,
    rate_of_voltage,
    time,
    voltage,
)
from troponin.physiology.transporter import Transporter
from troponin.units import DIMENSIONLESS, Quantity, Unit, mM, ms, mV, parse_quantity, parse_unit

__all__ = ["assemble"]


def assemble(plan: Blueprint, initial_voltage: Quantity | str | None, area: Node) -> Model:
    """The model of a cell.

    Raises `ModelError` for what is incomplete or contradicts itself.
    """
    plan.inputs.insert(0, Input(time.name, ms, Role.TIME, 0.0, "time"))
    plan.meanings.setdefault("time", time.name)
    for thing in plan.things:
        _declare(thing, plan)
    if plan.current_unit is not None:
        _declare_membrane(plan, initial_voltage)
    ledger = Ledger(plan, area)
    declare_concentrations(ledger)
    kept = invariants(ledger)
    _declare_gates(plan)
    model = _model(plan, kept)
    require_sound(model)
    return _with_initial_values(plan, model)


def _model(plan: Blueprint, kept: tuple[Invariant, ...]) -> Model:
    return Model(
        name=plan.name,
        time_unit=ms,
        states=tuple(plan.states),
        parameters=_used_parameters(plan, kept),
        inputs=tuple(plan.inputs),
        equations=tuple(plan.equations),
        meanings=plan.meanings,
        stimulus=plan.stimulus,
        invariants=kept,
        main_currents=plan.main_currents,
        paper=plan.paper,
        variant=plan.variant,
    )


def _used_parameters(plan: Blueprint, kept: tuple[Invariant, ...]) -> tuple[Parameter, ...]:
    """The parameters, without those of R, T and F that no equation of this cell asks for."""
    formulas = [e.expression for e in plan.equations] + [s.rate for s in plan.states if s.rate is not None]
    used = {symbol.name for symbol in symbols(*formulas, *(invariant.expression for invariant in kept))}
    always = {R.name, T.name, F.name}
    return tuple(p for p in plan.parameters if p.name in used or p.name not in always)


# ---------------------------------------------------------------- things


@singledispatch
def _declare(thing: object, plan: Blueprint) -> None:
    raise ModelError(
        f"a cell cannot take {type(thing).__name__!r}",
        where=plan.name,
        remedy="Add channels, currents, transporters, fluxes, concentrations, buffers, gates or contraction.",
    )


@_declare.register(Compartment)
@_declare.register(Concentration)
@_declare.register(RapidBuffer)
@_declare.register(KineticBuffer)
@_declare.register(Binding)
def _by_the_ledger(thing: object, plan: Blueprint) -> None:
    """The ledger declares these, when all that moves ions is known."""


@_declare.register
def _gate(gate: Gate, plan: Blueprint) -> None:
    if "." not in gate.name and gate not in plan.gates:
        raise ModelError(
            f"gate {gate.name} stands alone and needs its component", remedy=f"Name it 'component.{gate.name}'."
        )
    register_gate(plan, gate, "")


@_declare.register
def _chain(chain: Markov, plan: Blueprint) -> None:
    plan.chains.setdefault(chain, chain.name)


@_declare.register
def _current(current: Current, plan: Blueprint) -> None:
    _declare_current(plan, current, current.expression, current.shares)


@_declare.register
def _transporter(carrier: Transporter, plan: Blueprint) -> None:
    _declare_current(plan, carrier, carrier.current, carrier.shares)


@_declare.register
def _channel(channel: Channel, plan: Blueprint) -> None:
    shares: Mapping[Ion, NodeLike] = {} if channel.ion is None else {channel.ion: 1.0}
    law = _ohmic(channel, plan) if channel.conductance is not None else _constant_field(channel, plan)
    _declare_current(plan, channel, law, shares)


@_declare.register
def _contraction(muscle: Contraction, plan: Blueprint) -> None:
    declare_contraction(muscle, plan)


@_declare.register
def _flux(flux: Flux, plan: Blueprint) -> None:
    add_equation(plan, flux.symbol.name, flux.expression, mM / ms, flux.doc)


@_declare.register
def _stimulus(stimulus: StimulusCurrent, plan: Blueprint) -> None:
    if plan.current_unit is None:
        raise ModelError(
            "a cell without a membrane takes no stimulus", where=plan.name, remedy="Give the cell a capacitance."
        )
    if plan.stimulus is not None:
        raise ModelError("a cell has one stimulus current of its own", where=plan.name)
    amplitude, duration = (
        parse_quantity(x) if isinstance(x, str) else x for x in (stimulus.amplitude, stimulus.duration)
    )
    carrier = stimulus.carrier
    plan.stimulus = Stimulus(
        number_in(plan.current_unit, amplitude, name="stimulus amplitude"),
        number_in(ms, duration, name="stimulus duration"),
        None if carrier is None else carrier.name,
    )
    shares: dict[Ion, Node] = {} if carrier is None else {carrier: as_node(1.0)}
    plan.currents.append(CarriedCurrent(i_stim, shares, stimulus.inside or plan.inside, plan.outside))


def _declare_current(
    plan: Blueprint, thing: Channel | Current | Transporter, law: NodeLike, shares: Mapping[Ion, NodeLike]
) -> None:
    if plan.current_unit is None:
        raise ModelError(f"{thing.name} needs a membrane", where=plan.name, remedy="Give the cell a capacitance.")
    symbol = add_equation(plan, thing.symbol.name, law, plan.current_unit, thing.doc)
    fixed = {ion: resolved(plan, share, symbol.name) for ion, share in shares.items()}
    plan.currents.append(CarriedCurrent(symbol, fixed, thing.inside or plan.inside, thing.outside or plan.outside))


def _ohmic(channel: Channel, plan: Blueprint) -> Node:
    """I = g p (v - v_S)."""
    assert channel.conductance is not None
    assert plan.current_unit is not None
    component, kind = _component(channel), _kind(channel)
    g = value_node(plan, channel.conductance, f"{component}.g{kind}", plan.current_unit / mV, "conductance")
    if channel.reversal is None:
        reversal: Node = _nernst_potential(channel, plan)
    else:
        reversal = value_node(plan, channel.reversal, f"{component}.E{kind}", mV, "reversal potential")
    return _with_open(g, channel.open) * (voltage - reversal)


def _constant_field(channel: Channel, plan: Blueprint) -> Node:
    """I = P p z F (c_i B(-xi) - c_o B(xi)); P in cm/s counts per 1 uF/cm^2 where currents are in A/F."""
    assert channel.permeability is not None
    assert channel.ion is not None
    component, kind = _component(channel), _kind(channel)
    p = value_node(plan, channel.permeability, f"{component}.P{kind}", doc="permeability")
    inside, outside = _sides(channel, plan)
    activity = channel.activity or (1.0, 1.0)
    within = inside if channel.activity is None else as_node(activity[0]) * inside
    beyond = outside if channel.activity is None else as_node(activity[1]) * outside
    current = ghk_current(channel.ion, _with_open(p, channel.open), within, beyond, voltage)
    unit = next((q.unit for q in plan.parameters if Symbol(q.name) is p), None)
    if not plan.per_area and unit is not None and unit.dimension == parse_unit("cm/s").dimension:
        return current / (1.0 * parse_unit("uF/cm^2"))
    return current


def _with_open(size: Node, probability: NodeLike) -> Node:
    p = as_node(probability)
    return size if p is as_node(1.0) else size * p


def _component(channel: Channel) -> str:
    return channel.symbol.name.rpartition(".")[0]


def _kind(channel: Channel) -> str:
    """What the paper writes as the index: Na of INa, Ca_ss of ICaL.ICa_ss."""
    name = channel.symbol.name.rpartition(".")[2]
    return name[1:] if name.startswith(("I", "i")) else name


def _sides(channel: Channel, plan: Blueprint) -> tuple[Concentration, Concentration]:
    found = []
    for side, compartment in (("inside", channel.inside or plan.inside), ("outside", channel.outside or plan.outside)):
        matches = [
            c for c in plan.things if isinstance(c, Concentration) and c.ion == channel.ion and c.inside is compartment
        ]
        if len(matches) != 1 or channel.ion is None:
            ion = "its ion" if channel.ion is None else channel.ion.name
            place = "no compartment" if compartment is None else f"compartment {compartment.name}"
            raise ModelError(
                f"channel {channel.name} needs the concentration of {ion} {side} ({place})",
                where=plan.name,
                remedy="Add a Concentration, or give the channel its reversal potential.",
            )
        found.append(matches[0])
    return found[0], found[1]


def _nernst_potential(channel: Channel, plan: Blueprint) -> Symbol:
    """The Nernst potential of a channel's ion, declared once for each pair of compartments."""
    assert channel.ion is not None
    inside, outside = _sides(channel, plan)
    usual = inside.inside is plan.inside and outside.inside is plan.outside
    name = f"reversal.E{channel.ion.name}" + ("" if usual else f"_{inside.inside.name}")
    if all(e.name != name for e in plan.equations):
        add_equation(plan, name, nernst(channel.ion, inside, outside), mV, f"Nernst potential of {channel.ion.name}")
    return Symbol(name)


# ---------------------------------------------------------------- membrane and gates


def _declare_membrane(plan: Blueprint, initial_voltage: Quantity | str | None) -> None:
    assert plan.current_unit is not None
    plan.inputs.append(Input(i_stim.name, plan.current_unit, Role.STIMULUS, 0.0, "stimulus current, inward negative"))
    if all(current.symbol is not i_stim for current in plan.currents):
        plan.currents.append(CarriedCurrent(i_stim, {}, plan.inside, plan.outside))
    ionic = [current.symbol for current in plan.currents if current.symbol is not i_stim]
    add_equation(plan, i_ion.name, total(list(ionic)), plan.current_unit, "sum of the ionic currents, outward positive")
    if initial_voltage is None:
        raise ModelError("a cell with a membrane needs its initial voltage", where=plan.name, remedy="Say v='-85 mV'.")
    add_state(
        plan, voltage.name, initial_voltage, rate_of_voltage(i_ion, i_stim, plan.per_area), mV, "membrane potential"
    )
    for meaning, symbol in (("v", voltage), ("I_ion", i_ion), ("stimulus", i_stim)):
        plan.meanings.setdefault(meaning, symbol.name)


def _declare_gates(plan: Blueprint) -> None:
    per_ms = parse_unit("1/ms")
    done: set[object] = set()
    while len(done) < len(plan.gates) + len(plan.chains):  # a gate's formula may hold further gates
        for gate, name in list(plan.gates.items()):
            if gate not in done:
                _declare_gate(plan, gate, name, per_ms)
                done.add(gate)
        for chain in list(plan.chains):
            if chain not in done:
                _declare_chain(plan, chain, per_ms)
                done.add(chain)


def _declare_gate(plan: Blueprint, gate: Gate, name: str, per_ms: Unit) -> None:
    component, _, short = name.rpartition(".")
    p, speed = Symbol(name), gate.speed
    if gate.alpha is not None and gate.beta is not None:
        rates = [_in_unit(plan, x, name, per_ms) for x in (gate.alpha, gate.beta)]
        rates = rates if speed is None else [speed * x for x in rates]
        alpha = add_equation(plan, f"{component}.alpha_{short}", rates[0], per_ms, f"opening rate of {short}")
        beta = add_equation(plan, f"{component}.beta_{short}", rates[1], per_ms, f"closing rate of {short}")
        rate, rest = alpha * (1.0 - p) - beta * p, alpha / (alpha + beta)
    else:
        assert gate.inf is not None
        assert gate.tau is not None
        constant = _in_unit(plan, gate.tau, name, ms)
        constant = constant if speed is None else constant / speed
        rest = add_equation(plan, f"{component}.{short}_inf", gate.inf, DIMENSIONLESS, f"steady state of {short}")
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


def _in_unit(plan: Blueprint, formula: NodeLike, name: str, unit: Unit) -> Node:
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
    return root if found == unit else root * (1.0 * unit)


# ---------------------------------------------------------------- initial values


def _with_initial_values(plan: Blueprint, model: Model) -> Model:
    """The model with the initial values that are formulas evaluated from those that are numbers."""
    if not plan.initials:
        return model
    values = {s.name: s.initial for s in model.states if s.name not in plan.initials}
    values |= {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs}
    written_out: dict[Node, Node] = {Symbol(name): formula for name, formula in flatten(model).values.items()}
    pending = {name: substitute(formula, written_out) for name, formula in plan.initials.items()}
    while pending:
        ready = [name for name, formula in pending.items() if all(s.name in values for s in symbols(formula))]
        if not ready:
            raise ModelError("initial values that need each other", where=plan.name, complaints=sorted(pending))
        formulas = repair_all([pending.pop(name) for name in ready])
        values |= {name: float(x) for name, x in zip(ready, evaluate(formulas, values), strict=True)}
    return replace(model, states=tuple(replace(s, initial=_finite(s, values[s.name])) for s in model.states))


def _finite(state: State, value: float) -> float:
    return number_in(state.unit, value, name=f"initial value of {state.name}")
