"""Definitions: what each biomarker is, as a function of a `Beat`, for a sampled trace and for one measured in the run.

A definition may ask for extremes, and for the times at which a signal passes a level, where the level follows from
extremes alone: so a run can find the extremes on a first pass of the beat, and locate all passages on a second.

Times are in ms.  A definition answers NaN for what a beat does not show.
"""

from __future__ import annotations

import math
from typing import Final

from troponin.analysis.markers.beat import Beat

__all__ = [
    "LEAST_PEAK",
    "LEAST_UPSTROKE",
    "amplitude",
    "apd",
    "carried",
    "decay_constant",
    "fastest_fall",
    "fastest_rise",
    "first",
    "highest",
    "overshoot",
    "pushed_part",
    "recovery_time",
    "relaxation",
    "rest",
    "rise_from_start",
    "time_to_peak",
    "transient",
    "upstroke_time",
    "width",
]

LEAST_UPSTROKE: Final = 20.0
"""Amplitude in mV below which a swing of the membrane potential is no action potential."""

LEAST_PEAK: Final = -40.0
"""Potential in mV that the peak of an action potential exceeds."""

_PART_PUSHED: Final = 2.0 / 3.0
_SURELY_PUSHED: Final = 60.0
"""Part of a swing of v, and mV of it, that a stimulus may have made: its charge overestimates what it pushes."""

_STILL_UP: Final = 0.25
"""Part of the swing of v above which a beat begins before the one before it has ended."""

_LEAST_TRANSIENT: Final = 1e-3
"""Rise of calcium or tension over its first value, relative to its peak, up to which it is no transient."""


def rest(v: Beat) -> float:
    """The value at the start; NaN where v has not come down by three quarters of the beat's swing: that is no rest."""
    low, high = v.lowest[1], v.highest[1]
    excited = high - low >= LEAST_UPSTROKE and v.first > low + _STILL_UP * (high - low)
    return math.nan if excited else v.first


def amplitude(v: Beat) -> float:
    """From rest to the peak."""
    return v.highest[1] - rest(v)


def overshoot(v: Beat) -> float:
    """How far the peak lies above 0 mV; NaN where it does not."""
    return v.highest[1] if v.highest[1] > 0.0 else math.nan


def pushed_part(push: float, swing: float) -> float:
    """What a stimulus made of a swing of v, in mV: its push, but no more than 60 mV or two thirds of the swing."""
    return min(push, max(_SURELY_PUSHED, _PART_PUSHED * swing))


def upstroke_time(v: Beat) -> float:
    """The time of the steepest rise; NaN where the beat is no action potential, or more than one.

    An action potential goes up by 20 mV or more beyond what its stimulus pushes (`pushed_part`), to above -40 mV, and
    is steepest before its peak.  It is one of several where v has left its upper half before the steepest rise, or has
    repolarised by 90 % between that and the peak.
    """
    top, peak = v.highest
    start, _ = v.steepest_rise
    height = amplitude(v)
    left = v.falls_to(peak - 0.5 * height, after=v.start)
    repolarised = v.falls_to(peak - 0.9 * height, after=start)
    risen = height - pushed_part(v.pushed, peak - v.lowest[1]) >= LEAST_UPSTROKE and peak > LEAST_PEAK
    one = start <= top and not (left < start or repolarised < top)
    return start if risen and one else math.nan


def apd(v: Beat, percent: float) -> float:
    """From the steepest rise to the first time after the peak at which v = peak - percent/100 (peak - rest)."""
    top, peak = v.highest
    return v.falls_to(peak - percent / 100.0 * amplitude(v), after=top) - upstroke_time(v)


def first(x: Beat) -> float:
    """The value at the start."""
    return x.first


def highest(x: Beat) -> float:
    """The maximum."""
    return x.highest[1]


def rise_from_start(x: Beat) -> float:
    """From the value at the start to the maximum."""
    return x.highest[1] - x.first


def fastest_rise(x: Beat) -> float:
    """The slope of the steepest rise."""
    return x.steepest_rise[1]


def fastest_fall(x: Beat) -> float:
    """The slope of the steepest fall, negative."""
    return x.steepest_fall[1]


def transient(x: Beat) -> tuple[float, float]:
    """The time and the height of the peak of a transient; NaN where the signal does not rise, or only rises."""
    time, peak = x.highest
    shown = peak - x.first > _LEAST_TRANSIENT * abs(peak) and time < x.end
    return (time, peak) if shown else (math.nan, math.nan)


def time_to_peak(x: Beat) -> float:
    """From the start to the peak of a transient."""
    return transient(x)[0] - x.start


def recovery_time(x: Beat, percent: float) -> float:
    """When a transient has come back from its peak by `percent` towards its value at the start."""
    time, peak = transient(x)
    return x.falls_to(peak - percent / 100.0 * (peak - x.first), after=time)


def relaxation(x: Beat, percent: float) -> float:
    """From the peak of a transient to its recovery by `percent`."""
    return recovery_time(x, percent) - transient(x)[0]


def width(x: Beat, percent: float) -> float:
    """How long a transient is above the level of its recovery by `percent`."""
    time, peak = transient(x)
    return recovery_time(x, percent) - x.rises_to(peak - percent / 100.0 * (peak - x.first), before=time)


def decay_constant(x: Beat, early: float, late: float) -> float:
    """The time constant of the exponential, towards the value at the start, through two percentages of recovery."""
    return (recovery_time(x, late) - recovery_time(x, early)) / math.log((100.0 - early) / (100.0 - late))


def carried(current: Beat) -> float:
    """The integral over the beat in value times s."""
    return 1e-3 * current.integral
