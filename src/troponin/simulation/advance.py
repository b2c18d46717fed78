"""One cell through its course, in chunks, so that progress shows and what is done is kept whatever happens.

A chunk ends where a segment does, and the solver restarts there anyway: the numbers are the same however the
segments are grouped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.protocol.grid import Grid, grid_times
from troponin.simulation.addresses import addresses
from troponin.simulation.answers import Answers
from troponin.simulation.course import Course, Progress, chunks, failure, save_plan
from troponin.simulation.feedback import respond
from troponin.solvers.integrate import Counters, Outcome, integrate
from troponin.solvers.segments import Segments
from troponin.units import ms

__all__ = ["Stop", "Trace", "advance"]

Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What one cell gave: times [time] in the model's unit, kept values [time, column], work, and its span in ms.

    `state` is that at the end, shape [state]; `fault` says why it could not go on, where it could not.
    """

    time: Doubles
    values: Doubles
    counters: Counters
    first: Fraction
    reached: Fraction
    state: Doubles
    fault: SolverError | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """Where a run was stopped, in ms; the values [time, column] that it has of the part to keep, and its work."""

    reached: Fraction
    values: Doubles
    counters: Counters


def advance(
    course: Course,
    y0: Doubles,
    k: Doubles,
    progress: Progress | None = None,
    answers: Answers | None = None,
    after: Stop | None = None,
) -> Trace:
    """Take one cell from its initial state `y0`, shape [state], with kernel constants `k`, through the course.

    With `answers` it is a run with feedback, and they are written there; with `after` it goes on from there.

    An interruption (Ctrl-C) or a failure ends the run early and keeps what is done; where the part to keep had not
    begun, it is the last part before the end instead.  Raises `SolverError` with time, state and remedy for a run
    that cannot begin, and `KeyboardInterrupt` where nothing is done yet.
    """
    start = Stop(Fraction(0), np.empty((0, len(course.selection.columns))), Counters()) if after is None else after
    marks, rows = deque([(start.reached, y0)]), [start.values]
    counters, fault = start.counters, None
    end, wanted = course.protocol.duration, course.points.end - course.points.first
    try:
        walk = _walk(course, course.points, marks[0], end, k) if answers is None else respond(course, answers, y0, k)
        for reached, outcome in walk:
            rows.append(outcome.saved[:, course.selection.places])
            counters = counters.plus(outcome.counters)
            marks.append((reached, outcome.y))
            while marks[1][0] <= reached - wanted:  # what the last part needs is kept, and no more
                marks.popleft()
            if outcome.failures:
                fault = failure(course.model, _in_model_time(course, reached), outcome.y, outcome.status)
            elif progress is not None:
                progress(float(reached / end))
    except KeyboardInterrupt:
        if not marks[-1][0]:
            raise
    if fault is not None and not marks[-1][0]:
        raise fault
    course = course if answers is None else replace(course, protocol=answers.protocol(marks[-1][0]))
    return _trace(course, marks, rows, counters, k, fault)


def _walk(
    course: Course, points: Grid, mark: tuple[Fraction, Doubles], until: Fraction, k: Doubles
) -> Iterator[tuple[Fraction, Outcome]]:
    """From a mark (time in ms, state), chunk by chunk: the time that was reached and the outcome; a failure ends it."""
    begin, y = mark
    for table in chunks(course, begin, until):
        plan = save_plan(course, table.segments, points)
        outcome = integrate(addresses(course.kernel), course.method, y, Segments(table.length, table.u), k, save=plan)
        if outcome.failures:
            local = Fraction(outcome.tau) * course.model.time_unit.scale / ms.scale
            yield table.segments[outcome.segment].start + local, outcome
            return
        yield table.segments[-1].end, outcome
        y = outcome.y


def _trace(
    course: Course,
    marks: Sequence[tuple[Fraction, Doubles]],
    rows: Sequence[Doubles],
    counters: Counters,
    k: Doubles,
    fault: SolverError | None,
) -> Trace:
    """What is kept of a run that reached its last mark."""
    points, reached = course.points, marks[-1][0]
    if reached <= points.first:
        points = Grid(max(marks[0][0], reached - (points.end - points.first)), points.every, reached)
        begin = next(mark for mark in reversed(marks) if mark[0] <= points.first)
        again = list(_walk(course, points, begin, reached, k))
        rows, reached = [outcome.saved[:, course.selection.places] for _, outcome in again], again[-1][0]
    values = np.concatenate(rows)
    if reached < points.end and fault is not None:  # the rows of a chunk that failed go on, without numbers
        values = values[: (reached - points.first) // points.every + 1]
    time = grid_times(points, course.model.time_unit)[: len(values)]
    return Trace(time, values, counters, points.first, reached, marks[-1][1], fault)


def _in_model_time(course: Course, time: Fraction) -> float:
    return float(time * ms.scale / course.model.time_unit.scale)
