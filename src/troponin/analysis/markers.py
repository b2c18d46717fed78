"""Markers: what is measured on a beat, defined once, for a sampled trace and for a measurement during the run.

A definition is a function of one or more signals over one beat (`Beat`).  It may ask for extremes, and for the times
at which a signal passes a level, where the level follows from extremes alone: so a run can find the extremes on a
first pass of the beat, and locate all passages on a second.  `BEAT_MARKERS` are those of a plain table.

Times are in ms.  A definition answers NaN for what a beat does not show.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from troponin.units import Unit, kPa, mV, parse_unit, uM

__all__ = [
    "BEAT_MARKERS",
    "LEAST_UPSTROKE",
    "MOST_PUSHED",
    "OWN_UPSTROKE",
    "QNET",
    "QNET_CURRENTS",
    "UPSTROKE",
    "UPSTROKE_TIME",
    "Beat",
    "Marker",
    "Signal",
    "apd",
    "apd_at",
    "calcium_decay_between",
    "calcium_duration_at",
    "charge_of",
    "tension_relaxation_at",
    "triangulation_between",
]

LEAST_UPSTROKE: Final = 20.0
"""Amplitude in mV below which a swing of the membrane potential is no action potential."""

MOST_PUSHED: Final = 2.0 / 3.0
"""Part of a swing of the membrane potential that a stimulus can have made: its charge overestimates what it pushes."""

_STILL_UP: Final = 0.25
"""Part of the swing of v above which a beat begins before the one before it has ended."""

_LEAST_TRANSIENT: Final = 1e-3
"""Rise of calcium or tension over its first value, relative to its peak, up to which it is no transient."""


class Beat(Protocol):
    """One signal over one beat, from `start` to `end` (ms), however it is measured."""

    @property
    def start(self) -> float:
        """When the beat begins, with its stimulus, in ms."""

    @property
    def end(self) -> float:
        """When the next beat begins, or the run ends, in ms."""

    @property
    def pushed(self) -> float:
        """What the stimulus alone adds to a membrane potential, in mV; 0 where it is not known, or of other signals."""

    @property
    def first(self) -> float:
        """The value at the start."""

    @property
    def last(self) -> float:
        """The value at the end."""

    @property
    def highest(self) -> tuple[float, float]:
        """The time and the value of the maximum."""

    @property
    def lowest(self) -> tuple[float, float]:
        """The time and the value of the minimum."""

    @property
    def steepest_rise(self) -> tuple[float, float]:
        """The time and the slope, per ms, of the steepest rise."""

    @property
    def steepest_fall(self) -> tuple[float, float]:
        """The time and the slope, per ms, of the steepest fall: a negative slope."""

    @property
    def integral(self) -> float:
        """The integral over the beat, value times ms."""

    def falls_to(self, level: float, *, after: float) -> float:
        """The first time after `after` at which the signal passes a level downwards; NaN where it does not."""

    def rises_to(self, level: float, *, before: float) -> float:
        """The last time before `before` at which the signal passes a level upwards; NaN where it does not."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What a marker reads: a meaning (`v`, `cai`, `Ta`, `I_ion`) or the name of a variable, and the unit it takes."""

    name: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Marker:
    """A biomarker: its name, the signals it reads, its unit, what it is called, and its definition.

    `measure` takes one `Beat` for each of `reads`, in that order.
    """

    name: str
    reads: tuple[Signal, ...]
    unit: str
    long_name: str
    measure: Callable[..., float]


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


def upstroke_time(v: Beat) -> float:
    """The time of the steepest rise; NaN where the beat is no action potential, or more than one.

    An action potential goes up by 20 mV or more beyond what its stimulus pushes (no more than two thirds of the swing
    of v), and is steepest before its peak.  It is one of several where v has left its upper half before the steepest
    rise, or has repolarised by 90 % between that and the peak.
    """
    top, peak = v.highest
    start, _ = v.steepest_rise
    height = amplitude(v)
    left = v.falls_to(peak - 0.5 * height, after=v.start)
    repolarised = v.falls_to(peak - 0.9 * height, after=start)
    own = height - min(v.pushed, MOST_PUSHED * (peak - v.lowest[1]))
    one = own >= LEAST_UPSTROKE and start <= top and not (left < start or repolarised < top)
    return start if one else math.nan


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


_V: Final = (Signal("v", mV),)
_CA: Final = (Signal("cai", uM),)
_TA: Final = (Signal("Ta", kPa),)
_PER_CAPACITANCE: Final = parse_unit("A/F")


def apd_at(percent: float) -> Marker:
    """Action potential duration at a percentage of repolarisation."""
    return Marker(f"apd{percent:g}", _V, "ms", f"APD{percent:g}", lambda v: apd(v, percent))


def triangulation_between(early: float, late: float) -> Marker:
    """From one percentage of repolarisation to another."""
    called = f"triangulation, APD{late:g} - APD{early:g}"
    return Marker(f"triangulation{late:g}_{early:g}", _V, "ms", called, lambda v: apd(v, late) - apd(v, early))


def calcium_duration_at(percent: float) -> Marker:
    """Duration of the calcium transient at a percentage of recovery."""
    return Marker(f"ca_duration{percent:g}", _CA, "ms", f"CaTD{percent:g}", lambda x: width(x, percent))


def calcium_decay_between(early: float, late: float) -> Marker:
    """Time constant of the fall of calcium between two percentages of recovery."""
    return Marker("ca_decay", _CA, "ms", "decay constant of [Ca2+]i", lambda x: decay_constant(x, early, late))


def tension_relaxation_at(percent: float) -> Marker:
    """Time from peak tension to a percentage of relaxation."""
    return Marker(f"ta_rt{percent:g}", _TA, "ms", f"RT{percent:g} of tension", lambda x: relaxation(x, percent))


def charge_of(current: str, unit: Unit) -> Marker:
    """The charge that a current carries over a beat, by the name of its variable and its unit."""
    return Marker(current, (Signal(current, unit),), charge_unit(unit), f"charge carried by {current}", carried)


def charge_unit(current: Unit) -> str:
    """The unit of a current times s, as one writes it: C/F for A/F, in which C/F is not shortened to V."""
    written = str(current).replace("A", "C")
    whole = current * parse_unit("s")
    return written if "A" in str(current) and parse_unit(written) == whole else str(whole)


QNET_CURRENTS: Final = ("INaL", "ICaL", "IKr", "Ito", "IKs", "IK1")
"""The currents of qNet, by the end of their names."""

QNET: Final = Marker(
    "qnet",
    tuple(Signal(name, _PER_CAPACITANCE) for name in QNET_CURRENTS),
    "C/F",
    "qNet",
    lambda *currents: sum(map(carried, currents)),
)
UPSTROKE: Final = Marker("v_upstroke", _V, "mV/ms", "upstroke velocity", fastest_rise)
OWN_UPSTROKE: Final = Marker(
    "v_upstroke_own",
    (Signal("I_ion", _PER_CAPACITANCE),),
    "mV/ms",
    "upstroke velocity without the stimulus",
    lambda current: -current.lowest[1],
)
UPSTROKE_TIME: Final = Marker("upstroke_time", _V, "ms", "time of the upstroke", upstroke_time)

BEAT_MARKERS: Final = (
    Marker("v_rest", _V, "mV", "resting potential", rest),
    Marker("v_peak", _V, "mV", "peak potential", highest),
    Marker("v_overshoot", _V, "mV", "overshoot", overshoot),
    Marker("v_amplitude", _V, "mV", "amplitude of the action potential", amplitude),
    *map(apd_at, (30.0, 50.0, 90.0)),
    triangulation_between(30.0, 90.0),
    Marker("ca_diastolic", _CA, "uM", "diastolic [Ca2+]i", first),
    Marker("ca_peak", _CA, "uM", "peak [Ca2+]i", highest),
    Marker("ca_amplitude", _CA, "uM", "amplitude of [Ca2+]i", rise_from_start),
    Marker("ca_time_to_peak", _CA, "ms", "time to peak [Ca2+]i", time_to_peak),
    calcium_duration_at(80.0),
    calcium_decay_between(30.0, 80.0),
    Marker("ta_diastolic", _TA, "kPa", "diastolic active tension", first),
    Marker("ta_peak", _TA, "kPa", "peak active tension", highest),
    Marker("ta_amplitude", _TA, "kPa", "amplitude of active tension", rise_from_start),
    Marker("ta_time_to_peak", _TA, "ms", "time to peak tension", time_to_peak),
    *map(tension_relaxation_at, (50.0, 90.0, 95.0)),
    Marker("ta_fastest_rise", _TA, "kPa/ms", "fastest rise of tension", fastest_rise),
    Marker("ta_fastest_fall", _TA, "kPa/ms", "fastest fall of tension", fastest_fall),
)
"""The markers of a table, in its order: those of v, cai and Ta that need no finer samples than the rest."""
