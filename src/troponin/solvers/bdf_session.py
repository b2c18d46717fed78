"""One block of cells under the BDF method: its memory and the calls into the compiled loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troponin.solvers import bdf
from troponin.solvers.bdf_space import make_space
from troponin.solvers.bdf_step import Limits, Output
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.method import BDF, absolute_tolerance
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status
from troponin.solvers.workspace import BLOCK, Arena, Calls, view

__all__ = ["BdfSession"]

COUNTERS = 7


class BdfSession:
    """Memory of one integration; `state` is the present state and `place` where it stands."""

    def __init__(
        self,
        kernel: KernelAddresses,
        method: BDF,
        k: NDArray[np.float64],
        q: NDArray[np.float64] | None,
        inputs: int,
    ) -> None:
        self._arena = Arena()
        lanes = np.zeros(0) if q is None else q
        atol = absolute_tolerance(method, kernel.states)
        self._kernel = kernel
        self._calls = Calls.of(kernel)
        self._space = make_space(self._arena, kernel, atol, k, lanes, inputs)
        self._limits = Limits(
            method.rtol, method.max_step, method.first_step or 0.0, method.max_order, method.max_steps
        )
        self.state = view(self._space.phi, kernel.states * kernel.width)
        self.counters = np.zeros(COUNTERS, dtype=np.int64)
        self.place = np.zeros(3)

    def run(self, segments: Segments, save: SavePlan, offsets: NDArray[np.int64]) -> tuple[NDArray[np.float64], Status]:
        """Integrate from `state` through the segments; returns [saves, columns + monitors, lanes] and the status."""
        monitors = self._kernel.monitors if save.monitors else 0
        columns = save.columns.size + monitors
        saved = np.full((save.times.size, columns, self._kernel.width), np.nan)
        output = Output(save.columns, save.times, saved.ctypes.data, monitors, np.zeros(0), 0)
        return saved, self._call(output, segments, offsets)

    def run_tracing(self, segment: Segments, room: int) -> tuple[NDArray[np.float64], NDArray[np.float64], Status]:
        """Integrate through one segment and keep the accepted steps: local times and [steps, states, lanes]."""
        times = np.zeros(room)
        padded = self._calls.blocks * BLOCK
        states = np.zeros((room, padded))
        none = np.zeros(0, dtype=np.int64)
        output = Output(none, np.zeros(0), 0, 0, times, states.ctypes.data)
        status = self._call(output, segment, np.zeros(2, dtype=np.int64))
        taken = min(int(self.place[2]), room)
        size = self._kernel.states * self._kernel.width
        shape = (taken, self._kernel.states, self._kernel.width)
        return times[:taken], states[:taken, :size].reshape(shape), status

    def _call(self, output: Output, segments: Segments, offsets: NDArray[np.int64]) -> Status:
        return Status(
            bdf.run_segments(
                self._calls,
                self._space,
                self._limits,
                output,
                segments.lengths,
                segments.inputs,
                offsets,
                self.counters,
                self.place,
            )
        )
