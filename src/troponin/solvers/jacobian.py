"""Partial derivatives that are no numbers, though the rate is sound.

The slope of 1/(1 + exp(x)) is 0 * inf once exp(x) overflows, as it does in published gates of calcium; what it
tends to there is 0.  A Jacobian only steers an implicit step, so that zero costs at worst an iteration.
"""

from __future__ import annotations

from troponin.solvers.address import load, store
from troponin.solvers.compilation import compiled

__all__ = ["zero_where_nan"]


@compiled
def zero_where_nan(address: int, count: int) -> None:
    """Put zero in place of what is no number among the doubles behind an address."""
    for entry in range(count):
        value = load(address, entry)
        if value != value:
            store(address, entry, 0.0)
