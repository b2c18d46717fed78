"""What an author of a model is glad to know: jumps in its formulas, its time scales, states that never change.

Everything here is looked at around the initial state, over the voltages that a cell sees; it is said, never
refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.expr.calculus import derivative, jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import postorder, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS
from troponin.model.model import Model, State
from troponin.model.pacing import paced_input
from troponin.model.structure import Flat, flatten
from troponin.units import DIMENSIONLESS, conversion_factor, mM, mV

__all__ = ["carriers", "constant_states", "jumps", "leaving", "time_scales"]

_LOWEST, _HIGHEST = -120.0, 80.0  # mV
_SAMPLES: Final = 2001
_BISECTIONS: Final = 60
_JUMP: Final = 1e-6  # a part of the formula's size; smaller ones are joints fitted by hand to a few digits
_SLACK: Final = 1e-9

_Floats = NDArray[np.float64]


def jumps(model: Model, flat: Flat | None = None) -> Iterable[str]:
    """Formulas that are not continuous in the membrane potential: where, and from what to what."""
    flat = flatten(model) if flat is None else flat
    v = _potential(model)
    if v is None:
        return
    known = _values(model)
    formulas = [(e.name, flat.values[e.name], e.expression, e.where) for e in model.equations]
    rates = zip(model.states, flat.rates, strict=True)
    formulas += [(f"d({s.name})/dt", root, s.rate, s.where) for s, root in rates if s.rate is not None]
    for name, root, own, where in formulas:
        if not any(isinstance(n, Apply) and n.operation in COMPARISONS for n in postorder([own])):
            continue
        conditions = [n for n in postorder([root]) if isinstance(n, Apply) and n.operation in COMPARISONS]
        for at in sorted({t for c in conditions for t in _crossings(c, v, known)}):
            step = max(abs(at), 1.0) * 1e-9
            sides = np.array([at - step, at + step])
            below, above = np.broadcast_to(evaluate([root], {**known, v.name: sides})[0], (2,))
            size = max(abs(below), abs(above))
            if np.isfinite(size) and abs(above - below) > _JUMP * size:
                text = f"{name} jumps from {below:.6g} to {above:.6g} at {v.name} = {at:.6g} {v.unit}"
                yield text if where is None else f"{where}: {text}"


def constant_states(model: Model, flat: Flat | None = None) -> Iterable[str]:
    """States whose rate is zero whatever happens."""
    flat = flatten(model) if flat is None else flat
    for state, rate in zip(model.states, flat.rates, strict=True):
        if isinstance(rate, Number) and rate.value == 0.0:
            yield f"state '{state.name}' never changes: it could be a parameter"


def time_scales(model: Model, flat: Flat | None = None) -> Iterable[str]:
    """The fastest and the slowest time constant of the linearised system at the initial state."""
    flat = flatten(model) if flat is None else flat
    places = {Symbol(s.name): i for i, s in enumerate(model.states)}
    matrix = np.zeros((len(model.states),) * 2)
    for row, entries in enumerate(jacobian(flat.rates, places)):
        columns = list(entries)
        found = evaluate([entries[c] for c in columns], _values(model))
        for column, value in zip(columns, found, strict=True):
            matrix[row, places[column]] = float(value)
    if not matrix.size or not np.all(np.isfinite(matrix)):
        return
    speeds = np.abs(np.linalg.eigvals(matrix))
    speeds = speeds[speeds > 1e-12 * speeds.max()] if speeds.max() > 0 else speeds[:0]
    if speeds.size:
        fast, slow = 1.0 / speeds.max(), 1.0 / speeds.min()
        unit = model.time_unit
        yield f"time constants at the initial state from {fast:.3g} to {slow:.3g} {unit}: stiffness {slow / fast:.1g}"


def carriers(model: Model, flat: Flat | None = None) -> Iterable[str]:
    """Which states besides the potential the stimulus moves: the ion that carries it, or that none does."""
    flat = flatten(model) if flat is None else flat
    driven = paced_input(model)
    if driven is None:
        return
    symbol = Symbol(driven.name)
    moved = [
        s.name
        for s, rate in zip(model.states, flat.rates, strict=True)
        if s.name != model.meanings.get("v") and symbol in symbols(rate) and not _is_zero(derivative(rate, symbol))
    ]
    if moved:
        yield f"the stimulus is carried by {', '.join(moved)}"
    elif any(s.unit.dimension == mM.dimension for s in model.states):
        yield "no ion carries the stimulus: concentrations drift when many beats are paced (Hund et al. 2001)"


def leaving(model: Model, flat: Flat | None = None) -> Iterable[str]:
    """Gates that can leave [0, 1]: their rate points outwards at 0 or at 1, at some voltage."""
    flat = flatten(model) if flat is None else flat
    v = _potential(model)
    if v is None:
        return
    voltages = np.linspace(_LOWEST, _HIGHEST, 101) * conversion_factor(mV, v.unit)
    for state, rate in zip(model.states, flat.rates, strict=True):
        if state is v or state.unit != DIMENSIONLESS or not 0.0 <= state.initial <= 1.0:
            continue
        if {s.name for s in symbols(rate)} & {s.name for s in model.states} - {state.name, v.name}:
            continue  # no simple gate
        for bound, outwards in ((0.0, -1.0), (1.0, 1.0)):
            values = {**_values(model), v.name: voltages, state.name: bound}
            slope = np.broadcast_to(evaluate([rate], values)[0], voltages.shape) * outwards
            worst = int(np.argmax(np.where(np.isfinite(slope), slope, -np.inf)))
            if slope[worst] > _SLACK:
                at = f"{voltages[worst]:.4g} {v.unit}"
                yield f"state '{state.name}' can pass {bound:g}: its rate there points outwards at {at}"


def _potential(model: Model) -> State | None:
    name = model.meanings.get("v")
    return next((s for s in model.states if s.name == name and s.unit.dimension == mV.dimension), None)


def _values(model: Model) -> dict[str, ArrayLike]:
    values: dict[str, ArrayLike] = {s.name: s.initial for s in model.states}
    values |= {p.name: p.value for p in model.parameters}
    return values | {i.name: i.value for i in model.inputs}


def _is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0.0


def _crossings(condition: Apply, v: State, known: Mapping[str, ArrayLike]) -> list[float]:
    """The voltages at which the two sides of a comparison are equal, all else as at the initial state."""
    difference = condition.args[0] - condition.args[1]
    if Symbol(v.name) not in symbols(difference):
        return []

    def at(voltage: ArrayLike) -> _Floats:
        found = evaluate([difference], {**known, v.name: voltage})[0]
        return np.broadcast_to(np.asarray(found, dtype=float), np.shape(voltage))

    grid = np.linspace(_LOWEST, _HIGHEST, _SAMPLES) * conversion_factor(mV, v.unit) + 1e-7
    sides = at(grid) > 0
    found = []
    for i in np.flatnonzero(sides[1:] != sides[:-1]):
        low, high = grid[i], grid[i + 1]
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if bool(at(np.array([middle]))[0] > 0) == bool(sides[i]) else (low, middle)
        found.append(float(high))
    return found
