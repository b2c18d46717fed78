"""The compiled side of extremes: the record of every monitor, and where in a step a higher value may be.

One piece of code serves the highest and the lowest value: this is the highest of the monitor with its sign changed.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.address import load, store
from troponin.solvers.compilation import compiled
from troponin.solvers.extremes import ENTRIES
from troponin.solvers.watch import LAST_NODE, SHARES, Watch, node_row, peak_place

__all__ = [
    "CLOSER",
    "HIGHEST",
    "LOWEST",
    "hump",
    "improve",
    "sign_of",
    "sum_up",
    "take_start",
    "vertex",
    "within_step",
]

_FIRST, _LAST, _INTEGRAL = 0, 1, 2
HIGHEST: Final = 3
LOWEST: Final = 6
"""Where in a record the two extremes begin."""

_WEIGHTS: Final = np.array([1 / 20, 49 / 180, 16 / 45, 49 / 180, 1 / 20])  # Lobatto's, for a step of length one
_PARTS: Final = 16  # of a step, in which the quartic through its nodes is looked at
_LEAST: Final = 1e-10  # of what the monitor moves within a step, for which no maximum is looked for
_ROUNDING: Final = 1e-14
_FLAT: Final = 1e-6  # slope at the end of a step, per what the monitor moves in it, up to which it has its top there

CLOSER: Final = (1.0, 0.125, 0.125**2, 0.125**3)
"""How far apart the points of successive parabolas are: that through the last is highest where the monitor is."""


def _quartic(shares: NDArray[np.float64], *, slope: bool = False) -> NDArray[np.float64]:
    """The matrix from the values at the nodes to those, or to the slopes, of the quartic through them."""
    nodes = np.vander(SHARES, increasing=True)
    powers = np.vander(shares, SHARES.size, increasing=True)
    if slope:
        powers = np.column_stack([0.0 * shares, powers[:, :-1] * np.arange(1, SHARES.size)])
    return np.ascontiguousarray(powers @ np.linalg.inv(nodes))


_SAMPLES: Final = _quartic(np.linspace(0.0, 1.0, _PARTS + 1))
_SLOPES: Final = _quartic(np.array([0.0, 1.0]), slope=True)


@compiled
def sign_of(extreme: int) -> float:
    """What a monitor is multiplied by so that its extreme is a maximum."""
    return 1.0 if extreme == HIGHEST else -1.0


@compiled
def improve(
    watch: Watch, peak: int, extreme: int, lane: int, width: int, value: float, segment: int, tau: float
) -> None:
    """Take a value into the record if it is beyond all before; the first of equal ones stays."""
    sign, base = sign_of(extreme), (peak * ENTRIES + extreme) * width + lane
    if sign * value > sign * load(watch.record, base):
        store(watch.record, base, value)
        store(watch.record, base + width, float(segment))
        store(watch.record, base + 2 * width, tau)


@compiled
def take_start(watch: Watch, lane: int, width: int, segment: int) -> None:
    """Take the monitors at the start of a segment into the records; the first segment begins them."""
    for peak in range(watch.wanted):
        value = load(watch.nodes, peak_place(watch, peak, lane, width))
        base = peak * ENTRIES * width + lane
        if segment == 0:
            for entry in (_FIRST, _LAST, HIGHEST, LOWEST):
                store(watch.record, base + entry * width, value)
        improve(watch, peak, HIGHEST, lane, width, value, segment, 0.0)
        improve(watch, peak, LOWEST, lane, width, value, segment, 0.0)


@compiled
def sum_up(watch: Watch, lane: int, width: int, segment: int, start: float, h: float, end: float) -> None:
    """Take the nodes of a step into the records: the integral, the last value, and the extremes among them."""
    for peak in range(watch.wanted):
        base, place = peak * ENTRIES * width + lane, peak_place(watch, peak, lane, width)
        total = 0.0
        for node in range(SHARES.size):
            value = load(node_row(watch, node), place)
            total += _WEIGHTS[node] * value
            if node > 0:
                tau = end if node == LAST_NODE else start + SHARES[node] * h
                improve(watch, peak, HIGHEST, lane, width, value, segment, tau)
                improve(watch, peak, LOWEST, lane, width, value, segment, tau)
        integral = base + _INTEGRAL * width
        store(watch.record, integral, load(watch.record, integral) + h * total)
        store(watch.record, base + _LAST * width, load(node_row(watch, LAST_NODE), place))


@compiled
def quartic_at(watch: Watch, place: int, sign: float, row: NDArray[np.float64]) -> float:
    """The quartic through the nodes of a step, or its slope, by a row of its matrix; above the value at the end.

    Differences keep the rounding small beside what the monitor moves within the step, however large it is.
    """
    end, total = load(node_row(watch, LAST_NODE), place), 0.0
    for node in range(LAST_NODE):
        total += row[node] * (load(node_row(watch, node), place) - end)
    return sign * total


@compiled
def hump(watch: Watch, peak: int, extreme: int, lane: int, width: int) -> tuple[float, float]:
    """Where in a step a value beyond all before may be: likely share, and how far about it to look (0: nowhere)."""
    sign, place = sign_of(extreme), peak_place(watch, peak, lane, width)
    best = sign * load(watch.record, (peak * ENTRIES + extreme) * width + lane)
    low = high = sign * load(watch.nodes, place)
    for node in range(1, SHARES.size):
        value = sign * load(node_row(watch, node), place)
        low, high = min(low, value), max(high, value)
    if not high - low > _ROUNDING * abs(high) or high + (high - low) < best:
        return 0.0, 0.0
    beyond = best - sign * load(node_row(watch, LAST_NODE), place)
    margin = _LEAST * (high - low) + _ROUNDING * abs(best)
    top, at_top = 0, -math.inf
    for i in range(_PARTS + 1):
        value = quartic_at(watch, place, sign, _SAMPLES[i])
        if value > at_top:
            top, at_top = i, value
    if top == 0 or top == _PARTS:
        inward = quartic_at(watch, place, sign, _SLOPES[0 if top == 0 else 1]) * (1.0 if top == 0 else -1.0)
        if at_top < beyond - margin or inward < _FLAT * (high - low):  # higher still beyond the step, or nowhere
            return 0.0, 0.0
        return (0.5 if top == 0 else _PARTS - 0.5) / _PARTS, 0.5 / _PARTS
    before, after = (
        quartic_at(watch, place, sign, _SAMPLES[top - 1]),
        quartic_at(watch, place, sign, _SAMPLES[top + 1]),
    )
    aside = vertex(before, at_top, after)
    # the parabola tells the place, and the height only roughly: a quarter of its bend is left for what it may miss
    if at_top + 0.25 * aside * (after - before) + 0.25 * (2.0 * at_top - before - after) <= beyond + margin:
        return 0.0, 0.0
    return (top + aside) / _PARTS, 0.5 / _PARTS


@compiled
def vertex(before: float, at_top: float, after: float) -> float:
    """Where the parabola through three values at -1, 0 and 1 is highest, or the highest of the three."""
    bend = 2.0 * at_top - before - after
    if bend > 0.0:
        return min(max(0.5 * (after - before) / bend, -1.0), 1.0)
    return 1.0 if after > before else -1.0


@compiled
def within_step(share: float, apart: float) -> float:
    """How far apart of a share three points may be, so that they lie in the step."""
    return min(apart, share, 1.0 - share)
