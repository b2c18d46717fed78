"""The BDF method's own interpolant: the polynomial through the last k + 1 points."""
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from troponin.solvers.address import load, store
from troponin.solvers.compilation import compiled

__all__ = ["interpolation_factors"]


@compiled
def interpolation_factors(order: int, psi: int, back: float, factors: int) -> None:
    """Weights of phi[0..order] for the value at t_n + back, back <= 0.

    Newton's form  y(t) = sum_j phi[j] prod_(i<j) (t - t_(n-i)) / psi[i]
    (Brenan, Campbell, Petzold 1996, section 5.2.2, doi 10.1137/1.9781611971224).
    """
    weight = 1.0
    store(factors, 0, 1.0)
    for j in range(1, order + 1):
        distance = back if j == 1 else back + load(psi, j - 2)
        weight *= distance / load(psi, j - 1)
        store(factors, j, weight)
