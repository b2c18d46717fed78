"""What a measurement goes through: the beats of a protocol, and a model compiled with the signals that are read."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby

import numpy as np

from troponin.analysis.in_loop.beat_walk import Reading, Task
from troponin.analysis.in_loop.located_beat import LocatedBeat
from troponin.analysis.in_loop.slopes import slope_name, with_slopes
from troponin.analysis.markers.marker import Marker, Signal
from troponin.analysis.markers.stimulus import pulse_in
from troponin.errors import ProtocolError
from troponin.kernels.kernel import compile_model
from troponin.kernels.target import natural_lanes
from troponin.model.model import Model, Role
from troponin.protocol.grid import Grid
from troponin.protocol.segments import onsets
from troponin.protocol.table import Table
from troponin.protocol.timeline import Protocol
from troponin.simulation.as_written import switch_times
from troponin.simulation.batch import Batch
from troponin.simulation.course import Course, Method, chunks
from troponin.simulation.save import Selection
from troponin.units import conversion_factor, ms

__all__ = ["beat_edges", "before", "open_task"]

_NOTHING_KEPT = Selection((), (), (), ())


def beat_edges(model: Model, protocol: Protocol, beats: int) -> list[Fraction]:
    """When the last beats of a settled protocol begin, in ms: with their stimuli.

    A protocol without stimuli is one beat, of a model without a membrane potential.  Raises `ProtocolError` where
    there are fewer beats, and for a cell that nothing stimulates.
    """
    last: deque[Fraction] = deque(maxlen=beats)
    count = 0
    for onset in onsets(protocol, Role.STIMULUS):
        if onset < protocol.duration and not (last and last[-1] == onset):
            last.append(onset)
            count += 1
    if not count and "v" in model.meanings:
        raise ProtocolError(
            "without stimuli it is not said where beats begin",
            where="measure",
            remedy="Keep a trace: biomarkers.table(simulate(...)) finds the beats of a cell that beats by itself.",
        )
    if not count:
        last.append(Fraction(0))
        count = 1
    if count < beats:
        raise ProtocolError(
            f"the protocol has {count} beat{'s' * (count > 1)}", where="measure", got=f"beats={beats}", expected=count
        )
    return list(last)


def open_task(
    model: Model,
    protocol: Protocol,
    method: Method,
    markers: tuple[Marker, ...],
    edges: Sequence[Fraction],
    batch: Batch | None,
) -> Task:
    """Compile a model for a measurement: for one cell, or for a batch as many abreast as the machine has lanes."""
    signals = dict.fromkeys(signal for marker in markers for signal in marker.reads)
    sloped = _sloped(markers)
    steep = tuple(dict.fromkeys(model.qualified(signal.name) for signal in signals if signal in sloped))
    measured = with_slopes(model, steep, tuple(protocol.units))
    rows = tuple(dict.fromkeys(model.qualified(signal.name) for signal in signals))
    monitors = (*rows, *map(slope_name, steep))
    if batch is None:
        kernel = compile_model(measured, monitors=monitors)
    else:
        kernel = compile_model(measured, lanes=natural_lanes(), varied=batch.parameters, monitors=monitors)
    none = Grid(Fraction(0), protocol.duration, protocol.duration)
    cuts = switch_times(model, protocol.duration)
    course = Course(measured, kernel, method, protocol, none, _NOTHING_KEPT, cuts)
    push = pulse_in(protocol).push
    per = float(model.time_unit.scale / ms.scale)
    readings = {}
    for signal in signals:
        name = model.qualified(signal.name)
        factor = conversion_factor(model.variables[name].unit, signal.unit)
        slope = monitors.index(slope_name(name)) if signal in sloped else None
        pushed = push if signal.name == "v" else 0.0
        readings[signal] = Reading(rows.index(name), factor, slope, factor / per, pushed)
    return Task(course, markers, readings, _beats(course, edges))


def before(task: Task) -> Iterator[Table]:
    """What comes before the measured beats, piece by piece."""
    first = task.beats[0].segments[0].start
    return chunks(task.course, Fraction(0), first) if first else iter(())


def _sloped(markers: Sequence[Marker]) -> set[Signal]:
    """The signals whose slopes the markers ask for: they are asked about beats of which nothing is known."""
    found = set()
    for marker in markers:
        beats = [LocatedBeat() for _ in marker.reads]
        marker.measure(*beats)
        found |= {signal for signal, beat in zip(marker.reads, beats, strict=True) if "slope" in beat.uses}
    return found


def _beats(course: Course, edges: Sequence[Fraction]) -> tuple[Table, ...]:
    """The segments of every measured beat, as one table each."""
    whole = list(chunks(course, edges[0], course.protocol.duration))
    segments = [segment for table in whole for segment in table.segments]
    start, length, u = (np.concatenate([getattr(t, name) for t in whole]) for name in ("start", "length", "u"))
    tables, first = [], 0
    for _, group in groupby(segments, lambda segment: bisect_right(edges, segment.start)):
        part = slice(first, first + len(list(group)))
        tables.append(Table(tuple(segments[part]), start[part], length[part], u[part]))
        first = part.stop
    return tuple(tables)
