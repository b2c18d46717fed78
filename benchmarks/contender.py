"""A contender: one tool at one setting on one case, as what can be asked of it.

Every tool in a comparison, ours and the peers, answers the same three questions: run the beats as fast as you can
(timed), where did you step in the last beat, and what does your own dense output say at given times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Contender", "Timing", "alternate"]

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Contender:
    """A tool at a setting.

    tool, setting   names for the table
    run             runs all beats and keeps nothing: what is timed
    steps           the tool's own step points in the last beat: times [points], membrane potential [points]
    sample          its dense output at times [times] of the last beat: membrane potential and calcium
    accuracy        how strict the setting is, a number that orders the settings of one tool
    """

    tool: str
    setting: str
    run: Callable[[], object]
    steps: Callable[[], tuple[Doubles, Doubles]]
    sample: Callable[[Doubles], tuple[Doubles, Doubles]]
    accuracy: float = 0.0


@dataclass(frozen=True)
class Timing:
    """CPU seconds of every timed call of one contender."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one: what a user meets on this machine as loaded as it was."""
        return float(np.median(self.seconds))

    @property
    def best(self) -> float:
        """The shortest: what the machine can do."""
        return min(self.seconds)


def alternate(
    runs: Sequence[Callable[[], object]],
    rounds: int = 5,
    visit: float = 0.02,
    *,
    clock: Callable[[], float] = time.process_time,
) -> list[Timing]:
    """Time the runs in turn, `rounds` times round, so that a slow minute of the machine hits all alike.

    At each visit a run is called once untimed, to bring its code and data back into the caches, and then timed
    call by call, at least once and until `visit` seconds are used.  The clock is the CPU time of the process, so
    that threads which a peer starts by itself are charged to it.
    """
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, kept in zip(runs, seconds, strict=True):
            run()
            until = clock() + visit
            while True:
                began = clock()
                run()
                now = clock()
                kept.append(now - began)
                if now >= until:
                    break
    return [Timing(tuple(kept)) for kept in seconds]
