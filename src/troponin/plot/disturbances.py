"""The figure of disturbances: the potential of a run, with what disturbs its beats marked where it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from troponin.analysis.afterdepolarisations import Reading
from troponin.analysis.disturbances import REGULAR, read_again
from troponin.analysis.disturbances import disturbances as found_in
from troponin.analysis.markers.beats import SampledBeat
from troponin.plot.sheet import sheet
from troponin.plot.style import COLOURS, INK, axis_label
from troponin.results import BEAT_START

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["disturbances"]

_SHADE: Final = "#ECEFF2"
_WORDS: Final = 4
"""Beats up to which there is room for a word over each."""

_MARKS: Final = {
    "EAD": ("^", COLOURS[1]),
    "DAD": ("v", COLOURS[0]),
    "no capture": ("x", COLOURS[3]),
    "captured": ("|", INK),
}
"""What is marked: the take-off of an afterdepolarisation, and each stimulus; its sign and its colour."""


def disturbances(run: xr.Dataset, found: xr.Dataset | None = None) -> Figure:
    """The membrane potential of a run, with its afterdepolarisations at their take-off and its stimuli below.

    found   what `troponin.disturbances` has found in the run, with thresholds other than its own

    Beats that something disturbs are shaded and, where there is room, named.  Of a batch, the first cell, as the
    axis says.
    """
    given = found_in(run) if found is None else found
    beats = read_again(run, given)
    verdicts = [str(word) for word in given["verdict"].to_numpy().reshape(-1)[: len(beats)]]
    figure = sheet([lambda axes: _draw(axes, beats, verdicts, paced=BEAT_START in run.coords)])
    if "cell" in run.dims:
        figure.axes[0].set_ylabel(axis_label("Membrane potential, cell 0", "mV"))
    return figure


def _draw(axes: Axes, beats: Sequence[tuple[SampledBeat, Reading]], verdicts: Sequence[str], *, paced: bool) -> None:
    low = min(float(v.value.min()) for v, _ in beats)
    high = max(float(v.value.max()) for v, _ in beats)
    room = 0.05 * (high - low)
    axes.set_ylim(low - 3.0 * room, high + (4.0 if len(beats) <= _WORDS else 1.0) * room)
    marks: dict[str, list[tuple[float, float]]] = {name: [] for name in _MARKS}
    for (v, reading), verdict in zip(beats, verdicts, strict=True):
        axes.plot(v.time, v.value, color=INK)
        marks["EAD"] += [(v.start + bump.time, bump.takeoff) for bump in reading.eads]
        marks["DAD"] += [(v.start + bump.time, bump.takeoff) for bump in reading.dads]
        if paced:
            marks["captured" if reading.captured else "no capture"].append((v.start, low - 2.0 * room))
        if verdict != REGULAR:
            axes.axvspan(v.start, v.end, color=_SHADE, linewidth=0.0, zorder=0)
            if len(beats) <= _WORDS:
                axes.text(0.5 * (v.start + v.end), high + 2.2 * room, verdict, ha="center", va="center", fontsize=7.0)
    for name, (sign, colour) in _MARKS.items():
        if marks[name]:
            times, levels = zip(*marks[name], strict=True)
            label = {"EAD": "EAD take-off", "DAD": "DAD take-off", "captured": "stimulus"}.get(name, name)
            axes.plot(times, levels, sign, color=colour, markersize=4.5, markeredgewidth=1.0, label=label, zorder=3)
    axes.set_ylabel(axis_label("Membrane potential", "mV"))
    axes.margins(x=0.02)
    axes.locator_params(axis="x", nbins=5)
    if any(marks.values()):
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, handletextpad=0.2, columnspacing=1.0)
