"""Fits to what a bench measures: Boltzmann's curve and sums of exponentials.

    boltzmann      y = base + (top - base) / (1 + exp(-(V - V_half) / slope))
    exponentials   y = rest + sum_i a_i exp(-t / tau_i)

A fit that cannot be made is NaN, with the reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Boltzmann", "Exponentials", "boltzmann", "exponentials", "no_exponentials"]

Floats = NDArray[np.float64]

_SLOPES: Final = (1.0, 3.0, 8.0, 20.0)
"""Slopes in mV among which the first guess of a Boltzmann curve is the best."""

_APART: Final = 0.1
"""Least difference between the logarithms of two time constants that can be told apart."""

_STARTS: Final = 4
"""First guesses from which the fit is made; the best of them counts."""

_CANDIDATES: Final = 14
"""Time constants, even in their logarithm, among which the first guess is the best combination."""


@dataclass(frozen=True, slots=True)
class Boltzmann:
    """A fitted curve: V_half and slope in mV (the slope positive), base and top, root mean square of what is left."""

    v_half: float
    slope: float
    base: float
    top: float
    residual: float
    reason: str = ""

    def at(self, v: Floats, sign: float) -> Floats:
        """The curve at potentials in mV, rising for sign 1 and falling for -1."""
        from scipy.special import expit

        return np.asarray(self.base + (self.top - self.base) * expit(sign * (v - self.v_half) / self.slope))


@dataclass(frozen=True, slots=True, eq=False)
class Exponentials:
    """A fitted sum of exponentials: time constants from the fastest on, amplitudes, rest, and what is left (rms)."""

    tau: Floats
    amplitude: Floats
    rest: float
    residual: float
    reason: str = ""


def boltzmann(v: Floats, y: Floats, *, sign: float = 1.0, pedestal: bool = False) -> Boltzmann:
    """Boltzmann's curve through points, rising for sign 1 and falling for -1; `pedestal` leaves its base free too.

    Base and top follow from v_half and slope by linear least squares, as the amplitudes in `exponentials`.
    """
    from scipy.optimize import least_squares
    from scipy.special import expit

    use = np.isfinite(y)
    v, y = v[use], y[use]
    unknowns = 4 if pedestal else 3
    if len(v) < unknowns:
        return _no_curve(f"{len(v)} points are too few for {unknowns} unknowns")
    if np.ptp(y) == 0.0:
        return _no_curve("the points are all equal")
    scale = float(np.ptp(y))

    def basis(at: Floats) -> Floats:
        rise = expit(sign * (v - at[0]) / np.exp(at[1]))[:, np.newaxis]
        return np.concatenate([rise, np.ones((len(v), 1))], axis=1) if pedestal else np.asarray(rise)

    def left(at: Floats) -> Floats:
        columns = basis(at)
        return np.asarray((columns @ np.linalg.lstsq(columns, y, rcond=None)[0] - y) / scale)

    half = float(v[np.argmin(np.abs(y - 0.5 * (y.min() + y.max())))])
    guess = min((np.array([half, math.log(k)]) for k in _SLOPES), key=lambda at: float(np.sum(left(at) ** 2)))
    found = least_squares(left, guess, x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=500)
    heights = np.linalg.lstsq(basis(found.x), y, rcond=None)[0]
    base = float(heights[1]) if pedestal else 0.0
    if base < 0.0:  # there is less than nothing on no curve: it has no pedestal
        return boltzmann(v, y, sign=sign)
    rms = scale * float(np.sqrt(np.mean(left(found.x) ** 2)))
    return Boltzmann(float(found.x[0]), math.exp(found.x[1]), base, base + float(heights[0]), rms)


def _no_curve(reason: str) -> Boltzmann:
    return Boltzmann(math.nan, math.nan, math.nan, math.nan, math.nan, reason)


def exponentials(t: Floats, y: Floats, count: int = 1) -> Exponentials:
    """A sum of `count` exponentials and a constant through points, t rising from any origin.

    Amplitudes and constant follow from the time constants by linear least squares, so that only these are sought
    (G. H. Golub and V. Pereyra, SIAM J. Numer. Anal. 10 (1973) 413, doi 10.1137/0710036).  A time constant below the
    least distance of two points is none: "too fast to resolve".
    """
    from scipy.optimize import least_squares

    if len(t) < 2 * count + 2 or not np.isfinite(y).all() or np.ptp(y) == 0.0:
        what = f"{len(t)} points are too few" if len(t) < 2 * count + 2 else "the points are equal, or no numbers"
        return no_exponentials(count, what)
    scale = float(np.ptp(y))

    def left(log_tau: Floats) -> Floats:
        basis = _basis(t, log_tau)
        return np.asarray((basis @ np.linalg.lstsq(basis, y, rcond=None)[0] - y) / scale)

    span, first = float(t[-1] - t[0]), float(np.diff(t)[np.diff(t) > 0.0].min())
    grid = np.linspace(math.log(first), math.log(3.0 * span), _CANDIDATES)
    places = (c for c in combinations(range(_CANDIDATES), count) if all(np.diff(c) > 1))
    guesses = sorted((grid[list(c)] for c in places), key=lambda c: float(np.sum(left(c) ** 2)))[:_STARTS]
    tries = [least_squares(left, c, ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=300) for c in guesses]
    apart = [found for found in tries if (np.diff(np.sort(found.x)) > _APART).all()]
    if not apart:
        return no_exponentials(count, "time constants coincide: fit fewer exponentials")
    log_tau = np.sort(min(apart, key=lambda found: float(found.cost)).x)
    if log_tau[0] < math.log(first):  # it is over between two samples, whose distance is then all that a fit can tell
        return no_exponentials(count, f"too fast to resolve: the samples are {first:.3g} ms apart")
    basis = _basis(t, log_tau)
    amplitudes = np.linalg.lstsq(basis, y, rcond=None)[0]
    rms = float(np.sqrt(np.mean((basis @ amplitudes - y) ** 2)))
    return Exponentials(
        np.array(np.exp(log_tau), dtype=np.float64),
        np.array(amplitudes[:-1], dtype=np.float64),
        float(amplitudes[-1]),
        rms,
    )


def no_exponentials(count: int, reason: str) -> Exponentials:
    """What cannot be fitted: NaN for `count` exponentials, with the reason."""
    missing = np.full(count, math.nan)
    return Exponentials(missing, missing, math.nan, math.nan, reason)


def _basis(t: Floats, log_tau: Floats) -> Floats:
    decays = np.exp(-(t - t[0])[:, np.newaxis] / np.exp(log_tau))
    return np.concatenate([decays, np.ones((len(t), 1))], axis=1)
