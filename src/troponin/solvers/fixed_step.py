"""Fixed steps: the kernel knows how a state moves on by h, the loop only keeps the clock.

A segment is cut into equal steps, so that its end, where an input may jump, is always the end of a
step.  Between two steps output is linear, as accurate as a first-order method is.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.address import call6, load, store
from troponin.solvers.compilation import compiled
from troponin.solvers.workspace import Calls

__all__ = ["STEPS_BETWEEN_CHECKS", "FixedOutput", "FixedSpace", "Health", "run_fixed"]

STEPS_BETWEEN_CHECKS: Final = 64
"""Steps after which the states are looked at, to find cells that are no longer finite."""

STEPS: Final = 0
_NOT_FINITE: Final = 3


class FixedSpace(NamedTuple):
    """Addresses of the arrays of one block of cells."""

    tau: int
    y: int
    before: int
    """the state a step ago, kept when something is to be saved within the step"""
    probe: int
    """the state at a save time"""
    good: int
    """the state at the last check"""
    h: int
    u: int
    k: int
    q: int


class FixedOutput(NamedTuple):
    """Where results go: values[save, column, lane], columns being states first and monitors after."""

    columns: NDArray[np.int64]
    times: NDArray[np.float64]
    values: int
    monitors: int
    step_times: NDArray[np.float64]
    step_states: int


class Health(NamedTuple):
    """What is known of every lane: how it stands, and segment and time of its last check; arrays of length W."""

    status: NDArray[np.int64]
    segment: NDArray[np.int64]
    tau: NDArray[np.float64]


@compiled
def check(calls: Calls, space: FixedSpace, health: Health, segment: int, tau: float) -> None:
    """Note the lanes that are not finite any more; remember the state of the others."""
    for lane in range(calls.width):
        if health.status[lane] != 0:
            continue
        total = 0.0
        for i in range(lane, calls.states * calls.width, calls.width):
            total += 0.0 * load(space.y, i)
        if total != 0.0:  # zero times a finite number is zero, times anything else NaN
            health.status[lane] = _NOT_FINITE
            continue
        health.segment[lane], health.tau[lane] = segment, tau
        for i in range(lane, calls.states * calls.width, calls.width):
            store(space.good, i, load(space.y, i))


@compiled
def save_row(calls: Calls, space: FixedSpace, output: FixedOutput, health: Health, row: int, share: float) -> None:
    """Store one row a `share` of the way from the state before to the present one."""
    size = calls.states * calls.width
    for i in range(size):
        y = load(space.y, i)
        store(space.probe, i, y if share >= 1.0 else (1.0 - share) * load(space.before, i) + share * y)
    place = row * (output.columns.size + output.monitors) * calls.width
    for column in range(output.columns.size):
        for lane in range(calls.width):
            value = load(space.probe, output.columns[column] * calls.width + lane)
            store(output.values, place + column * calls.width + lane, value)
    if output.monitors > 0:
        for lane in range(calls.width):
            store(space.tau, lane, output.times[row])
        target = output.values + 8 * (place + output.columns.size * calls.width)
        call6(calls.monitor, space.tau, space.probe, space.u, space.k, space.q, target)
    for lane in range(calls.width):
        if health.status[lane] != 0:
            for column in range(output.columns.size + output.monitors):
                store(output.values, place + column * calls.width + lane, math.nan)


@compiled
def run_steps(
    calls: Calls,
    space: FixedSpace,
    output: FixedOutput,
    health: Health,
    segment: int,
    length: float,
    count: int,
    row: int,
    last: int,
) -> None:
    """Take `count` equal steps through a segment."""
    size, h = calls.states * calls.width, length / count
    for lane in range(calls.width):
        store(space.h, lane, h)
    check(calls, space, health, segment, 0.0)
    while row < last and output.times[row] <= 0.0:
        save_row(calls, space, output, health, row, 1.0)
        row += 1
    for step in range(count):
        # The time is a product and not a sum: after a million steps a sum would have drifted.
        t, reached = step * h, length if step + 1 == count else (step + 1) * h
        wanted = row < last and output.times[row] <= reached
        if wanted:
            for i in range(size):
                store(space.before, i, load(space.y, i))
        for lane in range(calls.width):
            store(space.tau, lane, t)
        call6(calls.step, space.tau, space.y, space.u, space.k, space.q, space.h)
        if wanted or (step + 1) % STEPS_BETWEEN_CHECKS == 0 or step + 1 == count:
            check(calls, space, health, segment, reached)
        while row < last and output.times[row] <= reached:
            share = 1.0 if output.times[row] == reached else (output.times[row] - t) / h
            save_row(calls, space, output, health, row, share)
            row += 1
        if step < output.step_times.size:
            output.step_times[step] = reached
            for i in range(size):
                store(output.step_states, step * size + i, load(space.y, i))


@compiled
def run_fixed(
    calls: Calls,
    space: FixedSpace,
    output: FixedOutput,
    health: Health,
    lengths: NDArray[np.float64],
    counts: NDArray[np.int64],
    inputs: NDArray[np.float64],
    offsets: NDArray[np.int64],
    counters: NDArray[np.int64],
) -> None:
    """Integrate segment after segment; a lane that is no longer finite ends with its last finite state."""
    for segment in range(lengths.size):
        for i in range(inputs.shape[1]):
            store(space.u, i, inputs[segment, i])
        run_steps(
            calls,
            space,
            output,
            health,
            segment,
            lengths[segment],
            counts[segment],
            offsets[segment],
            offsets[segment + 1],
        )
        counters[STEPS] += counts[segment]
    for lane in range(calls.width):
        if health.status[lane] != 0:
            for i in range(lane, calls.states * calls.width, calls.width):
                store(space.y, i, load(space.good, i))
