"""The coefficients of a BDF step over unequal past steps.

Every difference of the past is a modified divided difference (Brenan, Campbell, Petzold 1996, chapter
5, doi 10.1137/1.9781611971224): over equal steps it is the ordinary backward difference.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import Final

from numba import njit

from troponin.solvers.address import load, store
from troponin.solvers.bdf_space import Space

__all__ = ["coefficients", "estimate"]

_GAMMA: Final = (0.0, 1.0, 1.5, 11.0 / 6.0, 25.0 / 12.0, 137.0 / 60.0)


@njit(cache=True, nogil=True)
def coefficients(order: int, h: float, space: Space) -> tuple[float, float]:
    """Fill beta, slope and psi_next for a step; returns a = h / gamma_k and the error constant."""
    beta, rate = 1.0, 0.0
    store(space.beta, 0, 1.0)
    store(space.slope, 0, 0.0)
    store(space.psi_next, 0, h)
    store(space.even, 0, 1.0)
    store(space.even, 1, 1.0)
    even, until_order = 1.0, 0.0
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
        even *= (i + 1) * h / (age + h)
        store(space.even, i + 1, even)
    leading = _GAMMA[order]
    constant = abs(h / load(space.psi_next, order) - leading + h * until_order)
    return h / leading, constant


@njit(cache=True, nogil=True)
def error_constant(order: int) -> float:
    """The error constant of equal steps, 1 / (k + 1)."""
    return 1.0 / (order + 1)


@njit(cache=True, nogil=True)
def estimate(space: Space, index: int, order: int, states: int) -> float:
    """The error that equal steps of this order would have, from norm number `index`.

    A step that has just grown has a small error only because its past points are close together.
    Judged by that, the next step would grow too far and be rejected.
    """
    norm: float = math.sqrt(load(space.norms, index) / states)
    even: float = load(space.even, order + 1)
    return error_constant(order) * even * norm
