"""Figures of restitution and of what depends on rate: one for each experiment of `analysis/restitution.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import OutputError
from troponin.plot.curves import FAINT, draw_curve, draw_missing, label_axes, label_of, legend_above, note, reach_zero
from troponin.plot.sheet import Panel, sheet
from troponin.plot.style import COLOURS, INK

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

__all__ = ["dynamic", "pace", "post_pause", "rate_dependence", "s1s2"]

_GROUPS: Final = (
    (("apd90", "apd50"), "Duration", COLOURS[0]),
    (("ca_peak", "ca_diastolic"), r"[Ca$^{2{+}}$]$_i$", COLOURS[1]),
    (("ta_peak", "ta_diastolic"), "Active tension", COLOURS[2]),
)
"""Biomarkers that share a panel, its label and its colour."""

_SHORT: Final = {
    "apd90": "APD$_{90}$",
    "apd50": "APD$_{50}$",
    "ca_peak": "peak",
    "ca_diastolic": "diastolic",
    "ta_peak": "peak",
    "ta_diastolic": "diastolic",
}

_MARKERS: Final = ("o", "s")
_RHYTHMS: Final = (
    (INK, "o", "beats alike"),
    (COLOURS[0], "o", "alternans, longer beat"),
    (COLOURS[1], "s", "alternans, shorter beat"),
)


def s1s2(curve: xr.Dataset) -> Figure:
    """The duration of the premature beat against the diastolic interval before it, and the slope of that curve."""
    return sheet([lambda axes: _durations(axes, curve), lambda axes: _slopes(axes, curve)], columns=2, xlabel=None)


def dynamic(curve: xr.Dataset) -> Figure:
    """The last two beats at each cycle length: one branch where beats are alike, two where they alternate."""
    return sheet([lambda axes: _branches(axes, curve), lambda axes: _pairs(axes, curve)], columns=2, xlabel=None)


def rate_dependence(table: xr.Dataset) -> Figure:
    """Action potential, calcium and tension of the limit cycle against the cycle length.

    One branch where beats are alike; where they differ it forks, from the largest value of a cycle to the smallest.
    """
    return _against(table, "bcl")


def post_pause(table: xr.Dataset) -> Figure:
    """Action potential, calcium and tension of the beat after a pause, against the pause."""
    return _against(table, "pause")


def pace(table: xr.Dataset) -> Figure:
    """Action potential, calcium and tension beat by beat, not joined: beats that alternate make two branches."""
    return _against(table, "beat")


def _durations(axes: Axes, curve: xr.Dataset) -> None:
    di, apd, slope = (curve[name].to_numpy() for name in ("di", "apd", "slope"))
    draw_curve(axes, di, apd, colour=COLOURS[0])
    draw_missing(axes, di[np.isnan(apd)], "no capture")
    if np.isfinite(slope).any():
        at = int(np.nanargmax(slope))
        reach = 0.08 * float(np.nanmax(di) - np.nanmin(di)) / max(1.0, float(slope[at]))
        ends = np.array([-0.5 * reach, reach])
        told = f"steepest, slope {slope[at]:.2f}"
        axes.plot(di[at] + ends, apd[at] + slope[at] * ends, color=COLOURS[1], label=told, zorder=4)
    label_axes(axes, label_of(curve["di"]), label_of(curve["apd"]))
    axes.legend(loc="lower right")


def _slopes(axes: Axes, curve: xr.Dataset) -> None:
    axes.axhline(1.0, color=FAINT, linewidth=0.8, linestyle="--", zorder=0)
    draw_curve(axes, curve["di"], curve["slope"], colour=COLOURS[0])
    label_axes(axes, label_of(curve["di"]), label_of(curve["slope"]))
    axes.set_ylim(min(0.0, axes.get_ylim()[0]), max(1.1, axes.get_ylim()[1]))


def _branches(axes: Axes, curve: xr.Dataset) -> None:
    bcl = curve["bcl"].to_numpy()
    for values, colour, marker, label in _rhythms(curve, "apd"):
        draw_curve(axes, bcl, values, colour=colour, marker=marker, label=label)
    draw_missing(axes, bcl[~_followed(curve)], "a beat not captured")
    label_axes(axes, label_of(curve["bcl"]), label_of(curve["apd"]))
    axes.legend(loc="lower right")


def _pairs(axes: Axes, curve: xr.Dataset) -> None:
    intervals, durations = _rhythms(curve, "di"), _rhythms(curve, "apd")
    for di, apd in zip(intervals, durations, strict=True):
        axes.plot(di[0], apd[0], color=apd[1], marker=apd[2], markersize=3.2, linestyle="none", zorder=3)
    longer, shorter = ((di[0], apd[0]) for di, apd in list(zip(intervals, durations, strict=True))[1:])
    axes.plot([longer[0], shorter[0]], [longer[1], shorter[1]], color=FAINT, linewidth=0.5, alpha=0.5, zorder=1)
    label_axes(axes, label_of(curve["di"]), label_of(curve["apd"]))


def _rhythms(curve: xr.Dataset, name: str) -> list[tuple[Floats, str, str, str]]:
    """A variable of beats that are alike, of the longer and of the shorter of two, NaN elsewhere; and their style."""
    values, apd = curve[name].to_numpy(), curve["apd"].to_numpy()
    followed, apart = _followed(curve), curve["alternans"].to_numpy() > 0.0
    rows = np.arange(len(values))
    longer = values[rows, np.where(apd[:, 1] > apd[:, 0], 1, 0)]
    shorter = values[rows, np.where(apd[:, 1] > apd[:, 0], 0, 1)]
    shown = (values[:, 1], followed & ~apart), (longer, followed & apart), (shorter, followed & apart)
    return [
        (np.where(where, value, np.nan), colour, marker, label)
        for (value, where), (colour, marker, label) in zip(shown, _RHYTHMS, strict=True)
    ]


def _followed(curve: xr.Dataset) -> NDArray[np.bool_]:
    """Where the cell follows every stimulus."""
    return np.asarray(curve["captured"].to_numpy().astype(bool))


def _against(table: xr.Dataset, varied: str) -> Figure:
    groups = [([name for name in names if name in table], label, colour) for names, label, colour in _GROUPS]
    panels: list[Panel] = [
        lambda axes, names=names, label=label, colour=colour: _group(axes, table, varied, names, label, colour)  # type: ignore[misc]
        for names, label, colour in groups
        if names
    ]
    if not panels:
        raise OutputError("the table holds nothing that the figure shows", where="plot", got=", ".join(map(str, table)))
    return sheet(panels, xlabel=label_of(table[varied]))


def _group(axes: Axes, table: xr.Dataset, varied: str, names: list[str], label: str, colour: str) -> None:
    doubted = ~table["converged"].to_numpy().astype(bool) if "converged" in table else None
    for name, marker, shade in zip(names, _MARKERS, (colour, INK), strict=False):
        for i, branch in enumerate(_ranked(table, name, varied)):
            style: Any = {"colour": shade, "marker": marker, "label": None if i else _SHORT[name], "hollow": doubted}
            draw_curve(axes, table[varied], branch, joined=varied != "beat", **style)
    axes.set_ylabel(label_of(table[names[0]], label))
    axes.margins(x=0.04, y=0.08)
    reach_zero(axes)
    if len(names) > 1:
        legend_above(axes)
    if "period" in table and (table["period"] > 1).any() and names[0].startswith("apd"):
        note(axes, "forked: beats of a cycle differ", "upper left")
    if doubted is not None and doubted.any() and names[0].startswith("apd"):
        note(axes, "hollow: not converged", "lower left")


def _ranked(table: xr.Dataset, name: str, varied: str) -> list[Floats]:
    """The branches of a biomarker, from the largest value of each cycle to the smallest, one where beats are alike."""
    if table[name].ndim == 1:
        return [table[name].to_numpy()]
    values = table[name].transpose(varied, "beat").to_numpy()
    falling = -np.sort(-values, axis=1)  # NaN last
    beats, rows = table["period"].to_numpy().astype(int), np.arange(len(values))
    return [falling[rows, np.minimum(i, beats - 1)] for i in range(values.shape[1])]
