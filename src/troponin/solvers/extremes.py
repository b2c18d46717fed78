"""Extremes: the highest and the lowest value of a monitored expression, and its integral, without a trace.

They are found on the method's own interpolant.  Every step is looked at in its ends and in the three inner points of
the Lobatto quadrature with five nodes; where the quartic through these has a maximum between them that is higher than
all before, the maximum of the monitor itself is located by successive parabolas.  Both sides of a breakpoint count.
What is kept has the size of one point: nothing grows with time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError

__all__ = ["ENTRIES", "NO_EXTREMES", "Extreme", "ExtremePlan", "Extremes"]


@dataclass(frozen=True, slots=True, eq=False)
class ExtremePlan:
    """The rows of the kernel's monitors whose extremes are wanted.  Raises SolverError for what are no rows."""

    monitors: NDArray[np.int64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "monitors", np.ascontiguousarray(self.monitors, dtype=np.int64))
        if self.monitors.ndim != 1:
            raise SolverError(
                "monitors must be a row of numbers", where="ExtremePlan", got=f"shape {self.monitors.shape}"
            )


ENTRIES: Final = 9
"""Numbers kept of a monitor in each lane: first, last, integral, then value, segment and tau of the two extremes."""

NO_EXTREMES: Final = ExtremePlan(np.zeros(0, dtype=np.int64))
"""Nothing wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class Extreme:
    """An extreme value of each monitor in each cell, and where it is; where it is reached twice, the first time.

    value     shape [monitor, cell]
    segment   number of the segment, and `tau` the local time in it, of the same shape
    """

    value: NDArray[np.float64]
    segment: NDArray[np.int64]
    tau: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Extremes:
    """What is known of each monitor in each cell after an integration; arrays of shape [monitor, cell].

    first, last      the values at the very start and at the very end
    integral         over time, by Lobatto quadrature of order 8 on each step
    highest, lowest  the extremes
    Of a cell that failed they tell of the time before.
    """

    first: NDArray[np.float64]
    last: NDArray[np.float64]
    integral: NDArray[np.float64]
    highest: Extreme
    lowest: Extreme

    @classmethod
    @cache
    def nothing(cls, lanes: int) -> Extremes:
        """Those of no monitor."""
        return cls.of(np.zeros((0, ENTRIES, lanes)))

    @classmethod
    def of(cls, record: NDArray[np.float64]) -> Extremes:
        """What a loop wrote down, shape [monitor, entry, cell] see `ENTRIES`."""
        first, last, integral, *rest = np.moveaxis(record, 1, 0).copy()
        count = len(fields(Extreme))
        high, low = rest[:count], rest[count:]
        return cls(
            first,
            last,
            integral,
            Extreme(high[0], high[1].astype(np.int64), high[2]),
            Extreme(low[0], low[1].astype(np.int64), low[2]),
        )
