"""The work-precision figure: one panel a model, time per beat against error, every tool a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curve import front
from work_precision import Comparison

__all__ = ["draw_curves"]


def draw_curves(comparisons: Sequence[Comparison], path: Path) -> None:
    """Draw the curves of several models side by side and write the figure to a file."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from troponin.plot.style import COLOURS, DOUBLE_COLUMN, STYLE

    tools = list(dict.fromkeys(tool for found in comparisons for tool in found.tools))
    colour = dict(zip(tools, COLOURS, strict=False))
    columns = min(2, len(comparisons))
    rows = -(-len(comparisons) // columns)
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(
            rows, columns, figsize=(DOUBLE_COLUMN, 2.5 * rows + 0.5), squeeze=False, sharex=True, layout="constrained"
        )
        for panel, found in zip(panels.flat, comparisons, strict=False):
            for tool in found.tools:
                points = found.of(tool)
                errors, seconds = zip(*front(points), strict=True)
                ours = tool in found.ours
                panel.plot(errors, [1e3 * s for s in seconds], "-" if ours else "--", color=colour[tool], label=tool)
                panel.plot(
                    [p.errors.v for p in points], [1e3 * p.median for p in points], "o", ms=2.5, color=colour[tool]
                )
            panel.set(xscale="log", yscale="log", title=f"{found.case.name}, {len(found.case.model.states)} states")
        for panel in panels.flat[len(comparisons) :]:
            panel.set_visible(False)
        panels[0, 0].invert_xaxis()  # shared by all: accuracy grows to the right
        for panel in panels[:, 0]:
            panel.set_ylabel("CPU time per 1000 ms beat (ms)")
        for panel in panels[-1]:
            panel.set_xlabel("largest error of v in the fifth beat (mV)")
        entries = {
            label: handle
            for panel in panels.flat
            for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
        }
        figure.legend(list(entries.values()), list(entries), loc="outside lower center", ncols=4)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
        plt.close(figure)
