"""A batch through its course: blocks of cells, as many abreast as the machine has lanes, over threads.

Every block goes through the whole course in one compiled call that holds no lock.  Blocks are always as wide as the
machine and the last is filled up with copies of its last cell; with a method that gives every lane a step of its own
(Rosenbrock, the default of a batch), a cell's numbers depend neither on its neighbours nor on the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import ProtocolError, SolverError
from troponin.protocol.grid import grid_times
from troponin.protocol.table import Table
from troponin.simulation.addresses import addresses
from troponin.simulation.batch import Batch
from troponin.simulation.course import Course, Progress, chunks, failure, save_plan
from troponin.solvers.integrate import Counters, Outcome, integrate
from troponin.solvers.segments import SavePlan, Segments

__all__ = ["Crowd", "advance_batch", "thread_count"]

_MOST_SEGMENTS: Final = 500_000
"""Stretches of time that a batch may have: a quarter of a million beats, some hundred megabytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """What a batch gave: times [time], kept values [cell, time, column], work, cells that failed, and cells done.

    Values are NaN from a cell's failure on, and for cells that an interruption left out.
    """

    time: NDArray[np.float64]
    values: NDArray[np.float64]
    counters: Counters
    failures: dict[int, SolverError]
    done: int


def thread_count() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def advance_batch(course: Course, batch: Batch, threads: int, progress: Progress | None = None) -> Crowd:
    """Take all cells of a batch through the course.

    An interruption (Ctrl-C) keeps the cells that are done.  Raises `KeyboardInterrupt` where none is.
    """
    tables = _whole_course(course)
    segments = Segments(np.concatenate([t.length for t in tables]), np.concatenate([t.u for t in tables]))
    plan = save_plan(course, [segment for table in tables for segment in table.segments], course.points)
    time = grid_times(course.points, course.model.time_unit)
    values = np.full((batch.size, time.size, len(course.selection.columns)), np.nan)
    width = course.kernel.lanes
    blocks = [np.arange(first, min(first + width, batch.size)) for first in range(0, batch.size, width)]
    counters, done = Counters(), 0
    failures: dict[int, SolverError] = {}
    with ThreadPoolExecutor(min(threads, len(blocks))) as pool:
        work = {pool.submit(_run, course, batch, segments, plan, block): block for block in blocks}
        try:
            for future in as_completed(work):
                block, outcome = work[future], future.result()
                values[block] = outcome.saved[:, course.selection.places, : len(block)].transpose(2, 0, 1)
                counters = counters.plus(outcome.counters)
                failures |= _failures(course, outcome, block, tables)
                done += len(block)
                if progress is not None:
                    progress(done / batch.size)
        except KeyboardInterrupt:
            _cancel(work)
            if not done:
                raise
    return Crowd(time, values, counters, dict(sorted(failures.items())), done)


def _whole_course(course: Course) -> list[Table]:
    """All tables of a course, which a block goes through in one call.  Raises `ProtocolError` for too many."""
    found: list[Table] = []
    count = 0
    for table in chunks(course, Fraction(0), course.protocol.duration):
        count += len(table.segments)
        if count > _MOST_SEGMENTS:
            raise ProtocolError(
                "a batch cannot be driven that long at once",
                got=f"more than {_MOST_SEGMENTS} stretches between edges of the protocol",
                remedy="Run fewer beats at a time, and start the next run from the states at the end.",
            )
        found.append(table)
    return found


def _run(course: Course, batch: Batch, segments: Segments, plan: SavePlan, block: NDArray[np.int64]) -> Outcome:
    kernel = course.kernel
    cells = np.minimum(block[0] + np.arange(kernel.lanes), block[-1])
    y0 = np.repeat([[state.initial] for state in course.model.states], kernel.lanes, axis=1)
    for row, state in enumerate(course.model.states):
        if state.name in batch.given:
            y0[row] = batch.given[state.name][cells]
    parameters = [parameter.value for parameter in course.model.parameters]
    q = kernel.lane_constants(parameters, {name: batch.given[name][cells] for name in kernel.varied})
    return integrate(addresses(kernel), course.method, y0, segments, kernel.constants(parameters), q, plan)


def _failures(
    course: Course, outcome: Outcome, block: NDArray[np.int64], tables: Sequence[Table]
) -> dict[int, SolverError]:
    """The failures of a block by cell; those of the copies that fill it up do not count."""
    starts = np.concatenate([table.start for table in tables])
    return {
        int(block[f.cell]): failure(course.model, starts[f.segment] + f.tau, f.state, f.status, int(block[f.cell]))
        for f in outcome.failures
        if f.cell < len(block)
    }


def _cancel(work: dict[Future[Outcome], NDArray[np.int64]]) -> None:
    for future in work:
        future.cancel()
