"""The function B(x) = x / (exp(x) - 1): its Taylor coefficients, and where to use them.

    B(x) = sum_n B_n x^n / n!      with the Bernoulli numbers B_0 = 1, B_1 = -1/2, B_2 = 1/6, ...

The series converges for |x| < 2 pi; within `SERIES_RADIUS` the terms kept here give B, B' and B'' to
the last bit, and outside it the closed forms lose no more than two bits to cancellation.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

__all__ = ["SERIES_RADIUS", "taylor"]

SERIES_RADIUS: Final = 0.75

_EVEN: Final = [Fraction(1, 6), Fraction(-1, 30), Fraction(1, 42), Fraction(-1, 30), Fraction(5, 66),
                Fraction(-691, 2730), Fraction(7, 6), Fraction(-3617, 510), Fraction(43867, 798)]  # fmt: skip
"""The Bernoulli numbers B_2, B_4, ..., B_18; beyond B_1 the odd ones are zero."""


def taylor(derivatives: int = 0) -> dict[int, float]:
    """Power of x -> coefficient, for B (0), B' (1) or B'' (2)."""
    terms = {0: Fraction(1), 1: Fraction(-1, 2)}
    factorial = 1
    for k, number in enumerate(_EVEN, start=1):
        factorial *= (2 * k - 1) * (2 * k)
        terms[2 * k] = number / factorial
    for _ in range(derivatives):
        terms = {n - 1: n * c for n, c in terms.items() if n > 0}
    return {n: float(c) for n, c in terms.items()}
