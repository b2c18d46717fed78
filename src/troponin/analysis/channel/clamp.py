"""A clamped patch: its states over time at a potential that stands still, exactly where its equations are linear.

rest     the state after holding a potential for ever
along    the states at sample times after a step of the potential
peak     the largest current after a step, located and not merely sampled
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel import flow as exact
from troponin.analysis.channel.linear import Linear, flow, linear, nonlinear_in
from troponin.analysis.channel.numerical import Bench, open_bench, solved
from troponin.analysis.channel.patch import Patch, current_of, gradient_of, isolate, rates_of
from troponin.errors import ModelError, require_kind
from troponin.model.model import Model
from troponin.simulation.course import Method
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen

__all__ = ["Clamp", "Peak", "at_rest", "end_of", "octaves", "open_clamp", "peak_of", "states_along"]

Floats = NDArray[np.float64]

SOLVER: Final = Rosenbrock(rtol=1e-9)

_FOREVER: Final = 1e5
"""ms for which a patch that has no closed form is held before its first step."""

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
class Clamp:
    """A patch and how it is solved: by its linear form, or by a solver, and why so."""

    patch: Patch
    form: Linear | None = field(repr=False)
    bench: Bench | None = field(repr=False)
    why: str

    @property
    def method(self) -> str:
        """How it is solved, as text."""
        if self.bench is None:
            return "exact"
        settings = ", ".join(
            f"{name}={value}" for name, value in asdict(self.bench.method).items() if value is not None
        )
        return f"{type(self.bench.method).__name__}({settings})"


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """The current furthest from zero after a step, when it is, and the states then: shapes [lane], [lane, state]."""

    current: Floats
    time: Floats
    states: Floats


def open_clamp(
    model: Model, name: str, free: Sequence[str], held: Sequence[str], solver: Method | None = None
) -> Clamp:
    """The clamped patch of a current; `solver` None solves it exactly where its equations are linear."""
    require_kind(solver, (BDF, Rosenbrock, RushLarsen, type(None)), "solver", "a solver, such as BDF(rtol=1e-9)")
    patch = isolate(model, name, free, held)
    if solver is not None:
        return Clamp(patch, None, open_bench(patch, solver), "the solver was asked for")
    why = nonlinear_in(patch)
    if why:
        return Clamp(patch, None, open_bench(patch, SOLVER), why)
    return Clamp(patch, linear(patch), None, "every rate is linear in the states at a constant potential")


def at_rest(clamp: Clamp, v: Floats) -> Floats:
    """The states after holding potentials `v` in mV (shape [lane]) for ever, shape [lane, state].

    Without a closed form: after 100 s from the initial state.  Raises `ModelError` for a gate that never comes to rest.
    """
    start = np.tile(clamp.patch.initial, (len(v), 1))
    if not clamp.patch.states:
        return start
    if clamp.form is None:
        return _numerically(clamp, v, start, np.array([0.0, _FOREVER]))[:, -1]
    system = flow(clamp.form, v)
    found = exact.rest(system, start)
    _require_rest(clamp.patch, clamp.form, v, found)
    # a chain that falls apart at some potential has no single rest: what is held long enough to be there
    lost = np.asarray(np.isnan(found).any(axis=1))
    return np.where(lost.reshape(-1, 1), exact.after(system, start, np.full(len(v), _FOREVER)), found)


def _require_rest(patch: Patch, form: Linear, v: Floats, found: Floats) -> None:
    for block in form.blocks:
        lost = np.isnan(found[:, block[0]])
        if len(block) == 1 and lost.any():
            raise ModelError(
                f"{patch.states[block[0]]} does not come to rest at {', '.join(f'{x:g}' for x in v[lost])} mV: its time"
                " constant there is below zero, or infinite",
                where=f"model {patch.model.name}",
                remedy="Hold and step where the model's equations are meant to hold.",
            )


def states_along(clamp: Clamp, v: Floats, start: Floats, steps: exact.Steps) -> Floats:
    """The states at the sample times of `steps`, shape [lane, time, state], from `start`, shape [lane, state]."""
    times = exact.sample_times(steps)
    if not clamp.patch.states:
        return np.zeros((len(v), len(times), 0))
    if clamp.form is None:
        return _numerically(clamp, v, start, times)
    return exact.along(flow(clamp.form, v), start, steps)


def end_of(clamp: Clamp, v: Floats, start: Floats, duration: float) -> Floats:
    """The states after a step of `duration` in ms, shape [lane, state]."""
    return states_along(clamp, v, start, [(duration, 1)])[:, -1]


def peak_of(clamp: Clamp, v: Floats, start: Floats, duration: float, seen: Floats | None = None) -> Peak:
    """The peak current within a step of `duration` in ms, the instant after the step and its end included.

    `seen` are potentials at which the current is looked at, where they are not those that drive it: at its reversal
    potential a current is zero, however open the channel.  Samples are even in the logarithm of time, 16 an octave over
    24 octaves, which no sum of exponentials slips through; then dI/dt = 0 is solved between the samples.  A current
    that comes to rest peaks at the end.
    """
    patch, drive = clamp.patch, v
    steps = octaves(duration)
    times = exact.sample_times(steps)
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


def _numerically(clamp: Clamp, v: Floats, start: Floats, times: Floats) -> Floats:
    assert clamp.bench is not None
    return solved(clamp.bench, v, start, times)


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
        x = exact.after(system, start, at)
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
        states = _numerically(clamp, drive[one], start[one], at)[0]
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
