"""The rates of a model at one state, evaluated plainly: what everybody who ports a model compares by hand."""

from __future__ import annotations

from collections.abc import Mapping

from troponin.errors import require_kind
from troponin.expr.evaluate import evaluate
from troponin.model.model import Model, Role
from troponin.model.pacing import paced_input, pacing_value
from troponin.model.structure import flatten
from troponin.model.values import Value

__all__ = ["derivatives", "intermediates"]


def derivatives(model: Model, state: Mapping[str, Value] | None = None, t: float = 0.0) -> dict[str, float]:
    """d(state)/dt of every state, by qualified name, in the model's own units (state unit per time unit).

    `state` gives some or all states, parameters or inputs other values than the model's own; `t` is the time
    in the model's time unit.  The stimulus is what the model's source drives it with at that time (`pacing`),
    unless `state` gives it a value.  Raises what `Model.with_values` raises for names and values that do not fit.
    """
    model, given = _with_state(model, state)
    flat = flatten(model)
    rates = evaluate(flat.rates, _values(model, t, given))
    return {s.name: float(rate) for s, rate in zip(model.states, rates, strict=True)}


def intermediates(model: Model, state: Mapping[str, Value] | None = None, t: float = 0.0) -> dict[str, float]:
    """The value of every intermediate variable, by qualified name, in its own unit; arguments as `derivatives`."""
    model, given = _with_state(model, state)
    flat = flatten(model)
    values = evaluate(flat.values.values(), _values(model, t, given))
    return {name: float(value) for name, value in zip(flat.values, values, strict=True)}


def _with_state(model: Model, state: Mapping[str, Value] | None) -> tuple[Model, frozenset[str]]:
    """The model in that state, and the qualified names that were given."""
    require_kind(model, Model, "model", 'a Model, such as load("torord-land")')
    if not state:
        return model, frozenset()
    return model.with_values(state), frozenset(model.qualified(name) for name in state)


def _values(model: Model, t: float, given: frozenset[str]) -> dict[str, float]:
    values = {s.name: s.initial for s in model.states}
    values |= {p.name: p.value for p in model.parameters}
    values |= {i.name: t if i.role == Role.TIME else i.value for i in model.inputs}
    driven = paced_input(model)
    if model.pacing is not None and driven is not None and driven.name not in given:
        values[driven.name] = pacing_value(model, t) or 0.0
    return values
