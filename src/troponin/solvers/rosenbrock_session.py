"""One block of cells under a Rosenbrock method: its memory and the calls into the compiled loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troponin.solvers import rosenbrock
from troponin.solvers.events import NO_EVENTS, EventPlan, Seen
from troponin.solvers.extremes import NO_EXTREMES, ExtremePlan, Extremes
from troponin.solvers.failure import Failure
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.method import Rosenbrock, absolute_tolerance
from troponin.solvers.rosenbrock_lanes import LaneLimits, LaneOutput, Lanes
from troponin.solvers.rosenbrock_space import make_numbers, make_row_space
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status
from troponin.solvers.tableaus import tableau_named
from troponin.solvers.watch import Watch, extremes, make_watch, seen
from troponin.solvers.workspace import Arena, Calls, view

__all__ = ["RosenbrockSession"]


class RosenbrockSession:
    """Memory of one integration; `state` is the present state of all lanes."""

    def __init__(
        self,
        kernel: KernelAddresses,
        method: Rosenbrock,
        k: NDArray[np.float64],
        q: NDArray[np.float64] | None,
        inputs: int,
    ) -> None:
        self._arena = Arena()
        self._kernel = kernel
        self._calls = Calls.of(kernel)
        tableau = tableau_named(method.tableau)
        values = np.zeros(0) if q is None else q
        atol = absolute_tolerance(method, kernel.states)
        self._space = make_row_space(self._arena, kernel, tableau.stages, atol, k, values, inputs)
        self._numbers = make_numbers(self._arena, tableau)
        self._limits = LaneLimits(
            rtol=method.rtol,
            keep=1.0 if method.keep_scale else 0.0,
            max_step=method.max_step,
            first_step=method.first_step or 0.0,
            max_steps=method.max_steps,
        )
        width = kernel.width
        counts = [np.zeros(width, dtype=np.int64) for _ in range(6)]
        self._lanes = Lanes(np.zeros(width), np.zeros(width), *counts)
        self.state = view(self._space.y, kernel.states * width)
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
        width = self._kernel.width
        monitors = self._kernel.monitors if save.monitors else 0
        saved = np.full((save.times.size, save.columns.size + monitors, width), np.nan)
        longest = int(np.diff(offsets).max(initial=0)) if monitors else 0
        # Rows that no lane reached hold the present state, so that a monitor is never asked about nothing.
        whole = np.tile(self.state, (longest, 1))
        watch = make_watch(self._arena, self._kernel, plan, wanted, room)
        self._call(self._output(save, saved, monitors, whole, watch), segments, offsets)
        return saved, self.failures(), seen(watch), extremes(watch, self._kernel.width)

    def run_tracing(
        self, segment: Segments, room: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], bool, tuple[Failure, ...]]:
        """Integrate one cell and keep its steps; see `Session`."""
        self._lanes.status[:] = 0  # a segment that is run again with more room starts anew
        times, states = np.zeros(room), np.zeros((room, self._kernel.states))
        watch = make_watch(self._arena, self._kernel, NO_EVENTS, NO_EXTREMES, 0)
        output = self._output(SavePlan(), np.zeros(0), 0, np.zeros(0), watch)
        output = output._replace(step_times=times, step_states=states.ctypes.data)
        self._call(output, segment, np.zeros(2, dtype=np.int64))
        taken = int(self._lanes.steps[0])
        kept = min(taken, room)
        return times[:kept], states[:kept, :, np.newaxis], taken <= room, self.failures()

    def failures(self) -> tuple[Failure, ...]:
        """The lanes that failed, in order."""
        columns = self.state.reshape(self._kernel.states, self._kernel.width)
        return tuple(
            Failure(
                int(lane),
                Status(int(self._lanes.status[lane])),
                int(self._lanes.segment[lane]),
                float(self._lanes.t[lane]),
                columns[:, lane].copy(),
            )
            for lane in np.flatnonzero(self._lanes.status)
        )

    def _output(
        self, save: SavePlan, saved: NDArray[np.float64], monitors: int, whole: NDArray[np.float64], watch: Watch
    ) -> LaneOutput:
        return LaneOutput(
            columns=save.columns,
            times=save.times,
            values=saved.ctypes.data,
            width_of_row=save.columns.size + monitors,
            states=whole.ctypes.data,
            monitor_rows=monitors,
            step_times=np.zeros(0),
            step_states=0,
            watch=watch,
            watched=watch.events + watch.wanted > 0,
        )

    def _call(self, output: LaneOutput, segments: Segments, offsets: NDArray[np.int64]) -> None:
        rosenbrock.run_block(
            self._calls,
            self._space,
            self._numbers,
            self._limits,
            output,
            self._lanes,
            segments.lengths,
            segments.inputs,
            offsets,
            self.counters,
        )
