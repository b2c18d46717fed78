"""The bench: a muscle taken through phases of constant length and constant load that end at exact events.

A state here is the model's own states followed by the stretch, whoever controls it.  Within a phase time advances
by the solver; a phase ends at its time or where a watched quantity crosses its level.  The solver's interpolant sees
the crossing, whatever the interval between samples; it is then found by integrating again from the sample before it,
so that the event is as exact as the solver.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from troponin.analysis.mechanics.muscle import LOAD, Muscle, isotonic_model, muscle_of
from troponin.analysis.pace_map import Adaptive, adaptive
from troponin.errors import SolverError, ValueRangeError
from troponin.expr.evaluate import evaluate
from troponin.kernels.kernel import Kernel, compile_model
from troponin.model.model import Input, Model, Role
from troponin.protocol.table import tabulate
from troponin.protocol.timeline import Protocol
from troponin.simulation.addresses import addresses
from troponin.simulation.course import Method, failure
from troponin.simulation.settle import settle
from troponin.solvers.events import EventPlan
from troponin.solvers.integrate import integrate
from troponin.solvers.segments import SavePlan, Segments
from troponin.units import ms

__all__ = ["WATCHED", "Bench", "Event", "Record", "advance", "column", "open_bench", "stepped_to", "stretched_by"]

Floats = NDArray[np.float64]

WATCHED: Final = ("T", "Ta", "Tp", "stretch", "stretch_rate", "cai", "v")
"""The meanings that a record keeps, where the model has them."""

_EVENT_TIME: Final = 1e-9
"""How exactly an event is located, in ms."""

_BEYOND: Final = 1e-3
"""ms within which the interpolant has an event."""


@dataclass(frozen=True, slots=True)
class Event:
    """A watched quantity that rises (+1) or falls (-1) through a level."""

    name: str
    level: float
    direction: int


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A muscle, compiled for both ways of holding it, and what drives its calcium.

    `drive` is the settled protocol, absolute in time; `every` the interval between samples in ms.
    """

    muscle: Muscle
    drive: Protocol
    method: Adaptive
    every: Fraction
    columns: tuple[str, ...]
    held: Kernel = field(repr=False)
    loaded: Kernel = field(repr=False)
    under_load: Model = field(repr=False)

    @property
    def model(self) -> Model:
        """The model whose length is controlled."""
        return self.muscle.model


@dataclass(slots=True, eq=False)
class Record:
    """What was seen: times in ms [sample], rows of the bench's columns [sample, column], the mode of each sample."""

    time: list[Floats] = field(default_factory=list)
    rows: list[Floats] = field(default_factory=list)
    mode: list[Floats] = field(default_factory=list)


def open_bench(model: Model, drive: Protocol, method: Method, every: Fraction) -> Bench:
    """A muscle on the bench.  Raises `ModelError` for a model that does not contract."""
    muscle, under_load = muscle_of(model), isotonic_model(model)
    columns = tuple(name for name in WATCHED if name in model.meanings)
    names = [model.meanings[name] for name in columns]
    return Bench(
        muscle,
        settle(model, drive, None),
        adaptive(method),
        every,
        columns,
        held=compile_model(model, monitors=names),
        loaded=compile_model(under_load, monitors=names),
        under_load=under_load,
    )


def advance(
    bench: Bench,
    y: Floats,
    start: Fraction,
    stop: Fraction,
    *,
    load: float | None = None,
    until: Event | None = None,
    record: Record | None = None,
) -> tuple[Floats, Fraction, bool]:
    """One phase: the state and time at its end, and whether the event ended it.

    y        states and stretch, shape [state + 1]
    start    and stop, in ms
    load     tension that is carried, in kPa; None holds the stretch
    """
    times = _samples(bench, start, stop)
    end, rows, passage = _run(bench, y, start, stop, load, times, until)
    if until is None or passage is None:
        _keep(record, times, rows, load)
        return end, stop, False
    cut = max(1, bisect_left(times, passage))
    low, when = times[cut - 1], passage
    before = y if cut == 1 else _run(bench, y, start, low, load, [low])[0]

    def ahead(t: float) -> float:
        at = max(Fraction(t), low)
        found = column(bench, _run(bench, before, low, at, load, [at])[1], until.name)[-1] if at > low else near
        return until.direction * (float(found) - until.level)

    # the interpolant's time is as good as its order: integrated to where it says, the last digits are found
    near = float(column(bench, rows, until.name)[cut - 1])
    high = float(passage) + _BEYOND
    if ahead(float(low)) < 0.0 <= ahead(high):
        when = max(Fraction(brentq(ahead, float(low), high, xtol=_EVENT_TIME, rtol=4e-15)), low + Fraction(1, 10**12))
    end, last, _ = _run(bench, before, low, when, load, [when])
    _keep(record, [*times[:cut], when], np.vstack([rows[:cut], last[-1:]]), load)
    return end, when, True


def column(bench: Bench, rows: Floats, name: str) -> Floats:
    """A watched quantity of some rows."""
    return np.asarray(rows[:, bench.columns.index(name)])


def stretched_by(bench: Bench, y: Floats, step: float) -> Floats:
    """The state after a step of stretch, which moves at once what follows the stretch rate."""
    parameters = {p.name: p.value for p in bench.model.parameters}
    moved = y.copy()
    position = {s.name: i for i, s in enumerate(bench.model.states)}
    for name, slope in bench.muscle.response.items():
        moved[position[name]] += step * float(evaluate([slope], parameters)[0])
    moved[-1] += step
    return moved


def stepped_to(bench: Bench, y: Floats, load: float) -> Floats:
    """The state after the step of stretch that brings the tension to a load at once.

    Raises `ValueRangeError` where no stretch between half and twice the rest length does.
    """

    def excess(step: float) -> float:
        return tension(bench, stretched_by(bench, y, step)) - load

    low, high = 0.5 - y[-1], 2.0 - y[-1]
    if not excess(low) <= 0.0 <= excess(high):
        raise ValueRangeError(
            "no step of stretch brings the tension to this load",
            where="load",
            got=f"{load:g} kPa",
            expected=f"{tension(bench, stretched_by(bench, y, low)):.3g} kPa or more",
        )
    return stretched_by(bench, y, float(brentq(excess, low, high, xtol=1e-15)))


def tension(bench: Bench, y: Floats) -> float:
    """The tension of a state [kPa], by plain evaluation."""
    model = bench.model
    known = {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs}
    known |= {s.name: float(x) for s, x in zip(model.states, y[:-1], strict=True)}
    known[bench.muscle.stretch.name] = float(y[-1])
    return float(evaluate([bench.muscle.tension], known)[0])


def _run(
    bench: Bench,
    y: Floats,
    start: Fraction,
    stop: Fraction,
    load: float | None,
    times: list[Fraction],
    until: Event | None = None,
) -> tuple[Floats, Floats, Fraction | None]:
    """The state at `stop`, the watched quantities at some times from `start` to it, and the time of the first event."""
    model = bench.model if load is None else bench.under_load
    kernel = bench.held if load is None else bench.loaded
    inputs = [_as_held(given, y, load) for given in model.inputs if given.role != Role.TIME]
    drive = bench.drive
    table = tabulate(drive, inputs, model.time_unit, start=start, until=stop)
    plan = _plan(bench, [(s.start, s.length) for s in table.segments], times, float(ms.scale / model.time_unit.scale))
    y0 = y[:-1] if load is None else y
    k = kernel.constants([p.value for p in model.parameters])
    events = None if until is None else _event_plan(bench, until)
    course = Segments(table.length, table.u)
    outcome = integrate(addresses(kernel), bench.method, y0.copy(), course, k, save=plan, events=events)
    if outcome.failures:
        found = outcome.failures[0]
        raise failure(model, float(table.start[found.segment]) + found.tau, found.state, found.status)
    end = np.append(outcome.y, y[-1]) if load is None else outcome.y
    passage = None
    if outcome.events is not None and len(outcome.events.tau):
        per_ms = float(ms.scale / model.time_unit.scale)
        passage = table.segments[int(outcome.events.segment[0])].start + Fraction(float(outcome.events.tau[0]) / per_ms)
    return end, outcome.saved, passage


def _event_plan(bench: Bench, until: Event) -> EventPlan:
    number = np.array([bench.columns.index(until.name)])
    return EventPlan(number, np.array([until.level]), np.array([until.direction]), inside=True)


def _as_held(given: Input, y: Floats, load: float | None) -> Input:
    if given.role == Role.STRETCH:
        return replace(given, value=float(y[-1]))
    if given.role == LOAD and load is not None:
        return replace(given, value=load)
    return given


def _plan(bench: Bench, segments: list[tuple[Fraction, Fraction]], times: list[Fraction], per_ms: float) -> SavePlan:
    local, offsets = [], [0]
    left = iter(times)
    t = next(left, None)
    for number, (start, length) in enumerate(segments):
        last = number == len(segments) - 1
        while t is not None and (t < start + length or last):
            local.append(float(t - start) * per_ms)
            t = next(left, None)
        offsets.append(len(local))
    # the last point is the end of a segment, whose length was rounded on its own
    limits = np.repeat([float(length) * per_ms for _, length in segments], np.diff(offsets))
    return SavePlan(np.minimum(local, limits), np.array(offsets, dtype=np.int64), monitors=True)


def _samples(bench: Bench, start: Fraction, stop: Fraction) -> list[Fraction]:
    first = start // bench.every + 1
    times, t = [start], first * bench.every
    while t < stop:
        times.append(t)
        t += bench.every
    return [*times, stop]


def _keep(record: Record | None, times: list[Fraction], rows: Floats, load: float | None) -> None:
    if record is None:
        return
    if not len(times) == len(rows):
        raise SolverError("samples and times do not match", where="bench", got=len(rows), expected=len(times))
    record.time.append(np.array([float(t) for t in times]))
    record.rows.append(rows)
    record.mode.append(np.full(len(times), 0.0 if load is None else 1.0))
