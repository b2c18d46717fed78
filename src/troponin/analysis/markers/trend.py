"""Where a biomarker goes from beat to beat: drift and alternation, told apart by second differences.

x_n = x + n d + (-1)^n a    =>    d = (x_n - x_(n-2)) / 2,    |a| = |x_n - 2 x_(n-1) + x_(n-2)| / 4
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["trend"]


def trend(values: ArrayLike) -> tuple[float, float]:
    """The drift per beat at the last of some beats, and the difference |2 a| between neighbours that alternate.

    values   of one biomarker, shape [beat]; NaN for both where fewer than three are given or one of the last three
             does not exist
    """
    x = np.asarray(values, dtype=np.float64)
    if len(x) < 3 or np.isnan(x[-3:]).any():
        return math.nan, math.nan
    before, middle, last = x[-3:]
    return float(0.5 * (last - before)), float(0.5 * abs(last - 2.0 * middle + before))
