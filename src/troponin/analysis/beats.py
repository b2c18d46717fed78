"""Beats: a run cut at its stimuli, one signal at a time.

A beat begins where the protocol's stimulus begins (the coordinate `beat_start` of a run) and lasts until the next.
A run without stimuli is cut at the upstrokes of its membrane potential; a run without upstrokes is one beat.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.waveform import Samples, upward_crossings
from troponin.errors import ProtocolError, UnitError, UnknownNameError
from troponin.results import BEAT_START
from troponin.units import Unit, conversion_factor, ms, mV, parse_unit

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LEAST_UPSTROKE", "Beat", "beats_of", "has", "one_beat", "variable_named"]

LEAST_UPSTROKE: Final = 20.0
"""Amplitude in mV below which a swing of the membrane potential is no action potential."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One signal over one beat: the time of the stimulus, times in ms and values, shape [sample]."""

    start: float
    time: Samples
    value: Samples


def has(run: xr.Dataset, meaning: str) -> bool:
    """Whether a run holds the variable that has this meaning (`v`, `cai`, `Ta`)."""
    return _find(run, meaning) is not None


def variable_named(run: xr.Dataset, meaning: str) -> xr.DataArray:
    """The variable of a run that has this meaning, whether it was saved under the meaning or its qualified name.

    Raises `UnknownNameError` where the run does not hold it.
    """
    found = _find(run, meaning)
    if found is None:
        fault = UnknownNameError("variable", meaning, map(str, run.data_vars), where="run")
        fault.remedy = f"Run again and save it, as in Save(['{meaning}'])."
        raise fault
    return run[found]


def one_beat(run: xr.Dataset, meaning: str, unit: Unit, beat: int = -1) -> list[Beat]:
    """One beat of a signal, in the given unit and in ms, for each cell of a run (one where it is no batch).

    `beat` counts as an index does: -1 is the last.  Raises `ProtocolError` for a beat that the run does not hold.
    """
    chosen = []
    for beats in beats_of(run, meaning, unit):
        if not -len(beats) <= beat < len(beats):
            raise ProtocolError(f"the run holds {len(beats)} beats", where="run", got=f"beat {beat}")
        chosen.append(beats[beat])
    return chosen


def beats_of(run: xr.Dataset, meaning: str, unit: Unit) -> Iterator[list[Beat]]:
    """For each cell of a run, all beats of a signal, in the given unit and in ms.

    Raises `UnknownNameError` where the run, or its model, has no such signal, and `UnitError` where it has no unit.
    """
    _require_meaning(run, meaning)
    signal = variable_named(run, meaning)
    values = _rows(signal) * _factor(signal, unit)
    time = run["time"].to_numpy() * _factor(run["time"], ms)
    for row, starts in zip(values, _starts(run, time), strict=True):
        edges = np.searchsorted(time, [*starts, np.inf], side="left")
        pairs = zip(starts, edges[:-1], edges[1:], strict=True)
        yield [Beat(float(start), time[i:j], row[i:j]) for start, i, j in pairs if j - i > 1]


def _find(run: xr.Dataset, meaning: str) -> str | None:
    if meaning in run.data_vars:
        return meaning
    qualified = _meanings(run).get(meaning)
    return next((str(name) for name, data in run.data_vars.items() if data.attrs.get("variable") == qualified), None)


def _meanings(run: xr.Dataset) -> dict[str, str]:
    """What the variables of the run's model mean, saved or not; empty where the run does not tell."""
    meanings: dict[str, str] = json.loads(run.attrs.get("meanings", "{}"))
    return meanings


def _require_meaning(run: xr.Dataset, meaning: str) -> None:
    """Raise where no run of this model can hold the signal: saving it is no remedy then."""
    meanings = _meanings(run)
    if not meanings or meaning in meanings or has(run, meaning):
        return
    fault = UnknownNameError("variable", meaning, (), where="run")
    model = run.attrs.get("model", "of the run")
    fault.remedy = f"The model {model} has nothing with this meaning; what it has is {', '.join(meanings)}."
    raise fault


def _factor(data: xr.DataArray, unit: Unit) -> float:
    """What the values of a variable are to be multiplied by to be in a unit."""
    own = data.attrs.get("units")
    if own is None:
        remedy = f"Arithmetic with a Dataset can drop it; give it back: run['{data.name}'].attrs['units'] = '{unit}'."
        raise UnitError(f"the variable '{data.name}' has no unit", where="run", remedy=remedy)
    return conversion_factor(parse_unit(own), unit)


def _rows(signal: xr.DataArray) -> NDArray[np.float64]:
    """Values of a signal as [cell, time], one row where the run is no batch."""
    return np.atleast_2d(np.asarray(signal.to_numpy(), dtype=np.float64))


def _starts(run: xr.Dataset, time: Samples) -> list[Samples]:
    cells = run.sizes.get("cell", 1)
    if BEAT_START in run.coords:
        starts = run[BEAT_START].to_numpy() * _factor(run[BEAT_START], ms)
        return [starts] * cells
    if not has(run, "v"):
        return [time[:1]] * cells
    v = variable_named(run, "v")
    factor = _factor(v, mV)
    return [_upstrokes(time, row * factor) for row in _rows(v)]


def _upstrokes(time: Samples, v: Samples) -> Samples:
    low, high = float(v.min()), float(v.max())
    if high - low < LEAST_UPSTROKE:
        return time[:1]
    crossings = upward_crossings(time, v, 0.5 * (low + high), rest=low + 0.3 * (high - low))
    # the foot of an upstroke lies before its middle: a beat begins half a cycle's quietest sample before it
    feet = []
    previous = time[0]
    for crossing in crossings:
        window = (time >= previous) & (time <= crossing)
        feet.append(float(time[window][np.argmin(v[window])]))
        previous = crossing
    return np.array(feet) if feet else time[:1]
