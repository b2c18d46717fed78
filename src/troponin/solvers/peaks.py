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

__all__ = ["HIGHEST", "LOWEST", "bracket", "improve", "narrow", "next_top", "sign_of", "sum_up", "take_start"]

_FIRST, _LAST, _INTEGRAL = 0, 1, 2
HIGHEST: Final = 3
LOWEST: Final = 6
"""Where in a record the two extremes begin."""

_WEIGHTS: Final = np.array([1 / 20, 49 / 180, 16 / 45, 49 / 180, 1 / 20])  # Lobatto's, for a step of length one
_PARTS: Final = 16  # of a step, in which the quartic through its nodes is looked at
_LEAST: Final = 1e-10  # of what the monitor moves within a step, for which no maximum is looked for
_ROUNDING: Final = 1e-14
_FLAT: Final = 1e-6  # slope at the end of a step, per what the monitor moves in it, up to which it has its top there
_CLOSE: Final = 1e-7  # of a step, to which a maximum is located
_GOLDEN: Final = 0.5 * (3.0 - math.sqrt(5.0))


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
    """The quartic through the nodes of a step, or its slope, by a row of its matrix."""
    total = 0.0
    for node in range(SHARES.size):
        total += row[node] * load(node_row(watch, node), place)
    return sign * total


@compiled
def bracket(watch: Watch, peak: int, extreme: int, lane: int, width: int) -> tuple[float, float, float, float, float]:
    """Where in a step a value beyond all before may be: shares left and right, the likely top, and the outer values.

    Left is not below right where there is none.
    """
    sign, place = sign_of(extreme), peak_place(watch, peak, lane, width)
    best = sign * load(watch.record, (peak * ENTRIES + extreme) * width + lane)
    low = high = sign * load(watch.nodes, place)
    for node in range(1, SHARES.size):
        value = sign * load(node_row(watch, node), place)
        low, high = min(low, value), max(high, value)
    margin = _LEAST * (high - low) + _ROUNDING * abs(best)
    nothing = (1.0, 0.0, 0.0, 0.0, 0.0)
    if not high - low > _ROUNDING * abs(high) or high + (high - low) < best:
        return nothing
    top, at_top = 0, -math.inf
    for i in range(_PARTS + 1):
        value = quartic_at(watch, place, sign, _SAMPLES[i])
        if value > at_top:
            top, at_top = i, value
    left, right = max(top - 1, 0), min(top + 1, _PARTS)
    at_left = quartic_at(watch, place, sign, _SAMPLES[left])
    at_right = quartic_at(watch, place, sign, _SAMPLES[right])
    likely = 0.5 * (left + right) / _PARTS
    if top == 0 or top == _PARTS:
        outward = quartic_at(watch, place, sign, _SLOPES[0 if top == 0 else 1]) * (-1.0 if top == 0 else 1.0)
        if at_top < best - margin or outward > -_FLAT * (high - low):  # higher still beyond the step, or nowhere
            return nothing
    else:
        bend = 2.0 * at_top - at_left - at_right
        beyond = (
            0.25 * (at_right - at_left) / bend if bend > 0.0 else 0.0
        )  # of two parts, where the parabola is highest
        if at_top + 0.5 * beyond * (at_right - at_left) <= best + margin:
            return nothing
        likely += 2.0 * beyond / _PARTS
    return left / _PARTS, right / _PARTS, likely, at_left, at_right


@compiled
def next_top(
    left: float, at_left: float, top: float, at_top: float, right: float, at_right: float, guess: int
) -> float:
    """The next guess for a maximum, or the present one where it is close enough.

    The vertex of the parabola through three points; every third time a golden section of the longer side, so that
    the bracket shrinks whatever the function does.
    """
    if right - left <= _CLOSE:
        return top
    before, after = (top - left) * (at_top - at_right), (top - right) * (at_top - at_left)
    bend = before - after
    if guess % 3 != 2 and bend != 0.0:
        vertex = top - 0.5 * ((top - left) * before - (top - right) * after) / bend
        if abs(vertex - top) <= _CLOSE:
            return top
        if left < vertex < right:
            return vertex
    return top - _GOLDEN * (top - left) if top - left > right - top else top + _GOLDEN * (right - top)


@compiled
def narrow(
    left: float, at_left: float, top: float, at_top: float, right: float, at_right: float, share: float, value: float
) -> tuple[float, float, float, float, float, float]:
    """The bracket after one more value."""
    if value > at_top:
        if share < top:
            return left, at_left, share, value, top, at_top
        return top, at_top, share, value, right, at_right
    if share < top:
        return share, value, top, at_top, right, at_right
    return left, at_left, top, at_top, share, value
