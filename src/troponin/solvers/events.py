"""Events: where a monitored expression passes a level, found by the method's own interpolant.

An event is a sign change of  monitor - level  from one end of a step to the other.  Two passages within
one step cancel and are not seen: a smaller max_step sees them.  Jumps at breakpoints are no events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError

__all__ = ["NO_EVENTS", "EventLog", "EventPlan", "Seen"]


@dataclass(frozen=True, slots=True, eq=False)
class EventPlan:
    """What to look for.

    monitors     row of the kernel's monitors, for each event
    levels       the level that it passes, in the monitor's unit
    directions   +1 rising only, -1 falling only, 0 both
    Raises SolverError for arrays that do not fit together and for a level that is not a number.
    """

    monitors: NDArray[np.int64]
    levels: NDArray[np.float64]
    directions: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name, kind in (("monitors", np.int64), ("levels", np.float64), ("directions", np.int64)):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=kind))
        complaints = []
        if not self.monitors.shape == self.levels.shape == self.directions.shape or self.levels.ndim != 1:
            complaints.append("monitors, levels and directions must have one number for each event")
        if not np.isfinite(self.levels).all():
            complaints.append(f"levels: got {self.levels.tolist()}, expected finite numbers")
        if not np.isin(self.directions, (-1, 0, 1)).all():
            complaints.append(f"directions: got {self.directions.tolist()}, expected -1, 0 or 1")
        if complaints:
            raise SolverError("; ".join(complaints), where="EventPlan")


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
