"""Two laws of strength against duration, and the rheobase and the chronaxie that each draws from thresholds.

    Weiss      I d = I_rh (d + t_chr)              the charge is a straight line of the duration
    Lapicque   I = I_rh / (1 - exp(-d / tau)),     a membrane charged to its threshold; t_chr = tau ln 2

The chronaxie is the duration at which twice the rheobase excites.  Sources: G. Weiss, Arch. Ital. Biol. 35 (1901) 413;
L. Lapicque, J. Physiol. Pathol. Gen. 9 (1907) 620.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

__all__ = ["lapicque", "weiss"]

Floats = NDArray[np.float64]

_FURTHEST: Final = 100.0
"""How much longer than the longest duration, or shorter than the shortest, a time constant may be to be told."""


def weiss(duration: Floats, strength: Floats) -> tuple[float, float]:
    """Rheobase [the unit of strength] and chronaxie [that of duration] of Weiss's law, by least squares of charge."""
    slope, charge = np.polyfit(duration, strength * duration, 1)
    return float(slope), float(charge / slope)


def lapicque(duration: Floats, strength: Floats) -> tuple[float, float]:
    """Rheobase and chronaxie of Lapicque's law, by least squares of relative errors.

    NaN for both where the durations do not tell the time constant: all are much shorter, or much longer.
    """

    def rheobase(tau: float) -> float:
        shape = -1.0 / np.expm1(-duration / tau) / strength
        return float(shape.sum() / (shape @ shape))

    def misfit(log_tau: float) -> float:
        tau = math.exp(log_tau)
        found = -rheobase(tau) / np.expm1(-duration / tau)
        return float(np.sum((found / strength - 1.0) ** 2))

    low, high = math.log(duration.min() / _FURTHEST), math.log(duration.max() * _FURTHEST)
    # the best of a grid first: the misfit has a flat shoulder on either side
    grid = np.linspace(low, high, 61)
    best = int(np.argmin([misfit(x) for x in grid]))
    if best in (0, len(grid) - 1):
        return math.nan, math.nan
    around = (grid[best - 1], grid[best + 1])
    tau = math.exp(minimize_scalar(misfit, bounds=around, method="bounded", options={"xatol": 1e-10}).x)
    return rheobase(tau), tau * math.log(2.0)
