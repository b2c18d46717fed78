"""The simplified Newton iteration of a BDF step.

Solved is  g(e) = e - c (f(tau, y0 + e) - y0') = 0  with the iteration matrix I - c J held in LU
factors.  An estimate of the rate of convergence is carried from step to step: with it most steps
need a single iteration, because the first correction times the rate already meets the tolerance.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import Final

from troponin.solvers.address import call2, call6
from troponin.solvers.bdf_loops import correct_first, correct_more, first_residual, residual
from troponin.solvers.bdf_space import Space
from troponin.solvers.compilation import compiled
from troponin.solvers.workspace import Calls

__all__ = ["CONVERGED", "DIVERGED", "INFINITE", "iterate"]

CONVERGED: Final = 0
DIVERGED: Final = 1
INFINITE: Final = 2

_MOST: Final = 4
_SLOWEST: Final = 0.9
_MEMORY: Final = 0.3  # how much of the last known rate an iteration that looks better must still believe


@compiled
def iterate(
    calls: Calls, space: Space, order: int, c: float, scale: float, tolerance: float, rate: float, have_f: bool
) -> tuple[int, float, int]:
    """Iterate from the predictor in space.y; returns the outcome, the new rate and the iterations.

    The norms of the differences that the order control needs are left in space.norms.

    scale       factor of every correction, which makes up for LU factors of another c
    tolerance   bound on the root mean square of what is left, in weights
    rate        estimate of the rate of convergence from earlier steps
    have_f      whether space.rate holds f at the predictor already
    """
    if not have_f:
        call6(calls.rhs, space.tau, space.y, space.u, space.k, space.q, space.rate)
    first_residual(calls.blocks, c, space.rate, space.derivative, space.r)
    call2(calls.solve, space.lu, space.r)
    square = correct_first(
        calls.blocks, calls.width, order, scale, space.r, space.w, space.e, space.y,
        space.phi, space.beta, space.norms,
    )  # fmt: skip
    bound = tolerance * tolerance * calls.states
    if square * min(1.0, rate * rate) <= bound:
        return CONVERGED, rate, 1
    for iteration in range(2, _MOST + 1):
        if not math.isfinite(square):
            return INFINITE, rate, iteration - 1
        previous = square
        call6(calls.rhs, space.tau, space.y, space.u, space.k, space.q, space.rate)
        residual(calls.blocks, c, space.rate, space.derivative, space.e, space.r)
        call2(calls.solve, space.lu, space.r)
        square = correct_more(
            calls.blocks, calls.width, order, scale, space.r, space.w, space.e, space.y,
            space.phi, space.beta, space.norms,
        )  # fmt: skip
        measured = math.sqrt(square / previous)
        rate = max(_MEMORY * rate, measured)
        if measured > _SLOWEST and square > bound:
            return DIVERGED, rate, iteration
        if square * min(1.0, rate * rate) <= bound:
            return CONVERGED, rate, iteration
    return DIVERGED, rate, _MOST
