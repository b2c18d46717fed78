"""Runs whose biomarkers are known in closed form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from troponin.results import Column, to_dataset
from troponin.units import DIMENSIONLESS, Unit, kPa, mM, ms, mV, parse_unit

Signal = Callable[[NDArray[np.float64]], NDArray[np.float64]]
PER_CAPACITANCE = parse_unit("A/F")
UNITS: dict[str, Unit] = {"v": mV, "cai": mM, "Ta": kPa}
"""Units of signals; others are currents per capacitance."""


def run_of(
    signals: dict[str, Signal],
    *,
    every: float = 0.5,
    beats: int = 1,
    bcl: float = 500.0,
    marked: bool = True,
    time_unit: Unit = ms,
    cells: Sequence[float] | None = None,
) -> xr.Dataset:
    """Signals of the time since the stimulus (in ms), sampled over some beats; a batch scales them by cell."""
    time = np.arange(0.0, beats * bcl + every / 2, every)
    local = time % bcl
    local[-1] = bcl
    values = np.stack([signal(local) for signal in signals.values()], axis=-1)
    if cells is not None:
        values = np.stack([factor * values for factor in cells])
    per = float(ms.scale / time_unit.scale)
    columns = [Column(name, f"cell.{name}", UNITS.get(name, PER_CAPACITANCE), name) for name in signals]
    starts = np.arange(beats) * bcl * per if marked else ()
    scale = Column("cell.scale", "cell.scale", DIMENSIONLESS, "cell.scale of each cell")
    differing = {scale: np.array(cells)} if cells is not None else None
    return to_dataset(columns, time * per, values, time_unit=time_unit, beat_starts=starts, cells=differing)


def course_of(
    signals: dict[str, Signal], *, duration: float, starts: Sequence[float] = (), every: float = 0.5, first: float = 0.0
) -> xr.Dataset:
    """Signals of absolute time (in ms), sampled from `first` on; the stimuli are at `starts`."""
    time = first + np.arange(0.0, duration + every / 2, every)
    values = np.stack([signal(time) for signal in signals.values()], axis=-1)
    columns = [Column(name, f"cell.{name}", UNITS.get(name, PER_CAPACITANCE), name) for name in signals]
    return to_dataset(columns, time, values, time_unit=ms, beat_starts=starts)


def corners(*points: tuple[float, float]) -> Signal:
    """Straight lines from one point (time in ms, value) to the next."""
    times, values = zip(*points, strict=True)
    return lambda t: np.interp(t, times, values)


def action_potential(rest: float, peak: float, rise: float, fall: float, delay: float = 10.0) -> Signal:
    """Straight up from rest to peak within `rise` ms after `delay`, straight down within `fall` ms."""
    corners = [0.0, delay, delay + rise, delay + rise + fall]
    return lambda t: np.interp(t, corners, [rest, rest, peak, rest])


def transient(low: float, high: float, top: float, width: float) -> Signal:
    """A Gaussian bump with its top at `top` and the standard deviation `width`, in ms."""
    return lambda t: low + (high - low) * np.exp(-0.5 * ((t - top) / width) ** 2)
