"""Rosenbrock-Wanner methods with a step size of its own for every lane.

A round tries one step in every lane that has not reached the segment's end.  The lanes share the
Jacobian call, the LU factors and the stages, but c = gamma h enters them as a vector: a lane that
waits has h = 0, which makes its LU factors I and its stages 0, so that nothing it does reaches a
neighbour, and a cell's result depends neither on its neighbours nor on its place in the block.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.address import load, store
from troponin.solvers.compilation import compiled
from troponin.solvers.rosenbrock_events import remember_step, watch_round, watch_start
from troponin.solvers.rosenbrock_lanes import LaneLimits, LaneOutput, Lanes
from troponin.solvers.rosenbrock_loops import select_lanes
from troponin.solvers.rosenbrock_output import save_lane, save_monitors, save_start
from troponin.solvers.rosenbrock_space import Numbers, RowSpace
from troponin.solvers.rosenbrock_step import complete, evaluate, first_steps, judge, prepare_round, set_pattern, stages
from troponin.solvers.workspace import Calls

__all__ = ["run_block"]

_DONE, _TOO_SMALL = 0, 2


@compiled
def run_lanes(
    calls: Calls,
    space: RowSpace,
    numbers: Numbers,
    limits: LaneLimits,
    output: LaneOutput,
    lanes: Lanes,
    segment: int,
    length: float,
    first: int,
    last: int,
    counters: NDArray[np.int64],
) -> None:
    """Integrate every lane that has not failed from local time 0 to `length`."""
    save_start(calls, space, output, lanes, first, last)
    if output.watched:
        watch_start(calls, space, output.watch, lanes, segment)
    for lane in range(calls.width):
        if lanes.status[lane] == _DONE:
            lanes.t[lane], lanes.steps[lane] = 0.0, 0
            lanes.fresh[lane], lanes.reason[lane] = 1, _TOO_SMALL
    evaluate(calls, space, lanes, counters)
    first_steps(calls, space, numbers, limits, lanes, length, counters)
    stale = False
    recorded = 0
    while prepare_round(calls, space, numbers, limits, lanes, length) > 0:
        if stale:
            evaluate(calls, space, lanes, counters)
        stages(calls, space, numbers, lanes, counters)
        complete(calls, space, numbers, limits.rtol)
        stale = False
        for lane in range(calls.width):
            if lanes.h[lane] == 0.0:
                set_pattern(space.chosen, lane, calls.width, 0.0)
                continue
            accepted, reached, h = judge(calls, space, numbers, limits, lanes, lane, length, counters)
            set_pattern(space.chosen, lane, calls.width, 1.0 if accepted else 0.0)
            if accepted:
                stale = True
                if output.watched:
                    remember_step(calls, output.watch, lane, lanes.t[lane], lanes.h[lane], reached)
                if lanes.row[lane] < last and output.times[lanes.row[lane]] <= reached:
                    save_lane(calls, space, numbers, output, lanes, lane, reached, first, last)
                lanes.t[lane] = reached
            lanes.fresh[lane] = 1 if accepted else 0
            lanes.h[lane] = h
        if stale and output.watched:
            watch_round(calls, space, numbers, output.watch, segment)
        select_lanes(calls.blocks, space.chosen, limits.keep, space.trial, space.y, space.largest)
        if stale and recorded < output.step_times.size:
            output.step_times[recorded] = lanes.t[0]
            for i in range(calls.states):
                store(output.step_states, recorded * calls.states + i, load(space.y, i * calls.width))
        if stale:
            recorded += 1
    if output.monitor_rows > 0:
        save_monitors(calls, space, output, lanes, first, last)


@compiled
def run_block(
    calls: Calls,
    space: RowSpace,
    numbers: Numbers,
    limits: LaneLimits,
    output: LaneOutput,
    lanes: Lanes,
    lengths: NDArray[np.float64],
    inputs: NDArray[np.float64],
    offsets: NDArray[np.int64],
    counters: NDArray[np.int64],
) -> None:
    """Integrate segment after segment; a lane that fails stays where it failed and the others go on."""
    for segment in range(lengths.size):
        alive = 0
        for lane in range(calls.width):
            if lanes.status[lane] == _DONE:
                lanes.segment[lane] = segment
                alive += 1
        if alive == 0:
            return
        for i in range(inputs.shape[1]):
            store(space.u, i, inputs[segment, i])
        first, last = offsets[segment], offsets[segment + 1]
        run_lanes(calls, space, numbers, limits, output, lanes, segment, lengths[segment], first, last, counters)
