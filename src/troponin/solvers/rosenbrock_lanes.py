"""What every lane of a block has of its own under a Rosenbrock method, and where its results go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.watch import Watch

__all__ = ["LaneLimits", "LaneOutput", "Lanes"]


class LaneLimits(NamedTuple):
    """What the user allows."""

    rtol: float
    keep: float
    """share of the scale |y| that is kept from step to step: 1 the largest so far, 0 the present one"""
    max_step: float
    first_step: float
    max_steps: int


class LaneOutput(NamedTuple):
    """Where results go: values[save, column, lane], and whole states[save, state, lane] for monitors."""

    columns: NDArray[np.int64]
    times: NDArray[np.float64]
    values: int
    width_of_row: int
    states: int
    monitor_rows: int
    step_times: NDArray[np.float64]
    step_states: int
    watch: Watch
    watched: bool
    """whether anything is watched"""


class Lanes(NamedTuple):
    """What every lane has of its own; arrays of length W."""

    t: NDArray[np.float64]
    h: NDArray[np.float64]
    status: NDArray[np.int64]
    reason: NDArray[np.int64]
    segment: NDArray[np.int64]
    row: NDArray[np.int64]
    steps: NDArray[np.int64]
    fresh: NDArray[np.int64]
    """one when the lane's last try was accepted"""
