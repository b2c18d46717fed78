"""One cell through its protocol: segments in chunks, so that progress shows and an interruption keeps what is done.

A chunk ends where a segment does, and the solver restarts there anyway: the numbers are the same however the
segments are grouped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.kernels.kernel import Kernel
from troponin.model.model import Input, Model, Role
from troponin.protocol.grid import Grid, grid_times, save_points
from troponin.protocol.table import Table, tables
from troponin.protocol.timeline import Protocol
from troponin.simulation.addresses import addresses
from troponin.simulation.save import Selection
from troponin.solvers.integrate import Counters, Outcome, integrate
from troponin.solvers.method import BDF
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status

__all__ = ["Course", "Progress", "Trace", "advance"]

Progress: TypeAlias = Callable[[float], object]
"""Called now and then with the fraction of the run that is done."""

_CHUNK: Final = 64
"""Segments in one compiled call: some ten milliseconds of work."""

_LONGEST_SEGMENT: Final = Fraction(10_000)
"""In ms: a run that nothing drives is cut here, so that it too shows progress and can be interrupted."""

_STATES_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Course:
    """What every cell of a run goes through: compiled model, method, settled protocol, and what is kept.

    `cuts` are the times in ms at which the model itself switches by the clock, in order.
    """

    model: Model
    kernel: Kernel
    method: BDF
    protocol: Protocol
    points: Grid
    selection: Selection
    cuts: tuple[Fraction, ...] = ()

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs in the order of the kernel's array `u`, which holds the time by itself."""
        return tuple(given for given in self.model.inputs if given.role != Role.TIME)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What one cell gave: times [time] in the model's unit, kept values [time, column], work, and its span in ms."""

    time: NDArray[np.float64]
    values: NDArray[np.float64]
    counters: Counters
    first: Fraction
    reached: Fraction


def advance(course: Course, y0: NDArray[np.float64], k: NDArray[np.float64], progress: Progress | None = None) -> Trace:
    """Take one cell from its initial state `y0`, shape [state], with kernel constants `k`, through the course.

    An interruption (Ctrl-C) ends the run early and keeps what is done; where the part to keep had not begun, it is
    the last part before the interruption instead.  Raises `SolverError` with time, state and remedy for a run that
    cannot go on, and `KeyboardInterrupt` where nothing is done yet.
    """
    marks = [(Fraction(0), y0)]
    rows = [np.empty((0, len(course.selection.columns)))]
    counters = Counters()
    end = course.protocol.duration
    try:
        for table in _chunks(course, Fraction(0), end):
            outcome = _run(course, table, course.points, marks[-1][1], k)
            rows.append(outcome.saved[:, course.selection.places])
            counters = counters.plus(outcome.counters)
            marks.append((table.segments[-1].end, outcome.y))
            if progress is not None:
                progress(float(marks[-1][0] / end))
    except KeyboardInterrupt:
        if len(marks) == 1:
            raise
    reached = marks[-1][0]
    if reached <= course.points.first:
        points, values = _last_part(course, marks, k)
    else:
        points, values = course.points, np.concatenate(rows)
    time = grid_times(points, course.model.time_unit)[: len(values)]
    return Trace(time, values, counters, points.first, reached)


def _last_part(
    course: Course, marks: Sequence[tuple[Fraction, NDArray[np.float64]]], k: NDArray[np.float64]
) -> tuple[Grid, NDArray[np.float64]]:
    """Grid and values of the part before the last mark that is as long as the one asked for, run once more."""
    reached = marks[-1][0]
    first = max(Fraction(0), reached - (course.points.end - course.points.first))
    points = Grid(first, course.points.every, reached)
    begin, y = next(mark for mark in reversed(marks) if mark[0] <= first)
    rows = []
    for table in _chunks(course, begin, reached):
        outcome = _run(course, table, points, y, k)
        rows.append(outcome.saved[:, course.selection.places])
        y = outcome.y
    return points, np.concatenate(rows)


def _chunks(course: Course, start: Fraction, until: Fraction) -> Iterator[Table]:
    """Tables of segments between two edges of the protocol."""
    edges = [start, until]
    if not course.protocol.trains:
        cuts = range(1, ceil((until - start) / _LONGEST_SEGMENT))
        edges = [start, *(start + cut * _LONGEST_SEGMENT for cut in cuts), until]
    edges = sorted({*edges, *(cut for cut in course.cuts if start < cut < until)})
    for first, last in pairwise(edges):
        yield from tables(course.protocol, course.inputs, course.model.time_unit, size=_CHUNK, start=first, until=last)


def _run(course: Course, table: Table, points: Grid, y: NDArray[np.float64], k: NDArray[np.float64]) -> Outcome:
    times, offsets = save_points(points, table.segments, course.model.time_unit)
    plan = SavePlan(times, offsets, np.array(course.selection.states, dtype=np.int64), bool(course.selection.monitors))
    outcome = integrate(addresses(course.kernel), course.method, y, Segments(table.length, table.u), k, save=plan)
    if outcome.status is not Status.DONE:
        raise _failure(course.model, table, outcome)
    return outcome


def _failure(model: Model, table: Table, outcome: Outcome) -> SolverError:
    """What went wrong, when, and in which state: the values that are no numbers, or else the first few."""
    at = table.start[outcome.segment] + outcome.tau
    named = list(zip((state.name for state in model.states), outcome.y, strict=True))
    chosen = [pair for pair in named if not np.isfinite(pair[1])] or named
    values = ", ".join(f"{name} = {value:.6g}" for name, value in chosen[:_STATES_SHOWN])
    return SolverError(
        outcome.status.meaning,
        where=f"model {model.name} at t = {at:.6g} {model.time_unit}",
        got=f"a state with {values}" + (", ..." if len(chosen) > _STATES_SHOWN else ""),
        remedy=outcome.status.remedy,
    )
