"""Events: where a monitored expression passes a level, found by the method's own interpolant.

An event is a sign change of  monitor - level  from one end of a step to the other.  Two passages within
one step cancel and are not seen: a plan that looks `inside` the steps sees them, unless both lie within a
third of a step.  Jumps at breakpoints are no events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError

__all__ = ["NO_EVENTS", "EventLog", "EventPlan", "Seen"]


@dataclass(frozen=True, slots=True, eq=False)
class EventPlan:
    """What to look for.

    monitors     row of the kernel's monitors, for each event
    levels       the level that it passes, in the monitor's unit, shape [event]; or [event, cell] where levels
                 differ from cell to cell, NaN for a cell in which there is nothing to look for
    directions   +1 rising only, -1 falling only, 0 both
    inside       whether to look at three points within each step too, and not at its ends alone
    Raises SolverError for arrays that do not fit together and for a level that is not a number.
    """

    monitors: NDArray[np.int64]
    levels: NDArray[np.float64]
    directions: NDArray[np.int64]
    inside: bool = False

    def __post_init__(self) -> None:
        for name, kind in (("monitors", np.int64), ("levels", np.float64), ("directions", np.int64)):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=kind))
        complaints = []
        by_cell = self.levels.ndim == 2
        if not self.monitors.shape == self.directions.shape == self.levels.shape[:1] or self.levels.ndim not in (1, 2):
            complaints.append("monitors, levels and directions must have one number for each event")
        if np.isinf(self.levels).any() or (np.isnan(self.levels).any() and not by_cell):
            expected = "finite numbers, or NaN where a cell has none" if by_cell else "finite numbers"
            complaints.append(f"levels: got {self.levels.tolist()}, expected {expected}")
        if not np.isin(self.directions, (-1, 0, 1)).all():
            complaints.append(f"directions: got {self.directions.tolist()}, expected -1, 0 or 1")
        if complaints:
            raise SolverError("; ".join(complaints), where="EventPlan")

    def of_cells(self, cells: NDArray[np.int64]) -> EventPlan:
        """The plan of some of the cells, such as a block of them, in the given order."""
        return replace(self, levels=self.levels[:, cells]) if self.levels.ndim == 2 else self

    def table(self, lanes: int) -> NDArray[np.float64]:
        """The level of each event in each of so many lanes, shape [event, lane]."""
        levels = self.levels if self.levels.ndim == 2 else self.levels[:, np.newaxis]
        return np.array(np.broadcast_to(levels, (levels.shape[0], lanes)), order="C")  # a view would be read only


NO_EVENTS: Final = EventPlan(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int64))
"""Nothing to look for."""


@dataclass(frozen=True, slots=True, eq=False)
class EventLog:
    """The events found, ordered by cell and time; arrays of one length.

    cell      number of the cell
    event     number of the event in the plan
    segment   number of the segment, and `tau` the local time in it
    rising    whether the monitor rose through the level
    """

    cell: NDArray[np.int64]
    event: NDArray[np.int64]
    segment: NDArray[np.int64]
    tau: NDArray[np.float64]
    rising: NDArray[np.bool_]

    @classmethod
    def ordered(cls, seen: Seen) -> EventLog:
        """The log of what a loop saw."""
        order = np.lexsort((seen.tau, seen.places[:, 2], seen.places[:, 0]))
        cell, event, segment, rising = seen.places[order].T
        return cls(cell, event, segment, seen.tau[order], rising.astype(np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Events as a loop wrote them: rows (cell, event, segment, rising), times, and how many there were.

    There may have been more than there was room for.
    """

    places: NDArray[np.int64]
    tau: NDArray[np.float64]
    count: int

    @classmethod
    def nothing(cls) -> Seen:
        """No events."""
        return cls(np.zeros((0, 4), dtype=np.int64), np.zeros(0), 0)
