"""What the commands print: aligned plain text, that reads the same on a terminal, in a file and in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from troponin.model.model import Model

__all__ = ["biomarker_lines", "columns", "complain", "course_of", "remarks_on"]


def columns(rows: Iterable[Sequence[str]], gap: int = 2) -> list[str]:
    """Rows of cells as lines, each column as wide as its widest cell."""
    table = [tuple(row) for row in rows]
    if not table:
        return []
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return [
        (" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]


def biomarker_lines(run: xr.Dataset) -> list[str]:
    """The biomarkers of a run's last beat, one line each, after what disturbs it; none for a run that shows no beat."""
    import troponin as tn

    table = tn.biomarkers.table(run)
    if not table.sizes.get("beat"):
        return []
    verdict = tn.disturbances(run)["verdict"][-1].item() if "v_peak" in table else "regular"
    rows = [] if verdict == "regular" else [("disturbance", verdict, "")]
    for data in table.isel(beat=-1).data_vars.values():
        value = float(data)
        rows.append((data.attrs["long_name"], f"{value:.4g}" if value == value else "none", data.attrs["units"]))
    return columns(rows)


def course_of(cell: Model, beats: int | None, bcl: str | None, duration: str | None, solver: str) -> str:
    """What a run was, in a few words: beats and cycle length where it was paced, how long it was, and the solver."""
    paced = f"{beats} beat{'s' * (beats != 1)} of {bcl}" if beats is not None else ""
    alone = "nothing paced" if cell.stimulus is None else "paced as written"
    return ", ".join(part for part in (paced or alone, duration and f"{duration} in all", solver) if part)


def remarks_on(cell: Model, called: str) -> list[str]:
    """What a run does not show, and which command does: a muscle alone is at rest in calcium that is held."""
    held = [given for given in cell.inputs if given.role == "calcium"]
    if not held or "Ta" not in cell.meanings:
        return []
    return [
        f"calcium is held at {held[0].value:g} {held[0].unit}, so nothing moves:"
        f" `troponin twitch {called}` lets it beat, `troponin muscle {called}` measures it"
    ]


def complain(text: str, code: int) -> int:
    """Tell an error in one line on standard error; returns the exit code."""
    line = "; ".join(part.strip().removeprefix("- ") for part in text.splitlines() if part.strip())
    print(f"troponin: {line}", file=sys.stderr)
    return code
