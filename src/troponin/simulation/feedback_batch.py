"""A batch with feedback: each cell has a timeline of its own and goes through its run by itself, over threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from threading import Event
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.model.model import Model
from troponin.protocol.grid import grid_times
from troponin.protocol.timeline import Protocol
from troponin.simulation.advance import Trace, advance
from troponin.simulation.answers import Answers
from troponin.simulation.batch import Batch
from troponin.simulation.course import Course, Progress
from troponin.simulation.lanes import Crowd
from troponin.solvers.integrate import Counters

__all__ = ["Prepare", "respond_each"]

Prepare: TypeAlias = Callable[[Model], Course]
"""The course of one cell."""


def respond_each(
    prepare: Prepare, batch: Batch, answers: Answers, threads: int, progress: Progress | None = None
) -> tuple[Crowd, list[Protocol | None]]:
    """Take every cell of a batch through its own run: what they gave, and the protocol that resulted for each.

    answers   to which the answers of all cells are added
    An interruption (Ctrl-C) keeps the cells that are done.  Raises `KeyboardInterrupt` where none is.
    """
    courses = [prepare(_cell(batch, cell)) for cell in range(batch.size)]
    first = courses[0]
    time = grid_times(first.points, first.model.time_unit)
    values = np.full((batch.size, time.size, len(first.selection.columns)), np.nan)
    protocols: list[Protocol | None] = [None] * batch.size
    counters, failures, done = Counters(), dict[int, SolverError](), 0
    stopped = Event()
    with ThreadPoolExecutor(min(threads, batch.size)) as pool:
        work = {pool.submit(_respond, course, answers, stopped): cell for cell, course in enumerate(courses)}
        try:
            for future in as_completed(work):
                cell, (trace, own) = work[future], future.result()
                if isinstance(trace, SolverError):
                    failures[cell] = trace
                else:
                    counters = counters.plus(trace.counters)
                    protocols[cell] = own.protocol(trace.reached)
                    for all_given, given in zip(answers.times, own.times, strict=True):
                        all_given += given
                    _write(values[cell], trace, first)
                    if trace.fault is not None:
                        failures[cell] = trace.fault
                done += 1
                if progress is not None:
                    progress(done / batch.size)
        except KeyboardInterrupt:
            stopped.set()
            for future in work:
                future.cancel()
            if not done:
                raise
    return Crowd(time, values, counters, dict(sorted(failures.items())), done), protocols


def _respond(course: Course, answers: Answers, stopped: Event) -> tuple[Trace | SolverError, Answers]:
    own = Answers(answers.timeline, answers.loops)

    def go_on(_: float) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt

    y0 = np.array([state.initial for state in course.model.states])
    k = course.kernel.constants([parameter.value for parameter in course.model.parameters])
    try:
        return advance(course, y0, k, go_on, own), own
    except SolverError as fault:  # it could not even begin
        return fault, own


def _write(row: NDArray[np.float64], trace: Trace, course: Course) -> None:
    if trace.first == course.points.first:  # a cell that failed before the part to keep has nothing there
        row[: len(trace.values)] = trace.values


def _cell(batch: Batch, cell: int) -> Model:
    """One cell of a batch as a model."""
    given = {name: float(array[cell]) for name, array in batch.given.items()}
    model = batch.model
    return replace(
        model,
        states=tuple(replace(s, initial=given.get(s.name, s.initial)) for s in model.states),
        parameters=tuple(replace(p, value=given.get(p.name, p.value)) for p in model.parameters),
    )
