"""The coefficients of a BDF step over unequal past steps.

Every difference of the past is a modified divided difference (Brenan, Campbell, Petzold 1996, chapter
5, doi 10.1137/1.9781611971224): over equal steps it is the ordinary backward difference.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

from typing import Final

from troponin.solvers.address import load, store
from troponin.solvers.bdf_space import Space
from troponin.solvers.compilation import compiled

__all__ = ["coefficients", "estimate"]

_GAMMA: Final = (0.0, 1.0, 1.5, 11.0 / 6.0, 25.0 / 12.0, 137.0 / 60.0)


@compiled
def coefficients(order: int, h: float, space: Space) -> tuple[float, float]:
    """Fill beta, slope, psi_next and even for a step; returns a = h / gamma_k and the error constant.

    Reciprocals of the ages are kept from step to step: one division for each past point is all there is.
    """
    beta, rate, even, until_order = 1.0, 0.0, 1.0, 0.0
    newer, inverse = h, 1.0 / h
    store(space.psi_next, 0, newer)
    store(space.inverse_next, 0, inverse)
    store(space.beta, 0, 1.0)
    store(space.slope, 0, 0.0)
    for i in range(1, order + 2):
        age = load(space.psi, i - 1)
        # Age zero is a confluent point of the start, where phi holds plain Taylor coefficients.
        beta *= newer * load(space.inverse, i - 1) if age > 0.0 else newer
        until_order = rate
        rate += inverse
        newer = age + h
        inverse = 1.0 / newer
        even *= (i + 1) * h * inverse
        store(space.beta, i, beta)
        store(space.slope, i, rate * beta)
        store(space.psi_next, i, newer)
        store(space.inverse_next, i, inverse)
        store(space.even, i + 1, even)
    constant = abs(h * load(space.inverse_next, order) - _GAMMA[order] + h * until_order)
    return h / _GAMMA[order], constant


@compiled
def estimate(space: Space, index: int, order: int, states: int) -> float:
    """The square of the error that equal steps of this order would have, from sum of squares number `index`.

    The error constant of equal steps is 1 / (k + 1).  A step that has just grown has a small error only
    because its past points are close together.  Judged by that, the next step would grow too far and be
    rejected.
    """
    square: float = load(space.norms, index)
    factor: float = load(space.even, order + 1) / (order + 1)
    return factor * factor * square / states
