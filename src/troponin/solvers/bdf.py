"""BDF: variable order, variable step, with a fixed leading coefficient, in divided differences.

The past is a row of modified divided differences phi[j] over the last points t_n, t_(n-1), ...
whose distances are psi.  A step of any length h needs no rescaling of the past: the factors beta of
the new distances do it while the predictor is summed.  So a step can be cut to end exactly at a
breakpoint at no cost, and no step size is ever pending.  With a = h / ((1 - kappa) gamma_k) the
corrector solves  y - y0 = a (f(y) - y0'),  where kappa (Shampine and Reichelt's numerical
differentiation formulas) buys longer steps at orders 1 to 4 for a little stability.

A segment starts with all past points at its own start (confluent nodes): phi[1] is then f itself,
and the first step is exactly the implicit Euler step with the right second difference for order 2.

K. E. Brenan, S. L. Campbell, L. R. Petzold, Numerical Solution of Initial-Value Problems in
Differential-Algebraic Equations, SIAM 1996, chapter 5, doi 10.1137/1.9781611971224.
L. F. Shampine, M. W. Reichelt, The MATLAB ODE suite, SIAM J. Sci. Comput. 18 (1997) 1-22,
doi 10.1137/S1064827594276424.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from troponin.solvers.address import call3, call6, call8, load, store
from troponin.solvers.bdf_loops import advance, combine, difference_norms, predict, row_norm, weigh
from troponin.solvers.bdf_space import Space
from troponin.solvers.interpolant import interpolation_factors
from troponin.solvers.newton import CONVERGED, INFINITE, iterate
from troponin.solvers.step_size import choose, fit, shrink
from troponin.solvers.workspace import BLOCK, Calls

__all__ = ["Limits", "Output", "run_segment", "run_segments"]

_KAPPA: Final = (0.0, -0.1850, -1.0 / 9.0, -0.0823, -0.0415, 0.0)
_GAMMA: Final = (0.0, 1.0, 1.5, 11.0 / 6.0, 25.0 / 12.0, 137.0 / 60.0)
_NEWTON_SHARE: Final = 0.1  # of the tolerance, left to the iteration
_JACOBIAN_AGE: Final = 10
_POOR_RATE: Final = 0.3
_START_ERROR: Final = 0.3  # aimed at by the first step, as a share of the tolerance
_FIRST_GROWTH: Final = 10.0
_FAILURES_BEFORE_RESTART: Final = 3
_MOST_FAILURES: Final = 40

# places in the array of counters
STEPS: Final = 0
REJECTED: Final = 1
RHS: Final = 2
JACOBIANS: Final = 3
FACTORS: Final = 4
SOLVES: Final = 5
NEWTON_FAILURES: Final = 6

_DONE, _TOO_MANY, _TOO_SMALL, _NOT_FINITE, _NO_CONVERGENCE, _FULL = 0, 1, 2, 3, 4, 5


class Limits(NamedTuple):
    """What the user allows: tolerance, steps and orders."""

    rtol: float
    max_step: float
    first_step: float
    max_order: int
    max_steps: int


class Output(NamedTuple):
    """Where results go: values[save, column, lane], columns being states first and monitors after."""

    columns: NDArray[np.int64]
    times: NDArray[np.float64]
    values: int
    monitors: int
    step_times: NDArray[np.float64]
    step_states: int


@njit(cache=True, nogil=True)
def coefficients(order: int, h: float, space: Space) -> tuple[float, float]:
    """Fill beta, slope and psi_next for a step; returns a = h / ((1 - kappa) gamma_k) and the error constant."""
    beta, rate = 1.0, 0.0
    store(space.beta, 0, 1.0)
    store(space.slope, 0, 0.0)
    store(space.psi_next, 0, h)
    until_order = 0.0
    for i in range(1, order + 2):
        age, newer = load(space.psi, i - 1), load(space.psi_next, i - 1)
        # Age zero is a confluent point of the start, where phi holds plain Taylor coefficients.
        beta *= newer / age if age > 0.0 else newer
        if i == order + 1:
            until_order = rate
        rate += 1.0 / newer
        store(space.beta, i, beta)
        store(space.slope, i, rate * beta)
        store(space.psi_next, i, age + h)
    leading = (1.0 - _KAPPA[order]) * _GAMMA[order]
    constant = abs(h / load(space.psi_next, order) - leading + h * until_order)
    return h / leading, constant


@njit(cache=True, nogil=True)
def error_constant(order: int) -> float:
    """The error constant of equal steps, 1 / (k + 1) + kappa gamma_k."""
    return 1.0 / (order + 1) + _KAPPA[order] * _GAMMA[order]


@njit(cache=True, nogil=True)
def refresh(calls: Calls, space: Space, counters: NDArray[np.int64]) -> None:
    """J, f and df/dt at (tau, y)."""
    call8(calls.jac, space.tau, space.y, space.u, space.k, space.q, space.rate, space.jacobian, space.ft)
    counters[JACOBIANS] += 1


@njit(cache=True, nogil=True)
def factorise(calls: Calls, space: Space, c: float, counters: NDArray[np.int64]) -> None:
    """LU of I - c J."""
    for lane in range(calls.width):
        store(space.c, lane, c)
    call3(calls.factor, space.jacobian, space.c, space.lu)
    counters[FACTORS] += 1


@njit(cache=True, nogil=True)
def set_time(calls: Calls, space: Space, tau: float) -> None:
    """The same local time in every lane."""
    for lane in range(calls.width):
        store(space.tau, lane, tau)


@njit(cache=True, nogil=True)
def copy(blocks: int, source: int, target: int) -> None:
    """Copy a row."""
    for i in range(blocks * BLOCK):
        store(target, i, load(source, i))


@njit(cache=True, nogil=True)
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
    small = 1e-2 / speed if speed > 1e-2 / length else length
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
    return math.sqrt(_START_ERROR / bend) if bend * length * length > _START_ERROR else length


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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
    h = start(calls, space, limits, length, counters)
    place[0] = 0.0
    if not math.isfinite(h):
        return _NOT_FINITE, 0
    tau, order, steps, at_order, failures = 0.0, 1, 0, 1, 0
    age, factored, rate, reason = 0, 0.0, 1.0, _TOO_SMALL
    known = True  # whether the difference above the order is known, so that the order may rise
    while tau < length:
        if steps >= limits.max_steps:
            return _TOO_MANY, steps
        h = fit(h, length - tau, limits.max_step)
        target = length if h >= length - tau else tau + h
        if target <= tau or failures > _MOST_FAILURES:
            return reason, steps
        c, constant = coefficients(order, h, space)
        predict(calls.blocks, order, space.phi, space.beta, space.slope, space.y, space.derivative, space.e)
        set_time(calls, space, target)
        fresh = age >= _JACOBIAN_AGE or (rate > _POOR_RATE and age > 0)
        if fresh:
            refresh(calls, space, counters)
            age, factored, rate = 0, 0.0, 0.5 * rate
        if c != factored:
            factorise(calls, space, c, counters)
            factored = c
        outcome, rate, used = iterate(calls, space, c, 1.0, _NEWTON_SHARE / constant, rate, fresh)
        counters[RHS] += used - 1 if fresh else used
        counters[SOLVES] += used
        if outcome != CONVERGED:
            counters[NEWTON_FAILURES] += 1
            failures += 1
            reason = _NOT_FINITE if outcome == INFINITE else _NO_CONVERGENCE
            if age > 0 and outcome != INFINITE:
                age = _JACOBIAN_AGE
            else:
                h *= 0.25
                age = _JACOBIAN_AGE
            rate = 1.0
            continue
        difference_norms(calls.blocks, calls.width, order, space.phi, space.beta, space.e, space.w, space.norms)
        size = math.sqrt(load(space.norms, 0) / calls.states)
        error = constant * size
        if not error <= 1.0:
            counters[REJECTED] += 1
            failures += 1
            reason = _TOO_SMALL
            h *= shrink(error, order)
            if failures >= _FAILURES_BEFORE_RESTART and order > 1:
                order, at_order, known = order - 1, 0, True
            continue
        advance(calls.blocks, order, space.phi, space.beta, space.e, space.atol, limits.rtol, space.mask, space.w)
        for i in range(order + 1):
            store(space.psi, i, load(space.psi_next, i))
        tau = target
        place[0] = tau
        steps += 1
        age += 1
        at_order += 1
        if row < last and output.times[row] <= tau:
            row = save_until(calls, space, output, order, tau, row, last, True)
        if output.step_times.size > 0:
            if steps > output.step_times.size:
                return _FULL, steps
            output.step_times[steps - 1] = tau
            copy(calls.blocks, space.phi, output.step_states + 8 * (steps - 1) * calls.blocks * BLOCK)
        lower = error_constant(order - 1) * math.sqrt(load(space.norms, 1) / calls.states) if order > 1 else 0.0
        may_rise = order < limits.max_order and known
        higher = 0.0
        if may_rise:
            higher = error_constant(order + 1) * math.sqrt(load(space.norms, 2) / calls.states)
        known = True
        starting = steps <= 10
        settled = at_order > order or starting
        largest = 1.0 if failures > 0 else _FIRST_GROWTH
        chosen, factor = choose(order, settled, may_rise, error, lower, higher, largest)
        if chosen != order:
            known = chosen < order
            order, at_order = chosen, 0
        h *= factor
        failures = 0
    counters[STEPS] += steps
    return _DONE, steps


@njit(cache=True, nogil=True)
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
