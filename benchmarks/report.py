"""Measurements as text: the same lines on the terminal and in the docs."""

from __future__ import annotations

from collections.abc import Sequence

from work_precision import HEADLINES, Comparison

__all__ = ["markdown_table", "number", "points_table", "print_comparison", "ratios_table"]


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, *rows)
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def number(value: float | None, form: str = ".1f") -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None else format(value, form)


def points_table(found: Comparison) -> str:
    """Every tool at every setting: cost per beat and errors, and how many times faster we are at a peer's error."""
    rows = []
    for p in found.points:
        row = [p.tool, p.setting, f"{p.median * 1e3:.3f}", f"{p.best * 1e3:.3f}", str(p.errors.steps)]
        row += [f"{e:.1e}" for e in (p.errors.v, p.errors.apd90, p.errors.calcium)]
        rows.append([*row, "" if p.tool in found.ours else number(found.ratio_at(p))])
    head = ["tool", "tolerance", "ms/beat", "best", "steps", "max dv mV", "APD90 rel", "Ca peak rel", "ratio"]
    return markdown_table(head, rows)


def ratios_table(comparisons: Sequence[Comparison]) -> str:
    """How many times faster we reach an error than each peer, medians with those of the best times in brackets."""
    rows = []
    for found in comparisons:
        for peer in found.peers:
            for tool in found.ours:
                pairs = [(found.ratio(peer, tool, e), found.ratio(peer, tool, e, best=True)) for e in HEADLINES]
                cells = [f"{number(median)} ({number(best)})" for median, best in pairs]
                rows.append([found.case.name, peer, tool, *cells])
    return markdown_table(["model", "peer", "ours", *(f"at {e:g} mV" for e in HEADLINES)], rows)


def print_comparison(found: Comparison) -> None:
    """The two tables on the terminal."""
    print(f"\n{found.case.name}: {len(found.case.model.states)} states; doubt of the reference {found.doubt:.1e} mV\n")
    print(points_table(found), end="\n\n")
    print(ratios_table([found]))
