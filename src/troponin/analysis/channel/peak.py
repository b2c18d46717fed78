"""The peak of a current after a step: located, not merely sampled.

Samples are even in the logarithm of time, on which gates and chains change slowly; between the two beside the largest
dI/dt = 0 is solved, with the exact states where there are such, else along cubics through the solver's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.clamp import Clamp, states_along, states_at
from troponin.analysis.channel.flow import after, sample_times
from troponin.analysis.channel.linear import flow
from troponin.analysis.channel.patch import current_of, gradient_of, rates_of

__all__ = ["Peak", "octaves", "peak_of"]

Floats = NDArray[np.float64]

_OCTAVES: Final = 24
_PER_OCTAVE: Final = 16
_BISECTIONS: Final = 50
_ROUNDS: Final = 30
_SHARP: Final = 1e-8
"""Share of the bracket to which the time of a peak is found: its current is then exact to rounding."""

_WITHIN: Final = 16
"""Samples of the solver within the two between which a peak lies."""

_SETTLED: Final = 1e-12
"""Share of its largest value within which a current at the end of a step is the largest."""


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """The current furthest from zero after a step, when it is, and the states then: shapes [lane], [lane, state]."""

    current: Floats
    time: Floats
    states: Floats


def peak_of(clamp: Clamp, v: Floats, start: Floats, duration: float, seen: Floats | None = None) -> Peak:
    """The peak current within a step of `duration` in ms, the instant after the step and its end included.

    `seen` are potentials at which the current is looked at, where they are not those that drive it: at its reversal
    potential a current is zero, however open the channel.  There are 16 samples an octave, over 24 octaves of time.  A
    current that comes to rest peaks at the end.
    """
    patch, drive = clamp.patch, v
    steps = octaves(duration)
    times = sample_times(steps)
    states = states_along(clamp, drive, start, steps)
    v = drive if seen is None else seen
    current = current_of(patch, v[:, np.newaxis], states)
    lanes, size = np.arange(len(v)), np.abs(current)
    k = np.where(size[:, -1] >= (1.0 - _SETTLED) * size.max(axis=1), len(times) - 1, np.argmax(size, axis=1))
    found = Peak(current[lanes, k], times[k], states[lanes, k])
    inside = (k > 0) & (k < len(times) - 1)
    if not inside.any() or not patch.states:
        return found
    low, high = np.maximum(k - 1, 0), np.minimum(k + 1, len(times) - 1)
    width = np.where(inside, times[high] - times[low], 0.0)
    find = _by_hermite if clamp.form is None else _by_root
    t, x = find(clamp, (drive, v), states[lanes, low], width, current[lanes, k])
    t = times[low] + t
    better = inside & (np.abs(current_of(patch, v, x)) >= np.abs(found.current))
    x = np.where(better[:, np.newaxis], x, found.states)
    return Peak(current_of(patch, v, x), np.where(better, t, found.time), x)


def octaves(duration: float, count: int = _OCTAVES) -> list[tuple[float, int]]:
    """Steps whose length doubles every 16, over `count` octaves of time, up to a duration in ms."""
    first = duration * 2.0**-count / _PER_OCTAVE
    return [(first, _PER_OCTAVE)] + [(first * 2.0**octave, _PER_OCTAVE) for octave in range(count)]


def _by_root(
    clamp: Clamp, potentials: tuple[Floats, Floats], start: Floats, width: Floats, sign: Floats
) -> tuple[Floats, Floats]:
    """Where |I| stops rising, as time since `start` and states.

    The root of d|I|/dt by false position, the end that stays halved (M. Dowell and P. Jarratt, BIT 11 (1971) 168,
    doi 10.1007/BF01934364), down to a change of time that moves the current by rounding only.
    """
    assert clamp.form is not None
    drive, seen = potentials
    system = flow(clamp.form, drive)

    def slope(at: Floats) -> tuple[Floats, Floats]:
        x = after(system, start, at)
        return np.sum(gradient_of(clamp.patch, seen, x) * rates_of(clamp.patch, drive, x), axis=-1) * np.sign(sign), x

    low, high = np.zeros_like(width), np.array(width)
    (f_low, _), (f_high, x) = slope(low), slope(high)
    t, before = high, np.zeros(len(width), dtype=bool)
    for number in range(_ROUNDS):
        gap, last = f_low - f_high, t
        t = np.where(gap > 0.0, low + (high - low) * f_low / np.where(gap > 0.0, gap, 1.0), high)
        f, x = slope(t)
        rising = f > 0.0
        stays = 0.5 * ((rising == before) & (number > 0)) + 1.0 * ((rising != before) | (number == 0))
        low, f_low = np.where(rising, t, low), np.where(rising, f, f_low * stays)
        high, f_high = np.where(rising, high, t), np.where(rising, f_high * stays, f)
        before = rising
        if (np.abs(t - last) <= _SHARP * width).all():
            break
    return t, x


def _by_hermite(
    clamp: Clamp, potentials: tuple[Floats, Floats], start: Floats, width: Floats, sign: Floats
) -> tuple[Floats, Floats]:
    """The same along the cubics through what the solver gives at samples within the bracket."""
    drive, seen = potentials
    t, x = np.zeros_like(width), np.array(start)
    for lane in np.flatnonzero(width > 0.0):
        one = slice(lane, lane + 1)
        at = np.linspace(0.0, width[lane], _WITHIN + 1)
        states = states_at(clamp, drive[one], start[one], at)[0]
        rates = rates_of(clamp.patch, drive[one], states)
        rising = np.sum(gradient_of(clamp.patch, seen[one], states) * rates, axis=-1) * np.sign(sign[lane]) > 0.0
        falls = np.flatnonzero(rising[:-1] & ~rising[1:])
        if not falls.size:
            continue
        first, h = falls[0], at[1]
        pair = states[first : first + 2], rates[first : first + 2] * h
        low, high = 0.0, 1.0
        for _ in range(_BISECTIONS):
            s = 0.5 * (low + high)
            point, slope = _cubic(*pair, s)
            up = gradient_of(clamp.patch, seen[one], point[np.newaxis])[0] @ slope * np.sign(sign[lane]) > 0.0
            low, high = (s, high) if up else (low, s)
        t[lane], x[lane] = at[first] + low * h, _cubic(*pair, low)[0]
    return t, x


def _cubic(ends: Floats, slopes: Floats, s: float) -> tuple[Floats, Floats]:
    """Hermite's cubic and its slope at a share `s` of the interval."""
    (p, q), (m, n) = ends, slopes
    x = (2 * s**3 - 3 * s**2 + 1) * p + (s**3 - 2 * s**2 + s) * m + (3 * s**2 - 2 * s**3) * q + (s**3 - s**2) * n
    dx = 6 * (s**2 - s) * (p - q) + (3 * s**2 - 4 * s + 1) * m + (3 * s**2 - 2 * s) * n
    return x, dx
