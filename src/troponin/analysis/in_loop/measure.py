"""measure: the biomarkers of the last beats of a run, found while it runs, and no trace is kept.

The definitions are those of `biomarkers`.  Extremes and passages are located on the solver's own interpolant, so that
no saving interval limits them, and what is kept does not grow with the run.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.analysis.account import EXPERIMENT
from troponin.analysis.in_loop.beat_walk import Block, Task, walk
from troponin.analysis.in_loop.measured_course import beat_edges, before, open_task
from troponin.analysis.markers.marker_names import markers_of
from troponin.errors import SolverError, ValueRangeError, require_kind
from troponin.model.model import Model
from troponin.protocol.timeline import Protocol
from troponin.results import BEAT_START
from troponin.simulation.batch import Batch, as_batch
from troponin.simulation.course import Progress
from troponin.simulation.lanes import thread_count
from troponin.simulation.provenance import provenance
from troponin.simulation.settle import settle
from troponin.solvers.integrate import Counters
from troponin.solvers.method import BDF, Rosenbrock

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["measure"]

Doubles = NDArray[np.float64]


def measure(
    model: Model,
    protocol: Protocol,
    *,
    beats: int = 1,
    names: Iterable[str] | str | None = None,
    values: Mapping[str, ArrayLike] | None = None,
    solver: BDF | Rosenbrock | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """The biomarkers of the last beats of a run, as `biomarkers.table` gives them, without a trace.

    model      the cell
    protocol   what is done to it; a beat begins with its stimulus and lasts until the next, or the protocol's end
    beats      how many of the last beats are measured
    names      which biomarkers: by default those of `biomarkers.table` that the model allows.  Others are the names of
               biomarkers with any percentage (`apd75`, `ca_duration50`, `ta_rt90`, `triangulation90_30`),
               `v_upstroke`, `v_upstroke_own`, `upstroke_time`, `qnet`, and names of variables, whose integrals over the
               beat are meant (`IKr`)
    values     a batch: for names of parameters or states, one value per cell, each of shape [cell]
    solver     the method: `BDF()` for one cell, `Rosenbrock()` for a batch
    threads    threads that share a batch, as many as there are processors by default
    progress   called now and then with the fraction that is done

    Variables over `beat`, or `cell` and `beat`, with units.  The run is that of `simulate`, bit by bit.  What a beat
    does not show is NaN, and so is a cell that cannot go on, which is told in a warning and in the attribute
    `failures`.  Raises `KindError`, `UnknownNameError`, `ModelError`, `UnitError`, `ValueRangeError`, `ProtocolError`
    before anything is computed, and `SolverError` where no cell can go on.
    """
    began = time.perf_counter()
    _require_kinds(model, protocol, beats, names, values, solver, threads, progress)
    markers = markers_of(model, [names] if isinstance(names, str) else names)
    settled = settle(model, protocol, None)
    edges = beat_edges(model, settled, beats)
    batch = as_batch(model, values)
    method = solver or (Rosenbrock() if batch.given else BDF())
    task = open_task(model, settled, method, markers, edges, batch if batch.given else None)
    found = np.full((batch.size, beats, len(markers)), np.nan)
    if batch.given:
        counters, failures = _measure_batch(task, batch, found, threads or thread_count(), progress)
    else:
        counters, failures = _measure_one(task, model, found, progress)
    attributes = provenance(model, settled, method, counters, time.perf_counter() - began)
    attributes |= {EXPERIMENT: "measure", "beats": beats}
    if failures:
        attributes["failures"] = json.dumps({str(cell): str(fault) for cell, fault in failures.items()})
    result = _dataset(task, batch, found)
    return _told(result.assign_attrs(attributes), failures, batch.size)


def _measure_one(
    task: Task, model: Model, found: Doubles, progress: Progress | None
) -> tuple[Counters, dict[int, SolverError]]:
    y = np.array([state.initial for state in model.states])
    k = task.course.kernel.constants([parameter.value for parameter in model.parameters])
    end = float(task.course.protocol.duration)

    def reached(now: float) -> None:
        if progress is not None:
            progress(now / end)

    block = walk(task, Block(np.array([0]), y, k, None, found), before(task), reached)
    return block.counters, block.failures


def _measure_batch(
    task: Task, batch: Batch, found: Doubles, threads: int, progress: Progress | None
) -> tuple[Counters, dict[int, SolverError]]:
    """Measure all cells, block by block over threads; a cell's numbers do not depend on how many there are."""
    width = task.course.kernel.lanes
    cells = [np.arange(first, min(first + width, batch.size)) for first in range(0, batch.size, width)]
    counters, failures, done = Counters(), dict[int, SolverError](), 0
    with ThreadPoolExecutor(min(threads, len(cells))) as pool:
        work = [pool.submit(_measure_block, task, batch, block) for block in cells]
        try:
            for future in as_completed(work):
                block = future.result()
                found[block.cells] = block.values
                counters = counters.plus(block.counters)
                failures |= block.failures
                done += len(block.cells)
                if progress is not None:
                    progress(done / batch.size)
        finally:  # an interruption leaves out what has not begun
            for future in work:
                future.cancel()
    return counters, dict(sorted(failures.items()))


def _measure_block(task: Task, batch: Batch, cells: NDArray[np.int64]) -> Block:
    kernel, model = task.course.kernel, batch.model
    lanes = np.minimum(cells[0] + np.arange(kernel.lanes), cells[-1])
    y = np.repeat([[state.initial] for state in model.states], kernel.lanes, axis=1)
    for row, state in enumerate(model.states):
        if state.name in batch.given:
            y[row] = batch.given[state.name][lanes]
    parameters = [parameter.value for parameter in model.parameters]
    q = kernel.lane_constants(parameters, {name: batch.given[name][lanes] for name in kernel.varied})
    values = np.full((len(cells), len(task.beats), len(task.markers)), np.nan)
    return walk(task, Block(cells, y, kernel.constants(parameters), q, values), before(task), _nobody)


def _nobody(_: float) -> None:
    """The blocks of a batch are counted when they are done."""


def _dataset(task: Task, batch: Batch, found: Doubles) -> xr.Dataset:
    import xarray as xr

    time_unit = task.course.model.time_unit
    axes = ("cell", "beat") if batch.given else ("beat",)
    columns = {
        marker.name: (
            axes,
            np.ascontiguousarray(found[..., i] if batch.given else found[0, :, i]),
            {"units": marker.unit, "long_name": marker.long_name},
        )
        for i, marker in enumerate(task.markers)
    }
    onset = {"units": str(time_unit), "long_name": "start of the stimulus"}
    coordinates: dict[str, Any] = {BEAT_START: ("beat", np.array([table.start[0] for table in task.beats]), onset)}
    for column, given in batch.labels.items():
        told = {"units": str(column.unit), "long_name": column.long_name, "variable": column.variable}
        coordinates[column.name] = ("cell", given, told)
    return xr.Dataset(columns, coordinates)


def _told(result: xr.Dataset, failures: Mapping[int, SolverError], cells: int) -> xr.Dataset:
    """The result, with a warning of the cells that could not go on; raises where none is left."""
    if not failures:
        return result
    first = next(iter(failures.values()))
    if len(failures) == cells:
        first.partial = result
        raise first
    text = f"{len(failures)} of {cells} cells could not go on; the first: {first}"
    warnings.warn(text, RuntimeWarning, stacklevel=3)
    return result


def _require_kinds(
    model: object,
    protocol: object,
    beats: object,
    names: object,
    values: object,
    solver: object,
    threads: object,
    progress: object,
) -> None:
    """Refuse what is easily given in the place of what is meant, and a number of beats or threads that is none."""
    optional = type(None)
    require_kind(model, Model, "model", 'a Model, such as load("torord-land")')
    told = 'a protocol of given times, such as pacing.regular("1000 ms", beats=10)'
    require_kind(protocol, Protocol, "protocol", told)
    require_kind(beats, Integral, "beats", "a whole number")
    require_kind(names, (Iterable, optional), "names", 'names of biomarkers, such as ["apd90", "ca_peak"]')
    require_kind(values, (Mapping, optional), "values", "a mapping, such as {name: one value per cell}")
    told = "BDF() or Rosenbrock(): fixed steps have no interpolant on which to measure"
    require_kind(solver, (BDF, Rosenbrock, optional), "solver", told)
    require_kind(threads, (Integral, optional), "threads", "a whole number")
    require_kind(progress, (Callable, optional), "progress", "a function of the fraction that is done")  # type: ignore[arg-type]
    for name, count in (("beats", beats), ("threads", threads)):
        if isinstance(count, Integral) and count < 1:
            raise ValueRangeError("there must be one", where=name, got=count, expected="1 or more")
