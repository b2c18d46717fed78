"""Biomarkers of a beat: what experimenters measure on an action potential, a calcium transient and a twitch.

Every function takes a run (the Dataset of `simulate`) and answers for one of its beats, the last by default: a
number for one cell; for a batch an array over `cell`, with its unit and what differs from cell to cell.  Times are in
ms, potentials in mV, calcium in uM and tension in kPa, whatever the model's own units.  A beat begins with its
stimulus.  What a beat does not show is NaN: the APD90 of a cell that never repolarises, the time to the peak of a
signal that shows no transient, because it does not rise by 0.1 % or is at its highest when the beat ends.

Between samples a signal is taken as a line (crossings) or a parabola (upstroke and smooth peaks): times are exact to
a small fraction of the saving interval `every`, except that of an upstroke sampled more coarsely than it lasts
(about 1 ms), which is good to half an interval.  Save every 0.1 ms for the last digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from troponin.analysis.beats import LEAST_UPSTROKE, Beat, beats_of, has, one_beat
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

_LEAST_TRANSIENT: Final = 1e-3
"""Rise of calcium or tension over its first value, relative to its peak, up to which it is no transient."""


@dataclass(frozen=True, slots=True)
class _Marker:
    """A biomarker: its name, the meaning it is measured on and the unit that is read in, its own unit, and how."""

    name: str
    meaning: str
    source: Unit
    unit: str
    long_name: str
    measure: Callable[[Beat], float]


def apd(run: xr.Dataset, percent: float = 90.0, *, beat: int = -1) -> float | xr.DataArray:
    """Action potential duration at a percentage of repolarisation, in ms.

    From the steepest rise of v to the first time after the peak at which
    v = v_peak - percent/100 (v_peak - v_rest), v_rest being v at the beginning of the beat.
    NaN where v does not come 20 mV above v_rest, or rises steepest after its peak: that is no action potential.
    """
    _check_percent(percent)
    return _measure(run, _apd_at(percent), beat)


def resting_potential(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The membrane potential at the beginning of the beat, just before its stimulus acts, in mV."""
    return _measure(run, _V_REST, beat)


def peak_potential(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The highest sample of the membrane potential, in mV."""
    return _measure(run, _V_PEAK, beat)


def upstroke_velocity(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The steepest rise of v between two samples, in mV/ms.

    It contains what the stimulus itself adds where the two overlap, and needs samples every 0.05 ms or finer.
    """
    return _measure(run, _V_UPSTROKE, beat)


def calcium_diastolic(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """[Ca2+]i at the beginning of the beat, in uM."""
    return _measure(run, _CA_DIASTOLIC, beat)


def calcium_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The peak of [Ca2+]i, in uM."""
    return _measure(run, _CA_PEAK, beat)


def calcium_time_to_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The time from the beginning of the beat to the peak of [Ca2+]i, in ms; NaN where it shows no transient."""
    return _measure(run, _CA_TIME_TO_PEAK, beat)


def calcium_duration(run: xr.Dataset, percent: float = 80.0, *, beat: int = -1) -> float | xr.DataArray:
    """Duration of the calcium transient at `percent` recovery to diastole, in ms: CaTD80 for 80.

    The time for which [Ca2+]i is above the level of that recovery, from the rise before its peak to the fall after.
    NaN where it shows no transient.
    """
    _check_percent(percent)
    return _measure(run, _ca_duration_at(percent), beat)


def tension_diastolic(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """Active tension at the beginning of the beat, in kPa."""
    return _measure(run, _TA_DIASTOLIC, beat)


def tension_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """Peak active tension, in kPa."""
    return _measure(run, _TA_PEAK, beat)


def tension_time_to_peak(run: xr.Dataset, *, beat: int = -1) -> float | xr.DataArray:
    """The time from the beginning of the beat to peak active tension, in ms; NaN where it shows no transient."""
    return _measure(run, _TA_TIME_TO_PEAK, beat)


def tension_relaxation_time(run: xr.Dataset, percent: float = 50.0, *, beat: int = -1) -> float | xr.DataArray:
    """The time from peak active tension to `percent` relaxation, in ms: RT50 for 50.

    Tension relaxes towards its value at the beginning of the beat.  NaN where it shows no transient.
    """
    _check_percent(percent)
    return _measure(run, _ta_rt_at(percent), beat)


def table(run: xr.Dataset) -> xr.Dataset:
    """All biomarkers that a run allows, for every beat: variables over `beat` (and `cell`) with units."""
    import xarray as xr

    columns: dict[str, Any] = {}
    for marker in _TABLE:
        if not has(run, marker.meaning):
            continue
        rows = [[marker.measure(beat) for beat in beats] for beats in beats_of(run, marker.meaning, marker.source)]
        if "cell" in run.sizes:
            columns[marker.name] = (("cell", "beat"), np.array(rows), _attributes(marker))
        else:
            columns[marker.name] = (("beat",), np.array(rows[0]), _attributes(marker))
    return xr.Dataset(columns, _of_cells(run))


def _first(beat: Beat) -> float:
    return float(beat.value[0])


def _highest(beat: Beat) -> float:
    return float(beat.value.max())


def _steepest(beat: Beat) -> float:
    return steepest_rise(beat.time, beat.value)[1]


def _peak(beat: Beat) -> float:
    return smooth_peak(beat.time, beat.value)[1]


def _apd(beat: Beat, percent: float) -> float:
    top = int(np.argmax(beat.value))
    height = float(beat.value[top] - beat.value[0])
    start = steepest_rise(beat.time, beat.value)[0]
    if not (height >= LEAST_UPSTROKE and start <= beat.time[top]):
        return math.nan
    level = float(beat.value[top]) - percent / 100.0 * height
    return falls_to(beat.time, beat.value, level, after=float(beat.time[top])) - start


def _transient(beat: Beat) -> tuple[float, float]:
    """The time and the height of the peak of a transient; NaN where the signal does not rise, or only rises."""
    time, peak = smooth_peak(beat.time, beat.value)
    shown = peak - _first(beat) > _LEAST_TRANSIENT * abs(peak) and time < beat.time[-1]
    return (time, peak) if shown else (math.nan, math.nan)


def _time_to_peak(beat: Beat) -> float:
    return _transient(beat)[0] - beat.start


def _relaxation(beat: Beat, percent: float) -> float:
    """From the peak to the time at which the signal has come back by `percent` towards its value at the beginning."""
    time, peak = _transient(beat)
    return falls_to(beat.time, beat.value, peak - percent / 100.0 * (peak - _first(beat)), after=time) - time


def _width(beat: Beat, percent: float) -> float:
    time, peak = _transient(beat)
    level = peak - percent / 100.0 * (peak - _first(beat))
    return falls_to(beat.time, beat.value, level, after=time) - rises_to(beat.time, beat.value, level, before=time)


def _measure(run: xr.Dataset, marker: _Marker, beat: int) -> float | xr.DataArray:
    values = [marker.measure(each) for each in one_beat(run, marker.meaning, marker.source, beat)]
    if "cell" not in run.sizes:
        return values[0]
    import xarray as xr

    return xr.DataArray(np.array(values), _of_cells(run), "cell", marker.name, _attributes(marker))


def _of_cells(run: xr.Dataset) -> dict[str, xr.DataArray]:
    """The coordinates of a batch that tell its cells apart."""
    return {str(name): given for name, given in run.coords.items() if given.dims == ("cell",)}


def _attributes(marker: _Marker) -> dict[str, str]:
    return {"units": marker.unit, "long_name": marker.long_name}


def _check_percent(percent: float) -> None:
    require_kind(percent, Real, "percent", "a number, such as 90")
    if not (math.isfinite(percent) and 0.0 < percent < 100.0):
        raise ValueRangeError("a percentage lies between 0 and 100", where="percent", got=percent)


def _apd_at(percent: float) -> _Marker:
    return _Marker(f"apd{percent:g}", "v", mV, "ms", f"APD{percent:g}", lambda b: _apd(b, percent))


def _ca_duration_at(percent: float) -> _Marker:
    return _Marker(f"ca_duration{percent:g}", "cai", uM, "ms", f"CaTD{percent:g}", lambda b: _width(b, percent))


def _ta_rt_at(percent: float) -> _Marker:
    return _Marker(f"ta_rt{percent:g}", "Ta", kPa, "ms", f"RT{percent:g} of tension", lambda b: _relaxation(b, percent))


_V_REST = _Marker("v_rest", "v", mV, "mV", "resting potential", _first)
_V_PEAK = _Marker("v_peak", "v", mV, "mV", "peak potential", _highest)
_V_UPSTROKE = _Marker("v_upstroke", "v", mV, "mV/ms", "upstroke velocity", _steepest)
_CA_DIASTOLIC = _Marker("ca_diastolic", "cai", uM, "uM", "diastolic [Ca2+]i", _first)
_CA_PEAK = _Marker("ca_peak", "cai", uM, "uM", "peak [Ca2+]i", _peak)
_CA_TIME_TO_PEAK = _Marker("ca_time_to_peak", "cai", uM, "ms", "time to peak [Ca2+]i", _time_to_peak)
_TA_DIASTOLIC = _Marker("ta_diastolic", "Ta", kPa, "kPa", "diastolic active tension", _first)
_TA_PEAK = _Marker("ta_peak", "Ta", kPa, "kPa", "peak active tension", _peak)
_TA_TIME_TO_PEAK = _Marker("ta_time_to_peak", "Ta", kPa, "ms", "time to peak tension", _time_to_peak)

_TABLE = (
    *(_V_REST, _V_PEAK, _apd_at(50.0), _apd_at(90.0)),
    *(_CA_DIASTOLIC, _CA_PEAK, _CA_TIME_TO_PEAK, _ca_duration_at(80.0)),
    *(_TA_DIASTOLIC, _TA_PEAK, _TA_TIME_TO_PEAK, _ta_rt_at(50.0)),
)
"""The biomarkers of the table, in its order; the upstroke is not among them, for it needs finer samples."""
