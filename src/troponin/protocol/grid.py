"""Save times: an even grid over the end of a run, exact however long the run is.

    t_k = first + k every,  k = 0, 1, ...,   and the end of the run, which is always saved

A point at an edge belongs to the segment that starts there, so that each point is saved once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.errors import ProtocolError
from troponin.protocol.segments import Segment
from troponin.protocol.timeline import exact_time, time_text
from troponin.units import Quantity, Unit, ms

__all__ = ["Grid", "grid", "grid_times", "local_times", "save_points"]

Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Times from `first` to `end`, `every` so often; all in ms."""

    first: Fraction
    every: Fraction
    end: Fraction

    @property
    def size(self) -> int:
        """How many points it has, the end included."""
        return ceil((self.end - self.first) / self.every) + 1


def grid(every: Quantity | str, duration: Fraction, *, last: Quantity | str | None = None) -> Grid:
    """The grid over the `last` part of a run of `duration` (ms), or over the whole run.

    Raises:
        ProtocolError: if `every` is not positive, or `last` is not within the run.
    """
    step = exact_time(every, "the time between saved points")
    if step <= 0:
        raise ProtocolError("the time between saved points must be positive", got=time_text(step))
    part = duration if last is None else exact_time(last, "the part to save")
    if not 0 <= part <= duration:
        raise ProtocolError(
            f"the last {time_text(part)} cannot be saved of a run of {time_text(duration)}",
            remedy="Save less, or run longer.",
        )
    return Grid(duration - part, step, duration)


def grid_times(points: Grid, time_unit: Unit = ms) -> Doubles:
    """The times of all points, `[size]`, each correctly rounded."""
    return _spaced(points, 0, points.size, Fraction(0), time_unit)


def local_times(points: Grid, segment: Segment, time_unit: Unit = ms) -> Doubles:
    """The times since the segment's start of the points that belong to it; the run's end belongs to the last."""
    begin = max(0, ceil((segment.start - points.first) / points.every))
    end = max(0, ceil((segment.end - points.first) / points.every))
    if segment.end >= points.end:
        end = points.size if segment.start < points.end else begin
    return _spaced(points, begin, max(begin, min(end, points.size)), segment.start, time_unit)


def save_points(points: Grid, part: Sequence[Segment], time_unit: Unit = ms) -> tuple[Doubles, NDArray[np.int64]]:
    """The local times of the points in each segment: flat `[n]`, and offsets `[segments + 1]` into them."""
    each = [local_times(points, segment, time_unit) for segment in part]
    offsets = np.zeros(len(each) + 1, dtype=np.int64)
    np.cumsum([len(times) for times in each], out=offsets[1:])
    return np.concatenate(each) if each else np.empty(0), offsets


def _spaced(points: Grid, begin: int, end: int, origin: Fraction, time_unit: Unit) -> Doubles:
    """Points begin .. end-1 less an origin.  Numerators are exact integers, so one division rounds each once."""
    per = ms.scale / time_unit.scale
    first, every, last = (points.first - origin) * per, points.every * per, (points.end - origin) * per
    common = lcm(first.denominator, every.denominator)
    numerators = int(first * common), int(every * common)
    largest = abs(numerators[0]) + max(end, 1) * numerators[1]
    if max(largest, common) < 2**53:
        times = (numerators[0] + np.arange(begin, end, dtype=np.int64) * numerators[1]) / float(common)
    else:
        times = np.array([float(first + k * every) for k in range(begin, end)])
    if begin < end == points.size:
        times[-1] = float(last)
    return times
