"""BDF: variable order, variable step, with a fixed leading coefficient, in divided differences.

The past is a row of modified divided differences phi[j] over the last points t_n, t_(n-1), ...
whose distances are psi.  A step of any length h needs no rescaling of the past: the factors beta of
the new distances do it while the predictor is summed.  So a step can be cut to end exactly at a
breakpoint at no cost, and no step size is ever pending.  With a = h / gamma_k and
gamma_k = 1 + 1/2 + ... + 1/k the corrector solves  y - y0 = a (f(y) - y0').  (The longer steps of
Shampine and Reichelt's numerical differentiation formulas were tried: at equal error they cost 3 %
more on cell models.)

A segment starts with all past points at its own start (confluent nodes): phi[1] is then f itself,
and the first step is exactly the implicit Euler step with the right second difference for order 2.

K. E. Brenan, S. L. Campbell, L. R. Petzold, Numerical Solution of Initial-Value Problems in
Differential-Algebraic Equations, SIAM 1996, chapter 5, doi 10.1137/1.9781611971224.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.address import call6, load, store
from troponin.solvers.bdf_events import watch_start, watch_step
from troponin.solvers.bdf_loops import combine, row_norm, weigh
from troponin.solvers.bdf_space import Space
from troponin.solvers.bdf_step import (
    JACOBIAN_AGE,
    REJECTED,
    RHS,
    STEPS,
    Limits,
    Output,
    accept,
    attempt,
    copy,
    next_order,
    refresh,
    set_time,
)
from troponin.solvers.compilation import compiled
from troponin.solvers.interpolant import interpolation_factors
from troponin.solvers.newton import CONVERGED, INFINITE
from troponin.solvers.step_size import farthest, fit, probe, shrink
from troponin.solvers.workspace import BLOCK, Calls

__all__ = ["run_segment", "run_segments"]

_START_ERROR: Final = 0.3  # aimed at by the first step, as a share of the tolerance
_LARGEST_GROWTH: Final = 10.0
_RAMP: Final = 10  # steps of a segment in which the order may change at every step
_FAILURES_BEFORE_RESTART: Final = 3
_MOST_FAILURES: Final = 40

_DONE, _TOO_MANY, _TOO_SMALL, _NOT_FINITE, _NO_CONVERGENCE = 0, 1, 2, 3, 4


@compiled
def start(calls: Calls, space: Space, limits: Limits, length: float, counters: NDArray[np.int64]) -> float:
    """Set phi to the Taylor coefficients y, f, y''/2 at the segment's start; returns the first step.

    y'' = J f + df/dt is taken as a directional difference of f, one right-hand side; NaN when f is not finite.
    """
    size = calls.blocks * BLOCK
    phi1, phi2 = space.phi + 8 * size, space.phi + 16 * size
    set_time(calls, space, 0.0)
    copy(calls.blocks, space.phi, space.y)
    refresh(calls, space, counters)
    weigh(calls.blocks, space.phi, space.atol, limits.rtol, space.mask, space.w)
    copy(calls.blocks, space.rate, phi1)
    speed = math.sqrt(row_norm(calls.blocks, calls.width, phi1, space.w) / calls.states)
    if not math.isfinite(speed):
        return math.nan
    small = probe(speed, length)
    for i in range(size):
        store(space.y, i, load(space.phi, i) + small * load(phi1, i))
    set_time(calls, space, small)
    call6(calls.rhs, space.tau, space.y, space.u, space.k, space.q, space.rate)
    counters[RHS] += 1
    for i in range(size):
        store(phi2, i, 0.5 * (load(space.rate, i) - load(phi1, i)) / small * load(space.mask, i))
    bend = math.sqrt(row_norm(calls.blocks, calls.width, phi2, space.w) / calls.states)
    for i in range(BLOCK):
        store(space.psi, i, 0.0)
    if limits.first_step > 0.0:
        return limits.first_step
    step = math.sqrt(_START_ERROR / bend) if bend * length * length > _START_ERROR else length
    return min(step, farthest(small))


@compiled
def save_until(
    calls: Calls, space: Space, output: Output, order: int, tau: float, row: int, last: int, inside: bool
) -> int:
    """Store every save time up to tau; returns the first row still to come."""
    columns = output.columns
    while row < last and output.times[row] <= tau:
        back = output.times[row] - tau
        if inside and back < 0.0:
            interpolation_factors(order, space.psi, back, space.factors)
            combine(calls.blocks, order + 1, space.phi, space.factors, space.r)
        else:
            copy(calls.blocks, space.phi, space.r)
        place = row * (columns.size + output.monitors) * calls.width
        for column in range(columns.size):
            for lane in range(calls.width):
                value = load(space.r, columns[column] * calls.width + lane)
                store(output.values, place + column * calls.width + lane, value)
        if output.monitors > 0:
            set_time(calls, space, output.times[row])
            target = output.values + 8 * (place + columns.size * calls.width)
            call6(calls.monitor, space.tau, space.r, space.u, space.k, space.q, target)
        row += 1
    return row


@compiled
def after_failure(
    outcome: int, error: float, order: int, h: float, linear: tuple[int, float, float], counters: NDArray[np.int64]
) -> tuple[float, tuple[int, float, float], int]:
    """The step to try after one that was not accepted, `linear` anew, and the status if it is the last."""
    if outcome == CONVERGED:
        counters[REJECTED] += 1
        return h * shrink(error, order), linear, _TOO_SMALL
    reason = _NOT_FINITE if outcome == INFINITE else _NO_CONVERGENCE
    if linear[0] == 0 or outcome == INFINITE:  # a Jacobian of this very point did not help
        h *= 0.25
    return h, (JACOBIAN_AGE, 0.0, 1.0), reason


@compiled
def run_segment(
    calls: Calls,
    space: Space,
    limits: Limits,
    output: Output,
    length: float,
    row: int,
    last: int,
    counters: NDArray[np.int64],
    place: NDArray[np.float64],
) -> tuple[int, int]:
    """Integrate from local time 0 to `length`; space.phi holds y at the start and at the end.

    Returns the status and the number of steps; place[0] receives the local time reached.
    """
    row = save_until(calls, space, output, 1, 0.0, row, last, False)
    if output.watched:
        watch_start(calls, space, output.watch, int(place[1]))
    h = start(calls, space, limits, length, counters)
    tau, order, steps, at_order, failures, reason = 0.0, 1, 0, 1, 0, _TOO_SMALL
    linear = (0, 0.0, 1.0)
    known = True  # whether the difference above the order is known, so that the order may rise
    place[0] = 0.0
    if not math.isfinite(h):
        return _NOT_FINITE, 0
    while tau < length:
        if steps >= limits.max_steps:
            counters[STEPS] += steps
            return _TOO_MANY, steps
        h = fit(h, length - tau, limits.max_step)
        target = length if h >= length - tau else tau + h
        if target <= tau or failures > _MOST_FAILURES:
            counters[STEPS] += steps
            return reason, steps
        outcome, error, linear = attempt(calls, space, order, h, target, linear, counters)
        if outcome != CONVERGED or not error <= 1.0:
            failures += 1
            h, linear, reason = after_failure(outcome, error, order, h, linear, counters)
            if outcome == CONVERGED and failures >= _FAILURES_BEFORE_RESTART and order > 1:
                order, at_order, known = order - 1, 0, True
            continue
        accept(calls, space, limits, output, order, target, steps)
        tau = target
        place[0] = tau
        steps += 1
        at_order += 1
        linear = (linear[0] + 1, linear[1], linear[2])
        if output.watched:
            watch_step(calls, space, output.watch, order, int(place[1]), tau, h)
        if row < last and output.times[row] <= tau:
            row = save_until(calls, space, output, order, tau, row, last, True)
        settled = at_order > order or steps <= _RAMP
        largest = 1.0 if failures > 0 else _LARGEST_GROWTH
        chosen, factor = next_order(calls.states, space, order, limits.max_order, settled, known, largest)
        known = chosen <= order
        if chosen != order:
            order, at_order = chosen, 0
        h *= factor
        failures = 0
    counters[STEPS] += steps
    return _DONE, steps


@compiled
def run_segments(
    calls: Calls,
    space: Space,
    limits: Limits,
    output: Output,
    lengths: NDArray[np.float64],
    inputs: NDArray[np.float64],
    offsets: NDArray[np.int64],
    counters: NDArray[np.int64],
    place: NDArray[np.float64],
) -> int:
    """Integrate segment after segment; place receives local time and number of the segment reached."""
    for segment in range(lengths.size):
        for i in range(inputs.shape[1]):
            store(space.u, i, inputs[segment, i])
        place[1] = segment
        status, steps = run_segment(
            calls,
            space,
            limits,
            output,
            lengths[segment],
            offsets[segment],
            offsets[segment + 1],
            counters,
            place,
        )
        place[2] = steps
        if status != _DONE:
            return status
    return _DONE
