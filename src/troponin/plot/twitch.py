"""Figures of a muscle in time: twitches, loads, loops, and steps of length; several runs of a kind go into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.markers.beats import has
from troponin.plot.curves import label_axes, note
from troponin.plot.sheet import Panel, sheet
from troponin.plot.style import COLOURS, axis_label
from troponin.plot.window import curve
from troponin.units import DIMENSIONLESS, Unit, kPa, uM

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fixed_ends", "isometric", "isotonic", "ktr", "quick_release", "work_loop"]

Floats = NDArray[np.float64]

_TENSION: Final = ("T", "Tension", kPa)
_STRETCH: Final = ("stretch", "Stretch, SL/SL$_{rest}$", DIMENSIONLESS)
_CALCIUM: Final = ("cai", r"[Ca$^{2{+}}$]$_i$", uM)


def isometric(*runs: xr.Dataset) -> Figure:
    """Tension and calcium of twitches, a colour for each stretch."""
    labels = [f"stretch {value:g}" for run in runs for value in np.atleast_1d(_at_rest(run))]
    return _over_time(runs, (_TENSION, _CALCIUM), labels)


def fixed_ends(*runs: xr.Dataset) -> Figure:
    """Tension and stretch of muscles in series with springs, a colour for each."""
    labels = [f"{float(run.attrs['spring']):g} kPa" for run in runs]
    return _over_time(runs, (_TENSION, _STRETCH), labels)


def isotonic(*runs: xr.Dataset) -> Figure:
    """Tension and stretch of afterloaded twitches, a colour for each afterload."""
    return _over_time(runs, (_TENSION, _STRETCH), _loads(runs))


def work_loop(*runs: xr.Dataset) -> Figure:
    """Loops in the plane of stretch and tension, and the tension in time, a colour for each afterload."""
    panels: list[Panel] = [
        lambda axes: _plane(axes, runs),
        lambda axes: _lines(axes, runs, _TENSION, _loads(runs), legend=False),
    ]
    return sheet(panels, columns=2, xlabel=None)


def quick_release(*runs: xr.Dataset) -> Figure:
    """Tension and stretch around a step of length."""
    labels = [f"step {float(run.attrs['step']):+g}".replace("-", "−") for run in runs]
    return _over_time(runs, (_TENSION, _STRETCH), labels)


def ktr(*runs: xr.Dataset) -> Figure:
    """Tension and stretch through release, slack and restretch, and the rate at which tension returns."""
    labels = [f"k$_{{tr}}$ = {float(run.attrs['ktr']):.3g} 1/s" for run in runs]
    figure = _over_time(runs, (_TENSION, _STRETCH), labels)
    # the restretch pulls many times harder than the muscle; what counts is how tension comes back
    held = max(float(run.attrs["T0"]) for run in runs)
    figure.axes[0].set_ylim(-0.4 * held, 1.6 * held)
    return figure


def _over_time(runs: Sequence[xr.Dataset], signals: Sequence[tuple[str, str, Unit]], labels: list[str]) -> Figure:
    """One panel under the other for each signal that every run holds."""
    shown = [signal for signal in signals if all(has(run, signal[0]) for run in runs)] or [("Ta", "Tension", kPa)]
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
    number = 0
    for run in runs:
        found = curve(run, name, unit)
        for cell in range(found.value.shape[1]):
            colour = COLOURS[number % len(COLOURS)]
            axes.plot(found.time, found.value[:, cell], color=colour, label=labels[number])
            number += 1
    label_axes(axes, axis_label("Time", "ms"), axis_label(title, "" if unit == DIMENSIONLESS else str(unit)))
    if bare:
        axes.set_xlabel("")
    if legend and (len(labels) > 1 or "=" in labels[0]):
        axes.legend(loc="best")


def _plane(axes: Axes, runs: Sequence[xr.Dataset]) -> None:
    for number, (run, label) in enumerate(zip(runs, _loads(runs), strict=True)):
        stretch, tension = curve(run, "stretch", DIMENSIONLESS), curve(run, "T", kPa)
        axes.fill(stretch.value[:, 0], tension.value[:, 0], color=COLOURS[number], alpha=0.12, linewidth=0.0)
        axes.plot(stretch.value[:, 0], tension.value[:, 0], color=COLOURS[number], label=label)
    label_axes(axes, _STRETCH[1], axis_label("Tension", "kPa"))
    if len(runs) == 1:
        note(axes, f"work {float(runs[0].attrs['work']):.3g} kPa", "lower left")
    else:
        axes.legend(loc="best")


def _loads(runs: Sequence[xr.Dataset]) -> list[str]:
    return [f"afterload {float(run.attrs['afterload']):g} kPa" for run in runs]


def _at_rest(run: xr.Dataset) -> Floats:
    """The stretch of each cell of an isometric run."""
    stretch = run["stretch"]
    return np.asarray(stretch.to_numpy() if stretch.dims == ("cell",) else stretch.to_numpy()[:1])
