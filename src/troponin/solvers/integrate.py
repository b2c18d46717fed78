"""integrate: arrays in, arrays out; one compiled call for any number of segments."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.kernels.abi import segment_size
from troponin.solvers.events import NO_EVENTS, EventLog, EventPlan, Seen
from troponin.solvers.extremes import NO_EXTREMES, ExtremePlan, Extremes
from troponin.solvers.failure import Failure
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status

__all__ = ["Counters", "Method", "Outcome", "integrate", "trace_steps"]


Method: TypeAlias = BDF | Rosenbrock | RushLarsen
"""Every method there is."""

_ROOM_FOR_EVENTS: Final = 256
"""Events for which there is room at first; a run that sees more is run again with room for all."""

_ROOM_FOR_EACH: Final = 4
"""Passages of each level in each lane for which there is room at first."""


class Session(Protocol):
    """One block of cells under one method: its memory, and the calls into the compiled loop."""

    state: NDArray[np.float64]
    counters: NDArray[np.int64]

    def run(
        self,
        segments: Segments,
        save: SavePlan,
        offsets: NDArray[np.int64],
        plan: EventPlan,
        wanted: ExtremePlan,
        room: int,
    ) -> tuple[NDArray[np.float64], tuple[Failure, ...], Seen, Extremes]:
        """Integrate from `state`; values[saves, columns + monitors, lanes], failures, events up to `room`, extremes."""
        ...

    def run_tracing(
        self, segment: Segments, room: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], bool, tuple[Failure, ...]]:
        """Integrate and keep the steps: local times, [steps, states, lanes], whether room sufficed, failures."""
        ...


@dataclass(frozen=True, slots=True)
class Counters:
    """Work done: the cost of an integration in calls of the kernel."""

    steps: int = 0
    rejected: int = 0
    rhs: int = 0
    jacobians: int = 0
    factors: int = 0
    solves: int = 0
    newton_failures: int = 0

    def plus(self, other: Counters) -> Counters:
        """The work of both."""
        return Counters(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What an integration gave.

    saved      kept values, shape [saves, columns + monitors], or [.., lanes] for a block of lanes;
               NaN from a failure on
    y          the last state, shape of y0; of a lane that failed, the state where it did
    failures   the lanes that failed, with time, state and reason
    counters   work done
    events     the events found, None when none were asked for
    extremes   the extremes found, None when none were asked for
    """

    saved: NDArray[np.float64]
    y: NDArray[np.float64]
    failures: tuple[Failure, ...] = ()
    counters: Counters = field(default_factory=Counters)
    events: EventLog | None = None
    extremes: Extremes | None = None

    @property
    def status(self) -> Status:
        """DONE, or how the first lane that failed did."""
        return self.failures[0].status if self.failures else Status.DONE

    @property
    def segment(self) -> int:
        """Number of the segment in which the first lane failed, 0 when none did."""
        return self.failures[0].segment if self.failures else 0

    @property
    def tau(self) -> float:
        """Local time at which the first lane failed, NaN when none did."""
        return self.failures[0].tau if self.failures else math.nan

    def require_done(self, where: str | None = None) -> Outcome:
        """This outcome, or SolverError with the time, the state and the remedy when a lane failed."""
        if self.failures:
            raise self.failures[0].error(where)
        return self


def integrate(
    kernel: KernelAddresses,
    method: Method,
    y0: NDArray[np.float64],
    segments: Segments,
    k: NDArray[np.float64],
    q: NDArray[np.float64] | None = None,
    save: SavePlan | None = None,
    events: EventPlan | None = None,
    extremes: ExtremePlan | None = None,
) -> Outcome:
    """Integrate dy/dt = f through segments, restarting exactly at the start of each.

    kernel     addresses and sizes; whoever compiled it keeps it alive
    method     the method and its tolerances
    y0         initial state, shape [states] or [states, lanes]
    segments   stretches of time and inputs
    k          constants of the kernel (filled by its prepare)
    q          values that vary by lane, shape [r, lanes]
    save       what to keep and when; nothing by default
    events     passages of monitors through levels to be found; none by default
    extremes   monitors whose extremes and integrals are to be found; none by default
    Raises SolverError for arrays that do not fit; a failed integration is told in `failures`.
    """
    save = SavePlan() if save is None else save
    plan = NO_EVENTS if events is None else events
    offsets = save.offsets_for(segments)
    wanted = NO_EXTREMES if extremes is None else extremes
    _check(kernel, y0, segments, q, save, plan, wanted)
    room = max(_ROOM_FOR_EVENTS, _ROOM_FOR_EACH * plan.monitors.size * kernel.width)
    while True:
        session = _open(kernel, method, y0, segments, k, q)
        saved, failures, seen, found = session.run(segments, save, offsets, plan, wanted, room)
        if seen.count <= room:
            break
        room = seen.count
    shape = saved.shape[:2] if np.ndim(y0) == 1 else saved.shape
    log = None if events is None else EventLog.ordered(seen)
    outcome = _outcome(session, saved.reshape(shape), np.shape(y0), failures)
    return replace(outcome, events=log, extremes=None if extremes is None else found)


def trace_steps(
    kernel: KernelAddresses,
    method: Method,
    y0: NDArray[np.float64],
    segments: Segments,
    k: NDArray[np.float64],
    q: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], Outcome]:
    """Integrate and keep every accepted step: absolute times [points], states [points, ...], outcome.

    The first point is the start; the end of a segment is the start of the next and stands once.
    Raises SolverError for arrays that do not fit.
    """
    if isinstance(method, Rosenbrock) and kernel.width > 1:
        raise SolverError("lanes with steps of their own have no common step points", where="trace_steps")
    shape = np.shape(y0)
    _check(kernel, y0, segments, q, SavePlan(), NO_EVENTS, NO_EXTREMES)
    session = _open(kernel, method, y0, segments, k, q)
    times, states = [segments.inputs[:1, 0]], [np.array(y0, dtype=np.float64)[np.newaxis]]
    failures: tuple[Failure, ...] = ()
    for segment in range(segments.lengths.size):
        failures = _trace_segment(session, segments.part(segment, segment + 1), shape, times, states)
        if failures:
            failures = tuple(replace(failure, segment=segment) for failure in failures)
            break
    outcome = _outcome(session, np.zeros((0, 0)), shape, failures)
    return np.concatenate(times), np.concatenate(states), outcome


def _trace_segment(
    session: Session,
    segment: Segments,
    shape: tuple[int, ...],
    times: list[NDArray[np.float64]],
    states: list[NDArray[np.float64]],
) -> tuple[Failure, ...]:
    """Run one segment and append its points; a segment that overflows its room is run again with more."""
    start, counted = session.state.copy(), session.counters.copy()
    room, enough = 1024, False
    while not enough:
        session.state[:], session.counters[:] = start, counted
        local, values, enough, failures = session.run_tracing(segment, room)
        room *= 4
    times.append(segment.inputs[0, 0] + local)
    states.append(values.reshape((local.size, *shape)))
    return failures


def _open(
    kernel: KernelAddresses,
    method: Method,
    y0: NDArray[np.float64],
    segments: Segments,
    k: NDArray[np.float64],
    q: NDArray[np.float64] | None,
) -> Session:
    inputs = segments.inputs.shape[1]
    session: Session
    if isinstance(method, BDF):
        from troponin.solvers.bdf_session import BdfSession

        session = BdfSession(kernel, method, k, q, inputs)
    elif isinstance(method, RushLarsen):
        from troponin.solvers.fixed_step_session import FixedStepSession

        session = FixedStepSession(kernel, method, k, q, inputs)
    else:
        from troponin.solvers.rosenbrock_session import RosenbrockSession

        session = RosenbrockSession(kernel, method, k, q, inputs)
    session.state[:] = np.ravel(y0)
    return session


def _outcome(
    session: Session, saved: NDArray[np.float64], shape: tuple[int, ...], failures: tuple[Failure, ...]
) -> Outcome:
    counters = Counters(*(int(number) for number in session.counters))
    return Outcome(saved, session.state.copy().reshape(shape), failures, counters)


def _check(
    kernel: KernelAddresses,
    y0: NDArray[np.float64],
    segments: Segments,
    q: NDArray[np.float64] | None,
    save: SavePlan,
    plan: EventPlan,
    wanted: ExtremePlan,
) -> None:
    complaints = []
    shapes = [(kernel.states, kernel.width)] + ([(kernel.states,)] if kernel.width == 1 else [])
    if np.shape(y0) not in shapes:
        complaints.append(f"y0: got shape {np.shape(y0)}, expected {' or '.join(map(str, shapes))}")
    expected = segment_size(kernel.inputs)
    if segments.inputs.shape[1] != expected:
        complaints.append(f"inputs: got {segments.inputs.shape[1]} numbers a segment, expected {expected}")
    if q is not None and (np.ndim(q) != 2 or np.shape(q)[1] != kernel.width):
        complaints.append(f"q: got shape {np.shape(q)}, expected [values, {kernel.width}]")
    if save.columns.size and not 0 <= save.columns.min() <= save.columns.max() < kernel.states:
        complaints.append(f"columns: got {save.columns.tolist()}, expected indices below {kernel.states}")
    if save.monitors and not kernel.monitors:
        complaints.append("monitors are asked for, but the kernel has none")
    for name, rows in (("events", plan.monitors), ("extremes", wanted.monitors)):
        if rows.size and not 0 <= rows.min() <= rows.max() < kernel.monitors:
            complaints.append(f"{name}: got monitors {rows.tolist()}, expected rows below {kernel.monitors}")
    if plan.levels.ndim == 2 and plan.levels.shape[1] != kernel.width:
        complaints.append(f"levels: got {plan.levels.shape[1]} cells, expected {kernel.width}")
    if complaints:
        raise SolverError("; ".join(complaints), where="integrate", remedy="Give arrays that fit the kernel.")
