"""A run prepared: the compiled model in its course, for one cell or for as many abreast as the machine has lanes."""

from __future__ import annotations

from collections.abc import Sequence

from troponin.kernels.kernel import compile_model
from troponin.kernels.target import natural_lanes
from troponin.model.model import Model
from troponin.protocol.feedback import Loop
from troponin.protocol.grid import Grid
from troponin.protocol.timeline import Protocol
from troponin.simulation.as_written import switch_times
from troponin.simulation.batch import Batch
from troponin.simulation.course import Course, Method
from troponin.simulation.save import Selection
from troponin.simulation.triggers import RATE, watched, with_rate
from troponin.solvers.method import RushLarsen

__all__ = ["prepared"]


def prepared(
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
