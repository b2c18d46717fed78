"""From a model to another model: what was computed or constant becomes driven from outside, or is driven otherwise."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce

from troponin.errors import ModelError, TroponinError, ValueRangeError, require_kind
from troponin.expr.graph import depends_on
from troponin.expr.nodes import Symbol
from troponin.model.audit import leaks
from troponin.model.derivatives import intermediates
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.model.pacing import paced_input
from troponin.model.structure import dependencies, names_behind
from troponin.units import Quantity, as_quantity

__all__ = ["as_input", "clamped", "stimulated"]


def clamped(model: Model, *names: str, **roles: str) -> Model:
    """The model with some of its variables made inputs: a voltage or calcium clamp, or a parameter that changes.

    names   states and intermediate variables, which are computed no more; parameters (extracellular potassium, a
            temperature, a conductance), which may change during a run
    roles   the same under a name of one's own, as in clamped(model, temperature="phys.T")

    A protocol drives each by the name that is given here ("v", "ko", "temperature"); where nothing drives it, it stays
    at its initial value.  What is no longer conserved, since the clamp brings or takes it, is no invariant of the
    result.  Raises `UnknownNameError`, and `ModelError` for what is an input already and for a parameter of which the
    model's own pacing is made; gathers every complaint.
    """
    require_kind(model, Model, "clamped", 'a Model, such as load("torord-land")')
    if not (names or roles):
        raise ModelError("nothing is named to be clamped", where=f"model {model.name}", remedy='Say what, such as "v".')
    for name in (*names, *roles.values()):
        require_kind(name, str, "clamped", 'the name of a variable, such as "v"')
    wanted = [*((name, name) for name in names), *roles.items()]
    faults = [fault for role, name in wanted if (fault := _fault(model, role, name)) is not None]
    found = [model.qualified(name) for _, name in wanted] if not faults else []
    faults += [_twice(model, name) for name in dict.fromkeys(found) if found.count(name) > 1]
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise ModelError("these cannot be clamped", complaints=map(str, faults), where=f"model {model.name}")
    held = reduce(lambda so_far, pair: as_input(so_far, *pair), wanted, model)
    computed = any(isinstance(model.variables[name], Equation) for name in found)
    return _without_broken(model, held) if computed and held.invariants else held


def _fault(model: Model, role: str, name: str) -> TroponinError | None:
    """Why a variable cannot be made an input."""
    where = f"model {model.name}"
    try:
        variable = model.variable(name)
    except TroponinError as fault:
        return fault
    if isinstance(variable, Input):
        return ModelError(
            f"'{variable.name}' is given from outside already and needs no clamp",
            where=where,
            remedy=f'Drive it with a protocol, by its role "{variable.role}".' if variable.role != Role.TIME else None,
        )
    if any(given.role == role for given in model.inputs):
        remedy = f'Give it another, as in clamped(model, other="{variable.name}").'
        return ModelError(f"'{role}' is the role of another input already", where=where, remedy=remedy)
    if isinstance(variable, Parameter) and model.pacing is not None and depends_on(model.pacing, Symbol(variable.name)):
        return ModelError(
            f"the model's own pacing is made of '{variable.name}'", where=where, remedy="Pace it with a protocol."
        )
    return None


def _twice(model: Model, name: str) -> ModelError:
    return ModelError(f"'{name}' is named twice", where=f"model {model.name}")


def stimulated(model: Model, amplitude: Quantity | str, duration: Quantity | str) -> Model:
    """The model with another stimulus of its own: what pacing repeats, and every experiment that paces.

    amplitude   in the unit of its stimulus, inward as the model counts it: negative, as a rule
    duration    how long it lasts

    The pacing that a file wrote into its model is left out.  Raises `ModelError` for a model without a stimulus input,
    `UnitError`, and `ValueRangeError` for a stimulus that does not last.
    """
    given = paced_input(model)
    if given is None:
        raise ModelError("this model has no stimulus input to drive", where=f"model {model.name}")
    strength = as_quantity(amplitude, given.unit, what="the amplitude of the stimulus").to(given.unit).value
    length = as_quantity(duration, model.time_unit, what="the duration of the stimulus").to(model.time_unit).value
    if not (math.isfinite(strength) and math.isfinite(length) and length > 0.0):
        raise ValueRangeError("a stimulus must last", where="stimulated", got=f"{amplitude} for {duration}")
    carrier = None if model.stimulus is None else model.stimulus.carrier
    return replace(model, stimulus=Stimulus(strength, length, carrier), pacing=None)


def as_input(model: Model, role: str, name: str) -> Model:
    """The model with one variable as an input, and without the invariants that are made of it."""
    variable = model.variable(name)
    if isinstance(variable, State):
        resting = variable.initial
    elif isinstance(variable, Equation):
        resting = intermediates(model)[variable.name]
    else:
        resting = variable.value
    needs = dependencies(model)
    held = Input(variable.name, variable.unit, role, resting, variable.doc)
    return replace(
        model,
        states=tuple(state for state in model.states if state is not variable),
        parameters=tuple(parameter for parameter in model.parameters if parameter is not variable),
        equations=tuple(equation for equation in model.equations if equation is not variable),
        inputs=(*model.inputs, held),
        invariants=tuple(x for x in model.invariants if variable.name not in names_behind(x.expression, needs)),
    )


def _without_broken(model: Model, held: Model) -> Model:
    """The clamped model without the invariants that leak only since then: a clamped total current moves v alone."""
    before = {(leak.invariant, leak.flow) for leak in leaks(model)}
    broken = {leak.invariant for leak in leaks(held) if (leak.invariant, leak.flow) not in before}
    return replace(held, invariants=tuple(x for x in held.invariants if x.name not in broken))
