"""Biomarkers of a beat: what experimenters measure on an action potential, a calcium transient and a twitch.

Every function takes a run (the Dataset of `simulate`) and answers for one of its beats, the last by default: a
number for one cell; for a batch an array over `cell`, with its unit and what differs from cell to cell.  Times are in
ms, potentials in mV, calcium in uM and tension in kPa, whatever the model's own units.  A beat begins with its
stimulus; that of a cell that beats by itself, where its potential is lowest.  What a beat does not show is NaN: the
APD90 of a cell that never repolarises, the time to the peak of a signal that shows no transient, because it does not
rise by 0.1 % or is at its highest when the beat ends.  `disturbances` tells why.

Between samples a signal is taken as a line (crossings) or a parabola (upstroke and smooth extremes): times are exact
to a small fraction of the saving interval `every`, except that of an upstroke sampled more coarsely than it lasts
(about 1 ms), which is good to half an interval.  Save every 0.1 ms for the last digit.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from troponin.analysis.markers.beats import has, unit_of, variable_named
from troponin.analysis.markers.marker import (
    BEAT_MARKERS,
    QNET_CURRENTS,
    UPSTROKE,
    UPSTROKE_TIME,
    Marker,
    apd_at,
    calcium_decay_between,
    calcium_duration_at,
    charge_of,
    own_upstroke_of,
    qnet_of,
    tension_relaxation_at,
    triangulation_between,
)
from troponin.analysis.markers.measured import Row, of_beat, table_of
from troponin.errors import UnitError, UnknownNameError, ValueRangeError, require_kind
from troponin.units import Quantity, parse_quantity

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "amplitude",
    "apd",
    "calcium_amplitude",
    "calcium_decay",
    "calcium_diastolic",
    "calcium_duration",
    "calcium_peak",
    "calcium_time_to_peak",
    "charge",
    "cycle_length",
    "overshoot",
    "own_upstroke_velocity",
    "peak_potential",
    "qnet",
    "rate",
    "resting_potential",
    "table",
    "tension_amplitude",
    "tension_diastolic",
    "tension_fastest_fall",
    "tension_fastest_rise",
    "tension_peak",
    "tension_relaxation_time",
    "tension_time_to_peak",
    "triangulation",
    "upstroke_velocity",
]

_NAMED = {marker.name: marker for marker in BEAT_MARKERS}


def apd(run: xr.Dataset, percent: float = 90.0, *, beat: int = -1) -> float | xr.DataArray:
    """Action potential duration at a percentage of repolarisation, in ms.

    From the steepest rise of v to the first time after the peak at which
    v = v_peak - percent/100 (v_peak - v_rest), v_rest being v at the beginning of the beat.
    NaN where v does not come 20 mV above v_rest, or rises steepest after its peak: that is no action potential; where
    the beat begins on the plateau of the one before; and where it holds two action potentials.
    """
    _check_percent(percent)
    return of_beat(run, apd_at(percent), beat)


def triangulation(run: xr.Dataset, early: float = 30.0, late: float = 90.0, *, beat: int = -1) -> float | xr.DataArray:
    """The time from one percentage of repolarisation to another in ms, APD90 - APD30 by default."""
    _check_order(early, late)
    return of_beat(run, triangulation_between(early, late), beat)


def resting_potential(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The membrane potential at the beginning of the beat, just before its stimulus acts, in mV.

    In a cell that beats by itself, the maximum diastolic potential.  NaN where v has not come down by three quarters
    of the beat's swing, because the beat begins before the one before it has ended: that is no rest.
    """
    return of_beat(run, _NAMED["v_rest"], beat)


def peak_potential(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The highest membrane potential, in mV."""
    return of_beat(run, _NAMED["v_peak"], beat)


def overshoot(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """How far the peak lies above 0 mV, in mV; NaN where it does not."""
    return of_beat(run, _NAMED["v_overshoot"], beat)


def amplitude(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """From the resting to the peak potential, in mV."""
    return of_beat(run, _NAMED["v_amplitude"], beat)


def upstroke_velocity(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The steepest rise of v between two samples, in mV/ms.

    It contains what the stimulus itself adds where the two overlap.  The mean over the interval between two samples is
    too low, in cells whose upstroke is cut by the end of the stimulus by 15 % at 0.05 ms and 2 % at 0.01 ms;
    `measure` takes it at the solver's own steps.
    """
    return of_beat(run, UPSTROKE, beat)


def own_upstroke_velocity(
    run: xr.Dataset, *, capacitance: Quantity | str | None = None, beat: int = -1
) -> float | xr.DataArray:
    """The steepest rise of v that is the cell's own, in mV/ms: the largest of -I_ion / C_m, without the stimulus.

    capacitance   of the membrane, such as "1 uF/cm^2" or "100 pF", where the currents are not per capacitance (A/F)

    The run must hold `I_ion`, every 0.02 ms or finer.  Raises `UnitError` where the capacitance is missing or does
    not fit.
    """
    by = None if capacitance is None else parse_quantity(str(capacitance))
    marker = own_upstroke_of(by)
    own = unit_of(variable_named(run, "I_ion"))
    if own.dimension != marker.reads[0].unit.dimension:
        raise UnitError(
            "a rate of v follows from a current by a capacitance",
            where="own_upstroke_velocity",
            got=f"I_ion in {own}" + ("" if by is None else f" and a capacitance of {by}"),
            expected="I_ion in A/F, or a capacitance that makes it so",
            remedy='Give the capacitance, such as capacitance="1 uF/cm^2".',
        )
    return of_beat(run, marker, beat)


def calcium_diastolic(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """[Ca2+]i at the beginning of the beat, in uM."""
    return of_beat(run, _NAMED["ca_diastolic"], beat)


def calcium_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The peak of [Ca2+]i, in uM: its systolic value."""
    return of_beat(run, _NAMED["ca_peak"], beat)


def calcium_amplitude(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The peak of [Ca2+]i above its value at the beginning of the beat, in uM."""
    return of_beat(run, _NAMED["ca_amplitude"], beat)


def calcium_time_to_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The time from the beginning of the beat to the peak of [Ca2+]i, in ms; NaN where it shows no transient."""
    return of_beat(run, _NAMED["ca_time_to_peak"], beat)


def calcium_duration(run: xr.Dataset, percent: float = 80.0, *, beat: int = -1) -> float | xr.DataArray:
    """Duration of the calcium transient at `percent` recovery to diastole, in ms: CaTD80 for 80.

    The time for which [Ca2+]i is above the level of that recovery, from the rise before its peak to the fall after.
    NaN where it shows no transient.
    """
    _check_percent(percent)
    return of_beat(run, calcium_duration_at(percent), beat)


def calcium_decay(run: xr.Dataset, early: float = 30.0, late: float = 80.0, *, beat: int = -1) -> float | xr.DataArray:
    """The time constant of the fall of [Ca2+]i between two percentages of recovery, in ms.

    tau = (t_late - t_early) / ln((100 - early) / (100 - late)): of the exponential through both, towards the value at
    the beginning of the beat.
    """
    _check_order(early, late)
    return of_beat(run, calcium_decay_between(early, late), beat)


def tension_diastolic(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """Active tension at the beginning of the beat, in kPa."""
    return of_beat(run, _NAMED["ta_diastolic"], beat)


def tension_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """Peak active tension, in kPa."""
    return of_beat(run, _NAMED["ta_peak"], beat)


def tension_amplitude(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """Peak active tension above its value at the beginning of the beat, in kPa."""
    return of_beat(run, _NAMED["ta_amplitude"], beat)


def tension_time_to_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The time from the beginning of the beat to peak active tension, in ms; NaN where it shows no transient."""
    return of_beat(run, _NAMED["ta_time_to_peak"], beat)


def tension_relaxation_time(run: xr.Dataset, percent: float = 50.0, *, beat: int = -1) -> float | xr.DataArray:
    """The time from peak active tension to `percent` relaxation, in ms: RT50 for 50.

    Tension relaxes towards its value at the beginning of the beat.  NaN where it shows no transient.
    """
    _check_percent(percent)
    return of_beat(run, tension_relaxation_at(percent), beat)


def tension_fastest_rise(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The largest dT/dt of active tension, in kPa/ms."""
    return of_beat(run, _NAMED["ta_fastest_rise"], beat)


def tension_fastest_fall(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The smallest dT/dt of active tension, in kPa/ms: a negative number."""
    return of_beat(run, _NAMED["ta_fastest_fall"], beat)


def charge(run: xr.Dataset, current: str, *, beat: int = -1) -> float | xr.DataArray:
    """The charge that a current carries over a beat: its integral, in its unit times s, such as C/F for A/F.

    current   the name of a variable that the run holds, such as `IKr.IKr`

    A flux gives the amount that flows: mM for mM/ms.  Raises `UnknownNameError`.
    """
    return of_beat(run, charge_of(current, unit_of(variable_named(run, current))), beat)


def qnet(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """qNet: the charge that INaL, ICaL, IKr, Ito, IKs and IK1 carry together over a beat, in C/F (uC/uF).

    The run must hold v and the six, found by the ends of their names.  NaN for a beat without an APD90.  Raises
    `UnknownNameError` with those it lacks.

    Source: S. Dutta et al., Front. Physiol. 8 (2017) 616, doi 10.3389/fphys.2017.00616.
    """
    found = [next((name for name in reversed(names) if has(run, name)), None) for names in QNET_CURRENTS]
    missing = [names[0] for names, name in zip(QNET_CURRENTS, found, strict=True) if name is None]
    if missing:
        fault = UnknownNameError("variable", ", ".join(missing), (), where="qnet")
        names = ", ".join(f'"{names[0]}"' for names in QNET_CURRENTS)
        fault.remedy = f'Run again and save them, Save(["v", {names}]); a model without one of them has no qNet.'
        raise fault
    return of_beat(run, qnet_of([name for name in found if name]), beat)


def cycle_length(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The time from the upstroke before to that of the beat, in ms: how fast a cell beats by itself.

    NaN for the first beat, and where one of the two is no action potential.
    """
    marker = Marker("cycle_length", UPSTROKE_TIME.reads, "ms", "cycle length", UPSTROKE_TIME.measure)
    return of_beat(run, marker, beat, _since_the_one_before)


def rate(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """Beats per minute, from the upstroke before to that of the beat: 60000 ms / `cycle_length`."""
    marker = Marker("rate", UPSTROKE_TIME.reads, "1/min", "rate", UPSTROKE_TIME.measure)
    return of_beat(run, marker, beat, lambda row: 60_000.0 / _since_the_one_before(row))


def table(run: xr.Dataset) -> xr.Dataset:
    """All biomarkers that a run allows, for every beat: variables over `beat` (and `cell`) with units."""
    return table_of(run, BEAT_MARKERS)


def _since_the_one_before(row: Row) -> Row:
    steps: Row = np.diff(row, prepend=math.nan)
    return steps


def _check_percent(percent: float, name: str = "percent") -> None:
    require_kind(percent, Real, name, "a number, such as 90")
    if not (math.isfinite(percent) and 0.0 < percent < 100.0):
        raise ValueRangeError("a percentage lies between 0 and 100", where=name, got=percent)


def _check_order(early: float, late: float) -> None:
    _check_percent(early, "early")
    _check_percent(late, "late")
    if early >= late:
        raise ValueRangeError("the later percentage is the larger one", where="late", got=late, expected=f"> {early:g}")
