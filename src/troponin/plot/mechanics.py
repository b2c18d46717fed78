"""Figures of steady force and stiffness: one for each curve of `analysis/mechanics/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from troponin.plot.curves import FAINT, label_axes, label_of, note, reach_zero, scale_by_tens, tell
from troponin.plot.sheet import sheet
from troponin.plot.style import COLOURS, INK, axis_label

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["dynamic_stiffness", "force_calcium", "force_length", "force_velocity"]


def force_calcium(curve: xr.Dataset) -> Figure:
    """Steady tension against calcium, with pCa50 and the Hill coefficient."""
    return sheet([lambda axes: _force_calcium(axes, curve)], xlabel=None)


def force_length(curve: xr.Dataset) -> Figure:
    """Steady tension against stretch."""
    return sheet([lambda axes: _force_length(axes, curve)], xlabel=None)


def force_velocity(curve: xr.Dataset) -> Figure:
    """Tension and power against the velocity of shortening."""
    return sheet([lambda axes: _force(axes, curve), lambda axes: _power(axes, curve)], columns=2, xlabel=None)


def dynamic_stiffness(moduli: xr.Dataset) -> Figure:
    """The elastic and the viscous modulus against frequency, and against each other."""
    return sheet([lambda axes: _moduli(axes, moduli), lambda axes: _nyquist(axes, moduli)], columns=2, xlabel=None)


def _force_calcium(axes: Axes, curve: xr.Dataset) -> None:
    calcium, tension = curve["calcium"].to_numpy(), curve["Ta"].to_numpy()
    largest, half, hill = (float(curve.attrs[name]) for name in ("Tmax", "EC50", "hill"))
    fine = np.geomspace(calcium.min(), calcium.max(), 300)
    fitted = largest / (1.0 + (half / fine) ** hill)
    axes.plot(fine, fitted, color=FAINT, linestyle="--", linewidth=0.8, label=f"Hill, n = {hill:.2f}")
    axes.plot(calcium, tension, color=COLOURS[2], marker="o", markersize=2.6, label="steady state")
    axes.plot([half, half, calcium.min()], [0.0, 0.5 * largest, 0.5 * largest], color=INK, linewidth=0.5, zorder=0)
    scale_by_tens(axes, "x")
    label_axes(axes, label_of(curve["calcium"], r"[Ca$^{2{+}}$]"), label_of(curve["Ta"]))
    axes.set_xlim(calcium.min(), calcium.max())
    reach_zero(axes)
    axes.legend(loc="upper left")
    note(axes, f"pCa$_{{50}}$ = {float(curve.attrs['pCa50']):.2f}\nT$_{{max}}$ = {largest:.3g} kPa")


def _force_length(axes: Axes, curve: xr.Dataset) -> None:
    axes.plot(curve["stretch"], curve["Ta"], color=COLOURS[2])
    label_axes(axes, "Stretch, SL/SL$_{rest}$", label_of(curve["Ta"]))
    reach_zero(axes)
    note(axes, f"[Ca$^{{2{{+}}}}$] = {float(curve.attrs['calcium']):g} µM")


def _force(axes: Axes, curve: xr.Dataset) -> None:
    axes.axhline(0.0, color=FAINT, linewidth=0.6, zorder=0)
    axes.plot(curve["velocity"], curve["Ta"], color=COLOURS[2])
    label_axes(axes, label_of(curve["velocity"]), label_of(curve["Ta"]))
    note(axes, f"v$_{{max}}$ = {float(curve.attrs['vmax']):.3g} 1/s", "upper right")


def _power(axes: Axes, curve: xr.Dataset) -> None:
    velocity, power = curve["velocity"].to_numpy(), curve["power"].to_numpy()
    axes.axhline(0.0, color=FAINT, linewidth=0.6, zorder=0)
    axes.plot(velocity, power, color=COLOURS[0])
    best = int(np.argmax(power))
    axes.plot(velocity[best], power[best], "o", color=COLOURS[0], markersize=3.2)
    label_axes(axes, label_of(curve["velocity"]), label_of(curve["power"]))
    tell(axes, f"largest at {velocity[best]:.2g} 1/s", (velocity[best], power[best]), (0.0, -20.0))


def _moduli(axes: Axes, moduli: xr.Dataset) -> None:
    axes.axhline(0.0, color=FAINT, linewidth=0.6, zorder=0)
    for name, colour, marker in (("elastic", COLOURS[0], "o"), ("viscous", COLOURS[1], "s")):
        axes.plot(moduli["frequency"], moduli[name], color=colour, marker=marker, markersize=3.0, label=name)
    scale_by_tens(axes, "x")
    label_axes(axes, axis_label("Frequency", "Hz"), axis_label("Modulus", "kPa"))
    axes.legend(loc="best")


def _nyquist(axes: Axes, moduli: xr.Dataset) -> None:
    elastic, viscous, frequency = (moduli[name].to_numpy() for name in ("elastic", "viscous", "frequency"))
    axes.axhline(0.0, color=FAINT, linewidth=0.6, zorder=0)
    axes.plot(elastic, viscous, color=INK, marker="o", markersize=3.0)
    tell(axes, f"{frequency[0]:g} Hz", (elastic[0], viscous[0]), (6.0, -2.0), "left")
    tell(axes, f"{frequency[-1]:g} Hz", (elastic[-1], viscous[-1]), (0.0, 5.0))
    label_axes(axes, label_of(moduli["elastic"]), label_of(moduli["viscous"]))
    axes.margins(x=0.12, y=0.18)
