"""One block of cells under the BDF method: its memory and the calls into the compiled loop."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.solvers import bdf
from troponin.solvers.bdf_space import make_space
from troponin.solvers.bdf_step import Limits, Output
from troponin.solvers.events import NO_EVENTS, EventPlan, Seen
from troponin.solvers.extremes import NO_EXTREMES, ExtremePlan, Extremes
from troponin.solvers.failure import Failure
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.method import BDF, absolute_tolerance
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status
from troponin.solvers.watch import extremes, make_watch, seen
from troponin.solvers.workspace import BLOCK, Arena, Calls, view

__all__ = ["BdfSession"]

FORGET: Final = 1e300
"""A factor that lets a weight rise to anything, and leaves the zeros of the padding zero."""


class BdfSession:
    """Memory of one integration; `state` is the present state of all lanes."""

    def __init__(
        self,
        kernel: KernelAddresses,
        method: BDF,
        k: NDArray[np.float64],
        q: NDArray[np.float64] | None,
        inputs: int,
    ) -> None:
        self._arena = Arena()
        values = np.zeros(0) if q is None else q
        atol = absolute_tolerance(method, kernel.states)
        self._kernel = kernel
        self._calls = Calls.of(kernel)
        self._space = make_space(self._arena, kernel, atol, k, values, inputs)
        self._limits = Limits(
            rtol=method.rtol,
            freedom=1.0 if method.keep_scale else FORGET,
            max_step=method.max_step,
            first_step=method.first_step or 0.0,
            max_order=method.max_order,
            max_steps=method.max_steps,
        )
        self._place = np.zeros(3)  # local time, segment, steps
        self._status = Status.DONE
        self.state = view(self._space.phi, kernel.states * kernel.width)
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
        """Integrate from `state`; see `Session`."""
        monitors = self._kernel.monitors if save.monitors else 0
        saved = np.full((save.times.size, save.columns.size + monitors, self._kernel.width), np.nan)
        watch = make_watch(self._arena, self._kernel, plan, wanted, room)
        output = Output(
            save.columns,
            save.times,
            saved.ctypes.data,
            monitors,
            np.zeros(0),
            0,
            watch,
            watch.events + watch.wanted > 0,
        )
        self._call(output, segments, offsets)
        return saved, self.failures(), seen(watch), extremes(watch, self._kernel.width)

    def run_tracing(
        self, segment: Segments, room: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], bool, tuple[Failure, ...]]:
        """Integrate and keep the steps; see `Session`."""
        times = np.zeros(room)
        states = np.zeros((room, self._calls.blocks * BLOCK))
        none = np.zeros(0, dtype=np.int64)
        watch = make_watch(self._arena, self._kernel, NO_EVENTS, NO_EXTREMES, 0)
        output = Output(none, np.zeros(0), 0, 0, times, states.ctypes.data, watch, False)
        self._call(output, segment, np.zeros(2, dtype=np.int64))
        taken = int(self._place[2])
        kept = min(taken, room)
        size = self._kernel.states * self._kernel.width
        shape = (kept, self._kernel.states, self._kernel.width)
        return times[:kept], states[:kept, :size].reshape(shape), taken <= room, self.failures()

    def failures(self) -> tuple[Failure, ...]:
        """All lanes if the shared step failed, else none."""
        if self._status is Status.DONE:
            return ()
        columns = self.state.reshape(self._kernel.states, self._kernel.width)
        tau, segment = float(self._place[0]), int(self._place[1])
        return tuple(
            Failure(lane, self._status, segment, tau, columns[:, lane].copy()) for lane in range(self._kernel.width)
        )

    def _call(self, output: Output, segments: Segments, offsets: NDArray[np.int64]) -> None:
        number = bdf.run_segments(
            self._calls,
            self._space,
            self._limits,
            output,
            segments.lengths,
            segments.inputs,
            offsets,
            self.counters,
            self._place,
        )
        self._status = Status(number)
