"""Random pacing: intervals drawn from a distribution, the same for the same seed on every computer.

Python promises that its generator of random numbers between 0 and 1 stays as it is; each distribution turns such a
number into an interval by the inverse of its cumulative distribution.  Intervals are rounded to exact multiples of
`resolution`, so that a train of them is as exact as a regular one.
"""

from __future__ import annotations

import math
import random as generators
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from numbers import Integral
from statistics import NormalDist
from typing import TypeAlias

from troponin.errors import ProtocolError, require_kind
from troponin.protocol.timeline import Protocol, exact_time, time_text
from troponin.protocol.trains import Time, at_intervals, stimulus, whole

__all__ = ["Distribution", "Exponential", "Normal", "Uniform", "random"]


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every interval between two is as likely as any other."""

    low: Time
    high: Time

    def __post_init__(self) -> None:
        _require_order(self.low, self.high, "an interval")

    def interval(self, share: float) -> float:
        """The interval in ms below which so large a share of all is."""
        low, high = _in_ms(self.low), _in_ms(self.high)
        return low + share * (high - low)

    def __str__(self) -> str:
        return f"uniform from {self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Normal:
    """Intervals around a mean, of a standard deviation; the distribution is cut off at `least`."""

    mean: Time
    deviation: Time
    least: Time

    def __post_init__(self) -> None:
        _require_order(self.least, self.mean, "the mean interval")
        if _in_ms(self.deviation) <= 0.0:
            raise ProtocolError("a standard deviation must be positive", where="Normal", got=self.deviation)

    def interval(self, share: float) -> float:
        """The interval in ms below which so large a share of all is."""
        law = NormalDist(_in_ms(self.mean), _in_ms(self.deviation))
        below = law.cdf(_in_ms(self.least))
        within = below + share * (1.0 - below)
        # 0 and 1 have no interval; the generator gives 0 once in 2^53 numbers
        return max(_in_ms(self.least), law.inv_cdf(within)) if within > 0.0 else _in_ms(self.least)

    def __str__(self) -> str:
        return f"normal, {self.mean} ± {self.deviation}, at least {self.least}"


@dataclass(frozen=True, slots=True)
class Exponential:
    """Stimuli that come at any time alike, but not within `least` of the one before; the mean is that of all intervals.

    The irregular rhythm of a ventricle under atrial fibrillation is often taken as one of this kind.
    """

    mean: Time
    least: Time

    def __post_init__(self) -> None:
        _require_order(self.least, self.mean, "the mean interval")

    def interval(self, share: float) -> float:
        """The interval in ms below which so large a share of all is."""
        least = _in_ms(self.least)
        return least - (_in_ms(self.mean) - least) * math.log1p(-share)

    def __str__(self) -> str:
        return f"exponential, mean {self.mean}, at least {self.least}"


Distribution: TypeAlias = Uniform | Normal | Exponential
"""Where random intervals come from."""


def random(
    distribution: Distribution,
    beats: int,
    *,
    seed: int,
    resolution: Time = "0.001 ms",
    amplitude: Time | None = None,
    duration: Time | None = None,
) -> Protocol:
    """A train with random intervals; the protocol keeps each of them, and says from which distribution and seed.

    distribution   `Uniform`, `Normal` or `Exponential`
    seed           a whole number; the same gives the same train
    resolution     of which every interval is a whole multiple

    Raises `ProtocolError` for what gives no train.
    """
    kinds = (Uniform, Normal, Exponential)
    require_kind(distribution, kinds, "random", 'a distribution, such as Uniform("500 ms", "900 ms")')
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise ProtocolError("a seed is a whole number", where="random", got=repr(seed))
    step = exact_time(resolution, "the resolution")
    if step <= 0:
        raise ProtocolError("the resolution must be positive", where="random", got=time_text(step))
    source = generators.Random(int(seed))
    drawn = [distribution.interval(source.random()) for _ in range(whole(beats, "beats"))]
    lengths = [round(Fraction(length) / step) * step for length in drawn]
    return at_intervals(lengths, stimulus(amplitude, duration), f"{distribution}, seed {int(seed)}")


def _require_order(low: Time, high: Time, what: str) -> None:
    least, most = exact_time(low, "the shortest interval"), exact_time(high, what)
    if not 0 < least < most:
        raise ProtocolError(
            f"{what} must be longer than the shortest, and that longer than 0 ms",
            got=f"{time_text(least)} and {time_text(most)}",
        )


@lru_cache(maxsize=64)  # asked for at every draw
def _in_ms(time: Time) -> float:
    return float(exact_time(time, "an interval"))
