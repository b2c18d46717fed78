"""The search for a periodic orbit: plain beats, then extrapolation, then Newton steps where a slow mode is left.

    1. some plain beats, and Anderson acceleration (`anderson.py`) until the map is at its noise;
    2. the derivative of the map there (`floquet.py`), whose slowest modes tell how far the orbit still is;
    3. Newton steps with that derivative where it is further than asked for.

Every point is put back on the conserved quantities of the start (`conservation.py`), so that of a family of orbits
the one is found to which plain pacing leads.  A mode slower than can matter in an experiment is not followed: the
cell is said to drift, and everything else is settled at the start's position along that mode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.conservation import Conserved, conserved_quantities, hold
from troponin.analysis.cycle.anderson import Settings, accelerate, distance
from troponin.analysis.cycle.floquet import Slow, correction, multipliers, slow_modes
from troponin.analysis.cycle.monodromy import Linearised, leading, linearise
from troponin.analysis.pace_map import PaceMap, pace, traced_beat
from troponin.errors import SolverError
from troponin.units import DIMENSIONLESS

__all__ = ["Ledger", "Orbit", "Problem", "find_orbit", "pose"]

Floats = NDArray[np.float64]

_PLAIN: Final = 4
"""Periods that are paced before anything is extrapolated."""

_ROUNDS: Final = 10

_BENT: Final = 1e-2
"""Residual from which the map is too far from linear for Newton steps."""

_LOST: Final = 0.05
"""Residual from which a point that Newton steps led to is worse than to go on pacing from before them."""

_PATIENT: Final = 4
"""Rounds in which such a search is begun again after `_ON` plain periods."""

_ON: Final = 20
_STEPS_EACH: Final = 4

_NOTHING: Final = 1e-100
"""Magnitude below which a state is as good as zero and has no scale of its own."""

_TRUST: Final = 0.3
"""Longest Newton step, in scaled units."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A pace map, where the search begins, and what is conserved.

    amounts       of the conserved quantities at the start
    period        beats after which the orbit closes
    slowest       modes that need more periods than this to settle are drift
    """

    paced: PaceMap
    start: Floats
    conserved: tuple[Conserved, ...]
    amounts: Floats
    period: int
    slowest: float


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """By what a state is measured: its scale, the largest magnitude within the beats looked at, and what it may be."""

    scale: Floats
    low: Floats
    high: Floats


@dataclass(slots=True)
class Ledger:
    """The work of a search: beats of single cells, the residual by value of the map, and the modes left to drift."""

    beats: int = 0
    drifting: int | None = None
    residuals: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Orbit:
    """What was found: a state on the orbit and what is known of it.

    residual     the largest change of a state over one period, in scaled units
    distance     the estimated distance to the exact orbit, in scaled units
    drift        the part of the residual along modes that are not followed
    beats        beats of single cells until the state was known; `counted` says whether those of `near` are in it
    """

    y: Floats
    scale: Floats
    residual: float
    distance: float
    drift: float
    near: Linearised
    slow: Slow
    beats: int
    counted: bool


def pose(paced: PaceMap, y: Floats, slowest: float) -> Problem:
    """The search for an orbit of one beat from a state at the beginning of a beat."""
    conserved = conserved_quantities(paced.model, driven=paced.passage is None)
    return Problem(paced, y, conserved, np.array([quantity.value(y) for quantity in conserved]), 1, slowest)


def find_orbit(problem: Problem, y: Floats, settings: Settings, tolerance: float, ledger: Ledger) -> Orbit:
    """The orbit to which a state leads; raises `SolverError` where the cell itself cannot go on."""
    measure, y = _measured(problem, y, ledger)
    for _ in range(_PLAIN - 2):
        y = _image(problem, y, ledger)
    measure, y = _measured(problem, y, ledger, measure)
    for number in range(_ROUNDS):
        search = accelerate(
            lambda y: _image(problem, y, ledger),
            y,
            measure.scale,
            settings,
            lambda y, scale=measure.scale: _held(problem, y, scale),  # type: ignore[misc]
            measure.low,
            measure.high,
        )
        ledger.residuals += search.residuals
        if search.best > _BENT and number < _PATIENT:  # too far for a derivative; beats by themselves come nearer
            measure, y = _measured(problem, _paced_on(problem, search.image, ledger), ledger, measure)
            continue
        orbit = _polished(problem, measure, search.y, np.array(search.trail), tolerance, ledger)
        if orbit.distance <= tolerance or not np.isfinite(orbit.distance):
            break
        y = orbit.y if orbit.residual < _LOST else _paced_on(problem, search.image, ledger)
        measure, y = _measured(problem, y, ledger, measure)
    return orbit


def _paced_on(problem: Problem, y: Floats, ledger: Ledger) -> Floats:
    for _ in range(_ON):
        y = _image(problem, y, ledger)
    return y


def _polished(
    problem: Problem, measure: Measure, y: Floats, directions: Floats, tolerance: float, ledger: Ledger
) -> Orbit:
    """Newton steps from the end of a search, until the orbit is as near as asked for or comes no nearer."""
    best: Orbit | None = None
    while True:
        gradients = np.array([quantity.gradient(y) for quantity in problem.conserved]).reshape(-1, len(y))
        before = best.distance if best is not None else np.inf
        try:
            near = leading(problem.paced, y, measure.scale, gradients, directions, problem.period)
        except SolverError:  # the last step led to where the cell cannot go on
            if best is None:
                raise
            return best
        if ledger.drifting is None:  # decided once: a mode may become slower or faster on the way
            ledger.drifting = int(np.count_nonzero(np.abs(1.0 - multipliers(near)) < 1.0 / problem.slowest))
        if ledger.drifting and near.known < len(y):  # where a state lies along a mode, every state may tell
            ledger.beats += near.beats
            near = linearise(problem.paced, y, measure.scale, gradients, problem.period)
        directions = np.linalg.svd(near.matrix)[0][:, : len(directions)].T
        best, y = _chord(problem, measure, near, y, tolerance, ledger, best, ledger.drifting)
        if best.distance <= tolerance or not best.distance < before:
            return best


def _chord(
    problem: Problem,
    measure: Measure,
    near: Linearised,
    y: Floats,
    tolerance: float,
    ledger: Ledger,
    best: Orbit | None,
    drifting: int,
) -> tuple[Orbit, Floats]:
    """Newton steps with one derivative, for as long as each halves the distance; the best orbit and the last point."""
    slow = slow_modes(near, drifting)
    previous = np.inf
    for number in range(_STEPS_EACH):
        try:
            r = (_held(problem, _image(problem, y, ledger), measure.scale) - y) / measure.scale
        except SolverError:
            if best is None:
                raise
            break
        ledger.residuals.append(distance(r))
        if number == 1:  # from here on the derivative was needed to know the state
            ledger.beats += near.beats
        step = correction(near, slow, r, (problem.start - y) / measure.scale)
        size = distance(step)
        if best is None or size < best.distance:
            drift = distance(slow.part(r))
            best = Orbit(y, measure.scale, distance(r), size, drift, near, slow, ledger.beats, number > 0)
        far = size > _TRUST  # on a long way along a slow mode no step can halve what is left
        if size <= tolerance or size > (1.1 if far else 0.5) * previous or not np.isfinite(size):
            break
        previous = size
        there = y + measure.scale * step * min(1.0, _TRUST / size)
        y = _held(problem, np.where((there < measure.low) | (there > measure.high), y, there), measure.scale)
    assert best is not None
    return best, y


def _image(problem: Problem, y: Floats, ledger: Ledger) -> Floats:
    ledger.beats += problem.period * problem.paced.effort
    return pace(problem.paced, y, problem.period)


def _measured(problem: Problem, y: Floats, ledger: Ledger, so_far: Measure | None = None) -> tuple[Measure, Floats]:
    """The measure of states along the orbit from y, no finer than it is so far, and the state at its end."""
    parts = []
    for _ in range(problem.period):
        parts.append(traced_beat(problem.paced, y)[1])
        y = parts[-1][-1]
    ledger.beats += problem.period * problem.paced.effort
    states = np.concatenate(parts)
    largest, lowest, highest = np.abs(states).max(axis=0), states.min(axis=0), states.max(axis=0)
    fractions = np.array([state.unit == DIMENSIONLESS for state in problem.paced.model.states])
    low = np.where(lowest >= 0.0, 0.0, -np.inf)
    high = np.where(fractions & (lowest >= 0.0) & (highest <= 1.0 + 1e-9), 1.0, np.inf)
    if so_far is not None:
        # a beat that the stimulus did not capture would measure gates by their rest
        largest = np.maximum(np.where(so_far.scale == 1.0, largest, so_far.scale), largest)
    scale = np.where(largest > _NOTHING, largest, 1.0)
    return Measure(scale, low, high), _held(problem, y, scale)


def _held(problem: Problem, y: Floats, scale: Floats) -> Floats:
    return hold(problem.conserved, problem.amounts, y, scale)
