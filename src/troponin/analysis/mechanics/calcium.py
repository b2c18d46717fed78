"""A calcium transient that drives a muscle alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from troponin.errors import ProtocolError, ValueRangeError
from troponin.protocol.timeline import Piece, Protocol, Train, Wave
from troponin.units import uM

__all__ = ["calcium_transient"]

ROLE: Final = "calcium"


def calcium_transient(time: ArrayLike, calcium: ArrayLike) -> Protocol:
    """One beat of free calcium, in straight lines between points.

    time      in ms, ascending from 0; the beat lasts to the last, shape [point]
    calcium   in uM, shape [point]

    It drives the input of the role "calcium", as `land-2017` has it.  Raises `ProtocolError` for times that do not
    ascend from 0, and `ValueRangeError` for calcium that is negative or no number.
    """
    t, c = np.asarray(time, dtype=np.float64), np.asarray(calcium, dtype=np.float64)
    if t.ndim != 1 or t.shape != c.shape or len(t) < 2:
        raise ProtocolError("a time for each value is needed, and two or more", got=f"{t.shape} and {c.shape}")
    if t[0] != 0.0 or not (np.diff(t) > 0.0).all() or not np.isfinite(t).all():
        raise ProtocolError("the times of a transient ascend from 0 ms", got=f"{t[0]:g} to {t[-1]:g} ms")
    if not (np.isfinite(c).all() and (c >= 0.0).all()):
        raise ValueRangeError("a concentration cannot be negative", where="calcium_transient", got=float(c.min()))
    # decimals as they are written, so that a beat of 1000 ms ends at 1000 ms
    at, level = ([Fraction(repr(float(x))) for x in values] for values in (t, c))
    zero = Fraction(0)
    pieces = tuple(
        Piece(at[i + 1] - at[i], (level[i], (level[i + 1] - level[i]) / (at[i + 1] - at[i]), zero, zero))
        for i in range(len(at) - 1)
    )
    return Protocol(at[-1], (Train(ROLE, Wave(uM, pieces), zero),))
