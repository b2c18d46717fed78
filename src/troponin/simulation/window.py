"""A window of a run: from an edge on, with one smooth drive, and looked at as often as one likes.

The solver goes through the window again for each look, from the same state with the same steps, so that all looks see
one solution: that which the run then keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.protocol.table import Table, tables
from troponin.protocol.timeline import Protocol
from troponin.simulation.addresses import addresses
from troponin.simulation.course import Course, save_plan
from troponin.solvers.events import EventPlan
from troponin.solvers.integrate import Counters, Outcome, integrate
from troponin.solvers.segments import SavePlan, Segments
from troponin.units import ms

__all__ = ["Look", "Window", "open_window"]

Doubles: TypeAlias = NDArray[np.float64]

Look: TypeAlias = tuple[int, float, int]
"""A row of the kernel's monitors, a level in its unit, and a direction: +1 rising, -1 falling, 0 either way."""


@dataclass(slots=True, eq=False)
class Window:
    """A smooth stretch of a run, from `start` (ms) and the state `y`, as far as it can be gone through.

    outcome   of going through it once
    seen      the passages that were looked for, and `read` the values
    """

    course: Course
    table: Table
    y: Doubles
    k: Doubles
    outcome: Outcome
    counters: Counters
    seen: dict[Look, list[Fraction]] = field(default_factory=dict)
    read: dict[tuple[int, Fraction], float] = field(default_factory=dict)

    @property
    def start(self) -> Fraction:
        """Where it begins, in ms."""
        return self.table.segments[0].start

    @property
    def end(self) -> Fraction:
        """Where it ends, in ms: at the latest where the solver could not go on."""
        if self.outcome.failures:
            return self.at(self.outcome.tau)
        return self.table.segments[0].end

    def at(self, tau: float) -> Fraction:
        """The time in ms that a local time of the solver stands for, exactly."""
        return self.start + Fraction(tau) * self.course.model.time_unit.scale / ms.scale

    def passages(self, look: Look) -> list[Fraction]:
        """When a monitor passes a level, in ms, in order."""
        if look not in self.seen:
            self._watch([look])
        return self.seen[look]

    def values(self, monitor: int, times: Sequence[Fraction]) -> list[float]:
        """A monitor at some ascending times in ms."""
        new = [time for time in times if (monitor, time) not in self.read]
        if new:
            per = ms.scale / self.course.model.time_unit.scale
            local = np.minimum([float((time - self.start) * per) for time in new], self.table.length[0])
            outcome = self._go(save=SavePlan(local, np.array([0, len(new)], dtype=np.int64), monitors=True))
            self.read |= {(monitor, time): float(x) for time, x in zip(new, outcome.saved[:, monitor], strict=True)}
        return [self.read[monitor, time] for time in times]

    def keep(self, protocol: Protocol, until: Fraction) -> Outcome:
        """The outcome up to a time in ms, with what the run keeps."""
        table = _table(self.course, protocol, self.start, until)
        save = save_plan(self.course, table.segments, self.course.points)
        outcome = _integrate(self.course, table, self.y, self.k, save=save)
        self.counters = self.counters.plus(outcome.counters)
        return outcome

    def _watch(self, looks: Sequence[Look]) -> None:
        outcome = self._go(events=_plan(looks))
        _remember(self, looks, outcome)

    def _go(self, save: SavePlan | None = None, events: EventPlan | None = None) -> Outcome:
        outcome = _integrate(self.course, self.table, self.y, self.k, save, events)
        self.counters = self.counters.plus(outcome.counters)
        return outcome


def open_window(
    course: Course, protocol: Protocol, y: Doubles, k: Doubles, start: Fraction, until: Fraction, looks: Sequence[Look]
) -> Window:
    """The window from a time to another (ms) or to the first edge of the protocol; `looks` are looked for at once."""
    table = _table(course, protocol, start, until)
    wanted = list(dict.fromkeys(looks))
    outcome = _integrate(course, table, y, k, events=_plan(wanted))
    window = Window(course, table, y, k, outcome, outcome.counters)
    _remember(window, wanted, outcome)
    return window


def _remember(window: Window, looks: Sequence[Look], outcome: Outcome) -> None:
    log = outcome.events
    assert log is not None  # events were asked for
    for number, look in enumerate(looks):
        window.seen[look] = [window.at(float(tau)) for tau in log.tau[log.event == number]]


def _plan(looks: Sequence[Look]) -> EventPlan:
    monitors, levels, directions = zip(*looks, strict=True) if looks else ((), (), ())
    rows, ways = np.array(monitors, dtype=np.int64), np.array(directions, dtype=np.int64)
    return EventPlan(rows, np.array(levels, dtype=np.float64), ways, inside=True)


def _table(course: Course, protocol: Protocol, start: Fraction, until: Fraction) -> Table:
    return next(tables(protocol, course.inputs, course.model.time_unit, size=1, start=start, until=until))


def _integrate(
    course: Course,
    table: Table,
    y: Doubles,
    k: Doubles,
    save: SavePlan | None = None,
    events: EventPlan | None = None,
) -> Outcome:
    segments = Segments(table.length, table.u)
    return integrate(addresses(course.kernel), course.method, y.copy(), segments, k, save=save, events=events)
