"""Where a biomarker goes from beat to beat: drift and alternation, told apart by second differences.

x_n = x + n d + (-1)^n a    =>    d = (x_n - x_(n-2)) / 2,    |a| = |x_n - 2 x_(n-1) + x_(n-2)| / 4

One turn is no alternation: a cell that settles from its first beat turns too.  Beats alternate where the differences
between the last four change their sign each time or, where they drift as well, the second differences of the last five.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["alternates", "trend"]


def trend(values: ArrayLike) -> tuple[float, float]:
    """The drift per beat at the last of some beats, and the difference |2 a| between neighbours that alternate.

    values   of one biomarker, shape [beat]; NaN for both where fewer than three are given or one of the last three
             does not exist, and for the second where one of the last four does not; 0 where they do not alternate
    """
    x = np.asarray(values, dtype=np.float64)
    if len(x) < 3 or np.isnan(x[-3:]).any():
        return math.nan, math.nan
    before, middle, last = x[-3:]
    drift = float(0.5 * (last - before))
    if len(x) < 4 or np.isnan(x[-4]):
        return drift, math.nan
    turned = alternates(np.diff(x[-4:])) or (len(x) > 4 and alternates(np.diff(x[-5:], 2)))
    return drift, float(0.5 * abs(last - 2.0 * middle + before)) if turned else 0.0


def alternates(steps: ArrayLike) -> bool:
    """Whether each of some differences has the other sign than the one before it."""
    x = np.asarray(steps, dtype=np.float64)
    return bool((x[1:] * x[:-1] < 0.0).all())
