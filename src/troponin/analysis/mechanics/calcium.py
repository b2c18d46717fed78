"""Calcium transients that drive a muscle alone: one that was recorded, and one that is typical."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.errors import ProtocolError, ValueRangeError
from troponin.protocol.series import series
from troponin.protocol.timeline import Piece, Protocol, Train, Wave, exact_time
from troponin.units import Quantity, as_quantity, ms, uM

__all__ = ["calcium_beat", "calcium_transient"]

ROLE: Final = "calcium"

_POINTS: Final = 41
"""Samples of a typical transient, joined by cubics: 1e-4 of its height from the formula."""


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


def calcium_beat(
    length: Quantity | str = "1000 ms",
    *,
    diastolic: Quantity | str = "0.17 uM",
    peak: Quantity | str = "0.6 uM",
    rise: Quantity | str = "80 ms",
    decay: Quantity | str = "170 ms",
) -> Protocol:
    """One beat of a typical calcium transient, by default like that of human myocardium at 1 Hz.

        c(t) = diastolic + (peak - diastolic) (g(t) - g(0)) / (max g - g(0)),    g = e(t, decay) - e(t, rise),
        e(t, tau) = exp(-t / tau) / (1 - exp(-length / tau)),

    what beats that follow each other add up to, so that it repeats itself without a jump.

    rise, decay   time constants; the decay is the slower

    Raises `ValueRangeError` where the peak is not above the diastolic calcium, or the decay not slower than the rise.
    """
    low, high = (as_quantity(c, uM, what="calcium").to(uM).value for c in (diastolic, peak))
    up, down = (as_quantity(t, ms, what="a time constant").to(ms).value for t in (rise, decay))
    last = float(exact_time(length, "the beat"))
    if not 0.0 <= low < high:
        raise ValueRangeError(
            "the peak is above the diastolic calcium", where="calcium_beat", got=f"{diastolic}, {peak}"
        )
    if last <= 0.0:
        raise ProtocolError("a beat must last", where="calcium_beat", got=length, expected="more than 0 ms")
    if not 0.0 < up < down:
        raise ValueRangeError("the decay is slower than the rise", where="calcium_beat", got=f"{rise}, {decay}")

    def shape(t: NDArray[np.float64]) -> NDArray[np.float64]:
        slow, fast = (np.exp(-t / tau) / -np.expm1(-last / tau) for tau in (down, up))
        return np.asarray(slow - fast)

    # dense where it bends: steps grow in proportion to the time that has passed
    t = np.round(last * np.expm1(np.linspace(0.0, np.log(21.0), _POINTS)) / 20.0, 3)
    g, top = shape(t), float(shape(np.linspace(0.0, last, 20_001)).max())
    return series(t, low + (high - low) * (g - g[0]) / (top - g[0]), "uM", role=ROLE, kind="cubic")
