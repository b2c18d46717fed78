"""A block of cells through its beats: what is measured on each, without a trace.

Every measured beat is gone through twice from the same state, with the same steps, so that both passes see one
solution: the first finds the extremes of the signals and of their slopes, the second the passages through the levels
that follow from these.  The state at its end is where the next beat begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.in_loop.located_beat import LocatedBeat, Peak
from troponin.analysis.markers.marker import Marker, Signal
from troponin.errors import SolverError
from troponin.protocol.table import Table
from troponin.simulation.addresses import addresses
from troponin.simulation.course import Course, failure
from troponin.solvers.events import EventPlan
from troponin.solvers.extremes import Extreme, ExtremePlan
from troponin.solvers.integrate import Counters, Outcome, integrate
from troponin.solvers.segments import Segments
from troponin.units import ms

__all__ = ["Block", "Reading", "Task", "walk"]

Doubles = NDArray[np.float64]

_MOST_PASSES: Final = 4
"""Passes that look for passages; levels follow from extremes, so that one is enough."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a signal is read: rows of the kernel's monitors, what their values are multiplied by, and the stimulus' push.

    `slope` is the row of its slope, None where none is needed; `pushed` see `beat.Beat`.
    """

    row: int
    factor: float
    slope: int | None = None
    slope_factor: float = 1.0
    pushed: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What every block does: the course, what is read and measured, and the beats, one table each."""

    course: Course
    markers: tuple[Marker, ...]
    readings: dict[Signal, Reading]
    beats: tuple[Table, ...]


@dataclass(slots=True, eq=False)
class Block:
    """Some cells abreast: their state, the kernel's constants, and what became of them.

    cells      their numbers; lanes beyond these are copies of the last
    y          the present state, shape [state] or [state, lane]
    values     what was measured, shape [cell, beat, marker]; NaN from a cell's failure on
    failures   by number of the cell
    dead       the lanes that have failed: they go on as copies of one that has not
    """

    cells: NDArray[np.int64]
    y: Doubles
    k: Doubles
    q: Doubles | None
    values: Doubles
    counters: Counters = field(default_factory=Counters)
    failures: dict[int, SolverError] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)

    @property
    def alive(self) -> list[int]:
        """The lanes of cells that have not failed."""
        return [lane for lane in range(len(self.cells)) if lane not in self.dead]


def walk(task: Task, block: Block, before: Iterable[Table], progress: Callable[[float], object]) -> Block:
    """Take a block through what comes before the measured beats, and then through these; stops where no cell is left.

    `progress` is told the time in ms that was reached.
    """
    for table in before:
        outcome = _go(task, block, table)
        _go_on(task, block, outcome, outcome.y, table)
        if not block.alive:
            return block
        progress(float(table.segments[-1].end))
    for number, table in enumerate(task.beats):
        _measure(task, block, number, table)
        if not block.alive:
            return block
        progress(float(table.segments[-1].end))
    return block


def _measure(task: Task, block: Block, number: int, table: Table) -> None:
    """Measure one beat, and take the block to its end."""
    rows = [row for r in task.readings.values() for row in (r.row, r.slope) if row is not None]
    outcome = _go(task, block, table, extremes=ExtremePlan(np.array(rows, dtype=np.int64)))
    _go_on(task, block, outcome, block.y, table)
    beats = {lane: _beats(task, outcome, table, rows, lane) for lane in block.alive}
    for _ in range(_MOST_PASSES):
        for lane, signals in beats.items():
            block.values[lane, number] = [m.measure(*(signals[s] for s in m.reads)) for m in task.markers]
        looks = _looks(beats)
        if not looks:
            break
        _answer(task, beats, looks, _go(task, block, table, events=_plan(task, beats, looks)), table)
    _go_on(task, block, outcome, outcome.y, table)


def _go(
    task: Task, block: Block, table: Table, events: EventPlan | None = None, extremes: ExtremePlan | None = None
) -> Outcome:
    """Go through a table from the block's present state."""
    kernel, method = addresses(task.course.kernel), task.course.method
    segments = Segments(table.length, table.u)
    outcome = integrate(kernel, method, block.y, segments, block.k, block.q, events=events, extremes=extremes)
    block.counters = block.counters.plus(outcome.counters)
    return outcome


def _go_on(task: Task, block: Block, outcome: Outcome, y: Doubles, table: Table) -> None:
    """Note the failures of an outcome, and go on from a state: lanes that failed as copies of one that did not."""
    for fault in outcome.failures:
        if fault.cell not in block.dead:
            block.dead.add(fault.cell)
            if fault.cell < len(block.cells):
                at, cell = table.start[fault.segment] + fault.tau, int(block.cells[fault.cell])
                named = cell if block.q is not None else None
                block.failures[cell] = failure(task.course.model, at, fault.state, fault.status, named)
    block.y = y
    if block.dead and block.alive and block.q is not None:
        dead, one = sorted(block.dead), block.alive[0]
        block.y, block.q = y.copy(), block.q.copy()
        block.y[:, dead] = block.y[:, [one]]
        block.q[:, dead] = block.q[:, [one]]


def _beats(task: Task, outcome: Outcome, table: Table, rows: Sequence[int], lane: int) -> dict[Signal, LocatedBeat]:
    """What the first pass tells of every signal in one lane."""
    known = outcome.extremes
    assert known is not None  # they were asked for
    per = float(task.course.model.time_unit.scale / ms.scale)
    place = {row: i for i, row in enumerate(rows)}

    def peak(extreme: Extreme, row: int, factor: float) -> Peak:
        i = place[row]
        segment, tau = int(extreme.segment[i, lane]), float(extreme.tau[i, lane])
        return _time(table, segment, tau, per), factor * float(extreme.value[i, lane])

    found = {}
    for signal, reading in task.readings.items():
        i = place[reading.row]
        beat = LocatedBeat(
            start=float(table.segments[0].start),
            end=float(table.segments[-1].end),
            pushed=reading.pushed,
            first=reading.factor * float(known.first[i, lane]),
            last=reading.factor * float(known.last[i, lane]),
            highest=peak(known.highest, reading.row, reading.factor),
            lowest=peak(known.lowest, reading.row, reading.factor),
            integral=reading.factor * per * float(known.integral[i, lane]),
        )
        if reading.slope is not None:
            rise = peak(known.highest, reading.slope, reading.slope_factor)
            beat = replace(beat, rise=rise, fall=peak(known.lowest, reading.slope, reading.slope_factor))
        found[signal] = beat
    return found


def _time(table: Table, segment: int, tau: float, per: float) -> float:
    """A local time as a time in ms; the end of a segment is the edge itself, whatever rounding says."""
    whole = table.segments[segment]
    return float(whole.end) if tau >= table.length[segment] else float(whole.start) + per * tau


def _looks(beats: dict[int, dict[Signal, LocatedBeat]]) -> list[tuple[Signal, int, int]]:
    """What is asked for and not located: signal, direction, and how many levels the lane with the most of them has."""
    most: dict[tuple[Signal, int], int] = {}
    for signals in beats.values():
        for signal, beat in signals.items():
            for direction in (-1, 1):
                count = sum(way == direction for _, way in beat.asked)
                most[signal, direction] = max(count, most.get((signal, direction), 0))
    return [(signal, direction, count) for (signal, direction), count in most.items() if count]


def _plan(
    task: Task, beats: dict[int, dict[Signal, LocatedBeat]], looks: Sequence[tuple[Signal, int, int]]
) -> EventPlan:
    """Every level that is asked for as an event, in the lane in which it is."""
    levels = np.full((sum(count for *_, count in looks), task.course.kernel.lanes), np.nan)
    row = 0
    for signal, direction, count in looks:
        for lane, signals in beats.items():
            own = [level for level, way in signals[signal].asked if way == direction]
            levels[row : row + len(own), lane] = np.array(own) / task.readings[signal].factor
        row += count
    monitors = [task.readings[signal].row for signal, _, count in looks for _ in range(count)]
    directions = [direction for _, direction, count in looks for _ in range(count)]
    return EventPlan(np.array(monitors), levels, np.array(directions), inside=True)


def _answer(
    task: Task,
    beats: dict[int, dict[Signal, LocatedBeat]],
    looks: Sequence[tuple[Signal, int, int]],
    outcome: Outcome,
    table: Table,
) -> None:
    """Hand the located passages to the beats that asked for them."""
    log = outcome.events
    assert log is not None  # they were asked for
    per = float(task.course.model.time_unit.scale / ms.scale)
    times: dict[tuple[int, int], list[float]] = {}
    for cell, event, segment, tau in zip(log.cell, log.event, log.segment, log.tau, strict=True):
        times.setdefault((int(cell), int(event)), []).append(_time(table, int(segment), float(tau), per))
    row = 0
    for signal, direction, count in looks:
        for lane, signals in beats.items():
            beat = signals[signal]
            for i, passage in enumerate([each for each in beat.asked if each[1] == direction]):
                beat.found[passage] = np.array(times.get((lane, row + i), []))
                del beat.asked[passage]
        row += count
