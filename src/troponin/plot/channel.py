"""Figures of the channel bench: one for each measurement of `analysis/channel`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from troponin.plot.curves import (
    FAINT,
    draw_curve,
    draw_missing,
    label_axes,
    label_of,
    legend_above,
    note,
    scale_by_tens,
)
from troponin.plot.sheet import sheet
from troponin.plot.style import COLOURS, INK, as_mathematics, axis_label
from troponin.units import ms, parse_quantity

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["activation", "deactivation", "family", "inactivation", "iv", "recovery", "steady_state", "window"]

_MAP: Final = "viridis"
_DARKEST, _LIGHTEST = 0.0, 0.88
"""Part of the colour map that is used: its yellow is faint on white."""

_REST, _ROOM, _LONG, _KEYS = 0.01, 1.2, 0.6, 4
"""A current is at rest within this share of the largest; room after that; what of the step is worth a shorter axis; the
number of steps that the colour key names."""

_AT_END: Final = 1e-9

_NAMES: Final = {"peak": "peak", "late": "end of the step", "tail": "tail"}
_MARKERS: Final = ("o", "s", "^")


def family(data: xr.Dataset) -> Figure:
    """The current after each step, and the potential that drives it, coloured from the lowest step to the highest."""
    return sheet([lambda axes: _traces(axes, data), lambda axes: _commands(axes, data)], xlabel="Time (ms)")


def iv(data: xr.Dataset) -> Figure:
    """Peak, late and tail current against the potential of the step, with the reversal potential; time to peak."""
    return sheet([lambda axes: _currents(axes, data), lambda axes: _times(axes, data)], columns=2, xlabel=None)


def activation(data: xr.Dataset) -> Figure:
    """Activation against the potential of the step, with Boltzmann's curve."""
    return sheet([lambda axes: _gating(axes, data, "activation", 1.0)], xlabel=None)


def inactivation(data: xr.Dataset) -> Figure:
    """Availability against the potential of the prepulse, with Boltzmann's curve."""
    return sheet([lambda axes: _gating(axes, data, "availability", -1.0)], xlabel=None)


def window(opening: xr.Dataset, closing: xr.Dataset) -> Figure:
    """Activation and availability in one panel, and the window between them in which a current persists."""
    return sheet([lambda axes: _window(axes, opening, closing)], xlabel=None)


def recovery(data: xr.Dataset) -> Figure:
    """The second peak over the first against the interval between the pulses, with the exponentials through it."""
    return sheet([lambda axes: _recovery(axes, data)], xlabel=None)


def deactivation(data: xr.Dataset) -> Figure:
    """Time constants of the tails against their potential, and their shares where there are several."""
    panels = [lambda axes: _components(axes, data, "tau")]
    if data.sizes["component"] > 1:
        panels.append(lambda axes: _components(axes, data, "share"))
    return sheet(panels, columns=len(panels), xlabel=None)


def steady_state(data: xr.Dataset) -> Figure:
    """Steady state and time constants against potential; a current has no time constant."""
    panels = [lambda axes: _steady(axes, data)]
    if "tau" in data:
        panels.append(lambda axes: _time_constants(axes, data))
    return sheet(panels, columns=len(panels), xlabel=None)


def _traces(axes: Axes, data: xr.Dataset) -> None:
    _draw_lanes(axes, data, "current", _key(data))
    legend_above(axes)
    axes.axhline(0.0, color=FAINT, linewidth=0.5, zorder=0)
    axes.set_ylabel(_current_label(data, data["current"]))
    axes.margins(x=0.02, y=0.06)


def _commands(axes: Axes, data: xr.Dataset) -> None:
    _draw_lanes(axes, data, "voltage")
    axes.set_ylabel("Membrane potential (mV)")
    axes.margins(x=0.02, y=0.08)
    end = _settled(data)
    if end is not None:
        axes.set_xlim(-0.06 * end, end)


def _settled(data: xr.Dataset) -> float | None:
    """The time in ms to which steps without a tail are shown where their currents are at rest long before their end."""
    time, current = data["time"].to_numpy(), data["current"].to_numpy()
    if "tail" in data.attrs:
        return None
    moving = (np.abs(current - current[:, -1:]) > _REST * np.abs(current).max()) & (time >= 0.0)
    if not moving.any():
        return None
    end = _ROOM * float(time[moving.any(axis=0)][-1])
    return end if end < _LONG * time[-1] else None


def _key(data: xr.Dataset) -> dict[int, str]:
    """Some of the steps, by lane, and the potentials that their colours stand for."""
    steps = data["step_voltage"].to_numpy()
    order = np.argsort(steps)
    some = np.unique(np.linspace(0, len(order) - 1, min(len(order), _KEYS)).round().astype(int))
    return {int(order[i]): f"{steps[order[i]]:g} mV".replace("-", "−") for i in some}


def _draw_lanes(axes: Axes, data: xr.Dataset, name: str, key: Mapping[int, str] | None = None) -> None:
    import matplotlib as mpl

    steps, time = data["step_voltage"].to_numpy(), data["time"].to_numpy()
    order = np.argsort(steps)
    shades = mpl.colormaps[_MAP](np.linspace(_DARKEST, _LIGHTEST, len(steps)))
    for shade, lane in zip(shades, order, strict=True):
        axes.plot(time, data[name].to_numpy()[lane], color=shade, linewidth=0.9, label=(key or {}).get(int(lane)))


def _currents(axes: Axes, data: xr.Dataset) -> None:
    axes.axhline(0.0, color=FAINT, linewidth=0.5, zorder=0)
    shown = [name for name in _NAMES if name in data]
    for name, colour, marker in zip(shown, COLOURS, _MARKERS, strict=False):
        draw_curve(axes, data["step_voltage"], data[name], colour=colour, marker=marker, label=_NAMES[name])
    reversal = float(data.attrs["reversal"])
    low, high = data["step_voltage"].values.min(), data["step_voltage"].values.max()
    if low <= reversal <= high:
        told = f"E$_{{rev}}$ = {_signed(reversal)} mV"
        axes.axvline(reversal, color=FAINT, linewidth=0.8, linestyle="--", zorder=0, label=told)
    label_axes(axes, "Potential of the step (mV)", _current_label(data, data["peak"]))
    axes.legend(loc="best")


def _times(axes: Axes, data: xr.Dataset) -> None:
    """Times of peaks within the step; crosses where the current is largest at its end, which is no peak."""
    steps, times = data["step_voltage"].to_numpy(), data["time_to_peak"].to_numpy()
    ended = times >= (1.0 - _AT_END) * parse_quantity(str(data.attrs["duration"])).to(ms).value
    draw_curve(axes, steps, np.where(ended, np.nan, times), colour=COLOURS[0])
    draw_missing(axes, steps[ended], "largest at the end of the step")
    label_axes(axes, "Potential of the step (mV)", "Time to peak (ms)")
    axes.set_ylim(0.0, None if not ended.all() else 1.0)
    if ended.all():
        axes.set_yticks([])
    if ended.any():
        axes.legend(loc="best")


def _gating(axes: Axes, data: xr.Dataset, name: str, sign: float) -> None:
    coordinate = str(data[name].dims[0])
    v, attrs = data[coordinate].to_numpy(), data.attrs
    if np.isfinite(attrs["v_half"]):
        fine = np.linspace(v.min(), v.max(), 400)
        beyond = sign * fine > sign * float(attrs.get("fitted_to", np.inf * sign))
        axes.plot(np.where(beyond, np.nan, fine), _boltzmann(data, fine, sign), color=COLOURS[1], zorder=1)
        told = f"V$_{{1/2}}$ = {_signed(attrs['v_half'])} mV\nk = {abs(attrs['slope']):.3g} mV"
        note(axes, told, "upper left" if sign * attrs["slope"] > 0.0 else "upper right")
    axes.plot(v, data[name], "o", color=INK, markersize=3.2, zorder=3)
    label_axes(axes, label_of(data[coordinate]), name.capitalize())
    axes.set_ylim(min(0.0, float(data[name].min())) - 0.03, 1.08)


def _boltzmann(data: xr.Dataset, v: np.ndarray, sign: float) -> np.ndarray:
    """The fitted curve, rising where sign and slope agree."""
    attrs = data.attrs
    rise = 1.0 / (1.0 + np.exp(-sign * (v - attrs["v_half"]) / attrs["slope"]))
    return np.asarray(attrs["base"] + (attrs["top"] - attrs["base"]) * rise)


def _window(axes: Axes, opening: xr.Dataset, closing: xr.Dataset) -> None:
    shown = (opening, "activation", 1.0, COLOURS[0], "o"), (closing, "availability", -1.0, COLOURS[1], "s")
    ends = [data[str(data[name].dims[0])].to_numpy() for data, name, *_ in shown]
    fine = np.linspace(min(v.min() for v in ends), max(v.max() for v in ends), 500)
    curves = []
    for (data, name, sign, colour, marker), v in zip(shown, ends, strict=True):
        axes.plot(v, data[name], marker, color=colour, markersize=3.2, zorder=3)
        fitted = bool(np.isfinite(data.attrs["v_half"]))
        told = f"{name}\nV$_{{1/2}}$ = {_signed(data.attrs['v_half'])} mV\nk = {abs(data.attrs['slope']):.3g} mV"
        # below the high end of availability there is room
        place: Any = {"x": 0.03, "y": 0.07 if sign > 0.0 else 0.41, "transform": axes.transAxes, "va": "bottom"}
        axes.text(s=told if fitted else name, color=colour, fontsize=7.0, linespacing=1.3, **place)
        curves.append(_boltzmann(data, fine, sign))
        axes.plot(fine, curves[-1], color=colour, linewidth=0.9, zorder=1)
    axes.fill_between(fine, np.minimum(*curves), color=FAINT, alpha=0.3, linewidth=0.0, zorder=0)
    label_axes(axes, "Membrane potential (mV)", "Activation, availability")
    axes.set_ylim(-0.03, 0.03 + float(np.nanmax([1.05, *curves[0], *curves[1]])))


def _recovery(axes: Axes, data: xr.Dataset) -> None:
    gaps = data["interval"].to_numpy()
    tau, attrs = data["tau"].to_numpy(), data.attrs
    if np.isfinite(tau).all():
        fine = np.geomspace(gaps[0], gaps[-1], 400)
        # the amplitudes follow from the fit at the first interval and the shares
        total = (float(data["fit"][0]) - attrs["rest"]) / float(data["share"].values @ np.exp(-gaps[0] / tau))
        curve = attrs["rest"] + total * (np.exp(-fine[:, np.newaxis] / tau) @ data["share"].to_numpy())
        axes.plot(fine, curve, color=COLOURS[1], zorder=1)
        note(axes, "\n".join(_constants(tau, data["share"].to_numpy())), "lower right")
    axes.plot(gaps, data["recovery"], "o", color=INK, markersize=3.2, zorder=3)
    scale_by_tens(axes, "x")
    label_axes(axes, "Interval between the pulses (ms)", "Second peak / first")
    axes.set_ylim(bottom=min(0.0, float(data["recovery"].min())))


def _constants(tau: np.ndarray, share: np.ndarray) -> list[str]:
    if len(tau) == 1:
        return [f"τ = {tau[0]:.3g} ms"]
    return [f"τ$_{i + 1}$ = {t:.3g} ms ({100.0 * s:.0f} %)" for i, (t, s) in enumerate(zip(tau, share, strict=True))]


def _components(axes: Axes, data: xr.Dataset, name: str) -> None:
    several = data.sizes["component"] > 1
    for i, (colour, marker) in enumerate(zip(COLOURS, _MARKERS, strict=False)):
        if i < data.sizes["component"]:
            values = data[name].isel(component=i)
            label = f"τ$_{i + 1}$" if several else None
            draw_curve(axes, data["tail_voltage"], values, colour=colour, marker=marker, label=label)
    label_axes(axes, "Potential of the tail (mV)", "Share of the tail" if name == "share" else "Time constant (ms)")
    if name == "share":
        axes.set_ylim(min(0.0, float(data[name].min())) - 0.04, max(1.0, float(data[name].max())) + 0.04)
    else:
        scale_by_tens(axes, "y")
    if several:
        axes.legend(loc="best")


def _steady(axes: Axes, data: xr.Dataset) -> None:
    name = str(data.attrs["current"])
    axes.axhline(0.0, color=FAINT, linewidth=0.5, zorder=0)
    axes.plot(data["voltage"], data["steady"], color=COLOURS[0])
    symbol = as_mathematics(name) if "tau" not in data else name.rpartition(".")[2]
    label_axes(axes, "Membrane potential (mV)", axis_label(f"Steady {symbol}", data["steady"].attrs["units"]))
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 4), useMathText=True)


def _time_constants(axes: Axes, data: xr.Dataset) -> None:
    tau = np.atleast_2d(data["tau"].to_numpy())
    for i, values in enumerate(tau):
        label = f"mode {i + 1}" if len(tau) > 1 else None
        axes.plot(data["voltage"], values, color=COLOURS[(i + 1) % len(COLOURS)], label=label)
    label_axes(axes, "Membrane potential (mV)", "Time constant (ms)")
    if len(tau) > 1:
        scale_by_tens(axes, "y")
        axes.legend(loc="best")
    else:
        axes.set_ylim(bottom=0.0)


def _current_label(data: xr.Dataset, values: xr.DataArray) -> str:
    return axis_label(as_mathematics(str(data.attrs["current"])), str(values.attrs.get("units", "")))


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
