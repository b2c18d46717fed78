"""Passages: when a cell that nothing drives comes back to the same point of its beat.

    v(t) = level, rising

A cell that beats by itself has no clock that says where a beat begins.  The passage of its voltage upwards through a
level half way between its extremes says it, and the time from one passage to the next is the period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.solvers.events import EventPlan
from troponin.solvers.integrate import Outcome, integrate, trace_steps
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.method import BDF, Rosenbrock
from troponin.solvers.segments import Segments

__all__ = ["Passage", "first_passage", "time_to_passage"]

Floats = NDArray[np.float64]

_BEATS: Final = 3
"""Passages in the second half of a window from which a cell is said to beat."""

_WINDOWS: Final = 8
_PARTS: Final = 16  # of a window, since the steps that a solver takes in one segment are limited

_MOVES: Final = 1e-3
"""Least swing, relative to the largest magnitude, of what beats: less is noise of the solver about a rest."""

_ROOM: Final = 1.25
"""The next passage is looked for within this much of the last period, then within twice as much, and so on."""

_SAME: Final = 0.1
"""Fraction of the period within which a passage is the one that was started from."""

_LONGEST: Final = 40.0


@dataclass(frozen=True, slots=True)
class Passage:
    """What begins a beat: the state in `column`, and row 0 of the kernel's monitors, rises through a level.

    `about` is the period where it was first seen, in the model's unit of time.
    """

    column: int
    level: float
    about: float


def first_passage(
    kernel: KernelAddresses,
    method: BDF | Rosenbrock,
    y: Floats,
    inputs: Floats,
    constants: Floats,
    column: int,
    within: float,
) -> tuple[Passage, Floats, int] | None:
    """What begins a beat of the cell, its state at one, and the beats seen; None for a cell that does not beat.

    inputs   of the cell at rest, shape [1, 1 + 4 m]
    within   how long the cell is watched, in the model's unit of time: in windows, each twice as long as the one
             before, until the second half of one shows beats
    """
    beats, window = 0, within / (2**_WINDOWS - 1)
    for _ in range(_WINDOWS):
        parts = Segments(np.full(_PARTS, window / _PARTS), np.repeat(inputs, _PARTS, axis=0))
        parts.inputs[:, 0] = np.arange(_PARTS) * (window / _PARTS)
        time, states, outcome = trace_steps(kernel, method, y, parts, constants)
        outcome.require_done("limit_cycle")
        late = time > 0.5 * window
        v = states[:, column]
        low, high = float(v[late].min()), float(v[late].max())
        level = 0.5 * (low + high)
        rises = (v[:-1] < level) & (v[1:] >= level)
        beats += int(np.count_nonzero(rises))
        last = np.flatnonzero(rises & late[1:])[-2:]
        if high - low > _MOVES * max(abs(low), abs(high)) and np.count_nonzero(rises & late[1:]) >= _BEATS:
            return Passage(column, level, float(time[last[1]] - time[last[0]])), states[last[1]], beats
        y, window = states[-1], 2.0 * window
    return None


def time_to_passage(
    kernel: KernelAddresses, method: BDF | Rosenbrock, y: Floats, inputs: Floats, constants: Floats, passage: Passage
) -> float:
    """The time until a beat begins again, in the model's unit; raises `SolverError` where none does."""
    plan = EventPlan(np.zeros(1, dtype=np.int64), np.array([passage.level]), np.ones(1, dtype=np.int64))
    room = _ROOM * passage.about
    while room < _LONGEST * passage.about:
        outcome: Outcome = integrate(kernel, method, y, Segments(np.array([room]), inputs), constants, events=plan)
        outcome.require_done("limit_cycle")
        assert outcome.events is not None
        later = outcome.events.tau[outcome.events.tau > _SAME * passage.about]
        if later.size:
            return float(later[0])
        room *= 2.0
    raise SolverError(
        "the cell stopped beating",
        where="limit_cycle",
        got=f"no beat within {room:.4g} of its time, where one was seen every {passage.about:.4g}",
        remedy="Start from a state of a cell that goes on beating.",
    )
