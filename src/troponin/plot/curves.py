"""Curves of an experiment: what was measured against what was varied, with notes of what they tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from troponin.plot.style import INK, axis_label

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = [
    "FAINT",
    "draw_curve",
    "draw_missing",
    "label_axes",
    "label_of",
    "legend_above",
    "note",
    "reach_zero",
    "scale_by_tens",
    "tell",
]

FAINT: Final = "#8a8f98"
"""Colour of what is drawn for comparison."""

_NOTE_SIZE: Final = 7.0
_CALCIUM: Final = r"[Ca$^{2{+}}$]$_i$"


def draw_curve(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    *,
    colour: str = INK,
    label: str | None = None,
    marker: str = "o",
    hollow: ArrayLike | None = None,
    joined: bool = True,
) -> None:
    """Points joined by a line, in the order given; hollow where one is not to be trusted, nothing where it is NaN."""
    at, value = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    empty = np.zeros(len(at), dtype=bool) if hollow is None else np.asarray(hollow, dtype=bool)
    known = np.isfinite(value)
    if joined:
        axes.plot(at[known], value[known], color=colour, zorder=2)
    style: Any = {"color": colour, "marker": marker, "markersize": 3.2, "linestyle": "none", "markeredgewidth": 0.8}
    axes.plot(at[known & ~empty], value[known & ~empty], label=label, zorder=3, **style)
    if (known & empty).any():
        axes.plot(at[known & empty], value[known & empty], markerfacecolor="white", zorder=3, **style)


def draw_missing(axes: Axes, x: ArrayLike, label: str) -> None:
    """Crosses at the foot of the panel, where there is no answer."""
    at = np.asarray(x, dtype=np.float64)
    if at.size:
        foot = np.full(at.shape, 0.03)
        cross: Any = {"color": FAINT, "marker": "x", "markersize": 4.0, "linestyle": "none", "label": label}
        axes.plot(at, foot, transform=axes.get_xaxis_transform(), zorder=3, **cross)


def label_axes(axes: Axes, x: str, y: str) -> None:
    """What the two axes show."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.margins(x=0.04, y=0.08)


def label_of(data: xr.DataArray, name: str | None = None) -> str:
    """A variable's long name, as print has it, and its unit; another name where one is given."""
    told = str(data.attrs.get("long_name", data.name)) if name is None else name
    told = re.sub(r"\b(APD|CaTD|RT)(\d+)", r"\1$_{\2}$", told).replace("[Ca2+]i", _CALCIUM)
    return axis_label(told[:1].upper() + told[1:], str(data.attrs.get("units", "")))


def legend_above(axes: Axes) -> None:
    """The legend in one row above the panel, where it hides nothing."""
    where: Any = {"loc": "lower right", "bbox_to_anchor": (1.0, 0.99), "borderaxespad": 0.0}
    axes.legend(ncols=4, columnspacing=1.2, handlelength=1.0, handletextpad=0.4, **where)


def note(axes: Axes, text: str, corner: str = "lower right") -> None:
    """A few words in a corner of a panel."""
    down, side = corner.split()
    x, y = (0.97 if side == "right" else 0.03), (0.05 if down == "lower" else 0.95)
    axes.text(
        x,
        y,
        text,
        transform=axes.transAxes,
        ha="right" if side == "right" else "left",
        va="bottom" if down == "lower" else "top",
        fontsize=_NOTE_SIZE,
        linespacing=1.5,
    )


def tell(axes: Axes, text: str, at: tuple[float, float], shift: tuple[float, float], side: str = "center") -> None:
    """A few words beside a point, `shift` printer's points away, which begin, end or are centred there by `side`."""
    axes.annotate(text, at, textcoords="offset points", xytext=shift, ha=side, fontsize=_NOTE_SIZE)


def reach_zero(axes: Axes) -> None:
    """Let the vertical axis of what is never negative begin at zero."""
    low, high = axes.dataLim.intervaly
    axes.set_ylim(0.0 if low >= 0.0 else None, 1.08 * high if high > 0.0 else None)


def scale_by_tens(axes: Axes, which: str) -> None:
    """A logarithmic axis, "x" or "y", whose ticks are plain numbers."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
