"""One sampled signal x(t): its extremes, its steepest rise and fall, and the times at which it passes a level.

All functions take ascending times, shape [sample], and values of the same shape, and answer in the same units.
What cannot be found is NaN.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Samples",
    "falls_to",
    "rises_to",
    "smooth_peak",
    "steepest_fall",
    "steepest_rise",
    "turning_points",
    "upward_crossings",
]

Samples: TypeAlias = NDArray[np.float64]

_SMOOTH: Final = 0.5
"""Relative change of the curvature from one sample to the next up to which a peak is taken as a parabola."""

_EVEN: Final = 1e-6


def steepest_rise(time: Samples, value: Samples) -> tuple[float, float]:
    """The time and the slope of the steepest rise.

    The slope between two samples belongs to their midpoint; the time of the greatest is refined by a parabola
    through it and its neighbours, where samples are evenly spaced, so it is better than half a sample.
    """
    time, value = _at_times_apart(time, value)
    if time.size < 2:
        return math.nan, math.nan
    steps = np.diff(time)
    slopes = np.diff(value) / steps
    i = int(np.argmax(slopes))
    middle = float(0.5 * (time[i] + time[i + 1]))
    if 0 < i < slopes.size - 1 and bool((np.abs(steps[i - 1 : i + 2] / steps[i] - 1.0) < _EVEN).all()):
        left, top, right = slopes[i - 1 : i + 2]
        bend = left - 2.0 * top + right
        if bend < 0.0:
            return middle + float(steps[i] * 0.5 * (left - right) / bend), float(top)
    return middle, float(slopes[i])


def _at_times_apart(time: Samples, value: Samples) -> tuple[Samples, Samples]:
    """The samples without the first of two at one time, which are the limits before and after an edge."""
    last = np.append(np.diff(time) > 0.0, True)
    return (time, value) if last.all() else (time[last], value[last])


def steepest_fall(time: Samples, value: Samples) -> tuple[float, float]:
    """The time and the slope of the steepest fall, a negative slope."""
    when, slope = steepest_rise(time, -value)
    return when, -slope


def smooth_peak(time: Samples, value: Samples) -> tuple[float, float]:
    """The time and the height of the maximum.

    Where the signal is smooth about its highest sample, from the parabola through that and its neighbours; where the
    curvature changes from sample to sample, as at the top of a spike that is sampled coarsely, the sample itself.
    """
    time, value = _at_times_apart(time, value)
    i = int(np.argmax(value))
    if not 0 < i < value.size - 1:
        return float(time[i]), float(value[i])
    curvature = [_curvature(time, value, k) for k in range(max(i - 1, 1), min(i + 2, value.size - 1))]
    bend = _curvature(time, value, i)
    if not (bend < 0.0 and all(abs(other - bend) <= _SMOOTH * abs(bend) for other in curvature)):
        return float(time[i]), float(value[i])
    slope = (value[i] - value[i - 1]) / (time[i] - time[i - 1])
    when = 0.5 * (time[i - 1] + time[i]) - 0.5 * slope / bend
    return float(when), float(value[i] + (when - time[i]) * (slope + bend * (when - time[i - 1])))


def falls_to(time: Samples, value: Samples, level: float, *, after: float) -> float:
    """The first time after `after` at which the signal passes a level downwards, by linear interpolation; else NaN."""
    if math.isnan(level) or math.isnan(after):
        return math.nan
    first = max(int(np.searchsorted(time, after, side="right")), 1)
    passes = np.flatnonzero((value[first - 1 : -1] > level) & (value[first:] <= level))
    if passes.size == 0:
        return math.nan
    i = first + int(passes[0])
    when = time[i - 1] + (value[i - 1] - level) / (value[i - 1] - value[i]) * (time[i] - time[i - 1])
    return max(float(when), after)


def rises_to(time: Samples, value: Samples, level: float, *, before: float) -> float:
    """The last time before `before` at which the signal passes a level upwards, by linear interpolation; else NaN."""
    return -falls_to(-time[::-1], value[::-1], level, after=-before)


def upward_crossings(time: Samples, value: Samples, level: float, *, rest: float) -> Samples:
    """The times at which a signal rises through a level after having been below `rest`, by linear interpolation."""
    rested = np.cumsum(value < rest)
    found, seen = [], -1
    for i in np.flatnonzero((value[:-1] < level) & (value[1:] >= level)) + 1:
        if rested[i - 1] > seen:
            found.append(time[i - 1] + (level - value[i - 1]) / (value[i] - value[i - 1]) * (time[i] - time[i - 1]))
            seen = rested[i - 1]
    return np.array(found, dtype=np.float64)


def turning_points(value: Samples, least: float) -> list[int]:
    """Indices of the lows and highs, in turn, between which a signal moves by `least` or more.

    Smaller swings are passed over; the last one is where the signal is furthest when it ends.
    """
    if value.size < 2 or not np.isfinite(value).all():
        return []
    slopes = np.sign(np.diff(value))
    moves = np.flatnonzero(slopes)
    bends = moves[1:][np.diff(slopes[moves]) != 0.0]
    points: list[int] = []
    low = high = direction = 0
    for i in (*map(int, bends), value.size - 1):
        high = i if direction >= 0 and value[i] > value[high] else high
        low = i if direction <= 0 and value[i] < value[low] else low
        if direction >= 0 and value[high] - value[i] >= least:
            points.append(high)
            direction, low = -1, i
        elif direction <= 0 and value[i] - value[low] >= least:
            points.append(low)
            direction, high = 1, i
    return points + [[], [high], [low]][direction]


def _curvature(time: Samples, value: Samples, i: int) -> float:
    """The second divided difference about a sample."""
    left = (value[i] - value[i - 1]) / (time[i] - time[i - 1])
    right = (value[i + 1] - value[i]) / (time[i + 1] - time[i])
    return float((right - left) / (time[i + 1] - time[i - 1]))
