"""Channels are linear: at a potential that stands still, gates and Markov chains obey dx/dt = A(v) x + b(v).

Whether they do is seen from the equations: no entry of the Jacobian depends on a state.  Then

    x(t) = x_inf + exp(A t) (x(0) - x_inf)

is evaluated to rounding, however stiff: gate by gate by expm1, and for a chain by the matrix exponential.  The chain's
sum is conserved to rounding too, since what is propagated is the distance from the stationary distribution, along
which the sum is zero; that the exponential of a stiff matrix of rates forgets by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.patch import Patch
from troponin.expr.calculus import jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import substitute, symbols
from troponin.expr.nodes import Node, Number, Symbol
from troponin.expr.simplify import ZERO

__all__ = ["Flow", "Linear", "Steps", "after", "along", "flow", "linear", "nonlinear_in", "rest", "sample_times"]

Floats = NDArray[np.float64]

Steps: TypeAlias = Sequence[tuple[float, int]]
"""Sample times as runs of equal steps: (length in ms, how many of them)."""

_ILL: Final = 1e10
"""Condition beyond which the resting state of a block is not taken from its matrix."""

_ROUNDING: Final = 64.0 * np.finfo(np.float64).eps


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """dx/dt = A(v) x + b(v) of a patch: the entries of A that are not zero, and b.

    `blocks` are the states that act on one another, by index: one alone for a gate, several for a chain.
    """

    patch: Patch
    entries: Mapping[tuple[int, int], Node] = field(repr=False)
    sources: tuple[Node, ...] = field(repr=False)
    blocks: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A and b at some potentials, per ms: shapes [lane, state, state] and [lane, state]."""

    matrix: Floats
    source: Floats
    blocks: tuple[tuple[int, ...], ...]


def nonlinear_in(patch: Patch) -> tuple[str, str] | None:
    """A state whose rate is not linear, and the state in which it is not; None for a patch that is linear."""
    for name, row in zip(patch.states, jacobian(patch.rates, map(Symbol, patch.states)), strict=True):
        for entry in row.values():
            found = next((s.name for s in symbols(entry) if s.name in patch.states), None)
            if found is not None:
                return name, found
    return None


def linear(patch: Patch) -> Linear | None:
    """The linear form of a patch, None where it has none."""
    if nonlinear_in(patch) is not None:
        return None
    place = {Symbol(name): i for i, name in enumerate(patch.states)}
    rows = jacobian(patch.rates, place)
    entries = {(i, place[s]): entry for i, row in enumerate(rows) for s, entry in row.items()}
    zeros: dict[Node, Node] = {symbol: Number(0.0) for symbol in place}
    sources = tuple(substitute(rate, zeros) if symbols(rate) else rate for rate in patch.rates)
    return Linear(patch, entries, sources, _blocks(len(patch.states), entries))


def flow(form: Linear, v: Floats) -> Flow:
    """The linear system at potentials `v` in mV, shape [lane]."""
    patch, n = form.patch, len(form.patch.states)
    values = {patch.v: v / patch.in_mV}
    matrix, source = np.zeros((len(v), n, n)), np.zeros((len(v), n))
    for (i, j), entry in zip(form.entries, evaluate(form.entries.values(), values), strict=True):
        matrix[:, i, j] = entry / patch.in_ms
    for i, value in enumerate(evaluate(form.sources, values)):
        source[:, i] = value / patch.in_ms
    return Flow(matrix, source, form.blocks)


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
    from scipy.linalg import expm

    found = np.empty_like(start)
    for block in system.blocks:
        if len(block) == 1:
            found[:, block[0]] = _gate(system, start, block[0], times[:, np.newaxis])[:, 0]
            continue
        generator, x_inf, y = _deviation(system, start, list(block))
        moved = expm(generator * times[:, np.newaxis, np.newaxis]) @ y[:, :, np.newaxis]
        found[:, list(block)] = _whole(moved[:, :, 0], x_inf)
    return found


def rest(system: Flow, start: Floats) -> Floats:
    """Where the states come to rest, shape [lane, state]; a sum that is conserved is that of `start`.

    A state on which nothing acts stays as it is; where there is no rest the result is NaN.
    """
    found = np.array(start)
    for block in system.blocks:
        at = list(block)
        matrix, source = system.matrix[:, at][:, :, at], system.source[:, at]
        if len(block) == 1:
            rate = matrix[:, 0, 0]
            with np.errstate(all="ignore"):
                level = np.where(rate < 0.0, -source[:, 0] / rate, np.nan)
            found[:, at[0]] = np.where((rate == 0.0) & (source[:, 0] == 0.0), start[:, at[0]], level)
        else:
            x_inf = _rest_of_chain(matrix, source, start[:, at])
            found[:, at] = np.nan if x_inf is None else x_inf
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


def _chain_along(system: Flow, start: Floats, block: list[int], steps: Steps) -> Floats:
    from scipy.linalg import expm

    generator, x_inf, y = _deviation(system, start, block)
    rows = [y]
    for length, count in steps:
        once = expm(generator * length)
        for _ in range(count):
            y = (once @ y[:, :, np.newaxis])[:, :, 0]
            rows.append(y)
    return _whole(np.stack(rows, axis=1), None if x_inf is None else x_inf[:, np.newaxis])


def _deviation(system: Flow, start: Floats, block: list[int]) -> tuple[Floats, Floats | None, Floats]:
    """(G, x_inf, y) with x = x_inf + y and dy/dt = G y; without a rest, the affine system as a linear one, y = (x, 1).

    A chain that conserves its sum has a zero eigenvalue, along which rounding would pile up; y has none of it, so
    that G may damp it: G = A - c x_inf 1^T.
    """
    matrix, source, x0 = system.matrix[:, block][:, :, block], system.source[:, block], start[:, block]
    x_inf = _rest_of_chain(matrix, source, x0)
    if x_inf is None:
        lanes, n = x0.shape
        wide = np.zeros((lanes, n + 1, n + 1))
        wide[:, :n, :n], wide[:, :n, n] = matrix, source
        return wide, None, np.concatenate([x0, np.ones((lanes, 1))], axis=1)
    if _is_closed(matrix, source):
        total = x_inf.sum(axis=1)[:, np.newaxis]
        share = np.where(total == 0.0, 0.0, x_inf / np.where(total == 0.0, 1.0, total))
        damping = -np.trace(matrix, axis1=1, axis2=2) / len(block)
        matrix = matrix - damping[:, np.newaxis, np.newaxis] * share[:, :, np.newaxis]
    return matrix, x_inf, x0 - x_inf


def _whole(y: Floats, x_inf: Floats | None) -> Floats:
    return y[..., :-1] if x_inf is None else y + x_inf


def _rest_of_chain(matrix: Floats, source: Floats, start: Floats) -> Floats | None:
    """Where a block comes to rest in every lane, or None where some lane has no single rest."""
    if _is_closed(matrix, source):
        shares = _stationary(matrix)
        return None if shares is None else shares * start.sum(axis=1)[:, np.newaxis]
    if not np.isfinite(matrix).all() or (np.linalg.cond(matrix) > _ILL).any():
        return None
    return np.asarray(np.linalg.solve(matrix, -source[:, :, np.newaxis])[:, :, 0])


def _is_closed(matrix: Floats, source: Floats) -> bool:
    """Whether the sum of a block's states is conserved: nothing comes or goes, in any lane."""
    sums, sizes = np.abs(matrix.sum(axis=1)), np.abs(matrix).sum(axis=1)
    return bool((sums <= _ROUNDING * sizes).all() and (source == 0.0).all())


def _stationary(matrix: Floats) -> Floats | None:
    """The stationary distributions of chains dp/dt = Q p, shape [lane, state]; None where a chain falls apart.

    State after state is taken out, without a subtraction, so that the smallest probability is as accurate as the
    largest (W. K. Grassmann, M. I. Taksar and D. P. Heyman, Oper. Res. 33 (1985) 1107, doi 10.1287/opre.33.5.1107).
    """
    rates = np.array(matrix)  # rates[:, i, j]: from j to i
    lanes, n, _ = rates.shape
    off = rates[:, ~np.eye(n, dtype=bool)]
    if not np.isfinite(off).all() or (off < 0.0).any():
        return None
    left = np.empty((lanes, n))
    for k in range(n - 1, 0, -1):
        left[:, k] = rates[:, :k, k].sum(axis=1)
        if (left[:, k] <= 0.0).any():
            return None
        inward = rates[:, k, :k] / left[:, k, np.newaxis]
        rates[:, :k, :k] += rates[:, :k, k, np.newaxis] * inward[:, np.newaxis, :]
    found = np.ones((lanes, n))
    for k in range(1, n):
        found[:, k] = (rates[:, k, :k] * found[:, :k]).sum(axis=1) / left[:, k]
    return np.asarray(found / found.sum(axis=1)[:, np.newaxis])


def _blocks(n: int, entries: Mapping[tuple[int, int], Node]) -> tuple[tuple[int, ...], ...]:
    """The states that act on one another, directly or not."""
    owner = list(range(n))
    for i, j in entries:
        if entries[i, j] is not ZERO:
            one, other = owner[i], owner[j]
            owner = [one if x == other else x for x in owner]
    return tuple(tuple(i for i in range(n) if owner[i] == block) for block in dict.fromkeys(owner))
