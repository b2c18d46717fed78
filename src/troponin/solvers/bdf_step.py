"""One step of the BDF method: try it, accept it, choose the next.

Trying a step changes nothing of the past, so a rejected step leaves nothing to be undone.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.address import call3, call8, load, store
from troponin.solvers.bdf_formula import coefficients, estimate
from troponin.solvers.bdf_loops import advance, predict
from troponin.solvers.bdf_space import Space
from troponin.solvers.compilation import compiled
from troponin.solvers.jacobian import zero_where_nan
from troponin.solvers.newton import CONVERGED, iterate
from troponin.solvers.step_size import choose
from troponin.solvers.watch import Watch
from troponin.solvers.workspace import BLOCK, Calls

_NEWTON_SHARE: Final = 0.05  # of the tolerance, left to the iteration
JACOBIAN_AGE: Final = 5
"""Steps after which a Jacobian is evaluated anew.

Most steps take one Newton iteration, so that the age of J is an error of the step: on cell models 5 costs
5 to 20 % less than 10 at equal error, and 3 costs as much as it gains.
"""
_LU_DRIFT: Final = 0.2  # relative change of a = h / gamma_k that the old LU factors survive
_POOR_RATE: Final = 0.3

# places in the array of counters
STEPS: Final = 0
REJECTED: Final = 1
RHS: Final = 2
JACOBIANS: Final = 3
FACTORS: Final = 4
SOLVES: Final = 5
NEWTON_FAILURES: Final = 6


class Limits(NamedTuple):
    """What the user allows: tolerance, steps and orders."""

    rtol: float
    freedom: float
    """factor by which a weight may rise in a step: 1 keeps the scale, a huge number forgets it"""
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
    watch: Watch
    watched: bool
    """whether anything is watched"""


@compiled
def refresh(calls: Calls, space: Space, counters: NDArray[np.int64]) -> None:
    """J, f and df/dt at (tau, y)."""
    call8(calls.jac, space.tau, space.y, space.u, space.k, space.q, space.rate, space.jacobian, space.ft)
    zero_where_nan(space.jacobian, calls.entries)
    counters[JACOBIANS] += 1


@compiled
def factorise(calls: Calls, space: Space, c: float, counters: NDArray[np.int64]) -> None:
    """LU of I - c J."""
    for lane in range(calls.width):
        store(space.c, lane, c)
    call3(calls.factor, space.jacobian, space.c, space.lu)
    counters[FACTORS] += 1


@compiled
def set_time(calls: Calls, space: Space, tau: float) -> None:
    """The same local time in every lane."""
    for lane in range(calls.width):
        store(space.tau, lane, tau)


@compiled
def copy(blocks: int, source: int, target: int) -> None:
    """Copy a row."""
    for i in range(blocks * BLOCK):
        store(target, i, load(source, i))


@compiled
def attempt(
    calls: Calls,
    space: Space,
    order: int,
    h: float,
    target: float,
    linear: tuple[int, float, float],
    counters: NDArray[np.int64],
) -> tuple[int, float, tuple[int, float, float]]:
    """Try a step to `target`; nothing of the past is changed.

    linear     the age of J in steps, the c of the LU factors (0: none), the rate of convergence
    Returns how Newton's iteration ended, the square of the error as a share of the tolerance, and `linear` anew.
    """
    age, factored, rate = linear
    c, constant = coefficients(order, h, space)
    predict(calls.blocks, order, space.phi, space.beta, space.slope, space.y, space.derivative)
    set_time(calls, space, target)
    fresh = age >= JACOBIAN_AGE or (rate > _POOR_RATE and age > 0)
    if fresh:
        refresh(calls, space, counters)
        age, factored, rate = 0, 0.0, 0.5 * rate
    if abs(c - factored) > _LU_DRIFT * factored:
        factorise(calls, space, c, counters)
        factored = c
    relaxation = 2.0 / (1.0 + c / factored)
    outcome, rate, used = iterate(calls, space, order, c, relaxation, _NEWTON_SHARE / constant, rate, fresh)
    counters[RHS] += used - 1 if fresh else used
    counters[SOLVES] += used
    if outcome != CONVERGED:
        counters[NEWTON_FAILURES] += 1
        return outcome, math.inf, (age, factored, 1.0)
    error = constant * constant * load(space.norms, 0) / calls.states
    return outcome, error, (age, factored, rate)


@compiled
def accept(calls: Calls, space: Space, limits: Limits, output: Output, order: int, tau: float, step: int) -> None:
    """Make the tried point the present one, and record it when steps are recorded and there is room."""
    advance(
        calls.blocks,
        order,
        space.phi,
        space.beta,
        space.e,
        space.atol,
        limits.rtol,
        limits.freedom,
        space.mask,
        space.w,
    )
    for i in range(order + 1):
        store(space.psi, i, load(space.psi_next, i))
        store(space.inverse, i, load(space.inverse_next, i))
    if step < output.step_times.size:
        output.step_times[step] = tau
        copy(calls.blocks, space.phi, output.step_states + 8 * step * calls.blocks * BLOCK)


@compiled
def next_order(
    states: int, space: Space, order: int, max_order: int, settled: bool, known: bool, largest: float
) -> tuple[int, float]:
    """The order of the next step and the growth of the step, from the norms of the accepted one."""
    lower = estimate(space, 1, order - 1, states) if order > 1 else 0.0
    may_rise = order < max_order and known
    higher = estimate(space, 2, order + 1, states) if may_rise else 0.0
    same = estimate(space, 0, order, states)
    return choose(order, settled, may_rise, same, lower, higher, largest)
