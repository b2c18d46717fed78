"""One cell through its course, in chunks, so that progress shows and an interruption keeps what is done.

A chunk ends where a segment does, and the solver restarts there anyway: the numbers are the same however the
segments are grouped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from troponin.protocol.grid import Grid, grid_times
from troponin.protocol.table import Table
from troponin.simulation.addresses import addresses
from troponin.simulation.course import Course, Progress, chunks, failure, save_plan
from troponin.solvers.integrate import Counters, Outcome, integrate
from troponin.solvers.segments import Segments
from troponin.solvers.status import Status

__all__ = ["Trace", "advance"]


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
        for table in chunks(course, Fraction(0), end):
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
    for table in chunks(course, begin, reached):
        outcome = _run(course, table, points, y, k)
        rows.append(outcome.saved[:, course.selection.places])
        y = outcome.y
    return points, np.concatenate(rows)


def _run(course: Course, table: Table, points: Grid, y: NDArray[np.float64], k: NDArray[np.float64]) -> Outcome:
    plan = save_plan(course, table.segments, points)
    outcome = integrate(addresses(course.kernel), course.method, y, Segments(table.length, table.u), k, save=plan)
    if outcome.status is not Status.DONE:
        at = table.start[outcome.segment] + outcome.tau
        raise failure(course.model, at, outcome.failures[0].state, outcome.status)
    return outcome
