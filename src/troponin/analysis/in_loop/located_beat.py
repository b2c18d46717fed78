"""One signal over one beat as it is measured during a run: extremes are known, passages are asked for and answered.

A definition of a biomarker is evaluated twice: first it learns of no passage and its questions are noted, then the
passages have been located in a second pass through the beat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["LocatedBeat", "Passage", "Peak"]

Peak: TypeAlias = tuple[float, float]
"""Time in ms, and value."""

Passage: TypeAlias = tuple[float, int]
"""A level, and a direction: +1 rising, -1 falling."""

_UNKNOWN: Peak = (math.nan, math.nan)


@dataclass(frozen=True, slots=True, eq=False)
class LocatedBeat:
    """A signal over a beat, see `beat.Beat`; times in ms.

    found   the times, in order, of the passages that have been located
    asked   the passages that were asked for and have not
    uses    which of the other questions were asked: "slope" where one of the steepest was
    """

    start: float = math.nan
    end: float = math.nan
    pushed: float = 0.0
    first: float = math.nan
    last: float = math.nan
    highest: Peak = _UNKNOWN
    lowest: Peak = _UNKNOWN
    rise: Peak = _UNKNOWN
    fall: Peak = _UNKNOWN
    integral: float = math.nan
    found: dict[Passage, NDArray[np.float64]] = field(default_factory=dict)
    asked: dict[Passage, None] = field(default_factory=dict)
    uses: set[str] = field(default_factory=set)

    @property
    def steepest_rise(self) -> Peak:
        """The time and the slope, per ms, of the steepest rise."""
        self.uses.add("slope")
        return self.rise

    @property
    def steepest_fall(self) -> Peak:
        """The time and the slope, per ms, of the steepest fall: a negative slope."""
        self.uses.add("slope")
        return self.fall

    def falls_to(self, level: float, *, after: float) -> float:
        """The first time after `after` at which the signal passes a level downwards; NaN where it does not."""
        times = self._passages(level, -1)
        later = times[times >= after]
        return float(later[0]) if later.size else math.nan

    def rises_to(self, level: float, *, before: float) -> float:
        """The last time before `before` at which the signal passes a level upwards; NaN where it does not."""
        times = self._passages(level, 1)
        earlier = times[times <= before]
        return float(earlier[-1]) if earlier.size else math.nan

    def _passages(self, level: float, direction: int) -> NDArray[np.float64]:
        passage = level, direction
        if passage not in self.found:
            if math.isfinite(level):
                self.asked[passage] = None
            return np.empty(0)
        return self.found[passage]
