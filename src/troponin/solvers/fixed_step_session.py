"""One block of cells under a fixed-step method: its memory and the calls into the compiled loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.solvers import fixed_step
from troponin.solvers.events import EventPlan, Seen
from troponin.solvers.extremes import ExtremePlan, Extremes
from troponin.solvers.failure import Failure
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.method import RushLarsen
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status
from troponin.solvers.workspace import Arena, Calls, view

__all__ = ["FixedStepSession"]


class FixedStepSession:
    """Memory of one integration; `state` is the present state of all lanes."""

    def __init__(
        self,
        kernel: KernelAddresses,
        method: RushLarsen,
        k: NDArray[np.float64],
        q: NDArray[np.float64] | None,
        inputs: int,
    ) -> None:
        if not kernel.step:
            raise SolverError(
                "the kernel has no fixed step",
                where="RushLarsen",
                remedy=f"Compile the model with step='{method.scheme}'.",
            )
        self._arena = Arena()
        self._kernel, self._step = kernel, method.step
        self._calls = Calls.of(kernel)
        size, width, arena = kernel.states * kernel.width, kernel.width, self._arena
        self._space = fixed_step.FixedSpace(
            tau=arena.reserve(width),
            y=arena.reserve(size),
            before=arena.reserve(size),
            probe=arena.reserve(size),
            good=arena.reserve(size),
            h=arena.reserve(width),
            u=arena.reserve(inputs),
            k=arena.hold(k),
            q=arena.hold(np.zeros(0) if q is None else q),
        )
        self._health = fixed_step.Health(
            np.zeros(width, dtype=np.int64), np.zeros(width, dtype=np.int64), np.zeros(width)
        )
        self.state = view(self._space.y, size)
        self.counters = np.zeros(7, dtype=np.int64)

    def run(
        self,
        segments: Segments,
        save: SavePlan,
        offsets: NDArray[np.int64],
        plan: EventPlan,
        wanted: ExtremePlan,
        room: int,
    ) -> tuple[NDArray[np.float64], tuple[Failure, ...], Seen, Extremes]:
        """Integrate from `state`; see `Session`.  Events and extremes are refused."""
        if plan.monitors.size or wanted.monitors.size:
            raise SolverError(
                "fixed steps have no interpolant on which to locate events and extremes",
                where="RushLarsen",
                remedy="Use BDF or Rosenbrock, or look for them in what is saved.",
            )
        monitors = self._kernel.monitors if save.monitors else 0
        saved = np.full((save.times.size, save.columns.size + monitors, self._kernel.width), np.nan)
        output = fixed_step.FixedOutput(save.columns, save.times, saved.ctypes.data, monitors, np.zeros(0), 0)
        self._call(output, segments, offsets)
        return saved, self.failures(), Seen.nothing(), Extremes.nothing(self._kernel.width)

    def run_tracing(
        self, segment: Segments, room: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], bool, tuple[Failure, ...]]:
        """Integrate and keep the steps; see `Session`."""
        self._health.status[:] = 0  # a segment that is run again with more room starts anew
        times = np.zeros(room)
        states = np.zeros((room, self._kernel.states, self._kernel.width))
        none = np.zeros(0, dtype=np.int64)
        output = fixed_step.FixedOutput(none, np.zeros(0), 0, 0, times, states.ctypes.data)
        self._call(output, segment, np.zeros(2, dtype=np.int64))
        taken = int(self._counts(segment).sum())
        kept = min(taken, room)
        return times[:kept], states[:kept], taken <= room, self.failures()

    def failures(self) -> tuple[Failure, ...]:
        """The lanes that are no longer finite, with the last state and time seen finite."""
        columns = self.state.reshape(self._kernel.states, self._kernel.width)
        return tuple(
            Failure(
                int(lane),
                Status(int(self._health.status[lane])),
                int(self._health.segment[lane]),
                float(self._health.tau[lane]),
                columns[:, lane].copy(),
            )
            for lane in np.flatnonzero(self._health.status)
        )

    def _counts(self, segments: Segments) -> NDArray[np.int64]:
        # A length that is a whole number of steps but for rounding is not given one step more.
        return np.maximum(1, np.ceil(segments.lengths / self._step * (1 - 1e-12))).astype(np.int64)

    def _call(self, output: fixed_step.FixedOutput, segments: Segments, offsets: NDArray[np.int64]) -> None:
        fixed_step.run_fixed(
            self._calls,
            self._space,
            output,
            self._health,
            segments.lengths,
            self._counts(segments),
            segments.inputs,
            offsets,
            self.counters,
        )
