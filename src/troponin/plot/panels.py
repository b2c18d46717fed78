"""Panels: what is drawn into one pair of axes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from troponin.plot.style import COLOURS, INK, axis_label, colours, told_apart
from troponin.plot.window import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_currents", "draw_signal", "draw_signals", "name_above"]

_OFF_SCALE: Final = 4.0
"""A current this many times larger than the next may leave its panel, for the others to be seen."""

_MARGIN: Final = 0.02
"""Left free beside the first and the last sample, so that an upstroke at time zero does not lie on the axis."""

_FAINT: Final = 0.35
"""How opaque the cells of a batch are, one over the other."""

_FREE: Final = 0.2
"""Inches above every panel for which a legend need not take from it."""

_MOST: Final = 4
"""Columns of a legend."""

_ROW, _LETTER, _ENTRY, _LETTER_WIDTH, _GAP = 0.125, 0.12, 0.19, 0.054, 0.8
"""Inches: the height of a row of a legend, the panel's letter, a handle with its gaps, a letter; and ems between."""


def draw_signal(axes: Axes, signal: Curve, label: str, colour: str = INK) -> None:
    """One signal over time; the cells of a batch in faint lines."""
    cells = signal.value.shape[1]
    axes.plot(signal.time, signal.value, color=colour, alpha=1.0 if cells == 1 else _FAINT)
    axes.set_ylabel(axis_label(label, signal.unit))
    axes.margins(x=_MARGIN, y=0.06)


def draw_signals(axes: Axes, signals: Sequence[Curve], label: str, names: Sequence[str], *, legend: bool) -> None:
    """One signal of several runs over time, each in its colour, named above the panel where that is asked for."""
    for signal, name, colour in zip(signals, names, colours(len(signals)), strict=True):
        axes.plot(signal.time, signal.value[:, 0], color=colour, label=name)
    axes.set_ylabel(axis_label(label, signals[0].unit))
    axes.margins(x=_MARGIN, y=0.06)
    if legend:
        name_above(axes)


def draw_currents(axes: Axes, currents: Sequence[Curve]) -> None:
    """Currents over time, each in its colour and named above the panel; of a batch, those of its first cell.

    Of many the largest are shown, and how many there are is told.  A current that dwarfs all others, as the fast
    sodium current does, is cut off and its peak is told.
    """
    shown = _largest_of(currents)
    peaks = [_largest(current.value[:, 0]) for current in shown]
    limits = _limits(shown, peaks)
    axes.axhline(0.0, color=INK, linewidth=0.4, alpha=0.5, zorder=0)
    every = [current.name for current in currents]
    names = dict(zip(every, told_apart(every), strict=True))
    for current, peak, colour in zip(shown, peaks, COLOURS, strict=False):
        name = names[current.name]
        label = name if limits[0] <= peak <= limits[1] else f"{name} (to {peak:.0f})".replace("-", "−")
        axes.plot(current.time, current.value[:, 0], color=colour, label=label)
    axes.set_ylim(limits)
    axes.margins(x=_MARGIN)
    title = "Main currents" if len(shown) == len(currents) else f"{len(shown)} of {len(currents)} currents"
    cell = ", cell 0" if currents[0].value.shape[1] > 1 else ""
    axes.set_ylabel(axis_label(title + cell, currents[0].unit))
    name_above(axes)


def name_above(axes: Axes) -> None:
    """The legend above the panel, where it hides nothing; a panel whose legend needs more rows gives up height."""
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    figure = axes.figure
    box = axes.get_position()
    width, height = figure.bbox.width / figure.dpi * box.width, figure.bbox.height / figure.dpi
    ncols = _columns_that_fit([_text_width(label) for label in labels], width - _LETTER)
    margin = (1.0 - box.y1) * height
    free = margin if margin < 2.0 * _FREE else _FREE  # beside the edge of the figure no panel's ticks are above
    beyond = max(0.0, -(-len(labels) // ncols) * _ROW - free) / height
    axes.set_position((box.x0, box.y0, box.width, box.height - beyond))
    where: Any = {"loc": "lower right", "bbox_to_anchor": (1.02, 1.01), "borderaxespad": 0.0, "borderpad": 0.15}
    spaces: Any = {"columnspacing": _GAP, "handlelength": 1.0, "handletextpad": 0.4, "labelspacing": 0.15}
    axes.legend(ncols=ncols, **where, **spaces)


def _columns_that_fit(widths: Sequence[float], room: float) -> int:
    """The most columns, filled one after the other, of labels of these widths that fit into so many inches."""
    for columns in range(min(len(widths), _MOST), 1, -1):
        rows, longer = divmod(len(widths), columns)
        filled, at = 0.0, 0
        for number in range(columns):
            size = rows + (number < longer)
            filled += max(widths[at : at + size])
            at += size
        if filled <= room:
            return columns
    return 1


def _text_width(label: str) -> float:
    """About how many inches an entry of the legend takes, handle and gap included; subscripts are smaller."""
    letters = 0.0
    for number, part in enumerate(label.split("$")):
        letters += len(part) if number % 2 == 0 else 0.75 * len(re.sub(r"[_^{}\\]", "", part))
    return _ENTRY + _LETTER_WIDTH * letters


def _largest_of(currents: Sequence[Curve]) -> list[Curve]:
    """As many currents as there are colours, those with the largest peaks, in the order given."""
    order = sorted(range(len(currents)), key=lambda i: -abs(_largest(currents[i].value[:, 0])))
    return [currents[i] for i in sorted(order[: len(COLOURS)])]


def _largest(values: np.ndarray) -> float:
    """The value furthest from zero, with its sign."""
    return float(values[np.argmax(np.abs(values))])


def _limits(currents: Sequence[Curve], peaks: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest value shown: of all currents, without one that dwarfs the rest."""
    order = sorted(range(len(currents)), key=lambda i: abs(peaks[i]), reverse=True)
    if len(order) > 1 and abs(peaks[order[0]]) > _OFF_SCALE * abs(peaks[order[1]]) > 0.0:
        order = order[1:]
    shown = np.concatenate([currents[i].value[:, 0] for i in order])
    low, high = float(min(shown.min(), 0.0)), float(max(shown.max(), 0.0))
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room
