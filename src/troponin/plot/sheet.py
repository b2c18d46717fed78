"""A sheet: panels in columns, lettered as journals want them, of the width of one or two columns of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from troponin.plot.style import DOUBLE_COLUMN, SINGLE_COLUMN, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Panel", "sheet"]

Panel: TypeAlias = "Callable[[Axes], None]"
"""What draws itself into one pair of axes, labels and all."""

_PANEL_HEIGHT = 1.75
_LEFT, _RIGHT, _ABOVE, _BELOW = 0.62, 0.12, 0.26, 0.42
"""Room in inches beside, above and below a panel, for its labels; the panel's height holds the room above it."""


def sheet(panels: Sequence[Panel], columns: int = 1, *, xlabel: str | None = "Time (ms)") -> Figure:
    """Panels side by side and under each other.

    xlabel   what the one horizontal axis of a column's panels shows; None where each panel labels an axis of its own
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rows, shared = -(-len(panels) // columns), xlabel is not None
    width = DOUBLE_COLUMN if columns > 1 else SINGLE_COLUMN
    between = 0.0 if shared else _BELOW
    with mpl.rc_context(STYLE):
        height = rows * _PANEL_HEIGHT + (rows - 1) * between + _BELOW
        figure = Figure(figsize=(width, height))
        # set by hand: the layout engines draw everything once more, which takes as long as a hundred beats
        grid = figure.subplots(rows, columns, sharex=shared, squeeze=False)
        panel_width = (width - columns * (_LEFT + _RIGHT)) / columns
        figure.subplots_adjust(
            left=_LEFT / width,
            right=1.0 - _RIGHT / width,
            bottom=_BELOW / height,
            top=1.0 - _ABOVE / height,
            wspace=(_LEFT + _RIGHT) / panel_width,
            hspace=(_ABOVE + between) / (_PANEL_HEIGHT - _ABOVE),
        )
        for axes in grid.flat[len(panels) :]:
            axes.remove()
        for number, (panel, axes) in enumerate(zip(panels, grid.flat, strict=False)):
            panel(axes)
            if len(panels) > 1:
                axes.set_title(chr(ord("a") + number), loc="left", fontweight="bold")
            axes.yaxis.set_label_coords(-0.7 * _LEFT / panel_width, 0.5)
        if xlabel is not None:
            for axes in grid[-1]:
                axes.set_xlabel(xlabel)
    return figure
