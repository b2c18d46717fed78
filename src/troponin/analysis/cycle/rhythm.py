"""From an orbit that does not attract to the rhythm that the cell falls into: one beat, alternans, or a few beats.

Where an orbit is unstable, or was not found, the cell is paced on from beside it, and the number of beats after which
it comes back to itself tells the period of the orbit to look for next.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.cycle.anderson import Settings, distance
from troponin.analysis.cycle.floquet import mode_of, multipliers
from troponin.analysis.cycle.orbit import Ledger, Orbit, Problem, find_orbit
from troponin.analysis.disturbances import disturbances
from troponin.analysis.markers.beats import has
from troponin.analysis.pace_map import pace

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ALTERNANS", "ONE_BEAT", "UNSTABLE", "attracting_orbit", "attracts", "rhythm_of"]

Floats = NDArray[np.float64]

UNSTABLE: Final = 1.0 + 1e-4
"""Size from which a multiplier is one of growth: rounding leaves those of one within 1e-6."""

_SLOW: Final = 2000.0
"""Beats that a mode takes from which it is held, where following it led to no orbit that attracts."""

_NUDGE: Final = 0.05
_FOLLOWED: Final = 40
_LONGEST: Final = 4
_ATTEMPTS: Final = 3

_COMES_BACK: Final = 0.1
"""A rhythm of p beats comes back this much nearer than after one."""

_APART: Final = 1e-3
"""Difference between beats, in scaled units, from which they are different beats."""


ONE_BEAT: Final = "1 beat"
ALTERNANS: Final = "alternans"


def rhythm_of(trace: xr.Dataset, period: int) -> str:
    """The name of a rhythm of several beats, from one period of it: a block where some of the stimuli capture.

    A run without a voltage, and one whose beats are no action potentials that can be told, has its period alone.
    """
    captured = disturbances(trace)["captured"].to_numpy() if has(trace, "v") else np.ones(period, dtype=bool)
    if captured.any() and not captured.all():
        return f"{period}:{int(captured.sum())} block"
    return ALTERNANS if period == 2 else f"{period} beats"


def attracts(orbit: Orbit, tolerance: float) -> bool:
    """Whether an orbit was found and disturbances do not grow."""
    grows = np.abs(multipliers(orbit.near)) > UNSTABLE
    return orbit.distance <= tolerance and not bool(grows.any())


def attracting_orbit(
    problem: Problem, orbit: Orbit, settings: Settings, tolerance: float, ledger: Ledger
) -> tuple[Problem, Orbit]:
    """The orbit that the cell falls into beside one that it does not follow, with its period; else what is given."""
    found = problem, orbit
    for _ in range(_ATTEMPTS):
        if attracts(found[1], tolerance):
            break
        y = _followed(*found, tolerance, ledger)
        period = _period_of(y, found[1].scale)
        ledger.drifting = None
        attempt = replace(problem, period=period)
        candidate = find_orbit(attempt, y[-1], settings, tolerance, ledger)
        shorter = _shortest(attempt, candidate, ledger) if candidate.distance <= tolerance else period
        if shorter != period:
            attempt = replace(problem, period=shorter)
            candidate = find_orbit(attempt, candidate.y, settings, tolerance, ledger)
        if candidate.distance <= tolerance or candidate.distance < found[1].distance:
            found = attempt, candidate
    if attracts(found[1], tolerance):
        return found
    return _near_start(problem, orbit, settings, tolerance, ledger) or found


def _near_start(
    problem: Problem, orbit: Orbit, settings: Settings, tolerance: float, ledger: Ledger
) -> tuple[Problem, Orbit] | None:
    """Where the cell is settled near the start with its slow modes held: far along these lies another regime."""
    if not bool((np.abs(1.0 - multipliers(orbit.near)) < 1.0 / _SLOW).any()):
        return None
    ledger.drifting = None
    held = replace(problem, slowest=_SLOW)
    found = find_orbit(held, problem.start, settings, tolerance, ledger)
    return (held, found) if attracts(found, tolerance) else None


def _followed(problem: Problem, orbit: Orbit, tolerance: float, ledger: Ledger) -> list[Floats]:
    """The states of plain beats from beside an orbit."""
    y = orbit.y
    if orbit.distance <= tolerance:
        y = y + _NUDGE * orbit.scale * mode_of(orbit.near, complex(multipliers(orbit.near)[0]))
    states = []
    for _ in range(_FOLLOWED):
        y = pace(problem.paced, y)
        states.append(y)
    ledger.beats += _FOLLOWED
    return states


def _period_of(states: list[Floats], scale: Floats) -> int:
    """The fewest beats after which the last states come back to themselves; one where none do."""

    def back(p: int) -> float:
        return max(distance((states[-1 - k] - states[-1 - k - p]) / scale) for k in range(_LONGEST))

    alike = back(1)
    if alike < _APART:
        return 1
    return next((p for p in range(2, _LONGEST + 1) if back(p) < _COMES_BACK * alike), 1)


def _shortest(problem: Problem, orbit: Orbit, ledger: Ledger) -> int:
    """The fewest beats after which an orbit closes already."""
    y = orbit.y
    for beats in range(1, problem.period):
        y = pace(problem.paced, y)
        ledger.beats += 1
        if distance((y - orbit.y) / orbit.scale) < _APART:
            return beats
    return problem.period
