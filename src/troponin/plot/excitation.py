"""The figure of strength against duration."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from troponin.plot.curves import FAINT, label_axes, label_of, scale_by_tens
from troponin.plot.sheet import sheet
from troponin.plot.style import COLOURS, INK, axis_label, unit_text

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["strength_duration"]


def strength_duration(curve: xr.Dataset) -> Figure:
    """Thresholds with both laws, rheobase and chronaxie; and the threshold charge, a line by Weiss's law."""
    return sheet([lambda axes: _strengths(axes, curve), lambda axes: _charges(axes, curve)], columns=2, xlabel=None)


def _strengths(axes: Axes, curve: xr.Dataset) -> None:
    duration, threshold = curve["duration"].to_numpy(), curve["threshold"].to_numpy()
    rheobase, chronaxie = float(curve.attrs["rheobase"]), float(curve.attrs["chronaxie"])
    unit = unit_text(curve["threshold"].attrs["units"])
    d = np.geomspace(0.7 * duration.min(), 1.4 * max(duration.max(), chronaxie), 200)
    weiss = f"Weiss: rheobase {rheobase:.3g} {unit},\nchronaxie {chronaxie:.3g} ms"
    axes.plot(d, rheobase * (1.0 + chronaxie / d), color=COLOURS[0], label=weiss)
    other, late = float(curve.attrs["lapicque_rheobase"]), float(curve.attrs["lapicque_chronaxie"])
    if math.isfinite(other):
        lapicque = f"Lapicque: {other:.3g} {unit}, {late:.3g} ms"
        axes.plot(d, -other / np.expm1(-d * math.log(2.0) / late), color=COLOURS[1], linestyle="--", label=lapicque)
    axes.plot(duration, threshold, "o", color=INK, markersize=3.2, zorder=3)
    axes.axhline(rheobase, color=FAINT, linewidth=0.6, zorder=0)
    axes.plot([chronaxie] * 2, [rheobase, 2.0 * rheobase], color=FAINT, linewidth=0.6, zorder=0)
    scale_by_tens(axes, "x")
    scale_by_tens(axes, "y")
    label_axes(axes, label_of(curve["duration"]), label_of(curve["threshold"], "Threshold"))
    axes.legend(loc="upper right")


def _charges(axes: Axes, curve: xr.Dataset) -> None:
    duration = curve["duration"].to_numpy()
    rheobase, chronaxie = float(curve.attrs["rheobase"]), float(curve.attrs["chronaxie"])
    charges = duration * curve["threshold"].to_numpy()
    axes.plot(duration, charges, "o", color=INK, markersize=3.2, zorder=3)
    d = np.array([0.0, 1.05 * duration.max()])
    axes.plot(d, rheobase * (d + chronaxie), color=COLOURS[0], zorder=1)
    charge = axis_label("Charge", f"{curve['threshold'].attrs['units']}·ms")
    label_axes(axes, label_of(curve["duration"]), charge)
    axes.set_xlim(0.0, d[1])
    axes.set_ylim(0.0, None)
