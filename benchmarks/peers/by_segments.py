"""Contenders from tools that solve one initial value problem at a time: each segment of the protocol is one.

Such a tool starts anew at every edge of the stimulus, as an exact treatment of the edge demands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from cases import Case
from contender import Contender, Doubles

__all__ = ["SegmentSolver", "contender", "report_points"]


class SegmentSolver(Protocol):
    """One tool at one setting: dy/dt = f(y) with a constant stimulus, from local time 0 to `length`."""

    def end(self, y: Doubles, level: float, length: float) -> Doubles:
        """The state at the end: what is timed."""
        ...

    def steps(self, y: Doubles, level: float, length: float) -> tuple[Doubles, Doubles]:
        """The tool's step points: local times [points], states [points, states]."""
        ...

    def at(self, y: Doubles, level: float, times: Doubles) -> Doubles:
        """The states [times, states] at ascending local times, the first 0 and the last the segment's length."""
        ...


def contender(case: Case, tool: str, setting: str, solver: SegmentSolver, accuracy: float) -> Contender:
    """The tool as a contender."""
    v, calcium = case.column("v"), case.column("cai")

    def run() -> object:
        y = case.y0
        for _, length, level in _segments(case):
            y = solver.end(y, level, length)
        return y

    def steps() -> tuple[Doubles, Doubles]:
        y, times, potentials = case.y0, [], []
        for start, length, level in _segments(case):
            if start >= case.last_start:
                local, states = solver.steps(y, level, length)
                times.append(start + local)
                potentials.append(states[:, v])
            y = solver.end(y, level, length)
        return np.concatenate(times), np.concatenate(potentials)

    def sample(times: Doubles) -> tuple[Doubles, Doubles]:
        y, found = case.y0, np.empty((times.size, 2))
        for start, length, level in _segments(case):
            here = (times >= start) & (times < start + length)
            if here.any():
                local = times[here] - start
                ends = np.unique([0.0, *local, length])
                states = solver.at(y, level, ends)
                found[here] = states[np.searchsorted(ends, local)][:, [v, calcium]]
            y = solver.end(y, level, length)
        return found[:, 0], found[:, 1]

    return Contender(tool, setting, run, steps, sample, accuracy)


def report_points(length: float) -> Doubles:
    """Local times at which to look at a tool that does not tell its own steps: close together where v is quick."""
    close = np.arange(0.0, min(length, 20.0), 0.05)
    return np.unique([*close, *np.arange(0.0, length, 1.0), length])


def _segments(case: Case) -> Iterator[tuple[float, float, float]]:
    """Start, length and stimulus of each segment; the other inputs of our cases are constant."""
    roles = list(case.kernel.input_roles)
    column = 1 + 4 * roles.index("stimulus")
    yield from zip(case.table.start, case.table.length, case.table.u[:, column], strict=True)
