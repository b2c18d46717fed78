"""A lane that could not go on: which, when, in what state and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.solvers.status import Status

__all__ = ["Failure"]


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """One cell's failure.

    cell      number of the cell
    status    why
    segment   number of the segment, and `tau` the local time in it
    state     the state where it failed, shape [states]
    """

    cell: int
    status: Status
    segment: int
    tau: float
    state: NDArray[np.float64]

    def error(self, where: str | None = None) -> SolverError:
        """The failure as an exception that names its remedy."""
        return SolverError(
            f"{self.status.meaning} at local time {self.tau:g} of segment {self.segment}, cell {self.cell}",
            where=where,
            got=f"state {np.array2string(self.state, precision=6, threshold=12)}",
            remedy=self.status.remedy,
        )
