"""From a model to another model: what was computed becomes driven from outside."""

from __future__ import annotations

from dataclasses import replace

from troponin.errors import ModelError
from troponin.expr.graph import depends_on
from troponin.expr.nodes import Symbol
from troponin.model.derivatives import intermediates
from troponin.model.model import Equation, Input, Model, State

__all__ = ["clamped"]


def clamped(model: Model, name: str) -> Model:
    """The model with a state or an intermediate variable made an input, as a voltage or calcium clamp makes it.

    A protocol drives it by the role `name` ("v", "cai"); where nothing drives it, it stays at its initial value.
    What is no longer conserved, since the clamp brings or takes it, is no invariant of the result.  Raises
    `UnknownNameError`, and `ModelError` for what is given from outside already.
    """
    variable = model.variable(name)
    if isinstance(variable, State):
        resting = variable.initial
    elif isinstance(variable, Equation):
        resting = intermediates(model)[variable.name]
    else:
        raise ModelError(
            f"'{variable.name}' is given from outside already and needs no clamp",
            where=f"model {model.name}",
            remedy="Set its value, or drive it with a protocol.",
        )
    held = Input(variable.name, variable.unit, name, resting, variable.doc)
    return replace(
        model,
        states=tuple(state for state in model.states if state is not variable),
        equations=tuple(equation for equation in model.equations if equation is not variable),
        inputs=(*model.inputs, held),
        invariants=tuple(x for x in model.invariants if not depends_on(x.expression, Symbol(variable.name))),
    )
