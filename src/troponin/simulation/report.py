"""What a run reports: its Dataset, with everything that is needed to do it again, or to go on where it was stopped."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.protocol.feedback import Feedback, Loop, Silence
from troponin.protocol.feedback_record import to_dict
from troponin.protocol.timeline import Protocol, shown_time, time_text
from troponin.results import Attribute, to_dataset
from troponin.simulation.advance import Trace
from troponin.simulation.batch import Batch
from troponin.simulation.course import Course
from troponin.simulation.lanes import Crowd
from troponin.simulation.provenance import provenance
from troponin.simulation.save import Save
from troponin.simulation.settle import stimuli

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["account_of_feedback", "account_of_save", "batch_dataset", "dataset", "tell_silent"]


def account_of_save(save: Save) -> dict[str, Attribute]:
    """When a run keeps its points, as attributes; what it keeps are its variables."""
    return {"saved_every": str(save.every), "saved_last": "all" if save.last is None else str(save.last)}


def account_of_feedback(feedback: Feedback) -> dict[str, Attribute]:
    """Feedback as attributes of a run."""
    return {"feedback": str(feedback), "feedback_data": json.dumps(to_dict(feedback))}


def _account_of_answers(protocols: Sequence[Protocol | None]) -> dict[str, Attribute]:
    """The protocols that feedback resulted in, one for each cell of a batch, as attributes of a run."""
    each = [None if protocol is None else to_dict(protocol) for protocol in protocols]
    return {"protocol": "each cell has its own", "protocol_data": json.dumps(each)}


def tell_silent(run: xr.Dataset, loops: Sequence[Loop]) -> xr.Dataset:
    """A whole run whose loops of feedback never answered: they stand in the attribute `unanswered`, and are warned of.

    A loop that waits for a silence and hears none does what it is there for: that is no reason to warn.
    """
    if not loops or {"interrupted", "failed", "failures"} & set(run.attrs):
        return run
    waited = [str(loop.trigger) for loop in loops if not isinstance(loop.trigger, Silence)]
    if waited:
        text = (
            f"feedback never answered in the whole run: {'; '.join(waited)}. A loop only answers what the cell does: "
            "give it a first beat, as in pacing.regular(...) + loop, and look at its threshold or level"
        )
        warnings.warn(text, RuntimeWarning, stacklevel=3)
    return run.assign_attrs(unanswered="; ".join(str(loop.trigger) for loop in loops))


def dataset(course: Course, trace: Trace, began: float, told: Mapping[str, Attribute]) -> xr.Dataset:
    """The Dataset of one cell that began at a time of the performance counter, with what is `told` besides."""
    model, protocol = course.model, course.protocol
    attributes = provenance(model, protocol, course.method, trace.counters, time.perf_counter() - began) | dict(told)
    if trace.fault is not None:
        attributes["failed"] = str(trace.fault)
    elif trace.reached < protocol.duration:
        attributes["interrupted"] = f"stopped at {shown_time(trace.reached)} of {time_text(protocol.duration)}"
        attributes["reached"] = str(trace.reached)  # an exact fraction of milliseconds
        names = [state.name for state in model.states]
        attributes["state"] = json.dumps(dict(zip(names, trace.state.tolist(), strict=True)))
    return to_dataset(
        course.selection.columns,
        trace.time,
        trace.values,
        time_unit=model.time_unit,
        beat_starts=stimuli(model, protocol, trace.first, trace.reached),
        attributes=attributes,
    )


def batch_dataset(
    course: Course,
    batch: Batch,
    crowd: Crowd,
    began: float,
    told: Mapping[str, Attribute],
    protocols: Sequence[Protocol | None] = (),
) -> xr.Dataset:
    """The Dataset of a batch; warns of the cells that could not go on, and raises where none is left.

    protocols   with feedback, what was done to each cell; None for one that was left out
    """
    model, protocol = course.model, course.protocol
    attributes = provenance(model, protocol, course.method, crowd.counters, time.perf_counter() - began)
    attributes |= {**told, **(_account_of_answers(protocols) if protocols else {})}
    starts = (
        _starts_of_each(course, protocols)
        if protocols
        else stimuli(model, protocol, course.points.first, protocol.duration)
    )
    if crowd.done < batch.size:
        attributes["interrupted"] = f"stopped after {crowd.done} of {batch.size} cells"
    if crowd.failures:
        attributes["failures"] = json.dumps({str(cell): str(fault) for cell, fault in crowd.failures.items()})
    run = to_dataset(
        course.selection.columns,
        crowd.time,
        crowd.values,
        time_unit=model.time_unit,
        beat_starts=starts,
        cells=batch.labels,
        attributes=attributes,
    )
    _tell(crowd, run)
    return run


def _starts_of_each(course: Course, protocols: Sequence[Protocol | None]) -> NDArray[np.float64]:
    """When the stimuli of each cell begin, shape [cell, beat], filled up with NaN: every cell has beats of its own."""
    first, nothing = course.points.first, np.empty(0)
    each = [nothing if own is None else stimuli(course.model, own, first, own.duration) for own in protocols]
    starts = np.full((len(each), max(map(len, each))), np.nan)
    for row, found in zip(starts, each, strict=True):
        row[: len(found)] = found
    return starts


def _tell(crowd: Crowd, run: xr.Dataset) -> None:
    if not crowd.failures:
        return
    first = next(iter(crowd.failures.values()))
    if len(crowd.failures) == crowd.done:
        first.partial = run
        raise first
    text = f"{len(crowd.failures)} of {crowd.done} cells could not go on; the first: {first}"
    warnings.warn(text, RuntimeWarning, stacklevel=4)
