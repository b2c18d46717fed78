"""A contracting model as a muscle on a bench: its tension, its instant stiffness, and the same muscle under a load.

    dT/dt = dT/dlambda lambda' + sum_s dT/ds f_s(.., lambda'),    f_s = a_s + g_s lambda'

A bench that controls length gives lambda and lambda'.  One that controls force gives the load F, and the muscle
finds its own length: with K = dT/dlambda + sum_s dT/ds g_s, the instant stiffness,

    lambda' = ((F - T) / tau - sum_s dT/ds a_s) / K

so that T = F stays true once it is; the first term, with tau = 1 ms, only keeps rounding from piling up.  All
derivatives are symbolic.  In series with a spring between fixed ends, T = E (L - lambda), the same holds with the
spring's own stiffness beside the muscle's:

    lambda' = (E L' + (E (L - lambda) - T) / tau - sum_s dT/ds a_s) / (K + E)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import Final

from troponin.errors import ModelError, ValueRangeError, require_kind
from troponin.expr.calculus import jacobian
from troponin.expr.functions import total
from troponin.expr.graph import depends_on, substitute, symbols
from troponin.expr.nodes import Node, Number, Symbol
from troponin.expr.simplify import ZERO, product, quotient, sum_of
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Variable
from troponin.model.structure import Flat, flatten
from troponin.units import DIMENSIONLESS, Quantity, Unit, kPa, ms

__all__ = [
    "LENGTH",
    "LOAD",
    "Muscle",
    "isotonic_model",
    "muscle_alone",
    "muscle_of",
    "require_stretch",
    "series_model",
    "stiffness",
]

LOAD: Final = "load"
"""The role, and the meaning, of the input that a force-controlled muscle carries."""

LENGTH: Final = "length"
"""The role, and the meaning, of the input that sets the ends of a muscle in series with a spring."""

_SHORTEST: Final = 0.5
_LONGEST: Final = 2.0
"""Stretches between which a muscle is one."""

_KEEPING: Final = 1.0  # ms


@dataclass(frozen=True, eq=False, slots=True)
class Muscle:
    """What the mechanics of a model is made of.

    stretch, rate     the inputs lambda and d(lambda)/dt
    tension           the total tension T [kPa], and `active` its active part Ta, as flat expressions
    response          by state, how far it moves with a step of stretch of one: g_s
    """

    model: Model
    flat: Flat
    stretch: Input
    rate: Input
    tension: Node
    active: Node
    response: dict[str, Node]

    def instant(self, tension: Node) -> Node:
        """What a step of stretch adds to a tension, per stretch: K [the tension's unit]."""
        states = [Symbol(name) for name in self.response]
        slopes = jacobian([tension], [Symbol(self.stretch.name), *states])[0]
        moved = [product(slopes[s], self.response[s.name]) for s in states if s in slopes]
        return total([slopes.get(Symbol(self.stretch.name), ZERO), *moved])


def require_stretch(stretch: float) -> None:
    """Raise `ValueRangeError` for a stretch SL / SL_rest that no muscle has, and `KindError` for what is none."""
    require_kind(stretch, Real, "stretch", "a number, such as 1.1")
    if not _SHORTEST < stretch < _LONGEST:
        expected = f"more than {_SHORTEST} and less than {_LONGEST:g}"
        raise ValueRangeError("no muscle has this stretch", where="stretch", got=stretch, expected=expected)


def muscle_of(model: Model) -> Muscle:
    """The muscle in a model.

    Raises `ModelError` for a model without tension or without stretch, and for one whose states do not follow a
    step of stretch in proportion to it.
    """
    inputs = {given.role: given for given in model.inputs}
    missing = [role for role in (Role.STRETCH, Role.STRETCH_RATE) if role not in inputs]
    missing += [] if "Ta" in model.meanings else ["Ta"]
    if missing:
        raise ModelError(
            "this model does not contract",
            where=f"model {model.name}",
            complaints=[f"no {name}" for name in missing],
            remedy='Use a model with tension, such as load("land-2017") or load("torord-land").',
        )
    flat = flatten(model)
    rate = Symbol(inputs[Role.STRETCH_RATE].name)
    rows = jacobian(flat.rates, [rate])
    response = {s.name: row[rate] for s, row in zip(model.states, rows, strict=True) if rate in row}
    curved = [name for name, slope in response.items() if any(depends_on(slope, Symbol(s.name)) for s in model.states)]
    curved += [name for name, slope in response.items() if depends_on(slope, rate)]
    if curved:
        raise ModelError(
            "states that do not follow a step of stretch in proportion to it",
            where=f"model {model.name}",
            complaints=curved,
            remedy="Only models that are linear in the rate of stretch can be released or loaded at once.",
        )
    active = flat.expression(model.meanings["Ta"])
    tension = flat.expression(model.meanings["T"]) if "T" in model.meanings else active
    return Muscle(model, flat, inputs[Role.STRETCH], inputs[Role.STRETCH_RATE], tension, active, response)


def isotonic_model(model: Model) -> Model:
    """The model under a load: stretch is a state, its rate an equation, and the load an input of the role "load"."""
    load = Input("mechanics.load", kPa, LOAD, 0.0, "tension that the muscle carries")
    carried = Symbol(load.name)
    return _length_found(muscle_of(model), "under load", (load,), carried, ZERO, ZERO)


def series_model(model: Model, spring: Quantity) -> Model:
    """The model in series with a spring of a stiffness [kPa per stretch] between ends a length apart.

    The length is an input of the role "length", in rest lengths of the muscle, and the spring is slack at no length.
    """
    muscle = muscle_of(model)
    length = Input("mechanics.length", DIMENSIONLESS, LENGTH, muscle.stretch.value, "muscle and spring together")
    rate = Input("mechanics.length_rate", DIMENSIONLESS / model.time_unit, f"{LENGTH}_rate", 0.0, "its rate")
    stiff = Symbol("mechanics.spring")
    pull = stiff * (Symbol(length.name) - Symbol(muscle.stretch.name))
    found = _length_found(muscle, "in series with a spring", (length, rate), pull, stiff, stiff * Symbol(rate.name))
    own = Parameter(stiff.name, kPa, spring.to(kPa).value, "stiffness of the spring in series")
    return replace(found, parameters=(*found.parameters, own))


def _length_found(muscle: Muscle, how: str, given: tuple[Input, ...], pull: Node, beside: Node, driven: Node) -> Model:
    """The model whose stretch keeps its tension equal to a pull.

    beside   how the pull falls with stretch, and `driven` how it rises in time by itself
    """
    model, rate = muscle.model, Symbol(muscle.rate.name)
    slopes = jacobian([muscle.tension], [Symbol(s.name) for s in model.states])[0]
    still = {s.name: substitute(f, {rate: ZERO}) for s, f in zip(model.states, muscle.flat.rates, strict=True)}
    own = total([product(slope, still[symbol.name]) for symbol, slope in slopes.items()])
    keeping = Number(float(_KEEPING * ms.scale / model.time_unit.scale))
    force = sum_of((pull - muscle.tension) / keeping - own, driven)
    follow = quotient(force, sum_of(muscle.instant(muscle.tension), beside))
    per_time = DIMENSIONLESS / model.time_unit
    return replace(
        model,
        name=f"{model.name} {how}",
        states=(*model.states, State(muscle.stretch.name, DIMENSIONLESS, muscle.stretch.value, rate, "stretch")),
        inputs=(*(i for i in model.inputs if i.role not in (Role.STRETCH, Role.STRETCH_RATE)), *given),
        equations=(*model.equations, Equation(rate.name, per_time, follow, "rate of stretch that keeps the tension")),
        meanings={**model.meanings, given[0].role: given[0].name},
        invariants=(),
    )


def muscle_alone(model: Model, given: tuple[str, ...]) -> Model:
    """The states on which the tension of a model depends, with what some meanings stand for as parameters.

    Raises `ModelError` for a model that does not contract, for one in which nothing has such a meaning, and where the
    tension depends on an input that is neither given nor the stretch.
    """
    muscle = muscle_of(model)
    missing = [f"nothing means '{name}'" for name in given if name not in model.meanings]
    if missing:
        raise ModelError("the muscle cannot be taken out", where=f"model {model.name}", complaints=missing)
    free = [model.variable(name) for name in given]
    kept = _needed(muscle, {variable.name for variable in free})
    rates = dict(zip((s.name for s in model.states), muscle.flat.rates, strict=True))
    left = tuple(i for i in model.inputs if i.role in (Role.STRETCH, Role.STRETCH_RATE) and i not in free)
    tensions = {name: model.meanings[name] for name in ("Ta", "Tp", "T") if name in model.meanings}
    return replace(
        model,
        name=f"{model.name}, muscle alone",
        states=tuple(replace(s, rate=rates[s.name]) for s in model.states if s.name in kept),
        parameters=(*model.parameters, *(_as_parameter(variable) for variable in free)),
        inputs=left,
        equations=tuple(Equation(full, kPa, muscle.flat.expression(full)) for full in tensions.values()),
        meanings={**tensions, **{name: model.meanings[name] for name in ("cai", "stretch", "stretch_rate")}},
        stimulus=None,
        invariants=(),
        main_currents=(),
        pacing=None,
    )


def _as_parameter(variable: Variable) -> Parameter:
    if isinstance(variable, Input) and variable.role == Role.STRETCH_RATE:
        # a parameter in 1/ms is the rate of a process and never negative; this one has a sign
        return Parameter(variable.name, DIMENSIONLESS, variable.value, "stretch per unit of the model's time")
    value = variable.initial if isinstance(variable, State) else getattr(variable, "value", 0.0)
    return Parameter(variable.name, variable.unit, value, variable.doc)


def _needed(muscle: Muscle, given: set[str]) -> set[str]:
    """The states that the tension depends on once some variables are given."""
    rates = dict(zip((s.name for s in muscle.model.states), muscle.flat.rates, strict=True))
    driven = {i.name for i in muscle.model.inputs} - given - {muscle.stretch.name, muscle.rate.name}
    found: set[str] = set()
    waiting = [muscle.tension]
    while waiting:
        for name in (symbol.name for symbol in symbols(waiting.pop())):
            if name in driven:
                raise ModelError(
                    f"the tension depends on the input '{name}' too",
                    where=f"model {muscle.model.name}",
                    remedy="Give that input a resting value of its own, or make it a parameter.",
                )
            if name in rates and name not in found and name not in given:
                found.add(name)
                waiting.append(rates[name])
    return found


def stiffness(model: Model) -> Model:
    """The model with its active stiffness as equations, for a solver of tissue mechanics to couple with stably.

    mechanics.stiffness     dTa/dlambda at the present states [kPa]: what a change of stretch does through h(lambda)
    mechanics.damping       dTa/d(dlambda/dt) at the present states [kPa times the unit of time]: zero where tension
                            feels the rate through its states alone, as in Land's model
    mechanics.instant       d(dTa/dt)/d(dlambda/dt) [kPa]: the first, and what crossbridges are distorted by at once

    Their meanings are `Ka`, `Ka_rate` and `Ka_instant`.  An implicit scheme needs the last where the stretch within a
    time step moves the crossbridges too (Regazzoni and Quarteroni, Comput. Methods Appl. Mech. Eng. 373 (2021) 113506,
    doi 10.1016/j.cma.2020.113506).
    """
    muscle = muscle_of(model)
    stretch, rate = Symbol(muscle.stretch.name), Symbol(muscle.rate.name)
    slopes = jacobian([muscle.active], [stretch, rate])[0]
    unit: Unit = kPa
    added = (
        Equation("mechanics.stiffness", unit, slopes.get(stretch, ZERO), "active stiffness at the present states"),
        Equation(
            "mechanics.damping", unit * model.time_unit, slopes.get(rate, ZERO), "slope of tension against stretch rate"
        ),
        Equation(
            "mechanics.instant", unit, muscle.instant(muscle.active), "active stiffness against a step of stretch"
        ),
    )
    return replace(
        model,
        equations=(*model.equations, *added),
        meanings={**model.meanings, "Ka": added[0].name, "Ka_rate": added[1].name, "Ka_instant": added[2].name},
    )
