"""Output of a Rosenbrock method: every lane's values at the save times it passes."""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math

from troponin.solvers.address import call6, load, store
from troponin.solvers.compilation import compiled
from troponin.solvers.rosenbrock_lanes import LaneOutput, Lanes
from troponin.solvers.rosenbrock_space import Numbers, RowSpace
from troponin.solvers.workspace import BLOCK, Calls

__all__ = ["save_lane", "save_monitors", "save_start"]

_DONE = 0


@compiled
def dense_weights(numbers: Numbers, theta: float) -> None:
    """Weights of the stages in y(t + theta h) - y."""
    for j in range(numbers.stages):
        inner = 0.0
        for power in range(numbers.powers - 1, -1, -1):
            inner = inner * theta + load(numbers.h, power * numbers.stages + j)
        store(numbers.weights, j, theta * (load(numbers.m, j) + (1.0 - theta) * inner))


@compiled
def dense(calls: Calls, space: RowSpace, numbers: Numbers, state: int, lane: int, inside: bool) -> float:
    """One state of one lane inside the step, by the present weights, or at its very end."""
    place = state * calls.width + lane
    if not inside:
        end: float = load(space.trial, place)
        return end
    value: float = load(space.y, place)
    for j in range(numbers.stages):
        value += load(numbers.weights, j) * load(space.stages, j * calls.blocks * BLOCK + place)
    return value


@compiled
def save_lane(
    calls: Calls,
    space: RowSpace,
    numbers: Numbers,
    output: LaneOutput,
    lanes: Lanes,
    lane: int,
    reached: float,
    first: int,
    last: int,
) -> None:
    """Store one lane's values at every save time up to `reached`, before y is replaced."""
    row = lanes.row[lane]
    while row < last and output.times[row] <= reached:
        inside = output.times[row] < reached
        if inside:
            dense_weights(numbers, (output.times[row] - lanes.t[lane]) / lanes.h[lane])
        base = row * output.width_of_row * calls.width + lane
        for column in range(output.columns.size):
            value = dense(calls, space, numbers, output.columns[column], lane, inside)
            store(output.values, base + column * calls.width, value)
        if output.monitor_rows > 0:
            base = (row - first) * calls.states * calls.width + lane
            for state in range(calls.states):
                store(output.states, base + state * calls.width, dense(calls, space, numbers, state, lane, inside))
        row += 1
    lanes.row[lane] = row


@compiled
def save_start(calls: Calls, space: RowSpace, output: LaneOutput, lanes: Lanes, first: int, last: int) -> None:
    """Store the state at the segment's start in every row whose time is zero."""
    row = first
    while row < last and output.times[row] <= 0.0:
        for lane in range(calls.width):
            if lanes.status[lane] != _DONE:
                continue
            base = row * output.width_of_row * calls.width + lane
            for column in range(output.columns.size):
                value = load(space.y, output.columns[column] * calls.width + lane)
                store(output.values, base + column * calls.width, value)
            if output.monitor_rows > 0:
                base = (row - first) * calls.states * calls.width + lane
                for state in range(calls.states):
                    store(output.states, base + state * calls.width, load(space.y, state * calls.width + lane))
        row += 1
    for lane in range(calls.width):
        lanes.row[lane] = row if lanes.status[lane] == _DONE else first


@compiled
def save_monitors(calls: Calls, space: RowSpace, output: LaneOutput, lanes: Lanes, first: int, last: int) -> None:
    """Compute the monitors of all save times of a segment; rows a failed lane never reached stay NaN."""
    for row in range(first, last):
        for lane in range(calls.width):
            store(space.tau, lane, output.times[row])
        state = output.states + 8 * (row - first) * calls.states * calls.width
        base = row * output.width_of_row * calls.width + output.columns.size * calls.width
        call6(calls.monitor, space.tau, state, space.u, space.k, space.q, output.values + 8 * base)
        for lane in range(calls.width):
            if row >= lanes.row[lane]:
                for monitor in range(output.monitor_rows):
                    store(output.values, base + monitor * calls.width + lane, math.nan)
