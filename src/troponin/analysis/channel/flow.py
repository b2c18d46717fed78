"""The exact solution of dx/dt = A x + b for gates and Markov chains, however stiff.

    x(t) = x_inf + exp(A t) (x(0) - x_inf)

Gate by gate by expm1, to rounding; and for a chain by the matrix exponential, with an error of rounding times the
fastest rate times the time, or the slowest time constant where that is shorter.  A chain's sum is conserved to rounding
however stiff it is, since what is propagated is the distance from the stationary distribution, whose sum is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.exponential import exponential_minus_one

__all__ = ["Flow", "Steps", "after", "along", "rest", "sample_times"]

Floats = NDArray[np.float64]

Steps: TypeAlias = Sequence[tuple[float, int]]
"""Sample times as runs of equal steps: (length in ms, how many of them)."""

_ILL: Final = 1e10
"""Condition beyond which the resting state of a block is not taken from its matrix."""

_ROUNDING: Final = 64.0 * np.finfo(np.float64).eps


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A and b at some potentials, per ms: shapes [lane, state, state] and [lane, state]."""

    matrix: Floats
    source: Floats
    blocks: tuple[tuple[int, ...], ...]


def sample_times(steps: Steps) -> Floats:
    """The times that steps lead to, zero first."""
    start = 0.0
    parts: list[Floats] = [np.zeros(1)]
    for length, count in steps:
        parts.append(start + length * np.arange(1, count + 1, dtype=np.float64))
        start += length * count
    return np.concatenate(parts)


def along(system: Flow, start: Floats, steps: Steps) -> Floats:
    """The states at every sample time, shape [lane, time, state], from `start`, shape [lane, state]."""
    times = sample_times(steps)
    lanes, n = start.shape
    found = np.empty((lanes, len(times), n))
    for block in system.blocks:
        if len(block) == 1:
            found[:, :, block[0]] = _gate(system, start, block[0], times[np.newaxis])
        else:
            found[:, :, block] = _chain_along(system, start, list(block), steps)
    return found


def after(system: Flow, start: Floats, times: Floats) -> Floats:
    """The states after a time of its own for each lane (shape [lane], in ms), shape [lane, state]."""
    found = np.empty_like(start)
    for block in system.blocks:
        if len(block) == 1:
            found[:, block[0]] = _gate(system, start, block[0], times[:, np.newaxis])[:, 0]
            continue
        motion = _motion(system, start, list(block))
        change = exponential_minus_one(motion.generator * times[:, np.newaxis, np.newaxis])
        found[:, list(block)] = motion.origin + _moved(change, motion.distance)[:, :-1]
    return found


def rest(system: Flow, start: Floats) -> Floats:
    """Where the states come to rest, shape [lane, state]; a sum that is conserved is that of `start`.

    A state on which nothing acts stays as it is; where there is no single rest the result is NaN.
    """
    found = np.array(start)
    for block in system.blocks:
        at = list(block)
        if len(block) == 1:
            rate, source = system.matrix[:, at[0], at[0]], system.source[:, at[0]]
            with np.errstate(all="ignore"):
                level = np.where(rate < 0.0, -source / rate, np.nan)
            found[:, at[0]] = np.where((rate == 0.0) & (source == 0.0), start[:, at[0]], level)
        else:
            found[:, at] = _rest_of_chain(system.matrix[:, at][:, :, at], system.source[:, at], start[:, at])
    return found


# ---------------------------------------------------------------- one gate


def _gate(system: Flow, start: Floats, i: int, times: Floats) -> Floats:
    """x0 + (a x0 + b) t phi(a t), phi(z) = expm1(z) / z, whole at a = 0; times of shape [lane or 1, time].

    Beyond a time constant x_inf + (x0 - x_inf) exp(a t) is more exact: what is left of x0 keeps all its digits.
    """
    a, b, x0 = system.matrix[:, i, i, np.newaxis], system.source[:, i, np.newaxis], start[:, i, np.newaxis]
    z = a * times
    safe = np.where(z == 0.0, 1.0, z)
    phi = np.where(z == 0.0, 1.0, np.expm1(safe) / safe)
    x_inf = -b / np.where(a == 0.0, 1.0, a)
    return np.where(np.abs(z) > 1.0, x_inf + (x0 - x_inf) * np.exp(z), x0 + (a * x0 + b) * times * phi)


# ---------------------------------------------------------------- a chain


@dataclass(frozen=True, slots=True, eq=False)
class _Motion:
    """x = origin + y with d(y, 1)/dt = G (y, 1): G [lane, n + 1, n + 1], origin [lane, n], (y, 1) [lane, n + 1].

    Where a chain has a rest, that is the origin, and y decays.  Where it has none the origin is zero and G holds b.
    """

    generator: Floats
    origin: Floats
    distance: Floats


def _chain_along(system: Flow, start: Floats, block: list[int], steps: Steps) -> Floats:
    motion = _motion(system, start, block)
    lengths = np.array([length for length, _ in steps])[:, np.newaxis, np.newaxis, np.newaxis]
    changes = exponential_minus_one(motion.generator * lengths)
    y = motion.distance
    rows = [y]
    for change, (_, count) in zip(changes, steps, strict=True):
        for _ in range(count):
            y = _moved(change, y)
            rows.append(y)
    return motion.origin[:, np.newaxis] + np.stack(rows, axis=1)[:, :, :-1]


def _moved(change: Floats, y: Floats) -> Floats:
    return y + (change @ y[:, :, np.newaxis])[:, :, 0]


def _motion(system: Flow, start: Floats, block: list[int]) -> _Motion:
    """A chain that conserves its sum has a zero eigenvalue, along which rounding would pile up; the distance from its
    rest has no part along it, so that G may damp it: G = A - c p 1^T, p the stationary distribution.
    """
    matrix, source, x0 = system.matrix[:, block][:, :, block], system.source[:, block], start[:, block]
    lanes, n = x0.shape
    x_inf = _rest_of_chain(matrix, source, x0)
    rests = np.isfinite(x_inf).all(axis=1, keepdims=True)
    generator = np.zeros((lanes, n + 1, n + 1))
    generator[:, :n, :n] = matrix
    generator[:, :n, n] = np.where(rests, 0.0, source)
    shares = np.where(_closed(matrix, source)[:, np.newaxis] & rests, _stationary(matrix), 0.0)
    damping = -np.trace(matrix, axis1=1, axis2=2) / n
    generator[:, :n, :n] -= damping[:, np.newaxis, np.newaxis] * shares[:, :, np.newaxis]
    origin = np.where(rests, x_inf, 0.0)
    return _Motion(generator, origin, np.concatenate([x0 - origin, np.ones((lanes, 1))], axis=1))


def _rest_of_chain(matrix: Floats, source: Floats, start: Floats) -> Floats:
    """Where a chain comes to rest, shape [lane, state]; NaN in lanes where there is no single rest."""
    closed = _closed(matrix, source)[:, np.newaxis]
    firm = np.linalg.cond(matrix) < _ILL
    safe = np.where(firm[:, np.newaxis, np.newaxis], matrix, np.eye(matrix.shape[1]))
    solved = np.where(firm[:, np.newaxis], np.linalg.solve(safe, -source[:, :, np.newaxis])[:, :, 0], np.nan)
    return np.where(closed, _stationary(matrix) * start.sum(axis=1)[:, np.newaxis], solved)


def _closed(matrix: Floats, source: Floats) -> NDArray[np.bool_]:
    """In which lanes the sum of a chain's states is conserved: nothing comes and nothing goes."""
    sums, sizes = np.abs(matrix.sum(axis=1)), np.abs(matrix).sum(axis=1)
    return np.asarray((sums <= _ROUNDING * sizes).all(axis=1) & (source == 0.0).all(axis=1))


def _stationary(matrix: Floats) -> Floats:
    """The stationary distributions of chains dp/dt = Q p, shape [lane, state]; NaN where a chain falls apart.

    State after state is taken out, without a subtraction, so that the smallest probability is as accurate as the
    largest (W. K. Grassmann, M. I. Taksar and D. P. Heyman, Oper. Res. 33 (1985) 1107, doi 10.1287/opre.33.5.1107).
    """
    rates = np.array(matrix)  # rates[:, i, j]: from j to i
    lanes, n, _ = rates.shape
    sound = np.asarray((rates[:, ~np.eye(n, dtype=bool)] >= 0.0).all(axis=1))
    leaves = np.empty((lanes, n))
    found = np.ones((lanes, n))
    with np.errstate(all="ignore"):
        for k in range(n - 1, 0, -1):
            leaves[:, k] = rates[:, :k, k].sum(axis=1)
            back = rates[:, k, :k] / leaves[:, k, np.newaxis]
            rates[:, :k, :k] += rates[:, :k, k, np.newaxis] * back[:, np.newaxis, :]
        for k in range(1, n):
            found[:, k] = (rates[:, k, :k] * found[:, :k]).sum(axis=1) / leaves[:, k]
        found /= found.sum(axis=1)[:, np.newaxis]
    whole = sound & (leaves[:, 1:] > 0.0).all(axis=1)
    return np.where(whole.reshape(-1, 1), found, np.nan)
