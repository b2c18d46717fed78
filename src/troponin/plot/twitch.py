"""Figures of a muscle in time: twitches, loads, loops, and a step of length; several runs of a kind go into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.markers.beats import has
from troponin.analysis.mechanics.laid_out import parts_along
from troponin.plot.curves import label_axes
from troponin.plot.panels import name_above
from troponin.plot.sheet import Panel, sheet
from troponin.plot.style import axis_label, colours
from troponin.plot.window import curve
from troponin.units import DIMENSIONLESS, Unit, kPa, uM

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fixed_ends", "isometric", "isotonic", "quick_release", "work_loop"]

Floats = NDArray[np.float64]

_TENSION: Final = ("T", "Total tension", kPa)
_ACTIVE: Final = ("Ta", "Active tension", kPa)
_STRETCH: Final = ("stretch", "Stretch, SL/SL$_{rest}$", DIMENSIONLESS)
_CALCIUM: Final = ("cai", r"[Ca$^{2{+}}$]$_i$", uM)


def isometric(*runs: xr.Dataset) -> Figure:
    """Tension and calcium of twitches, a colour for each stretch."""
    labels = [f"stretch {value:g}" for run in runs for value in np.atleast_1d(_at_rest(run))]
    return _over_time(runs, (_TENSION, _CALCIUM), labels)


def fixed_ends(*runs: xr.Dataset) -> Figure:
    """Tension and stretch of muscles in series with springs, a colour for each."""
    each = _each(runs, "spring")
    return _over_time(each, (_TENSION, _STRETCH), [f"{float(run.attrs['spring']):g} kPa" for run in each])


def isotonic(*runs: xr.Dataset) -> Figure:
    """Tension and stretch of afterloaded twitches, a colour for each afterload."""
    each = _each(runs, "afterload")
    return _over_time(each, (_TENSION, _STRETCH), _loads(each))


def work_loop(*runs: xr.Dataset) -> Figure:
    """Loops in the plane of stretch and tension, and the tension in time, a colour for each afterload."""
    each = _each(runs, "afterload")
    panels: list[Panel] = [
        lambda axes: _plane(axes, each),
        lambda axes: _lines(axes, each, _TENSION, _loads(each), legend=False),
    ]
    figure = sheet(panels, columns=2, xlabel=None)
    loops, time = figure.axes
    inside, beside = loops.get_position(), time.get_position()
    time.set_position((beside.x0, beside.y0, beside.width, inside.height))  # level, whatever the legend takes
    return figure


def quick_release(*runs: xr.Dataset) -> Figure:
    """Tension and stretch around a step of length."""
    labels = [f"step {float(run.attrs['step']):+g}".replace("-", "−") for run in runs]
    return _over_time(runs, (_TENSION, _STRETCH), labels)


def _each(runs: Sequence[xr.Dataset], varied: str) -> list[xr.Dataset]:
    """The runs one by one, those apart that were laid into one Dataset along what was varied."""
    return [part for run in runs for part in (parts_along(run, varied) if varied in run.dims else [run])]


def _over_time(runs: Sequence[xr.Dataset], signals: Sequence[tuple[str, str, Unit]], labels: list[str]) -> Figure:
    """One panel under the other for each signal that every run holds."""
    held = all(has(run, _TENSION[0]) for run in runs)
    wanted = [_ACTIVE if signal is _TENSION and not held else signal for signal in signals]
    shown = [signal for signal in wanted if all(has(run, signal[0]) for run in runs)] or [_ACTIVE]
    panels: list[Panel] = [
        lambda axes, signal=signal, first=number == 0: _lines(axes, runs, signal, labels, legend=first, bare=True)  # type: ignore[misc]
        for number, signal in enumerate(shown)
    ]
    return sheet(panels)


def _lines(
    axes: Axes,
    runs: Sequence[xr.Dataset],
    signal: tuple[str, str, Unit],
    labels: list[str],
    *,
    legend: bool,
    bare: bool = False,
) -> None:
    """One signal of all runs over time; bold where a load is carried."""
    name, title, unit = signal
    number, shades = 0, colours(len(labels))
    for run in runs:
        found = curve(run, name, unit)
        for cell in range(found.value.shape[1]):
            axes.plot(found.time, found.value[:, cell], color=shades[number], label=labels[number])
            number += 1
    label_axes(axes, axis_label("Time", "ms"), axis_label(title, "" if unit == DIMENSIONLESS else str(unit)))
    if bare:
        axes.set_xlabel("")
    if legend and len(labels) > 1:
        name_above(axes)


def _plane(axes: Axes, runs: Sequence[xr.Dataset]) -> None:
    for run, label, colour in zip(runs, _loads(runs), colours(len(runs)), strict=True):
        stretch, tension = curve(run, "stretch", DIMENSIONLESS), curve(run, "T", kPa)
        axes.fill(stretch.value[:, 0], tension.value[:, 0], color=colour, alpha=0.12, linewidth=0.0)
        axes.plot(stretch.value[:, 0], tension.value[:, 0], color=colour, label=label)
    label_axes(axes, _STRETCH[1], axis_label("Total tension", "kPa"))
    if len(runs) == 1:
        told = f"work {float(runs[0].attrs['work']):.3g} kPa" if runs[0].attrs.get("lifted", 1) else "never lifted"
        axes.set_title(told, loc="right")
    else:
        name_above(axes)


def _loads(runs: Sequence[xr.Dataset]) -> list[str]:
    def told(run: xr.Dataset) -> str:
        never = "" if run.attrs.get("lifted", 1) else ", never lifted"
        return f"afterload {float(run.attrs['afterload']):g} kPa{never}"

    return [told(run) for run in runs]


def _at_rest(run: xr.Dataset) -> Floats:
    """The stretch of each cell of an isometric run."""
    stretch = run["stretch"]
    return np.asarray(stretch.to_numpy() if stretch.dims == ("cell",) else stretch.to_numpy()[:1])
