"""Work-precision curves: time against error, and how two of them are compared at equal error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from accuracy import Errors
from contender import Timing

__all__ = ["Point", "cost_at", "front"]


@dataclass(frozen=True)
class Point:
    """A tool at a setting: what it cost per beat (s of CPU) and what it got wrong."""

    tool: str
    setting: str
    errors: Errors
    timing: Timing
    beats: int

    @property
    def median(self) -> float:
        """Median seconds per beat."""
        return self.timing.median / self.beats

    @property
    def best(self) -> float:
        """Best seconds per beat."""
        return self.timing.best / self.beats


def front(points: Sequence[Point], *, best: bool = False) -> list[tuple[float, float]]:
    """(error, seconds) of the points that no other beats in both, from the largest error to the smallest."""
    pairs = sorted((p.errors.v, p.best if best else p.median) for p in points if np.isfinite(p.errors.v))
    kept: list[tuple[float, float]] = []
    for error, seconds in pairs:
        if not kept or seconds < kept[-1][1]:
            kept.append((error, seconds))
    return kept[::-1]


def cost_at(error: float, points: Sequence[Point], *, best: bool = False) -> float | None:
    """Seconds per beat at which a tool reaches an error, by straight lines in log-log between its best points.

    A tool whose cheapest setting is already more accurate is charged that setting; None where no setting reaches
    the error: nothing is extrapolated.
    """
    edge = front(points, best=best)
    if not edge or error < edge[-1][0]:
        return None
    if error >= edge[0][0]:
        return edge[0][1]
    errors, seconds = (np.log([pair[i] for pair in reversed(edge)]) for i in (0, 1))
    return float(np.exp(np.interp(np.log(error), errors, seconds)))
