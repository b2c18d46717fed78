"""The figure of a limit cycle: how it was found, how stable it is, and the beat itself."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from troponin.analysis.markers.beats import has
from troponin.plot.curves import FAINT, label_axes
from troponin.plot.sheet import Panel, sheet
from troponin.plot.style import COLOURS, INK, axis_label
from troponin.plot.window import curve
from troponin.results import BEAT_START
from troponin.units import Unit, kPa, ms, mV, parse_unit, uM

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["limit_cycle"]

_SIGNALS: Final = (
    ("v", "Membrane potential", mV),
    ("cai", r"[Ca$^{2{+}}$]$_i$", uM),
    ("Ta", "Active tension", kPa),
)

_MOST: Final = 2
"""Signals that are drawn: with the search and the multipliers a sheet of four."""


def limit_cycle(record: xr.Dataset) -> Figure:
    """The residual by step of the search, the Floquet multipliers in the unit circle, and the settled beat.

    record   of a limit cycle, `cycle.record`; of v, calcium and tension the first and the last that it holds
    """
    held = [signal for signal in _SIGNALS if has(record, signal[0])]
    shown = held[:1] + held[1:][-(_MOST - 1) :]
    panels: list[Panel] = [lambda axes: _search(axes, record), lambda axes: _multipliers(axes, record)]
    panels += [lambda axes, signal=signal: _beats(axes, record, signal) for signal in shown]  # type: ignore[misc]
    return sheet(panels, columns=2, xlabel=None)


def _search(axes: Axes, record: xr.Dataset) -> None:
    step, residual = record["step"].to_numpy(), record["residual_history"].to_numpy()
    axes.plot(step, residual, color=COLOURS[0], marker="o", markersize=2.4)
    axes.set_yscale("log")
    label_axes(axes, "Step of the search", "Residual, scaled")
    facts = record.attrs
    found = f"{facts['rhythm']}, found with" if facts["converged"] else "not converged within"
    axes.set_title(f"{found} {int(facts['beats'])} beats", loc="right")


def _multipliers(axes: Axes, record: xr.Dataset) -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, 200)
    axes.plot(np.cos(angle), np.sin(angle), color=FAINT, linewidth=0.8)
    axes.axhline(0.0, color=FAINT, linewidth=0.4, zorder=0)
    axes.axvline(0.0, color=FAINT, linewidth=0.4, zorder=0)
    real, imaginary = record["multiplier_real"].to_numpy(), record["multiplier_imag"].to_numpy()
    inside = np.hypot(real, imaginary) < 1.0
    for where, colour in ((inside, COLOURS[0]), (~inside, COLOURS[1])):
        axes.plot(real[where], imaginary[where], "o", color=colour, markersize=3.0)
    label_axes(axes, "Multiplier, real part", "Imaginary part")
    axes.set_aspect("equal", adjustable="datalim")
    if real.size:
        axes.set_title(f"largest {np.hypot(real, imaginary).max():.5f}", loc="right")


def _beats(axes: Axes, record: xr.Dataset, signal: tuple[str, str, Unit]) -> None:
    """The beats of a period, one over the other, each from its stimulus; as a whole where nothing paces the cell."""
    name, title, unit = signal
    found = curve(record, name, unit)
    clock = float(parse_unit(record["time"].attrs["units"]).scale / ms.scale)
    onsets = record[BEAT_START].to_numpy() * clock if BEAT_START in record.coords else found.time[:1]
    starts = np.append(onsets, np.inf)
    for number, (begin, end) in enumerate(pairwise(starts)):
        part = (found.time >= begin) & (found.time <= end)
        colour = COLOURS[number % len(COLOURS)] if len(starts) > 2 else INK
        axes.plot(found.time[part] - begin, found.value[part, 0], color=colour, label=f"beat {number + 1}")
    label_axes(axes, axis_label("Time", "ms"), axis_label(title, str(unit)))
    if len(starts) > 2:
        axes.legend(loc="upper right")
