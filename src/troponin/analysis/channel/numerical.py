"""Channels that are not linear, or a check of those that are: the patch by an ODE solver, abreast over potentials."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.patch import Patch
from troponin.kernels.kernel import Kernel, compile_model
from troponin.kernels.target import natural_lanes
from troponin.protocol.table import tabulate
from troponin.protocol.timeline import rest
from troponin.simulation.addresses import addresses
from troponin.simulation.course import Method, failure
from troponin.solvers.integrate import integrate
from troponin.solvers.method import RushLarsen
from troponin.solvers.segments import SavePlan, Segments
from troponin.units import Quantity, ms

__all__ = ["Bench", "open_bench", "solved"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A patch compiled with the potential as what differs from lane to lane."""

    patch: Patch
    method: Method
    kernel: Kernel = field(repr=False)


def open_bench(patch: Patch, method: Method) -> Bench:
    """Compile the reduced model of a patch."""
    step = method.scheme if isinstance(method, RushLarsen) else None
    return Bench(patch, method, compile_model(patch.reduced, lanes=natural_lanes(), varied=[patch.v], step=step))


def solved(bench: Bench, v: Floats, start: Floats, times: Floats) -> Floats:
    """The states at `times` in ms, shape [lane, time, state], at potentials `v` in mV, shape [lane].

    Raises `SolverError` with time, state and remedy.
    """
    kernel, model, patch = bench.kernel, bench.patch.reduced, bench.patch
    table = tabulate(rest(Quantity(float(times[-1]), ms)), (), model.time_unit)
    segments = Segments(table.length, table.u)
    local = np.minimum(times / patch.in_ms, segments.lengths[0])
    plan = SavePlan(local, columns=np.arange(len(patch.states)))
    parameters = [p.value for p in model.parameters]
    k = kernel.constants(parameters)
    found = np.empty((len(v), len(times), len(patch.states)))
    for first in range(0, len(v), kernel.lanes):
        # the last block is filled up with copies of its last lane
        lanes = np.minimum(first + np.arange(kernel.lanes), len(v) - 1)
        q = kernel.lane_constants(parameters, {patch.v: v[lanes] / patch.in_mV})
        y0 = np.ascontiguousarray(start[lanes].T)
        outcome = integrate(addresses(kernel), bench.method, y0, segments, k, q, plan)
        if outcome.failures:
            fault = outcome.failures[0]
            raise failure(model, fault.tau, fault.state, fault.status)
        own = min(kernel.lanes, len(v) - first)
        found[first : first + own] = outcome.saved[:, :, :own].transpose(2, 0, 1)
    return found
