"""Markers: biomarkers by name, with the signals each one reads, its unit and its definition.

`BEAT_MARKERS` are those of a plain table; functions make those that have a percentage, a current or a capacitance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from troponin.analysis.markers.beat import Beat
from troponin.analysis.markers.definitions import (
    amplitude,
    apd,
    carried,
    decay_constant,
    fastest_fall,
    fastest_rise,
    first,
    highest,
    overshoot,
    relaxation,
    rest,
    rise_from_start,
    time_to_peak,
    upstroke_time,
    width,
)
from troponin.units import DIMENSIONLESS, Quantity, Unit, kPa, mV, parse_unit, uM

__all__ = [
    "BEAT_MARKERS",
    "QNET_CURRENTS",
    "UPSTROKE",
    "UPSTROKE_TIME",
    "Marker",
    "Signal",
    "apd_at",
    "calcium_decay_between",
    "calcium_duration_at",
    "charge_of",
    "own_upstroke_of",
    "qnet_of",
    "tension_relaxation_at",
    "triangulation_between",
]


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


QNET_CURRENTS: Final = (("INaL",), ("ICaL", "ICaLCa"), ("IKr",), ("Ito",), ("IKs",), ("IK1",))
"""The currents of qNet by the ends of their names, the last first: of the L-type channel, what calcium carries."""


def qnet_of(currents: Sequence[str]) -> Marker:
    """The charge that the six currents carry together, by the names of their variables; NaN without an APD90."""
    reads = (*_V, *(Signal(name, _PER_CAPACITANCE) for name in currents))

    def measure(v: Beat, *each: Beat) -> float:
        return sum(map(carried, each)) + 0.0 * apd(v, 90.0)

    return Marker("qnet", reads, "C/F", "qNet", measure)


def own_upstroke_of(capacitance: Quantity | None = None) -> Marker:
    """The largest inward current by the capacitance; a current per capacitance needs none."""
    by = Quantity(1.0, DIMENSIONLESS) if capacitance is None else capacitance
    reads = (Signal("I_ion", _PER_CAPACITANCE * by.unit),)
    called = "upstroke velocity without the stimulus"
    return Marker("v_upstroke_own", reads, "mV/ms", called, lambda current: -current.lowest[1] / by.value)


UPSTROKE: Final = Marker("v_upstroke", _V, "mV/ms", "upstroke velocity", fastest_rise)
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
