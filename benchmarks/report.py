"""Measurements as text: the same lines on the terminal and in the docs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kernels import KernelTime, StepTime
    from scaling import CrowdCost, SizeCost
    from shares import Shares
    from threads import ThreadTime

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


def ratios_table(
    comparisons: Sequence[Comparison], peers: Sequence[str] | None = None, ours: Sequence[str] | None = None
) -> str:
    """How many times faster we reach an error than each peer, medians with those of the best times in brackets.

    `peers` and `ours` name those to be told of; all by default.
    """
    rows = []
    for found in comparisons:
        for peer in found.peers if peers is None else [name for name in found.peers if name in peers]:
            for tool in found.ours if ours is None else [name for name in found.ours if name in ours]:
                pairs = [(found.ratio(peer, tool, e), found.ratio(peer, tool, e, best=True)) for e in HEADLINES]
                cells = [f"{number(median)} ({number(best)})" for median, best in pairs]
                rows.append([found.case.name, peer, tool, *cells])
    return markdown_table(["model", "peer", "ours", *(f"at {e:g} mV" for e in HEADLINES)], rows)


def print_comparison(found: Comparison) -> None:
    """The two tables on the terminal."""
    print(f"\n{found.case.name}: {len(found.case.model.states)} states; doubt of the reference {found.doubt:.1e} mV\n")
    print(points_table(found), end="\n\n")
    print(ratios_table([found]))


def kernels_table(times: Sequence[KernelTime]) -> str:
    """Nanoseconds per call and per cell, the share of the limit, and how much longer gcc's code takes."""
    rows = []
    for t in times:
        share = None if t.limit is None else 100.0 * t.limit / t.timing.best
        peer = None if t.peer is None else t.peer.best / t.timing.best
        cost = f"{t.timing.median * 1e9:.0f} ({t.timing.best * 1e9:.0f})"
        row = [t.model, t.function, str(t.lanes), cost, f"{t.timing.best / t.lanes * 1e9:.1f}"]
        rows.append([*row, number(share, ".0f"), number(peer, ".2f")])
    return markdown_table(["model", "kernel", "lanes", "ns/call (best)", "ns/cell", "% of limit", "gcc / ours"], rows)


def steps_table(times: Sequence[StepTime]) -> str:
    """Million cell-steps per second of fixed-step kernels on one core, and how much longer the peers take."""
    rows = []
    for t in times:
        mine, gcc = t.timings["ours"], t.timings.get("gcc")
        speed = f"{1e-6 / mine.median:.1f} ({1e-6 / mine.best:.1f})"
        theirs = "-" if gcc is None else f"{1e-6 / gcc.median:.1f} ({1e-6 / gcc.best:.1f})"
        ratios = [number(t.ratio(peer), ".2f") for peer in ("gcc", "jax")]
        rows.append([t.model, t.method, f"{t.cells:,}", speed, theirs, *ratios])
    head = ["model", "method", "cells", "M cell-steps/s (best)", "gcc (best)", "gcc / ours", "JAX / ours"]
    return markdown_table(head, rows)


def threads_table(times: Sequence[ThreadTime]) -> str:
    """A batch with more and more threads: wall and CPU time, and whether its bits stayed the same."""
    rows = []
    for t in times:
        cost = [f"{t.wall.best * 1e3:.3f}", f"{t.cpu.best * 1e3:.3f}", f"{t.cores:.2f}"]
        speedup = times[0].wall.best / t.wall.best if t.model == times[0].model else None
        rows.append(
            [t.model, f"{t.cells:,}", str(t.threads), *cost, number(speedup, ".2f"), "yes" if t.identical else "NO"]
        )
    head = ["model", "cells", "threads", "wall ms/beat/cell", "CPU ms/beat/cell", "cores got", "speed-up", "same bits"]
    return markdown_table(head, rows)


def crowd_table(costs: Sequence[CrowdCost]) -> str:
    """Cost and memory per cell against the number of cells."""
    rows = [
        [
            c.model,
            f"{c.cells:,}",
            f"{c.seconds * 1e3:.3f}",
            number(None if c.memory is None else c.memory / 1e3, ".2f"),
            f"{c.kept / 1e3:.2f}",
        ]
        for c in costs
    ]
    return markdown_table(["model", "cells", "ms/beat/cell", "kB/cell at the peak", "kB/cell kept"], rows)


def size_table(costs: Sequence[SizeCost]) -> str:
    """Cost of a beat against the number of states."""
    rows = [
        [c.model, str(c.states), str(c.entries), f"{c.seconds * 1e3:.3f}", f"{c.seconds * 1e6 / c.states:.1f}"]
        for c in costs
    ]
    return markdown_table(["model", "states", "Jacobian entries", "ms/beat", "us/beat/state"], rows)


def shares_table(found: Sequence[Shares]) -> str:
    """Where the time of a run goes, in percent."""
    rows = []
    for s in found:
        parts = [f"{100.0 * s.kernels[name]:.0f}" for name in ("rhs", "jac", "factor", "solve")]
        row = [s.model, s.method, str(s.lanes), f"{s.steps:.0f}", f"{s.per_step * 1e6:.2f}"]
        rows.append([*row, *parts, f"{100.0 * s.rest:.0f}"])
    head = ["model", "method", "lanes", "steps/beat", "us/step", "% rhs", "% jac", "% factor", "% solve", "% solver"]
    return markdown_table(head, rows)
