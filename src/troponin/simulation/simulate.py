"""simulate: the verb.  A model, what is done to it, how time advances and what to keep become a Dataset."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from troponin.errors import ValueRangeError, require_kind
from troponin.model.model import Model
from troponin.protocol.feedback import Feedback
from troponin.protocol.grid import grid
from troponin.protocol.timeline import Protocol
from troponin.simulation.advance import advance
from troponin.simulation.answers import Answers
from troponin.simulation.batch import as_batch
from troponin.simulation.course import Course, Method, Progress
from troponin.simulation.feedback_batch import respond_each
from troponin.simulation.lanes import advance_batch, thread_count
from troponin.simulation.prepare import prepared
from troponin.simulation.report import account_of_feedback, account_of_save, batch_dataset, dataset, tell_silent
from troponin.simulation.save import Save, require_room, select
from troponin.simulation.settle import settle, settle_feedback
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
    (`pacing.of_run`), a loop that never answered in `unanswered`, with a warning.
    Raises `KindError`, `ProtocolError`, `UnknownNameError`, `OutputError` before anything is computed, and
    `SolverError` where no cell can go on, whose `partial` is the Dataset of what was computed by then.
    """
    began = time.perf_counter()
    save = Save() if save is None else save
    _require_kinds(model, protocol, solver, save, values, threads, progress)
    whole, answers = _settled(model, protocol, duration)
    points = grid(save.every, whole.duration, last=save.last)
    selection = select(model, save.names)
    batch = as_batch(model, values)
    told = account_of_save(save) | (account_of_feedback(protocol) if isinstance(protocol, Feedback) else {})
    require_room(points, selection, batch.size)
    method = solver or (Rosenbrock() if batch.given and answers is None else BDF())

    def of_one(cell: Model) -> Course:
        return prepared(cell, method, whole, points, selection, watch=() if answers is None else answers.loops)

    if batch.given:
        count = threads or thread_count()
        if answers is not None:
            crowd, protocols = respond_each(of_one, batch, answers, count, progress)
            return tell_silent(batch_dataset(of_one(model), batch, crowd, began, told, protocols), answers.silent)
        course = prepared(model, method, whole, points, selection, batch)
        return batch_dataset(course, batch, advance_batch(course, batch, count, progress), began, told)
    course = of_one(model)
    y0 = np.array([state.initial for state in model.states])
    k = course.kernel.constants([parameter.value for parameter in model.parameters])
    trace = advance(course, y0, k, progress, answers)
    if answers is not None:
        course = replace(course, protocol=answers.protocol(trace.reached))
    run = dataset(course, trace, began, told)
    if trace.fault is not None:
        trace.fault.partial = run
        raise trace.fault
    return run if answers is None else tell_silent(run, answers.silent)


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
