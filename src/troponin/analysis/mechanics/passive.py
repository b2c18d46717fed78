"""Passive elements at rest: what a muscle that has been at its stretch for long begins from."""

from __future__ import annotations

from troponin.analysis.mechanics.muscle import Muscle
from troponin.errors import SolverError
from troponin.expr.calculus import derivative
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import symbols
from troponin.expr.nodes import Node

__all__ = ["relaxed"]

_STEPS = 50
_CLOSE = 1e-14


def relaxed(muscle: Muscle, stretch: float) -> dict[str, float]:
    """The passive states of a muscle, as the strain of a dashpot is, when it has been at a stretch for long.

    A state is passive where tension depends on it and its rate on nothing but itself, the stretch and its rate.
    Raises `SolverError` where one of them comes to no rest.
    """
    model = muscle.model
    own = {p.name for p in model.parameters} | {muscle.stretch.name, muscle.rate.name}
    known = {p.name: p.value for p in model.parameters} | {muscle.stretch.name: stretch, muscle.rate.name: 0.0}
    borne = {symbol.name for symbol in symbols(muscle.tension)}
    return {
        state.name: _root(rate, state.name, state.initial, known)
        for state, rate in zip(model.states, muscle.flat.rates, strict=True)
        if state.name in borne and _passive(rate, state.name, muscle.stretch.name, own)
    }


def _passive(rate: Node, name: str, stretch: str, own: set[str]) -> bool:
    read = {symbol.name for symbol in symbols(rate)}
    return {name, stretch} <= read <= own | {name}


def _root(rate: Node, name: str, start: float, known: dict[str, float]) -> float:
    """Where a rate is zero, by Newton's method: exact in one step where it is linear."""
    (slope,) = (derivative(rate, symbol) for symbol in symbols(rate) if symbol.name == name)
    x = start
    for _ in range(_STEPS):
        f, df = (float(value) for value in evaluate([rate, slope], known | {name: x}))
        if df == 0.0:
            break
        x -= f / df
        if abs(f / df) <= _CLOSE * max(1.0, abs(x)):
            return x
    raise SolverError("a passive state comes to no rest", where=name, got=f"{x:g}")
