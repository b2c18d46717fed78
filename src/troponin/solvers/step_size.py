"""How long the next step is and of which order, from the errors of the last one."""
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Final

from troponin.solvers.compilation import compiled
from troponin.solvers.rough_power import rough_power

__all__ = ["choose", "farthest", "fit", "probe", "shrink"]

_SAFETY: Final = 1.3, 1.4, 1.5  # same order, lower, higher: a change of order must pay for itself
_WORTH: Final = 1.4  # below this growth the step stays, and with it the LU factors
_SMALLEST: Final = 0.2
_HALF_ROOT: Final = (0.5, 1 / 4, 1 / 6, 1 / 8, 1 / 10, 1 / 12, 1 / 14)  # 1 / (2 (order + 1))


_PROBE: Final = 1e-2  # tolerances that y changes by until f is looked at again
_GOLDEN: Final = 0.6180339887498949  # no period of a rate that depends on time alone has it as a part
_FARTHEST: Final = 1e5


@compiled
def probe(speed: float, length: float) -> float:
    """When after the start to look at f again, to guess the first step: `speed` is |dy/dt| in tolerances."""
    return _PROBE / speed if speed * length > _PROBE else _GOLDEN * length


@compiled
def farthest(probed: float) -> float:
    """The longest first step after a look at f after `probed`.

    A rate that depends on time may bend only later, and a step as long as its period sees no bend at all.
    """
    return _FARTHEST * probed


@compiled
def choose(
    order: int, settled: bool, may_rise: bool, error: float, lower: float, higher: float, largest: float
) -> tuple[int, float]:
    """The order of the next step and the factor by which it grows.

    error, lower, higher   squares of the estimated errors of this order, one below and one above, as
                           shares of the tolerance
    settled                whether enough steps of this order have been taken to judge another
    may_rise               whether the order above exists and its error is known
    largest                largest factor
    """
    best, needed = order, _SAFETY[0] * _root(error, order)
    if settled:
        if order > 1:
            candidate = _SAFETY[1] * _root(lower, order - 1)
            if candidate < needed:
                best, needed = order - 1, candidate
        if may_rise:
            candidate = _SAFETY[2] * _root(higher, order + 1)
            if candidate < needed:
                best, needed = order + 1, candidate
    factor = 1.0 / max(1.0 / largest, needed)
    if best == order and 1.0 <= factor < _WORTH:
        factor = 1.0
    return best, factor


@compiled
def _root(square: float, order: int) -> float:
    """error^(1 / (order + 1)) from the square of an error."""
    return rough_power(square, _HALF_ROOT[order])


@compiled
def shrink(square: float, order: int) -> float:
    """The factor after a rejected step, from the square > 1 of its error as a share of the tolerance."""
    if not square < 1e60:
        return _SMALLEST
    return max(_SMALLEST, 0.9 / (_SAFETY[0] * _root(square, order)))


@compiled
def fit(h: float, remaining: float, largest: float) -> float:
    """The step not longer than `largest` that ends at the segment's end or leaves room for another.

    A step that would leave less than itself takes half of what remains, so that no sliver is left.
    """
    h = min(h, largest)
    if h >= remaining * (1.0 - 1e-12):
        return remaining
    return min(h, 0.5 * remaining) if h > 0.5 * remaining else h
