"""How long the next step is and of which order, from the errors of the last one."""
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Final

from numba import njit

__all__ = ["choose", "fit", "shrink"]

_SAFETY: Final = 1.3, 1.4, 1.5  # same order, lower, higher: a change of order must pay for itself
_LARGEST: Final = 10.0
_WORTH: Final = 1.4  # below this growth the step stays, and with it the LU factors
_SMALLEST: Final = 0.2


@njit(cache=True, nogil=True)
def choose(
    order: int, settled: bool, may_rise: bool, error: float, lower: float, higher: float, largest: float
) -> tuple[int, float]:
    """The order of the next step and the factor by which it grows.

    error, lower, higher   estimated errors of this order, one below and one above, as shares of the
                           tolerance
    settled                whether enough steps of this order have been taken to judge another
    may_rise               whether the order above exists and its error is known
    largest                largest factor
    """
    best, factor = order, _factor(error, order, _SAFETY[0], largest)
    if settled:
        if order > 1:
            candidate = _factor(lower, order - 1, _SAFETY[1], largest)
            if candidate > factor:
                best, factor = order - 1, candidate
        if may_rise:
            candidate = _factor(higher, order + 1, _SAFETY[2], largest)
            if candidate > factor:
                best, factor = order + 1, candidate
    if best == order and 1.0 <= factor < _WORTH:
        factor = 1.0
    return best, factor


@njit(cache=True, nogil=True)
def _factor(error: float, order: int, safety: float, largest: float) -> float:
    needed: float = safety * error ** (1.0 / (order + 1))
    return 1.0 / max(1.0 / largest, needed)


@njit(cache=True, nogil=True)
def shrink(error: float, order: int) -> float:
    """The factor after a rejected step whose error was `error` > 1 times the tolerance."""
    if not error < 1e30:
        return _SMALLEST
    return max(_SMALLEST, 0.9 * _factor(error, order, _SAFETY[0], 1.0))


@njit(cache=True, nogil=True)
def fit(h: float, remaining: float, largest: float) -> float:
    """The step not longer than `largest` that ends at the segment's end or leaves room for another.

    A step that would leave less than itself takes half of what remains, so that no sliver is left.
    """
    h = min(h, largest)
    if h >= remaining * (1.0 - 1e-12):
        return remaining
    return min(h, 0.5 * remaining) if h > 0.5 * remaining else h
