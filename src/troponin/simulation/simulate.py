"""simulate: the verb.  A model, what is done to it, how time advances and what to keep become a Dataset."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from troponin.errors import ValueRangeError, require_kind
from troponin.kernels.kernel import compile_model
from troponin.kernels.target import natural_lanes
from troponin.model.model import Model
from troponin.protocol.feedback import Feedback, Loop
from troponin.protocol.feedback_record import to_dict
from troponin.protocol.grid import Grid, grid
from troponin.protocol.timeline import Protocol, shown_time, time_text
from troponin.results import Attribute, to_dataset
from troponin.simulation.advance import Trace, advance
from troponin.simulation.answers import Answers
from troponin.simulation.as_written import switch_times
from troponin.simulation.batch import Batch, as_batch
from troponin.simulation.course import Course, Method, Progress
from troponin.simulation.feedback_batch import respond_each
from troponin.simulation.lanes import Crowd, advance_batch, thread_count
from troponin.simulation.provenance import provenance
from troponin.simulation.save import Save, Selection, require_room, select
from troponin.simulation.settle import settle, settle_feedback, stimuli
from troponin.simulation.triggers import RATE, watched, with_rate
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen
from troponin.units import Quantity

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["simulate"]


def simulate(
    model: Model,
    protocol: Protocol | Feedback | None = None,
    *,
    duration: Quantity | str | None = None,
    solver: Method | None = None,
    save: Save | None = None,
    values: Mapping[str, ArrayLike] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Run a model and return what happened as an xarray Dataset with units and provenance.

    model      the cell
    protocol   what is done to it, at given times or in feedback; None runs it as it is written, for `duration`
    duration   how long; the protocol's own length where it is not given.  A longer run rests after the protocol
    solver     the method: `BDF()` for one cell and with feedback, `Rosenbrock()` for a batch; `RushLarsen()` takes
               fixed steps, which find no moment to answer at
    save       what to keep: by default all states, everything with a meaning, and the main currents, every 1 ms
    values     a batch: for names of parameters or states, one value per cell, each of shape [cell]
    threads    threads that share a batch, as many as there are processors by default
    progress   called now and then with the fraction that is done

    Time is absolute, in the model's unit.  Ctrl-C ends the run early and keeps what was computed, with an attribute
    `interrupted`.  A cell of a batch that cannot go on is NaN from there on, and told in a warning and in the
    attribute `failures`; the others go on.  What feedback did stands in the attribute `protocol_data`
    (`pacing.of_run`).  Raises `KindError`, `ProtocolError`, `UnknownNameError`, `OutputError`
    before anything is computed, and `SolverError` where no cell can go on, whose `partial` is the Dataset of what was
    computed by then.
    """
    began = time.perf_counter()
    save = Save() if save is None else save
    _require_kinds(model, protocol, solver, save, values, threads, progress)
    whole, answers = _settled(model, protocol, duration)
    points = grid(save.every, whole.duration, last=save.last)
    selection = select(model, save.names)
    batch = as_batch(model, values)
    require_room(points, selection, batch.size)
    method = solver or (Rosenbrock() if batch.given and answers is None else BDF())

    def of_one(cell: Model) -> Course:
        return _course(cell, method, whole, points, selection, watch=() if answers is None else answers.loops)

    if batch.given:
        count = threads or thread_count()
        if answers is not None:
            crowd, protocols = respond_each(of_one, batch, answers, count, progress)
            return _batch_dataset(of_one(model), batch, crowd, began, _told(protocol, protocols))
        course = _course(model, method, whole, points, selection, batch)
        return _batch_dataset(course, batch, advance_batch(course, batch, count, progress), began)
    course = of_one(model)
    y0 = np.array([state.initial for state in model.states])
    k = course.kernel.constants([parameter.value for parameter in model.parameters])
    trace = advance(course, y0, k, progress, answers)
    if answers is not None:
        course = replace(course, protocol=answers.protocol(trace.reached))
    run = _dataset(course, trace, began, {} if answers is None else _told(protocol))
    if trace.fault is not None:
        trace.fault.partial = run
        raise trace.fault
    return run


def _settled(
    model: Model, protocol: Protocol | Feedback | None, duration: Quantity | str | None
) -> tuple[Protocol, Answers | None]:
    """The timeline with nothing left open, and with feedback what is answered."""
    if isinstance(protocol, Feedback):
        answers = settle_feedback(model, protocol, duration)
        return answers.timeline, answers
    return settle(model, protocol, duration), None


def _require_kinds(
    model: object, protocol: object, solver: object, save: object, values: object, threads: object, progress: object
) -> None:
    """Refuse what is easily given in the place of what is meant, such as a name for a model."""
    require_kind(model, Model, "model", 'a Model, such as load("torord-land")')
    optional = type(None)
    kinds = (Protocol, Feedback, optional)
    require_kind(protocol, kinds, "protocol", 'a protocol, such as pacing.regular("1000 ms", beats=10)')
    require_kind(solver, (BDF, Rosenbrock, RushLarsen, optional), "solver", "a solver, such as BDF(rtol=1e-6)")
    require_kind(save, Save, "save", 'what to keep, such as Save(["v"], every="1 ms")')
    require_kind(values, (Mapping, optional), "values", "a mapping, such as {name: one value per cell}")
    require_kind(threads, (Integral, optional), "threads", "a whole number")
    if isinstance(threads, Integral) and threads < 1:
        raise ValueRangeError("a run needs a thread", where="threads", got=threads, expected="1 or more")
    require_kind(progress, (Callable, optional), "progress", "a function of the fraction that is done")  # type: ignore[arg-type]


def _course(
    model: Model,
    method: Method,
    protocol: Protocol,
    points: Grid,
    selection: Selection,
    batch: Batch | None = None,
    watch: Sequence[Loop] = (),
) -> Course:
    """The course with the compiled model: one cell, or as many as the machine has lanes; `watch` are its loops."""
    step = method.scheme if isinstance(method, RushLarsen) else None
    if batch is None:
        seen = watched(model, [loop.trigger for loop in watch])
        names = dict.fromkeys([*selection.monitors, *seen])
        kernel = compile_model(with_rate(model) if RATE in names else model, monitors=names, step=step)
    else:
        varied = batch.parameters
        kernel = compile_model(model, lanes=natural_lanes(), varied=varied, monitors=selection.monitors, step=step)
    return Course(model, kernel, method, protocol, points, selection, switch_times(model, protocol.duration))


def _told(feedback: object, protocols: Sequence[Protocol | None] = ()) -> dict[str, Attribute]:
    """Feedback as attributes of a run; and for a batch the protocols that resulted, one for each cell."""
    assert isinstance(feedback, Feedback)
    told: dict[str, Attribute] = {"feedback": str(feedback), "feedback_data": json.dumps(to_dict(feedback))}
    if protocols:
        each = [None if protocol is None else to_dict(protocol) for protocol in protocols]
        told |= {"protocol": "each cell has its own", "protocol_data": json.dumps(each)}
    return told


def _dataset(course: Course, trace: Trace, began: float, told: Mapping[str, Attribute]) -> xr.Dataset:
    model, protocol = course.model, course.protocol
    attributes = provenance(model, protocol, course.method, trace.counters, time.perf_counter() - began) | dict(told)
    if trace.fault is not None:
        attributes["failed"] = str(trace.fault)
    elif trace.reached < protocol.duration:
        attributes["interrupted"] = f"stopped at {shown_time(trace.reached)} of {time_text(protocol.duration)}"
    return to_dataset(
        course.selection.columns,
        trace.time,
        trace.values,
        time_unit=model.time_unit,
        beat_starts=stimuli(model, protocol, trace.first, trace.reached),
        attributes=attributes,
    )


def _batch_dataset(
    course: Course, batch: Batch, crowd: Crowd, began: float, told: Mapping[str, Attribute] | None = None
) -> xr.Dataset:
    model, protocol = course.model, course.protocol
    attributes = provenance(model, protocol, course.method, crowd.counters, time.perf_counter() - began)
    attributes |= dict(told or {})
    if crowd.done < batch.size:
        attributes["interrupted"] = f"stopped after {crowd.done} of {batch.size} cells"
    if crowd.failures:
        attributes["failures"] = json.dumps({str(cell): str(fault) for cell, fault in crowd.failures.items()})
    run = to_dataset(
        course.selection.columns,
        crowd.time,
        crowd.values,
        time_unit=model.time_unit,
        # with feedback every cell has beats of its own
        beat_starts=stimuli(model, protocol, course.points.first, protocol.duration) if told is None else (),
        cells=batch.labels,
        attributes=attributes,
    )
    _tell(crowd, run)
    return run


def _tell(crowd: Crowd, run: xr.Dataset) -> None:
    """Warn of the cells of a batch that could not go on; raise where none is left."""
    if not crowd.failures:
        return
    first = next(iter(crowd.failures.values()))
    if len(crowd.failures) == crowd.done:
        first.partial = run
        raise first
    text = f"{len(crowd.failures)} of {crowd.done} cells could not go on; the first: {first}"
    warnings.warn(text, RuntimeWarning, stacklevel=4)
