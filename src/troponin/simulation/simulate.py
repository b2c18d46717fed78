"""simulate: the verb.  A model, what is done to it, how time advances and what to keep become a Dataset."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.kernels.kernel import compile_model
from troponin.model.model import Model
from troponin.protocol.grid import grid
from troponin.protocol.timeline import Protocol, time_text
from troponin.results import to_dataset
from troponin.simulation.advance import Course, Progress, Trace, advance
from troponin.simulation.as_written import switch_times
from troponin.simulation.batch import Batch, as_batch
from troponin.simulation.provenance import provenance
from troponin.simulation.save import Save, require_room, select
from troponin.simulation.settle import settle, stimuli
from troponin.solvers.integrate import Counters
from troponin.solvers.method import BDF
from troponin.units import Quantity

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["simulate"]


def simulate(
    model: Model,
    protocol: Protocol | None = None,
    *,
    duration: Quantity | str | None = None,
    solver: BDF | None = None,
    save: Save | None = None,
    values: Mapping[str, ArrayLike] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Run a model and return what happened as an xarray Dataset with units and provenance.

    model      the cell
    protocol   what is done to it; None runs it as it is written, for `duration`
    duration   how long; the protocol's own length where it is not given.  A longer run rests after the protocol
    solver     the method and its tolerances, `BDF()` by default
    save       what to keep: by default all states, everything with a meaning, and the main currents, every 1 ms
    values     a batch: for names of parameters or states, one value per cell, each of shape [cell]
    progress   called now and then with the fraction that is done

    Time is absolute, in the model's unit.  Ctrl-C ends the run early and keeps what was computed, with an attribute
    `interrupted`.  Raises `ProtocolError`, `UnknownNameError`, `OutputError` before anything is computed, and
    `SolverError` where the run cannot go on.
    """
    began = time.perf_counter()
    save = Save() if save is None else save
    method = BDF() if solver is None else solver
    whole = settle(model, protocol, duration)
    points = grid(save.every, whole.duration, last=save.last)
    selection = select(model, save.names)
    batch = as_batch(model, values)
    require_room(points, selection, batch.size)
    kernel = compile_model(model, monitors=selection.monitors)
    course = Course(model, kernel, method, whole, points, selection, switch_times(model, whole.duration))
    traces = _run_cells(course, batch, progress)
    reached = traces[-1].reached
    attributes = provenance(model, whole, method, _work(traces), time.perf_counter() - began)
    if reached < whole.duration or len(traces) < batch.size:
        attributes["interrupted"] = _interruption(traces, batch, whole)
    return to_dataset(
        selection.columns,
        traces[0].time,
        _stacked(traces, batch) if batch.given else traces[0].values,
        time_unit=model.time_unit,
        beat_starts=stimuli(model, whole, traces[0].first, reached),
        cells=batch.given,
        attributes=attributes,
    )


def _run_cells(course: Course, batch: Batch, progress: Progress | None) -> list[Trace]:
    """One cell after the other; an interruption keeps the cells that are done, or the part of the only one."""
    traces: list[Trace] = []
    for number in range(batch.size):
        cell = batch.cell(number) if batch.given else course.model
        y0 = np.array([state.initial for state in cell.states])
        k = course.kernel.constants([parameter.value for parameter in cell.parameters])
        share = None if progress is None else _share_of(progress, number, batch.size)
        try:
            trace = advance(course, y0, k, share)
        except KeyboardInterrupt:
            if not traces:
                raise
            break
        if trace.reached < course.protocol.duration and traces:
            break
        traces.append(trace)
        if trace.reached < course.protocol.duration:
            break
    return traces


def _share_of(progress: Progress, number: int, cells: int) -> Progress:
    return lambda done: progress((number + done) / cells)


def _stacked(traces: Sequence[Trace], batch: Batch) -> NDArray[np.float64]:
    """Kept values [cell, time, column]; NaN for the cells that an interruption left out."""
    values = np.full((batch.size, *traces[0].values.shape), np.nan)
    for number, trace in enumerate(traces):
        values[number] = trace.values
    return values


def _work(traces: Sequence[Trace]) -> Counters:
    total = Counters()
    for trace in traces:
        total = total.plus(trace.counters)
    return total


def _interruption(traces: Sequence[Trace], batch: Batch, protocol: Protocol) -> str:
    if batch.size > 1:
        return f"stopped after {len(traces)} of {batch.size} cells"
    return f"stopped at {time_text(traces[0].reached)} of {time_text(protocol.duration)}"
