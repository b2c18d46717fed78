"""Anderson acceleration: a fixed point of a map from few of its values.

    y_(k+1) = G(y_k) - (dY + dR) gamma,    gamma = argmin |r_k - dR gamma|,    r = G(y) - y

where dY and dR hold the differences of the last points and residuals.  The new point is an affine combination of
values of G, so that what G conserves linearly is kept; what it conserves otherwise is put back by `restore`.

Source: D. G. Anderson, J. ACM 12 (1965) 547, doi 10.1145/321296.321305; H. F. Walker and P. Ni, SIAM J. Numer. Anal.
49 (2011) 1715, doi 10.1137/10078356X.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError

__all__ = ["Search", "Settings", "accelerate", "distance"]

Floats = NDArray[np.float64]
Map = Callable[[Floats], Floats]

_FAR_WORSE: Final = 30.0
"""Growth of the residual over the best so far after which the past is forgotten."""

_SMALLEST_SINGULAR: Final = 1e-12

_TRAIL: Final = 3

_LESS: Final = 0.25
"""What is left of the trust in an extrapolation after one that led to where the map has no value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to look for a fixed point.

    depth       differences that are kept
    most        values of the map to take in all
    residual    goal for |G(y) - y|, and `step` for the distance that is left, both in scaled units
    trust       largest extrapolation, in units of the scale or of the component itself
    patience    values of the map without a better residual after which it is at its noise
    """

    depth: int = 8
    most: int = 60
    residual: float = 1e-7
    step: float = 1e-6
    trust: float = 0.5
    patience: int = 12


@dataclass(slots=True, eq=False)
class Search:
    """What a search has found: the best point y and its image, residual and estimated distance by value of the map.

    `trail` holds the last residuals as vectors, in scaled units: what is left of them points along slow modes.
    """

    y: Floats
    image: Floats
    best: float = np.inf
    found: bool = False
    residuals: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    trail: list[Floats] = field(default_factory=list)

    @property
    def values(self) -> int:
        """Values of the map that were taken."""
        return len(self.residuals)


def accelerate(g: Map, y: Floats, scale: Floats, settings: Settings, restore: Map, low: Floats, high: Floats) -> Search:
    """Look for y = g(y) from a start.

    scale      size of each component: residuals and steps are their largest component in these units
    restore    the nearest point with the conserved quantities of the start
    low, high  what a component may be; one that an extrapolation takes outside stays where the map puts it
    A point at which g raises `SolverError` is replaced by the image of the one before.
    """
    search = Search(y, y)
    points: list[Floats] = []
    residuals: list[Floats] = []
    since_best, trust = 0, settings.trust
    while search.values < settings.most and since_best < settings.patience:
        try:
            image = restore(g(y))
        except SolverError:
            if not points:
                raise
            y, points, residuals, trust = search.image, [], [], _LESS * trust
            search.residuals.append(np.inf)
            search.steps.append(np.inf)
            since_best += 1
            continue
        r = (image - y) / scale
        points.append(y / scale)
        residuals.append(r)
        step = _step(points[-settings.depth - 1 :], residuals[-settings.depth - 1 :])
        since_best = 0 if _record(search, y, image, r, step) else since_best + 1
        search.trail = [r, *search.trail[: _TRAIL - 1]]
        if distance(r) <= settings.residual and distance(step) <= settings.step:
            search.found = True
            break
        if distance(r) > _FAR_WORSE * search.best:
            y, points, residuals = search.image, [], []
            continue
        y = _bounded(image, y + scale * step, scale, trust, low, high)
        y = restore(y)
    return search


def distance(x: Floats) -> float:
    """The largest component; infinite where one is no number."""
    size = np.abs(x).max(initial=0.0)
    return float(size) if np.isfinite(size) else np.inf


def _record(search: Search, y: Floats, image: Floats, r: Floats, step: Floats) -> bool:
    """Note a value of the map; whether it is the best so far."""
    size = distance(r)
    search.residuals.append(size)
    search.steps.append(distance(step))
    better = size < search.best
    if better:
        search.y, search.image, search.best = y, image, size
    return better


def _step(points: list[Floats], residuals: list[Floats]) -> Floats:
    """The extrapolated step from the last point, in scaled units."""
    r = residuals[-1]
    if len(points) == 1:
        return r
    moves, changes = np.diff(points, axis=0).T, np.diff(residuals, axis=0).T
    sizes = np.linalg.norm(changes, axis=0)
    sizes[sizes == 0.0] = 1.0
    gamma = np.linalg.lstsq(changes / sizes, r, rcond=_SMALLEST_SINGULAR)[0] / sizes
    return np.asarray(r - (moves + changes) @ gamma)


def _bounded(image: Floats, y: Floats, scale: Floats, trust: float, low: Floats, high: Floats) -> Floats:
    """The point no further from the image than trusted, and within the bounds."""
    away = distance((y - image) / np.maximum(scale, np.abs(image)))
    if away > trust:
        y = image + (y - image) * (trust / away) if np.isfinite(away) else image
    return np.where((y < low) | (y > high), image, y)
