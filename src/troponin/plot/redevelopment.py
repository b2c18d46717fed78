"""The figure of ktr: how tension comes back after a release and a restretch, and the rate that is read from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from troponin.plot.curves import FAINT, label_axes, note
from troponin.plot.panels import name_above
from troponin.plot.sheet import sheet
from troponin.plot.style import axis_label, colours
from troponin.plot.window import curve
from troponin.units import DIMENSIONLESS, kPa

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ktr"]

_BELOW, _ABOVE = 0.6, 1.0
"""Parts of the redeveloped tension that are shown below its least and above what is held."""

_FLAT: Final = 1e-3
"""Part of the held tension less than which comes back is no redevelopment: all of the tension is shown."""


def ktr(*runs: xr.Dataset) -> Figure:
    """Total tension as it comes back after the restretch, with the exponential of rate ktr, and the stretch.

    What is beyond the panel, as the release and the peak of the restretch are, is told.
    """
    return sheet([lambda axes: _tension(axes, runs), lambda axes: _stretch(axes, runs)])


def _tension(axes: Axes, runs: tuple[xr.Dataset, ...]) -> None:
    axes.set_ylabel(axis_label("Total tension", "kPa"))
    for run, colour in zip(runs, colours(len(runs)), strict=True):
        found, rate = curve(run, "T", kPa), float(run.attrs["ktr"])
        label = f"k$_{{tr}}$ = {rate:.3g} 1/s" if math.isfinite(rate) else "no redevelopment"
        axes.plot(found.time, found.value[:, 0], color=colour, label=label)
        if math.isfinite(rate):
            start = _lowest_time(run)
            t = np.linspace(start, found.time[-1], 300)
            held, lowest = float(run.attrs["T0"]), float(run.attrs["lowest"])
            fit = held - (held - lowest) * np.exp(-rate * (t - start) / 1000.0)
            told = "exponential of that rate" if run is runs[-1] else "_"
            axes.plot(t, fit, color=FAINT, linestyle="--", linewidth=0.9, zorder=3, label=told)
    label_axes(axes, "", axis_label("Total tension", "kPa"))
    held = max(float(run.attrs["T0"]) for run in runs)
    lowest = min(float(run.attrs["lowest"]) for run in runs)
    back = held - lowest
    if back > _FLAT * abs(held):
        axes.set_ylim(lowest - _BELOW * back, held + _ABOVE * back)
        _tell_beyond(axes, runs)
    name_above(axes)


def _tell_beyond(axes: Axes, runs: tuple[xr.Dataset, ...]) -> None:
    """What the limits cut off, in words."""
    low, high = axes.get_ylim()
    every = np.concatenate([curve(run, "T", kPa).value[:, 0] for run in runs])
    beyond = [
        f"to {value:.0f}" for value, cut in ((every.min(), every.min() < low), (every.max(), every.max() > high)) if cut
    ]
    if beyond:
        note(axes, f"cut off: {' and '.join(beyond)} kPa".replace("-", "−"), "upper right")


def _lowest_time(run: xr.Dataset) -> float:
    """When tension is lowest after the restretch, in ms: after the last change of the stretch."""
    tension, stretch = curve(run, "T", kPa), curve(run, "stretch", DIMENSIONLESS).value[:, 0]
    after = int(np.flatnonzero(np.diff(stretch))[-1]) + 1
    return float(tension.time[after + int(np.argmin(tension.value[after:, 0]))])


def _stretch(axes: Axes, runs: tuple[xr.Dataset, ...]) -> None:
    for run, colour in zip(runs, colours(len(runs)), strict=True):
        found = curve(run, "stretch", DIMENSIONLESS)
        axes.plot(found.time, found.value[:, 0], color=colour)
    label_axes(axes, "", "Stretch, SL/SL$_{rest}$")
