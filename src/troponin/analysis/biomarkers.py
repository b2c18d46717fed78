"""Biomarkers of a beat: what experimenters measure on an action potential, a calcium transient and a twitch.

Every function takes a run (the Dataset of `simulate`) and answers for one of its beats, the last by default: a
number for one cell, an array over `cell` for a batch.  Times are in ms, potentials in mV, calcium in uM and tension
in kPa, whatever the model's own units.  A beat begins with its stimulus.  What a beat does not show, such as the
APD90 of a cell that never repolarises, is NaN.

Between samples a signal is taken as a line (crossings) or a parabola (upstroke and smooth peaks): times are exact to
a small fraction of the saving interval `every`, except that of an upstroke sampled more coarsely than it lasts
(about 1 ms), which is good to half an interval.  Save every 0.1 ms for the last digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from troponin.analysis.beats import Beat, beats_of, has, one_beat
from troponin.analysis.waveform import falls_to, rises_to, smooth_peak, steepest_rise
from troponin.errors import ValueRangeError, require_kind
from troponin.units import Unit, kPa, mV, uM

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "apd",
    "calcium_diastolic",
    "calcium_duration",
    "calcium_peak",
    "calcium_time_to_peak",
    "peak_potential",
    "resting_potential",
    "table",
    "tension_diastolic",
    "tension_peak",
    "tension_relaxation_time",
    "tension_time_to_peak",
    "upstroke_velocity",
]


def apd(run: xr.Dataset, percent: float = 90.0, *, beat: int = -1) -> float | xr.DataArray:
    """Action potential duration at a percentage of repolarisation, in ms.

    From the steepest rise of v to the first time after the peak at which
    v = v_peak - percent/100 (v_peak - v_rest), v_rest being v at the beginning of the beat.
    """
    _check_percent(percent)
    return _measure(run, "v", mV, lambda b: _apd(b, percent), beat)


def resting_potential(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The membrane potential at the beginning of the beat, just before its stimulus acts, in mV."""
    return _measure(run, "v", mV, _first, beat)


def peak_potential(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The highest sample of the membrane potential, in mV."""
    return _measure(run, "v", mV, _highest, beat)


def upstroke_velocity(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The steepest rise of v between two samples, in mV/ms.

    It contains what the stimulus itself adds where the two overlap, and needs samples every 0.05 ms or finer.
    """
    return _measure(run, "v", mV, lambda b: steepest_rise(b.time, b.value)[1], beat)


def calcium_diastolic(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """[Ca2+]i at the beginning of the beat, in uM."""
    return _measure(run, "cai", uM, _first, beat)


def calcium_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The peak of [Ca2+]i, in uM."""
    return _measure(run, "cai", uM, _peak, beat)


def calcium_time_to_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The time from the beginning of the beat to the peak of [Ca2+]i, in ms."""
    return _measure(run, "cai", uM, _time_to_peak, beat)


def calcium_duration(run: xr.Dataset, percent: float = 80.0, *, beat: int = -1) -> float | xr.DataArray:
    """Duration of the calcium transient at `percent` recovery to diastole, in ms: CaTD80 for 80.

    The time for which [Ca2+]i is above the level of that recovery, from the rise before its peak to the fall after.
    """
    _check_percent(percent)
    return _measure(run, "cai", uM, lambda b: _width(b, percent), beat)


def tension_diastolic(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """Active tension at the beginning of the beat, in kPa."""
    return _measure(run, "Ta", kPa, _first, beat)


def tension_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """Peak active tension, in kPa."""
    return _measure(run, "Ta", kPa, _peak, beat)


def tension_time_to_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The time from the beginning of the beat to peak active tension, in ms."""
    return _measure(run, "Ta", kPa, _time_to_peak, beat)


def tension_relaxation_time(run: xr.Dataset, percent: float = 50.0, *, beat: int = -1) -> float | xr.DataArray:
    """The time from peak active tension to `percent` relaxation, in ms: RT50 for 50.

    Tension relaxes towards its value at the beginning of the beat.
    """
    _check_percent(percent)
    return _measure(run, "Ta", kPa, lambda b: _relaxation(b, percent), beat)


def table(run: xr.Dataset) -> xr.Dataset:
    """All biomarkers that a run allows, for every beat: variables over `beat` (and `cell`) with units."""
    import xarray as xr

    columns: dict[str, Any] = {}
    for name, (meaning, source, unit, long_name, measure) in _TABLE.items():
        if not has(run, meaning):
            continue
        rows = [[measure(beat) for beat in beats] for beats in beats_of(run, meaning, source)]
        attributes = {"units": unit, "long_name": long_name}
        if "cell" in run.sizes:
            columns[name] = (("cell", "beat"), np.array(rows), attributes)
        else:
            columns[name] = (("beat",), np.array(rows[0]), attributes)
    return xr.Dataset(columns)


def _first(beat: Beat) -> float:
    return float(beat.value[0])


def _highest(beat: Beat) -> float:
    return float(beat.value.max())


def _peak(beat: Beat) -> float:
    return smooth_peak(beat.time, beat.value)[1]


def _time_to_peak(beat: Beat) -> float:
    return smooth_peak(beat.time, beat.value)[0] - beat.start


def _apd(beat: Beat, percent: float) -> float:
    top = int(np.argmax(beat.value))
    level = beat.value[top] - percent / 100.0 * (beat.value[top] - beat.value[0])
    start = steepest_rise(beat.time, beat.value)[0]
    return falls_to(beat.time, beat.value, float(level), after=float(beat.time[top])) - start


def _relaxation(beat: Beat, percent: float) -> float:
    """From the peak to the time at which the signal has come back by `percent` towards its value at the beginning."""
    time, peak = smooth_peak(beat.time, beat.value)
    return falls_to(beat.time, beat.value, peak - percent / 100.0 * (peak - _first(beat)), after=time) - time


def _width(beat: Beat, percent: float) -> float:
    time, peak = smooth_peak(beat.time, beat.value)
    level = peak - percent / 100.0 * (peak - _first(beat))
    return falls_to(beat.time, beat.value, level, after=time) - rises_to(beat.time, beat.value, level, before=time)


def _measure(
    run: xr.Dataset, meaning: str, unit: Unit, measure: Callable[[Beat], float], beat: int
) -> float | xr.DataArray:
    values = [measure(each) for each in one_beat(run, meaning, unit, beat)]
    if "cell" not in run.sizes:
        return values[0]
    import xarray as xr

    return xr.DataArray(np.array(values), dims="cell")


def _check_percent(percent: float) -> None:
    require_kind(percent, Real, "percent", "a number, such as 90")
    if not (math.isfinite(percent) and 0.0 < percent < 100.0):
        raise ValueRangeError("a percentage lies between 0 and 100", where="percent", got=percent)


_TABLE: dict[str, tuple[str, Unit, str, str, Callable[[Beat], float]]] = {
    "v_rest": ("v", mV, "mV", "resting potential", _first),
    "v_peak": ("v", mV, "mV", "peak potential", _highest),
    "apd50": ("v", mV, "ms", "APD50", lambda b: _apd(b, 50.0)),
    "apd90": ("v", mV, "ms", "APD90", lambda b: _apd(b, 90.0)),
    "ca_diastolic": ("cai", uM, "uM", "diastolic [Ca2+]i", _first),
    "ca_peak": ("cai", uM, "uM", "peak [Ca2+]i", _peak),
    "ca_time_to_peak": ("cai", uM, "ms", "time to peak [Ca2+]i", _time_to_peak),
    "ca_duration80": ("cai", uM, "ms", "CaTD80", lambda b: _width(b, 80.0)),
    "ta_diastolic": ("Ta", kPa, "kPa", "diastolic active tension", _first),
    "ta_peak": ("Ta", kPa, "kPa", "peak active tension", _peak),
    "ta_time_to_peak": ("Ta", kPa, "ms", "time to peak tension", _time_to_peak),
    "ta_rt50": ("Ta", kPa, "ms", "RT50 of tension", lambda b: _relaxation(b, 50.0)),
}
"""Row of the table: meaning, unit it is read in, unit of the answer, long name, and how it is measured."""
