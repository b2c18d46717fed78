"""The rates of a model at one state, evaluated plainly: what everybody who ports a model compares by hand."""

from __future__ import annotations

from collections.abc import Mapping

from troponin.expr.evaluate import evaluate
from troponin.model.model import Model, Role
from troponin.model.structure import flatten
from troponin.model.values import Value

__all__ = ["derivatives", "intermediates"]


def derivatives(model: Model, state: Mapping[str, Value] | None = None, t: float = 0.0) -> dict[str, float]:
    """d(state)/dt of every state, by qualified name, in the model's own units (state unit per time unit).

    `state` gives some or all states, parameters or inputs other values than the model's own; `t` is the time
    in the model's time unit.  Raises what `Model.with_values` raises for names and values that do not fit.
    """
    model = model.with_values(state) if state else model
    flat = flatten(model)
    rates = evaluate(flat.rates, _values(model, t))
    return {s.name: float(rate) for s, rate in zip(model.states, rates, strict=True)}


def intermediates(model: Model, state: Mapping[str, Value] | None = None, t: float = 0.0) -> dict[str, float]:
    """The value of every intermediate variable, by qualified name, in its own unit; arguments as `derivatives`."""
    model = model.with_values(state) if state else model
    flat = flatten(model)
    values = evaluate(flat.values.values(), _values(model, t))
    return {name: float(value) for name, value in zip(flat.values, values, strict=True)}


def _values(model: Model, t: float) -> dict[str, float]:
    values = {s.name: s.initial for s in model.states}
    values |= {p.name: p.value for p in model.parameters}
    return values | {i.name: t if i.role == Role.TIME else i.value for i in model.inputs}
