"""exp(A) - 1 of a stack of small matrices at once.

    D = sum_k (A / 2^s)^k / k!,  k = 1 .. 14,  |A / 2^s| <= 1/2;    D <- 2 D + D^2, s times

What is propagated is the change, so that a short step changes a state by no more rounding than the change itself.
Products of whole stacks need no call for each matrix, of which a family of steps has hundreds; the ways are weighed by
C. Moler and C. Van Loan, SIAM Rev. 45 (2003) 3, doi 10.1137/S00361445024180.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["exponential_minus_one"]

Floats = NDArray[np.float64]

_DEGREE: Final = 14
_REACH: Final = 0.5
"""Norm up to which Taylor's series of that degree is exact to rounding: 0.5^15 / 15! < 1e-16."""


def exponential_minus_one(matrices: Floats) -> Floats:
    """exp(A) - 1 for each A of a stack, shape [..., n, n]."""
    n = matrices.shape[-1]
    norm = np.abs(matrices).sum(axis=-2).max(axis=-1)
    halvings = np.ceil(np.log2(np.maximum(norm / _REACH, 1.0))).astype(np.int64)[..., np.newaxis, np.newaxis]
    small = np.ldexp(matrices, -halvings)
    one = np.eye(n)
    series = one + small / _DEGREE
    for k in range(_DEGREE - 1, 1, -1):
        series = one + small @ series / k
    change = small @ series
    for done in range(int(halvings.max(initial=0))):
        change = np.where(done < halvings, 2.0 * change + change @ change, change)
    return np.asarray(change)
