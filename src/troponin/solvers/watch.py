"""The compiled side of events: sign changes, and the next guess for a root."""
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.address import load, store
from troponin.solvers.compilation import compiled
from troponin.solvers.events import EventPlan, Seen
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.workspace import Arena, padded_blocks

__all__ = ["MOST_GUESSES", "Watch", "crosses", "make_watch", "next_guess", "note", "remember", "seen", "small_enough"]

MOST_GUESSES: Final = 100
"""Guesses after which a root is taken as found; bisection alone needs some fifty."""

_SHARE: Final = 1e-13  # of the step, to which a root is located


class Watch(NamedTuple):
    """What is watched, and the log of what was seen; `number` goes on when the log is full."""

    monitors: NDArray[np.int64]
    levels: NDArray[np.float64]
    directions: NDArray[np.int64]
    values: int
    """monitors at a point"""
    before: int
    """monitor - level of every event and lane at the last step point"""
    probe: int
    """a row for the state at a guess"""
    places: NDArray[np.int64]
    """cell, event, segment, rising of every event seen"""
    tau: NDArray[np.float64]
    number: NDArray[np.int64]


def make_watch(arena: Arena, kernel: KernelAddresses, plan: EventPlan, room: int) -> Watch:
    """Memory for watching a plan's events, with room for so many."""
    return Watch(
        plan.monitors,
        plan.levels,
        plan.directions,
        arena.reserve(max(1, kernel.monitors) * kernel.width),
        arena.reserve(max(1, plan.levels.size) * kernel.width),
        arena.rows(1, padded_blocks(kernel.states * kernel.width)),
        np.zeros((room, 4), dtype=np.int64),
        np.zeros(room),
        np.zeros(1, dtype=np.int64),
    )


def seen(watch: Watch) -> Seen:
    """What a loop has written into the log."""
    count = int(watch.number[0])
    kept = min(count, watch.tau.size)
    return Seen(watch.places[:kept], watch.tau[:kept], count)


@compiled
def crosses(watch: Watch, event: int, lane: int, width: int) -> bool:
    """Whether a lane passed an event's level between the last point and the present watch.values."""
    before = load(watch.before, event * width + lane)
    now = load(watch.values, watch.monitors[event] * width + lane) - watch.levels[event]
    direction = watch.directions[event]
    rises, falls = before < 0.0 and now >= 0.0, before >= 0.0 and now < 0.0
    passed: bool = (rises and direction >= 0) or (falls and direction <= 0)
    return passed


@compiled
def remember(watch: Watch, width: int) -> None:
    """Take the present watch.values as those of the last step point."""
    for event in range(watch.levels.size):
        for lane in range(width):
            value = load(watch.values, watch.monitors[event] * width + lane) - watch.levels[event]
            store(watch.before, event * width + lane, value)


@compiled
def note(watch: Watch, lane: int, event: int, segment: int, tau: float, rising: bool) -> None:
    """Write an event into the log."""
    row = watch.number[0]
    if row < watch.tau.size:
        watch.places[row, 0], watch.places[row, 1] = lane, event
        watch.places[row, 2], watch.places[row, 3] = segment, 1 if rising else 0
        watch.tau[row] = tau
    watch.number[0] = row + 1


@compiled
def small_enough(left: float, right: float, h: float) -> bool:
    """Whether a bracket inside a step of length h locates its root."""
    return right - left <= _SHARE * h


@compiled
def next_guess(left: float, at_left: float, right: float, at_right: float, guess: int) -> float:
    """The chord's zero; every third time the middle, so that the bracket shrinks whatever the function does."""
    if guess % 3 == 2:
        return 0.5 * (left + right)
    share = at_left / (at_left - at_right)
    return left + min(max(share, 1e-3), 1.0 - 1e-3) * (right - left)
