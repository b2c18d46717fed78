"""One round of a Rosenbrock method: guess the first steps, compute the stages, judge every lane."""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.address import call2, call3, call6, call8, load, store
from troponin.solvers.bdf_loops import weigh
from troponin.solvers.compilation import compiled
from troponin.solvers.jacobian import zero_where_nan
from troponin.solvers.rosenbrock_lanes import LaneLimits, Lanes
from troponin.solvers.rosenbrock_loops import (
    add_stage,
    finish,
    finish_accurate,
    squares,
    stage_point,
    stage_right_side,
)
from troponin.solvers.rosenbrock_space import Numbers, RowSpace
from troponin.solvers.rough_power import rough_power
from troponin.solvers.step_size import farthest, fit, probe
from troponin.solvers.workspace import BLOCK, Calls

__all__ = ["complete", "evaluate", "first_steps", "judge", "prepare_round", "set_pattern", "stages"]

_SAFETY: Final = 0.9
_LARGEST: Final = 6.0
_SMALLEST: Final = 0.2
_NOT_FINITE_SHRINK: Final = 0.1
_START: Final = 1e-3  # share of the tolerance that the error of the first step is guessed to be

STEPS: Final = 0
REJECTED: Final = 1
RHS: Final = 2
JACOBIANS: Final = 3
FACTORS: Final = 4
SOLVES: Final = 5

_DONE, _TOO_MANY, _TOO_SMALL, _NOT_FINITE = 0, 1, 2, 3


@compiled
def set_pattern(pattern: int, lane: int, width: int, value: float) -> None:
    """One lane's number, in all its places."""
    for i in range(lane, BLOCK, width):
        store(pattern, i, value)


@compiled
def lane_square(calls: Calls, sums: int, lane: int) -> float:
    """The mean square of one lane from a pattern of sums."""
    total = 0.0
    for i in range(lane, BLOCK, calls.width):
        total += load(sums, i)
    return total / calls.states


@compiled
def evaluate(calls: Calls, space: RowSpace, lanes: Lanes, counters: NDArray[np.int64]) -> None:
    """J, f and df/dt of every lane at its own time."""
    for lane in range(calls.width):
        store(space.tau, lane, lanes.t[lane])
    call8(calls.jac, space.tau, space.y, space.u, space.k, space.q, space.first_rate, space.jacobian, space.ft)
    zero_where_nan(space.jacobian, calls.entries)
    counters[JACOBIANS] += 1


@compiled
def first_steps(
    calls: Calls,
    space: RowSpace,
    numbers: Numbers,
    limits: LaneLimits,
    lanes: Lanes,
    length: float,
    counters: NDArray[np.int64],
) -> None:
    """Guess every lane's first step from f and from its change along f (Hairer, Norsett, Wanner I, II.4)."""
    weigh(calls.blocks, space.y, space.atol, limits.rtol, space.mask, space.w)
    squares(calls.blocks, space.first_rate, space.w, space.sums)
    for lane in range(calls.width):
        speed = math.sqrt(lane_square(calls, space.sums, lane))
        lanes.h[lane] = probe(speed, length)
        store(space.tau, lane, lanes.h[lane])
        set_pattern(space.gh, lane, calls.width, lanes.h[lane])
    for i in range(calls.blocks * BLOCK):
        store(space.trial, i, load(space.y, i) + load(space.gh, i % BLOCK) * load(space.first_rate, i))
    call6(calls.rhs, space.tau, space.trial, space.u, space.k, space.q, space.rate)
    counters[RHS] += 1
    for i in range(calls.blocks * BLOCK):
        store(space.largest, i, abs(load(space.y, i)))
        change = load(space.rate, i) - load(space.first_rate, i)
        store(space.trial, i, change * load(space.mask, i))
    squares(calls.blocks, space.trial, space.w, space.sums)
    for lane in range(calls.width):
        bend = math.sqrt(lane_square(calls, space.sums, lane)) / lanes.h[lane]
        guess = math.sqrt(2.0 * _START ** (4.0 * numbers.exponent) / bend) if bend > 0.0 else length
        guess = min(guess, farthest(lanes.h[lane]))
        if limits.first_step > 0.0:
            guess = limits.first_step
        lanes.h[lane] = min(length, guess)
        if lanes.status[lane] == _DONE and not math.isfinite(bend):
            lanes.status[lane] = _NOT_FINITE


@compiled
def stages(calls: Calls, space: RowSpace, numbers: Numbers, lanes: Lanes, counters: NDArray[np.int64]) -> None:
    """All stages of a step; lanes.h holds each lane's step, zero for a lane that waits."""
    size = 8 * calls.blocks * BLOCK
    call3(calls.factor, space.jacobian, space.gh, space.lu)
    counters[FACTORS] += 1
    for stage in range(numbers.stages):
        here = space.stages + stage * size
        rate = space.first_rate
        if stage > 0:
            rate = space.rate
            if numbers.increments[stage] == 1:
                add_stage(calls.blocks, here - size, space.trial)
            else:
                coefficients = numbers.a + 8 * stage * numbers.stages
                stage_point(calls.blocks, stage, space.y, coefficients, space.stages, space.trial)
            for lane in range(calls.width):
                store(space.tau, lane, lanes.t[lane] + load(numbers.alpha, stage) * lanes.h[lane])
            call6(calls.rhs, space.tau, space.trial, space.u, space.k, space.q, rate)
            counters[RHS] += 1
        stage_right_side(
            calls.blocks,
            stage,
            rate,
            space.ft,
            space.gh,
            space.ghh,
            load(numbers.gammas, stage),
            numbers.c + 8 * stage * numbers.stages,
            space.stages,
            here,
        )
        call2(calls.solve, space.lu, here)
        counters[SOLVES] += 1


@compiled
def complete(calls: Calls, space: RowSpace, numbers: Numbers, rtol: float) -> None:
    """The new state of all lanes in space.trial and the squares of their errors in space.sums."""
    blocks, largest, atol, mask, trial, sums = (
        calls.blocks, space.largest, space.atol, space.mask, space.trial, space.sums,
    )  # fmt: skip
    if numbers.increments[numbers.stages] == 1:
        last = space.stages + 8 * (numbers.stages - 1) * blocks * BLOCK
        finish_accurate(blocks, last, largest, atol, rtol, mask, trial, sums)
    else:
        finish(
            blocks, numbers.stages, space.y, numbers.m, numbers.e, space.stages, largest, atol, rtol, mask, trial, sums
        )


@compiled
def judge(
    calls: Calls,
    space: RowSpace,
    numbers: Numbers,
    limits: LaneLimits,
    lanes: Lanes,
    lane: int,
    length: float,
    counters: NDArray[np.int64],
) -> tuple[bool, float, float]:
    """Whether a lane's step is accepted, the time it reaches and the step to try next."""
    h = lanes.h[lane]
    error = lane_square(calls, space.sums, lane)
    if error <= 1.0:
        counters[STEPS] += 1
        lanes.steps[lane] += 1
        largest = _LARGEST if lanes.fresh[lane] == 1 else 1.0
        growth = 1.0 / max(1.0 / largest, rough_power(error, numbers.exponent) / _SAFETY)
        reached = length if h >= length - lanes.t[lane] else lanes.t[lane] + h
        return True, reached, h * growth
    counters[REJECTED] += 1
    if math.isfinite(error):
        lanes.reason[lane] = _TOO_SMALL
        return False, lanes.t[lane], h * max(_SMALLEST, _SAFETY / rough_power(error, numbers.exponent))
    lanes.reason[lane] = _NOT_FINITE
    return False, lanes.t[lane], h * _NOT_FINITE_SHRINK


@compiled
def prepare_round(
    calls: Calls, space: RowSpace, numbers: Numbers, limits: LaneLimits, lanes: Lanes, length: float
) -> int:
    """Fit every lane's step into the segment, stop lanes that cannot go on; returns the lanes that step."""
    stepping = 0
    for lane in range(calls.width):
        h = 0.0
        if lanes.status[lane] == _DONE and lanes.t[lane] < length:
            h = fit(lanes.h[lane], length - lanes.t[lane], limits.max_step)
            if lanes.steps[lane] >= limits.max_steps:
                lanes.status[lane], h = _TOO_MANY, 0.0
            elif lanes.t[lane] + h <= lanes.t[lane]:
                lanes.status[lane], h = lanes.reason[lane], 0.0
            else:
                stepping += 1
        lanes.h[lane] = h
        set_pattern(space.gh, lane, calls.width, numbers.gamma * h)
        set_pattern(space.ghh, lane, calls.width, numbers.gamma * h * h)
    return stepping
