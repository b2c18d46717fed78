"""integrate: arrays in, arrays out; one compiled call for any number of segments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.kernels.abi import segment_size
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.method import BDF
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status

if TYPE_CHECKING:
    from troponin.solvers.bdf_session import BdfSession

__all__ = ["Counters", "Outcome", "integrate", "trace_steps"]


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
               NaN after a failure
    y          the last state, shape of y0; at a failure the state where it happened
    status     how it ended
    segment    number of the segment reached
    tau        local time reached in it
    counters   work done
    """

    saved: NDArray[np.float64]
    y: NDArray[np.float64]
    status: Status
    segment: int
    tau: float
    counters: Counters = field(default_factory=Counters)

    def require_done(self, where: str | None = None) -> Outcome:
        """This outcome, or SolverError with the time, the state and the remedy when it failed."""
        if self.status in (Status.DONE, Status.EVENT):
            return self
        raise SolverError(
            f"{self.status.meaning} at local time {self.tau:g} of segment {self.segment}",
            where=where,
            got=f"state {np.array2string(self.y, precision=6, threshold=12)}",
            remedy=self.status.remedy,
        )


def integrate(
    kernel: KernelAddresses,
    method: BDF,
    y0: NDArray[np.float64],
    segments: Segments,
    k: NDArray[np.float64],
    q: NDArray[np.float64] | None = None,
    save: SavePlan | None = None,
) -> Outcome:
    """Integrate dy/dt = f through segments, restarting exactly at the start of each.

    kernel     addresses and sizes; whoever compiled it keeps it alive
    method     the method and its tolerances
    y0         initial state, shape [states] or [states, lanes]
    segments   stretches of time and inputs
    k          constants of the kernel (filled by its prepare)
    q          values that vary by lane, shape [r, lanes]
    save       what to keep and when; nothing by default
    Raises SolverError for arrays that do not fit; a failed integration is told by the status.
    """
    save = SavePlan() if save is None else save
    offsets = save.offsets_for(segments)
    session = _open(kernel, method, y0, segments, k, q, save)
    saved, status = session.run(segments, save, offsets)
    shape = saved.shape[:2] if np.ndim(y0) == 1 else saved.shape
    return _outcome(session, saved.reshape(shape), np.shape(y0), status)


def trace_steps(
    kernel: KernelAddresses,
    method: BDF,
    y0: NDArray[np.float64],
    segments: Segments,
    k: NDArray[np.float64],
    q: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], Outcome]:
    """Integrate and keep every accepted step: absolute times [points], states [points, ...], outcome.

    The first point is the start; the end of a segment is the start of the next and stands once.
    Raises SolverError for arrays that do not fit.
    """
    shape = np.shape(y0)
    session = _open(kernel, method, y0, segments, k, q, SavePlan())
    times, states = [segments.inputs[:1, 0]], [np.array(y0, dtype=np.float64)[np.newaxis]]
    status, segment = Status.DONE, 0
    for segment in range(segments.lengths.size):
        status = _trace_segment(session, segments.part(segment, segment + 1), shape, times, states)
        if status is not Status.DONE:
            break
    outcome = _outcome(session, np.zeros((0, 0)), shape, status, segment)
    return np.concatenate(times), np.concatenate(states), outcome


def _trace_segment(
    session: BdfSession,
    segment: Segments,
    shape: tuple[int, ...],
    times: list[NDArray[np.float64]],
    states: list[NDArray[np.float64]],
) -> Status:
    """Run one segment and append its points; a segment that overflows its room is run again with more."""
    start, counted = session.state.copy(), session.counters.copy()
    room = 1024
    while True:
        local, values, status = session.run_tracing(segment, room)
        if status is not Status.BUFFER_FULL:
            break
        room *= 4
        session.state[:], session.counters[:] = start, counted
    times.append(segment.inputs[0, 0] + local)
    states.append(values.reshape((local.size, *shape)))
    return status


def _open(
    kernel: KernelAddresses,
    method: BDF,
    y0: NDArray[np.float64],
    segments: Segments,
    k: NDArray[np.float64],
    q: NDArray[np.float64] | None,
    save: SavePlan,
) -> BdfSession:
    from troponin.solvers.bdf_session import BdfSession

    _check(kernel, y0, segments, q, save)
    session = BdfSession(kernel, method, k, q, segments.inputs.shape[1])
    session.state[:] = np.ravel(y0)
    return session


def _outcome(
    session: BdfSession, saved: NDArray[np.float64], shape: tuple[int, ...], status: Status, segment: int | None = None
) -> Outcome:
    where = int(session.place[1]) if segment is None else segment
    counters = Counters(*(int(number) for number in session.counters))
    return Outcome(saved, session.state.copy().reshape(shape), status, where, float(session.place[0]), counters)


def _check(
    kernel: KernelAddresses,
    y0: NDArray[np.float64],
    segments: Segments,
    q: NDArray[np.float64] | None,
    save: SavePlan,
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
    if complaints:
        raise SolverError("; ".join(complaints), where="integrate", remedy="Give arrays that fit the kernel.")
