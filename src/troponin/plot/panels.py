"""Panels: what is drawn into one pair of axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from troponin.plot.style import COLOURS, INK, as_mathematics, axis_label
from troponin.plot.window import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_currents", "draw_signal"]

_OFF_SCALE: Final = 4.0
"""A current this many times larger than the next may leave its panel, for the others to be seen."""

_MARGIN: Final = 0.02
"""Left free beside the first and the last sample, so that an upstroke at time zero does not lie on the axis."""

_FAINT: Final = 0.35
"""How opaque the cells of a batch are, one over the other."""


def draw_signal(axes: Axes, signal: Curve, label: str, colour: str = INK) -> None:
    """One signal over time; the cells of a batch in faint lines."""
    cells = signal.value.shape[1]
    axes.plot(signal.time, signal.value, color=colour, alpha=1.0 if cells == 1 else _FAINT)
    axes.set_ylabel(axis_label(label, signal.unit))
    axes.margins(x=_MARGIN, y=0.06)


def draw_currents(axes: Axes, currents: Sequence[Curve]) -> None:
    """Currents over time, each in its colour and named; the first cell of a batch.

    A current that dwarfs all others, as the fast sodium current does, is cut off and its peak is told.
    """
    peaks = [_largest(current.value[:, 0]) for current in currents]
    limits = _limits(currents, peaks)
    axes.axhline(0.0, color=INK, linewidth=0.4, alpha=0.5, zorder=0)
    for number, (current, peak) in enumerate(zip(currents, peaks, strict=True)):
        name = as_mathematics(current.name)
        label = name if limits[0] <= peak <= limits[1] else f"{name} (to {peak:.0f})".replace("-", "−")
        axes.plot(current.time, current.value[:, 0], color=COLOURS[number % len(COLOURS)], label=label)
    axes.set_ylim(limits)
    axes.margins(x=_MARGIN)
    axes.set_ylabel(axis_label("Main currents", currents[0].unit))
    axes.legend(
        loc="upper right", ncols=2 if len(currents) > 4 else 1, handlelength=1.2, columnspacing=1.2, labelspacing=0.3
    )


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
