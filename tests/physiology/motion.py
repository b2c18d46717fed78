"""Slow but simple motion of a model in time (NumPy evaluation, LSODA), to try conservation and kinetics on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from troponin.expr.evaluate import evaluate
from troponin.model.model import Model
from troponin.model.structure import Flat, flatten

__all__ = ["move", "quantity"]


def move(
    model: Model,
    duration: float,
    drive: Callable[[float], Mapping[str, float]] | None = None,
    every: float = 1.0,
    rtol: float = 1e-9,
    longest: float = np.inf,
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Times and the states at them; `drive(t)` gives inputs by name, `longest` is the longest step."""
    flat = flatten(model)
    names = [s.name for s in model.states]
    given = {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs}

    def rate(t: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
        values = given | dict(zip(names, y, strict=True)) | {"environment.time": t}
        if drive is not None:
            values |= drive(t)
        return np.array([float(x) for x in evaluate(flat.rates, values)])

    start = np.array([s.initial for s in model.states])
    scale = np.maximum(np.abs(start), 1e-6)
    at = np.arange(0.0, duration + 0.5 * every, every)
    run = solve_ivp(
        rate, (0.0, at[-1]), start, method="LSODA", t_eval=at, rtol=rtol, atol=rtol * scale * 1e-2, max_step=longest
    )
    assert run.success, run.message
    return run.t, dict(zip(names, run.y, strict=True))


def quantity(model: Model, name: str, states: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """A variable, or an invariant, along states."""
    flat: Flat = flatten(model)
    expressions = {x.name: x.expression for x in model.invariants}
    values = {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs} | dict(states)
    known = dict(evaluate_all(flat, values))
    if name in expressions:
        return np.asarray(evaluate([expressions[name]], {**values, **known})[0])
    return np.asarray(known[name])


def evaluate_all(flat: Flat, values: Mapping[str, NDArray[np.float64] | float]) -> dict[str, NDArray[np.float64]]:
    """Every equation of a model along given values."""
    return dict(zip(flat.values, evaluate(flat.values.values(), values), strict=True))
