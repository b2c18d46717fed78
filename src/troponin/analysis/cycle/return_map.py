"""The map from beat to beat of a cell that beats by itself, opened by watching the cell until it does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.cycle.passage import first_passage
from troponin.analysis.pace_map import (
    PaceMap,
    adaptive,
    initial_state,
    require_autonomous,
    segments_of,
    traced_beat,
    with_beat,
)
from troponin.errors import ModelError
from troponin.kernels.kernel import compile_model
from troponin.model.model import Model
from troponin.protocol.timeline import Protocol, rest
from troponin.simulation.addresses import addresses
from troponin.simulation.course import Method

__all__ = ["from_rest", "open_return_map"]

Floats = NDArray[np.float64]


def open_return_map(model: Model, method: Method, within: float) -> tuple[PaceMap, Floats, int]:
    """The map from beat to beat of a cell that beats by itself, its state at the beginning of one, and the beats seen.

    within   how long the cell is watched until it beats, in the model's unit of time
    A beat is one of the membrane potential; of the first state, where a model has none.  Raises `ModelError` for a
    model whose equations depend on time itself, and for one that rests.
    """
    require_autonomous(model)
    v = model.meanings.get("v")
    names = [state.name for state in model.states]
    column = names.index(v) if v in names else 0
    kernel = compile_model(model, monitors=[names[column]])
    constants = kernel.constants([p.value for p in model.parameters])
    waiting = rest("1 ms")
    segments = segments_of(model, waiting)
    solver = adaptive(method)
    found = first_passage(addresses(kernel), solver, initial_state(model), segments.inputs, constants, column, within)
    if found is None:
        raise ModelError(
            f"the cell does not beat by itself: no beats of {names[column]} within {within:.4g} {model.time_unit}",
            where=f"model {model.name}",
            remedy='Pace it, as in limit_cycle(model, "1000 ms"), or watch it for longer, with within=...',
        )
    passage, y, seen = found
    return PaceMap(model, waiting, solver, kernel, segments, constants, passage), y, seen


def from_rest(paced: PaceMap, y: Floats, beat: Protocol) -> Floats:
    """The state on the same orbit from which the potential is lowest: there a beat begins, not in its upstroke.

    beat   as long as one of the cell's own
    """
    column = paced.kernel.monitors[0]
    place = [state.name for state in paced.model.states].index(column)
    whole = replace(with_beat(paced, beat), passage=None)
    time, states = traced_beat(whole, y)
    lowest = int(np.argmin(states[:, place]))
    return states[lowest] if 0 < lowest < len(time) - 1 else y
