"""One sampled signal x(t): its upstroke, its peak, and the time at which it falls back to a level.

All functions take ascending times, shape [sample], and values of the same shape, and answer in the same units.
What cannot be found is NaN.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Samples", "falls_to", "rises_to", "smooth_peak", "steepest_rise", "upward_crossings"]

Samples: TypeAlias = NDArray[np.float64]


def steepest_rise(time: Samples, value: Samples) -> tuple[float, float]:
    """The time and the slope of the steepest rise.

    The slope between two samples belongs to their midpoint; the time of the greatest is refined by a parabola
    through it and its neighbours, where samples are evenly spaced, so it is better than half a sample.
    """
    if time.size < 2:
        return math.nan, math.nan
    slopes = np.diff(value) / np.diff(time)
    i = int(np.argmax(slopes))
    middle = float(0.5 * (time[i] + time[i + 1]))
    if 0 < i < slopes.size - 1:
        step = float(time[i + 1] - time[i])
        return middle + step * _vertex(slopes[i - 1], slopes[i], slopes[i + 1])[0], float(slopes[i])
    return middle, float(slopes[i])


def smooth_peak(time: Samples, value: Samples) -> tuple[float, float]:
    """The time and the height of the maximum of a smooth signal, from a parabola through the three highest samples."""
    i = int(np.argmax(value))
    if not 0 < i < value.size - 1:
        return float(time[i]), float(value[i])
    shift, rise = _vertex(value[i - 1], value[i], value[i + 1])
    return float(time[i] + shift * 0.5 * (time[i + 1] - time[i - 1])), float(value[i] + rise)


def falls_to(time: Samples, value: Samples, level: float, *, after: float) -> float:
    """The first time after `after` at which the signal comes down to a level, by linear interpolation; else NaN."""
    first = int(np.searchsorted(time, after))
    below = np.flatnonzero(value[first:] <= level)
    if below.size == 0 or math.isnan(level):
        return math.nan
    i = first + int(below[0])
    if i == 0 or value[i - 1] <= level:
        return float(time[i])
    return float(time[i - 1] + (value[i - 1] - level) / (value[i - 1] - value[i]) * (time[i] - time[i - 1]))


def rises_to(time: Samples, value: Samples, level: float, *, before: float) -> float:
    """The last time before `before` at which the signal comes up to a level, by linear interpolation; else NaN."""
    return -falls_to(-time[::-1], value[::-1], level, after=-before)


def upward_crossings(time: Samples, value: Samples, level: float, *, rest: float) -> Samples:
    """The times at which a signal rises through a level after having been below `rest`, by linear interpolation."""
    found, armed = [], True
    for i in range(1, value.size):
        armed = armed or value[i - 1] < rest
        if armed and value[i - 1] < level <= value[i]:
            found.append(time[i - 1] + (level - value[i - 1]) / (value[i] - value[i - 1]) * (time[i] - time[i - 1]))
            armed = False
    return np.array(found, dtype=np.float64)


def _vertex(left: float, middle: float, right: float) -> tuple[float, float]:
    """Of the parabola through three evenly spaced points: the shift from the middle in steps, and the rise above it."""
    bend = left - 2.0 * middle + right
    if bend >= 0.0:
        return 0.0, 0.0
    shift = 0.5 * (left - right) / bend
    return float(shift), float(-0.25 * (left - right) * shift)
