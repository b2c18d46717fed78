"""The function B(x) = x / (exp(x) - 1): its Taylor coefficients, and where to use them.

    B(x) = sum_n B_n x^n / n!      with the Bernoulli numbers B_0 = 1, B_1 = -1/2, B_2 = 1/6, ...

The series converges for |x| < 2 pi; within `SERIES_RADIUS` the terms kept here give B, B' and B'' to
the last bit, and outside it the closed forms lose no more than two bits to cancellation.  `spell` writes
either as an expression in elementary operations.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from troponin.expr.functions import absolute, exp, where
from troponin.expr.nodes import Node, Number
from troponin.expr.simplify import ZERO, product, sum_of

__all__ = ["SERIES_RADIUS", "series", "spell", "taylor"]

SERIES_RADIUS: Final = 0.75

_EVEN: Final = [Fraction(1, 6), Fraction(-1, 30), Fraction(1, 42), Fraction(-1, 30), Fraction(5, 66),
                Fraction(-691, 2730), Fraction(7, 6), Fraction(-3617, 510), Fraction(43867, 798)]  # fmt: skip
"""The Bernoulli numbers B_2, B_4, ..., B_18; beyond B_1 the odd ones are zero."""


def taylor(derivatives: int = 0) -> dict[int, float]:
    """Power of x -> coefficient, for B (0) or one of its derivatives (1, 2, 3)."""
    terms = {0: Fraction(1), 1: Fraction(-1, 2)}
    factorial = 1
    for k, number in enumerate(_EVEN, start=1):
        factorial *= (2 * k - 1) * (2 * k)
        terms[2 * k] = number / factorial
    for _ in range(derivatives):
        terms = {n - 1: n * c for n, c in terms.items() if n > 0}
    return {n: float(c) for n, c in terms.items()}


def spell(x: Node, derivatives: int = 0) -> Node:
    """B, B' or B'' of x in elementary operations: its Taylor polynomial for small |x|, closed elsewhere."""
    growth = exp(x) - 1.0
    closed = x / growth
    if derivatives >= 1:  # from B (e^x - 1) = x:  B' (e^x - 1) = 1 - B e^x = 1 - x - B
        first = (1.0 - x - closed) / growth
        # and once more: B'' (e^x - 1) = -(2 B' + B) e^x, with e^x / (e^x - 1) = 1 + 1 / (e^x - 1)
        closed = first if derivatives == 1 else -(2.0 * first + closed) * (1.0 + 1.0 / growth)
    return where(absolute(x) < SERIES_RADIUS, series(x, derivatives), closed)


def series(x: Node, derivatives: int) -> Node:
    """The Taylor polynomial of B or a derivative of it, for |x| < SERIES_RADIUS, by Horner's rule in x^2."""
    square = x * x
    terms = taylor(derivatives)
    even, odd = ([c for n, c in sorted(terms.items()) if n % 2 == parity] for parity in (0, 1))
    return sum_of(_horner(even, square), product(x, _horner(odd, square)))


def _horner(coefficients: list[float], x: Node) -> Node:
    result: Node = ZERO
    for c in reversed(coefficients):
        result = sum_of(product(result, x), Number(c))
    return result
