"""Beats: a run cut at its stimuli, one signal at a time.

A beat begins where the protocol's stimulus begins (the coordinate `beat_start` of a run) and lasts until the next.
A run without stimuli is cut where its membrane potential is lowest before each upstroke, and its calcium and tension
where they are lowest between there and the upstroke, since they come down later; one without upstrokes is one beat
(`own_beats`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.markers.own_beats import lowest_after, own_edges
from troponin.analysis.markers.stimulus import pulse_of
from troponin.analysis.markers.waveform import (
    Samples,
    falls_to,
    rises_to,
    smooth_peak,
    steepest_fall,
    steepest_rise,
)
from troponin.errors import UnitError, UnknownNameError, require_kind
from troponin.results import BEAT_START
from troponin.units import Unit, conversion_factor, ms, mV, parse_unit

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Beats", "SampledBeat", "beats_of", "has", "unit_of", "variable_named"]


_MEANINGS: Final = frozenset({"v", "cai", "Ta", "I_ion"})
"""What markers read by its meaning; anything else is the name of a variable."""

_LATER: Final = frozenset({"cai", "Ta"})
"""What comes to its diastolic value after the membrane potential has."""

_SAME: Final = 1e-6
"""Part of the interval between samples within which an end of a beat and a sample are one: no slope lies between."""


@dataclass(frozen=True, eq=False)
class SampledBeat:
    """One signal over one beat, sampled: times in ms and values, shape [sample], from its start to its end.

    `pushed` is what the stimulus alone adds to a membrane potential (see `beat.Beat`).
    """

    time: Samples
    value: Samples
    pushed: float = 0.0

    @property
    def start(self) -> float:
        """When the beat begins, in ms."""
        return float(self.time[0])

    @property
    def end(self) -> float:
        """When the next beat begins, or the run ends, in ms."""
        return float(self.time[-1])

    @property
    def first(self) -> float:
        """The value at the start."""
        return float(self.value[0])

    @property
    def last(self) -> float:
        """The value at the end."""
        return float(self.value[-1])

    @cached_property
    def highest(self) -> tuple[float, float]:
        """The time and the value of the maximum."""
        return smooth_peak(self.time, self.value)

    @cached_property
    def lowest(self) -> tuple[float, float]:
        """The time and the value of the minimum."""
        when, value = smooth_peak(self.time, -self.value)
        return when, -value

    @cached_property
    def steepest_rise(self) -> tuple[float, float]:
        """The time and the slope, per ms, of the steepest rise between two samples."""
        return steepest_rise(self.time, self.value)

    @cached_property
    def steepest_fall(self) -> tuple[float, float]:
        """The time and the slope, per ms, of the steepest fall between two samples."""
        return steepest_fall(self.time, self.value)

    @property
    def integral(self) -> float:
        """The integral over the beat by the trapezoidal rule, value times ms."""
        return float(np.trapezoid(self.value, self.time))

    def falls_to(self, level: float, *, after: float) -> float:
        """The first time after `after` at which the signal passes a level downwards; NaN where it does not."""
        return falls_to(self.time, self.value, level, after=after)

    def rises_to(self, level: float, *, before: float) -> float:
        """The last time before `before` at which the signal passes a level upwards; NaN where it does not."""
        return rises_to(self.time, self.value, level, before=before)


Beats: TypeAlias = list[list[SampledBeat]]
"""A signal of a run: for each cell, its beats."""


def has(run: xr.Dataset, name: str) -> bool:
    """Whether a run holds the variable of this meaning (`v`, `cai`, `Ta`) or name (`IKr.IKr`, `IKr`)."""
    _require_run(run)
    return _find(run, name) is not None


def variable_named(run: xr.Dataset, name: str) -> xr.DataArray:
    """The variable of a run of this meaning or name, whether it was saved under the one or the other.

    Raises `UnknownNameError` where the run does not hold it.
    """
    _require_run(run)
    found = _find(run, name)
    if found is None:
        fault = UnknownNameError("variable", name, map(str, run.data_vars), where="run")
        fault.remedy = f"Run again and save it, as in Save(['{name}'])."
        raise fault
    return run[found]


def unit_of(data: xr.DataArray, such_as: Unit | str = "A/F") -> Unit:
    """The unit of a variable of a run.  Raises `UnitError` where it has none."""
    own = data.attrs.get("units")
    if own is None:
        remedy = (
            f"Arithmetic with a Dataset can drop it; give it back: run['{data.name}'].attrs['units'] = '{such_as}'."
        )
        raise UnitError(f"the variable '{data.name}' has no unit", where="run", remedy=remedy)
    return parse_unit(own)


def beats_of(run: xr.Dataset, name: str, unit: Unit) -> Beats:
    """For each cell of a run, all beats of a signal, in the given unit and in ms.

    Raises `UnknownNameError` where the run, or its model, has no such signal, and `UnitError` where it has no unit.
    """
    _require_run(run)
    _require_meaning(run, name)
    signal = variable_named(run, name)
    values = _rows(signal) * _factor(signal, unit)
    time = run["time"].to_numpy() * _factor(run["time"], ms)
    pushed = pulse_of(run).push if name == "v" else 0.0
    cut = []
    for row, edges in zip(values, _edges_of(run, name, time, values), strict=True):
        cut.append([_cut(time, row, a, b, pushed) for a, b in pairwise(edges.tolist()) if b > a])
    return cut


def _cut(time: Samples, value: Samples, start: float, end: float, pushed: float) -> SampledBeat:
    """The samples of a beat and its two ends, whose values follow from the samples up to them, not from those after."""
    near = _SAME * (time[-1] - time[0]) / max(time.size - 1, 1)
    inner = slice(*np.searchsorted(time, [start + near, end - near]))
    ends = [_up_to(time, value, start), _up_to(time, value, end)]
    return SampledBeat(
        np.concatenate([[start], time[inner], [end]]), np.concatenate([[ends[0]], value[inner], [ends[1]]]), pushed
    )


def _up_to(time: Samples, value: Samples, when: float) -> float:
    """The value at a time, which may lie between samples, by the line through the last two samples before it."""
    i = int(np.searchsorted(time, when, side="right")) - 1
    if time[i] == when or i < 1:
        return float(value[max(i, 0)])
    return float(value[i] + (value[i] - value[i - 1]) / (time[i] - time[i - 1]) * (when - time[i]))


def _find(run: xr.Dataset, name: str) -> str | None:
    if name in run.data_vars:
        return name
    full = {str(key): str(data.attrs.get("variable", key)) for key, data in run.data_vars.items()}
    qualified = _meanings(run).get(name, name)
    same = [key for key, variable in full.items() if variable == qualified]
    ending = [key for key, variable in full.items() if variable.rpartition(".")[2] == name]
    return same[0] if same else ending[0] if len(ending) == 1 else None


def _meanings(run: xr.Dataset) -> dict[str, str]:
    """What the variables of the run's model mean, saved or not; empty where the run does not tell."""
    meanings: dict[str, str] = json.loads(run.attrs.get("meanings", "{}"))
    return meanings


def _require_run(run: xr.Dataset) -> None:
    import xarray as xr

    require_kind(run, xr.Dataset, "run", "the Dataset of a run, as simulate returns it")


def _require_meaning(run: xr.Dataset, meaning: str) -> None:
    """Raise where no run of this model can hold the signal: saving it is no remedy then."""
    meanings = _meanings(run)
    if meaning not in _MEANINGS or not meanings or meaning in meanings or has(run, meaning):
        return
    fault = UnknownNameError("variable", meaning, (), where="run")
    model = run.attrs.get("model", "of the run")
    fault.remedy = f"The model {model} has nothing with this meaning; what it has is {', '.join(meanings)}."
    raise fault


def _factor(data: xr.DataArray, unit: Unit) -> float:
    """What the values of a variable are to be multiplied by to be in a unit."""
    return conversion_factor(unit_of(data, unit), unit)


def _rows(signal: xr.DataArray) -> NDArray[np.float64]:
    """Values of a signal as [cell, time], one row where the run is no batch."""
    return np.atleast_2d(np.asarray(signal.transpose(..., "time").to_numpy(), dtype=np.float64))


def _edges_of(run: xr.Dataset, name: str, time: Samples, values: NDArray[np.float64]) -> list[Samples]:
    """For each cell, where the beats of a signal begin, and where the last one ends."""
    if not time.size:
        return [time] * len(values)
    edges = _edges(run, time)
    if name not in _LATER or BEAT_START in run.coords or not has(run, "v"):
        return edges
    v = variable_named(run, "v")
    potentials = _rows(v) * _factor(v, mV)
    return [lowest_after(time, *each) for each in zip(values, edges, potentials, strict=True)]


def _edges(run: xr.Dataset, time: Samples) -> list[Samples]:
    """For each cell, where its beats begin, and where the last one ends."""
    cells = run.sizes.get("cell", 1)
    if BEAT_START in run.coords:
        given = _rows_of(run[BEAT_START].transpose(..., "beat").to_numpy() * _factor(run[BEAT_START], ms), cells)
        return [np.append(starts[np.isfinite(starts)], time[-1]) for starts in given]
    if not has(run, "v"):
        return [time[[0, -1]]] * cells
    v = variable_named(run, "v")
    factor = _factor(v, mV)
    return [own_edges(time, row * factor) for row in _rows(v)]


def _rows_of(starts: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """The starts of each cell's beats, which all cells share unless feedback gave each its own."""
    return starts if starts.ndim > 1 else np.tile(starts, (cells, 1))
