"""How wrong a contender is over the last beat, against a dense reference of 1e-12.

max |v - v_ref|   at the contender's own step points, mV
APD90, Ca peak    relative, from its dense output on a common fine grid
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from cases import Case
from contender import Contender, Doubles
from ours import sample_with

from troponin.solvers.method import BDF

__all__ = ["Errors", "Reference"]

_GRID = 0.25  # ms between the points on which biomarkers are measured
_EDGE = 1e-9  # ms within which a step point counts as an edge of the stimulus


@dataclass(frozen=True)
class Errors:
    """Errors over the last beat: v in mV (largest), action potential duration and calcium peak relative."""

    v: float
    apd90: float
    calcium: float
    steps: int


@dataclass(frozen=True)
class Reference:
    """The solution to compare with: the BDF at rtol 1e-12, atol 1e-14."""

    case: Case
    rtol: float = 1e-12

    @property
    def method(self) -> BDF:
        """The solver of the reference."""
        return BDF(rtol=self.rtol, atol=0.01 * self.rtol)

    def v(self, times: Doubles) -> Doubles:
        """The membrane potential at times of the last beat."""
        return sample_with(self.case, self.method, times, ("v",))[:, 0]

    @cached_property
    def grid(self) -> Doubles:
        """The times on which biomarkers are measured, from the beat's start to just before its end."""
        return np.arange(self.case.last_start, self.case.end, _GRID)

    @cached_property
    def biomarkers(self) -> tuple[float, float]:
        """APD90 in ms and the calcium peak of the reference itself."""
        saved = sample_with(self.case, self.method, self.grid, ("v", "cai"))
        return _biomarkers(self.grid, saved[:, 0], saved[:, 1])

    @cached_property
    def doubt(self) -> float:
        """How far a reference ten times looser is from this one, mV: the floor of what can be told apart."""
        looser = Reference(self.case, 10.0 * self.rtol)
        return float(np.abs(self.v(self.grid) - looser.v(self.grid)).max())

    def _inside(self, times: Doubles, v: Doubles) -> tuple[Doubles, Doubles]:
        """The step points that do not lie on an edge of the stimulus.

        Myokit logs there the value of the step that overshot the edge, and goes on from the right one: the logged
        number would count against it though its solution is good.
        """
        edges = self.case.table.start
        inside = np.abs(times[:, np.newaxis] - edges).min(axis=1) > _EDGE
        return times[inside], v[inside]

    def errors(self, contender: Contender) -> Errors:
        """What a contender got wrong."""
        times, v = self._inside(*contender.steps())
        apd, peak = _biomarkers(self.grid, *contender.sample(self.grid))
        true_apd, true_peak = self.biomarkers
        worst = float(np.abs(v - self.v(times)).max())
        return Errors(worst, abs(apd / true_apd - 1.0), abs(peak / true_peak - 1.0), times.size)


def _biomarkers(times: Doubles, v: Doubles, calcium: Doubles) -> tuple[float, float]:
    """APD90 counted from the stimulus, and the calcium peak, both by cubics through the four nearest points."""
    rest, top = v[0], _peak(times, v)
    level = rest + 0.1 * (top - rest)
    above = np.flatnonzero(v > level)
    last = int(above[-1]) if above.size else 0
    if last + 2 >= v.size or last < 1:
        return float("nan"), _peak(times, calcium)
    near = slice(last - 1, last + 3)
    # t as a cubic of v: v falls monotonically there
    crossing = np.polynomial.Polynomial.fit(v[near], times[near], 3)(level)
    return float(crossing - times[0]), _peak(times, calcium)


def _peak(times: Doubles, values: Doubles) -> float:
    top = int(np.clip(np.argmax(values), 1, values.size - 2))
    near = slice(top - 1, top + 2)
    parabola = np.polynomial.Polynomial.fit(times[near] - times[top], values[near], 2)
    turning = parabola.deriv().roots()
    if turning.size != 1 or abs(turning[0].real) > _GRID:
        return float(values[top])
    return float(parabola(turning[0].real))
