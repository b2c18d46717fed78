"""Channels are linear: at a potential that stands still, gates and Markov chains obey dx/dt = A(v) x + b(v).

Whether they do is seen from the equations: no entry of the Jacobian depends on a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.flow import Flow
from troponin.analysis.channel.patch import Patch
from troponin.errors import ValueRangeError
from troponin.expr.calculus import jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import substitute, symbols
from troponin.expr.nodes import Node, Number, Symbol
from troponin.expr.simplify import ZERO

__all__ = ["Linear", "flow", "linear", "nonlinear_in"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """dx/dt = A(v) x + b(v) of a patch: the entries of A that are not zero, and b.

    `blocks` are the states that act on one another, by index: one alone for a gate, several for a chain.
    """

    patch: Patch
    entries: Mapping[tuple[int, int], Node] = field(repr=False)
    sources: tuple[Node, ...] = field(repr=False)
    blocks: tuple[tuple[int, ...], ...]


def nonlinear_in(patch: Patch) -> str:
    """Why a patch is not linear, for the first state whose rate is not; empty for one that is."""
    for name, row in zip(patch.states, jacobian(patch.rates, map(Symbol, patch.states)), strict=True):
        for by, entry in row.items():
            found = {s.name for s in symbols(entry)}
            bent = [other for other in patch.states if other in found]
            if bent:
                together = by.name if by.name in bent else f"{by.name} and {bent[0]} together"
                return f"the rate of {name} is not linear in {together}"
    return ""


def linear(patch: Patch) -> Linear | None:
    """The linear form of a patch, None where it has none."""
    if nonlinear_in(patch):
        return None
    place = {Symbol(name): i for i, name in enumerate(patch.states)}
    rows = jacobian(patch.rates, place)
    entries = {(i, place[s]): entry for i, row in enumerate(rows) for s, entry in row.items()}
    zeros: dict[Node, Node] = {symbol: Number(0.0) for symbol in place}
    sources = tuple(substitute(rate, zeros) if symbols(rate) else rate for rate in patch.rates)
    return Linear(patch, entries, sources, _blocks(len(patch.states), entries))


def flow(form: Linear, v: Floats) -> Flow:
    """The linear system at potentials `v` in mV, shape [lane].  Raises `ValueRangeError` where rates overflow."""
    patch, n = form.patch, len(form.patch.states)
    values = {patch.v: v / patch.in_mV}
    matrix, source = np.zeros((len(v), n, n)), np.zeros((len(v), n))
    for (i, j), entry in zip(form.entries, evaluate(form.entries.values(), values), strict=True):
        matrix[:, i, j] = entry / patch.in_ms
    for i, value in enumerate(evaluate(form.sources, values)):
        source[:, i] = value / patch.in_ms
    sound = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(source).all(axis=1)
    if not sound.all():
        raise ValueRangeError(
            f"the rates of {patch.target} are no finite numbers at {', '.join(f'{x:g}' for x in v[~sound])} mV",
            where=f"model {patch.model.name}",
            remedy="Step to other potentials, and check the model's rates there.",
        )
    return Flow(matrix, source, form.blocks)


def _blocks(n: int, entries: Mapping[tuple[int, int], Node]) -> tuple[tuple[int, ...], ...]:
    """The states that act on one another, directly or not."""
    owner = list(range(n))
    for i, j in entries:
        if entries[i, j] is not ZERO:
            one, other = owner[i], owner[j]
            owner = [one if x == other else x for x in owner]
    return tuple(tuple(i for i in range(n) if owner[i] == block) for block in dict.fromkeys(owner))
