"""Assembly: from the things of a cell to one flat, checked Model, step by step.

Things declare themselves (`_declare`, one rule a kind), the membrane sums their currents, the ledger moves
concentrations by what ions carry, gates that were met on the way become states, and initial values that
are formulas are evaluated at rest.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from troponin.errors import ModelError, UnknownNameError
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import total
from troponin.expr.graph import substitute, symbols
from troponin.expr.nodes import Node, Symbol
from troponin.expr.singular import repair_all
from troponin.model.check import require_sound
from troponin.model.model import Input, Invariant, Model, Parameter, Role, State
from troponin.model.structure import flatten
from troponin.model.values import number_in
from troponin.physiology.balance import Ledger, declare_concentrations, invariants
from troponin.physiology.blueprint import Blueprint, CarriedCurrent, add_equation, add_state, register_gate, written_at
from troponin.physiology.buffer import Binding, KineticBuffer, RapidBuffer
from troponin.physiology.channel import Channel, Current
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.contraction import Contraction, declare_contraction
from troponin.physiology.currents import declare_channel, declare_current, declare_stimulus
from troponin.physiology.flux import Flux
from troponin.physiology.gate import Gate
from troponin.physiology.ion import F, R, T
from troponin.physiology.kinetics import declare_gates
from troponin.physiology.markov import Markov
from troponin.physiology.membrane import StimulusCurrent, i_ion, i_stim, rate_of_voltage, time, voltage
from troponin.physiology.transporter import Transporter
from troponin.units import Quantity, mM, ms, mV

__all__ = ["assemble"]


def assemble(plan: Blueprint, initial_voltage: Quantity | str | None, area: Node | None) -> Model:
    """The model of a cell.

    Raises `ModelError` for what is incomplete or contradicts itself.
    """
    plan.inputs.insert(0, Input(time.name, ms, Role.TIME, 0.0, "time"))
    plan.meanings.setdefault("time", time.name)
    for thing in plan.things:
        with written_at(plan, getattr(thing, "where", plan.where)):  # a compartment has none of its own
            _declare(thing, plan)
    if plan.current_unit is not None:
        _declare_membrane(plan, initial_voltage)
    ledger = Ledger(plan, area)
    declare_concentrations(ledger)
    kept = invariants(ledger)
    declare_gates(plan)
    _require_known(plan)
    model = _model(plan, kept)
    require_sound(model)
    return _with_initial_values(plan, model)


def _model(plan: Blueprint, kept: tuple[Invariant, ...]) -> Model:
    return Model(
        name=plan.name,
        time_unit=ms,
        states=_in_reading_order(plan),
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


def _require_known(plan: Blueprint) -> None:
    """Raise for the first initial value of a state that this cell does not have."""
    states = [state.name for state in plan.states]
    for name in plan.start:
        if name not in states:
            raise UnknownNameError("state", name, states, where=f"initial values of {plan.name}")


def _in_reading_order(plan: Blueprint) -> tuple[State, ...]:
    """The states as papers list them: v, the concentrations, the gates current by current, then the others."""
    concentrations = [c.qualified for c in plan.things if isinstance(c, Concentration)]
    components = list(dict.fromkeys(current.symbol.name.rpartition(".")[0] for current in plan.currents))
    gates = set(plan.gates.values())

    def place(state: State) -> tuple[int, int, bool]:
        component = state.name.rpartition(".")[0]
        if state.name == voltage.name:
            return 0, 0, False
        if state.name in concentrations:
            return 1, concentrations.index(state.name), False
        if component in components:
            return 2, components.index(component), state.name not in gates
        return 3, 0, False

    return tuple(sorted(plan.states, key=place))  # where the place is the same, as they were declared


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
    declare_current(plan, current, current.expression, current.shares)


@_declare.register
def _transporter(carrier: Transporter, plan: Blueprint) -> None:
    declare_current(plan, carrier, carrier.current, carrier.shares)


@_declare.register
def _channel(channel: Channel, plan: Blueprint) -> None:
    declare_channel(channel, plan)


@_declare.register
def _contraction(muscle: Contraction, plan: Blueprint) -> None:
    declare_contraction(muscle, plan)


@_declare.register
def _flux(flux: Flux, plan: Blueprint) -> None:
    add_equation(plan, flux.symbol.name, flux.expression, mM / ms, flux.doc)


@_declare.register
def _stimulus(stimulus: StimulusCurrent, plan: Blueprint) -> None:
    declare_stimulus(stimulus, plan)


# ---------------------------------------------------------------- the membrane


def _declare_membrane(plan: Blueprint, initial_voltage: Quantity | str | None) -> None:
    assert plan.current_unit is not None
    plan.inputs.append(Input(i_stim.name, plan.current_unit, Role.STIMULUS, 0.0, "stimulus current, inward negative"))
    if all(current.symbol is not i_stim for current in plan.currents):
        plan.currents.append(CarriedCurrent(i_stim, {}, plan.inside, plan.outside))
    ionic = [current.symbol for current in plan.currents if current.symbol is not i_stim]
    add_equation(plan, i_ion.name, total(list(ionic)), plan.current_unit, "sum of the ionic currents, outward positive")
    if initial_voltage is None and voltage.name in plan.start:
        initial_voltage = plan.start[voltage.name]
    if initial_voltage is None:
        raise ModelError("a cell with a membrane needs its initial voltage", where=plan.name, remedy="Say v='-85 mV'.")
    add_state(
        plan, voltage.name, initial_voltage, rate_of_voltage(i_ion, i_stim, plan.per_area), mV, "membrane potential"
    )
    for meaning, symbol in (("v", voltage), ("I_ion", i_ion), ("stimulus", i_stim)):
        plan.meanings.setdefault(meaning, symbol.name)


# ---------------------------------------------------------------- initial values


def _with_initial_values(plan: Blueprint, model: Model) -> Model:
    """The model with the initial values that are formulas evaluated from those that are numbers."""
    if not plan.initials:
        return model
    values = {s.name: s.initial for s in model.states if s.name not in plan.initials}
    values |= {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs}
    pending = dict(plan.initials)
    if any(symbol.name not in values for symbol in symbols(*pending.values())):
        written_out: dict[Node, Node] = {Symbol(name): formula for name, formula in flatten(model).values.items()}
        pending = {name: substitute(formula, written_out) for name, formula in pending.items()}
    while pending:
        ready = [name for name, formula in pending.items() if all(s.name in values for s in symbols(formula))]
        if not ready:
            raise ModelError("initial values that need each other", where=plan.name, complaints=sorted(pending))
        formulas = repair_all([pending.pop(name) for name in ready])
        values |= {name: float(x) for name, x in zip(ready, evaluate(formulas, values), strict=True)}
    return replace(model, states=tuple(replace(s, initial=_finite(s, values[s.name])) for s in model.states))


def _finite(state: State, value: float) -> float:
    return number_in(state.unit, value, name=f"initial value of {state.name}")
