"""What a model conserves, found from its equations alone, and how a state is put back on it.

    ds_j/dt = b_j(s_j) g_j(s, u),   sum_j c_j g_j = 0 for every s and u   =>   Q = sum_j c_j W_j(s_j),  W_j' = 1/b_j

Every rate is split into the factor that depends on its own state alone (the buffering of a concentration) and the
rest.  Linear relations between the rests that hold in every state and under every input are conserved quantities:
the cell's charge, the mass of what cannot leave, the sum of a Markov chain's occupancies.  A factor of one leaves
W_j = s_j.  What a model declares (`Model.invariants`) and the audit finds without a leak is kept too, where it is
not among these.

Many cells have a family of steady states, one for each amount of charge: only the initial state says which one is
meant (Hund et al. 2001, doi 10.1016/S0006-3495(01)75965-6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from troponin.errors import ModelError
from troponin.expr.calculus import jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import postorder, substitute
from troponin.expr.nodes import Apply, Node, Symbol
from troponin.expr.operations import Operation
from troponin.expr.simplify import ONE, ZERO, negative, product, quotient
from troponin.model.audit import leaks
from troponin.model.model import Model, Role
from troponin.model.structure import Flat, flatten

__all__ = ["Conserved", "conserved_quantities", "hold"]

Floats = NDArray[np.float64]

_RELATION: Final = 1e-10
"""Size, relative to the terms, below which a sum of rates counts as zero: terms of 1e4 A/F cancel to rounding."""

_PART: Final = 1e-6
"""Share of a relation, relative to the largest, below which a state takes no part in it."""

_NODES: Final = np.polynomial.legendre.leggauss(40)

_CORRECTIONS: Final = 4
_NEGLIGIBLE: Final = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class Conserved:
    """One conserved quantity: the states that take part, its value and its gradient for a state of shape [state].

    Its unit is that of its first state, whose coefficient is one; that of a declared quantity is its own.
    """

    states: tuple[str, ...]
    value: Callable[[Floats], float] = field(repr=False)
    gradient: Callable[[Floats], Floats] = field(repr=False)


def conserved_quantities(model: Model, *, driven: bool = True) -> tuple[Conserved, ...]:
    """The conserved quantities of a model under any drive of its inputs, linearly independent.

    With `driven` false, those of a model whose inputs all rest.
    """
    flat = flatten(model)
    found = _by_structure(flat, driven)
    y = np.array([state.initial for state in model.states]) * np.linspace(0.9, 1.1, len(model.states))
    declared = _declared(flat)
    fresh = [x for x in declared if not _spanned(declared[x].gradient(y), [q.gradient(y) for q in found])]
    leaking = {leak.invariant for leak in leaks(model)} if fresh else set()
    return (*found, *(declared[name] for name in fresh if name not in leaking))


def hold(conserved: Sequence[Conserved], amounts: Floats, y: Floats, scale: Floats) -> Floats:
    """The state nearest to y, in units of `scale`, whose conserved quantities have these amounts."""
    if not conserved:
        return y
    for _ in range(_CORRECTIONS):
        missing = amounts - np.array([q.value(y) for q in conserved])
        slopes = np.array([q.gradient(y) for q in conserved]) * scale
        step = np.linalg.lstsq(slopes, missing, rcond=None)[0]
        y = y + scale * step
        if np.abs(step).max() < _NEGLIGIBLE:
            break
    return y


# ---------------------------------------------------------------- found by structure


def _by_structure(flat: Flat, driven: bool) -> list[Conserved]:
    model = flat.model
    needs = _needs(flat)
    split = [_own_factor(rate, 1 << j, needs) for j, rate in enumerate(flat.rates)]
    points = _points(model, len(model.states) + 24, driven)
    factors = [np.asarray(f) for f in evaluate([own for own, _ in split], points)]
    rests = np.stack([np.broadcast_to(g, _size(points)) for g in evaluate([g for _, g in split], points)], axis=-1)
    whole = np.isfinite(rests).all(axis=1)
    if not whole.any():
        raise ModelError(
            "the rates are no finite numbers anywhere near the initial state",
            where=f"model {model.name}",
            remedy="Check the initial values, and the parameters.",
        )
    usable = np.array([bool(np.isfinite(f).all() and (f != 0.0).all()) for f in factors])
    parameters = {p.name: p.value for p in model.parameters}
    return [
        _separable(model, coefficients, [own for own, _ in split], parameters)
        for coefficients in _relations(rests[whole], usable)
    ]


def _relations(rests: Floats, usable: NDArray[np.bool_]) -> list[Floats]:
    """Coefficients c, shape [state], with rests @ c = 0; each has a one in a place where the others have zeros."""
    sizes = np.abs(rests).max(axis=0)
    live = usable & (sizes > 0.0)
    still = [np.eye(len(sizes))[j] for j in np.flatnonzero(usable & (sizes == 0.0))]
    columns = np.flatnonzero(live)
    if not columns.size:
        return still
    _, singular, rows = np.linalg.svd(rests[:, columns] / sizes[columns], full_matrices=True)
    spectrum = np.concatenate([singular, np.zeros(len(columns) - len(singular))])
    null = rows[spectrum < _RELATION * spectrum[0]].T / sizes[columns, np.newaxis]
    if not null.size:
        return still
    # columns of the null space in terms of some of its rows: each relation gets states of its own
    scaled = null * sizes[columns, np.newaxis]
    _, _, order = scipy.linalg.qr(scaled.T, pivoting=True)
    pivots = order[: null.shape[1]]
    reduced = null @ np.linalg.inv(null[pivots])
    return [_refined(rests, sizes, columns, relation) for relation in reduced.T] + still


def _refined(rests: Floats, sizes: Floats, columns: NDArray[np.int64], relation: Floats) -> Floats:
    """A relation found once more among the states that take part in it, where other near-relations do not disturb."""
    weight = np.abs(relation) * sizes[columns]
    part = columns[weight > _PART * weight.max()]
    _, singular, rows = np.linalg.svd(rests[:, part] / sizes[part])
    alone = len(part) == 1 or singular[-1] < _RELATION * singular[0] < singular[-2]
    coefficients = np.zeros(len(sizes))
    if alone:
        coefficients[part] = rows[-1] / sizes[part]
        return np.asarray(coefficients / coefficients[part[0]])
    coefficients[columns] = relation
    return coefficients


def _separable(
    model: Model, coefficients: Floats, factors: Sequence[Node], parameters: Mapping[str, float]
) -> Conserved:
    taking_part = [int(j) for j in np.flatnonzero(coefficients)]
    buffered = [j for j in taking_part if factors[j] is not ONE]
    start = {j: model.states[j].initial for j in buffered}

    def density(j: int, s: Floats | float) -> Floats:
        return 1.0 / np.asarray(evaluate([factors[j]], {**parameters, model.states[j].name: s})[0])

    def content(j: int, s: float) -> float:
        """The integral of 1/b from the initial value: the amount that is bound and free together."""
        half = 0.5 * (s - start[j])
        nodes = start[j] + half * (1.0 + _NODES[0])
        return float(half * np.sum(_NODES[1] * density(j, nodes)))

    def value(y: Floats) -> float:
        return float(sum(coefficients[j] * (content(j, y[j]) if j in start else y[j]) for j in taking_part))

    def gradient(y: Floats) -> Floats:
        slope = coefficients.copy()
        for j in buffered:
            slope[j] *= float(density(j, y[j]))
        return slope

    return Conserved(tuple(model.states[j].name for j in taking_part), value, gradient)


def _own_factor(rate: Node, own: int, needs: Mapping[Node, int]) -> tuple[Node, Node]:
    """The rate as the factor that depends on nothing but its own state (and parameters), and the rest."""
    factor: Node = ONE
    rest: Node = ONE
    stack: list[tuple[Node, bool]] = [(rate, True)]
    while stack:
        node, above = stack.pop()
        operation = node.operation if isinstance(node, Apply) else None
        mixed = needs[node] & ~own != 0
        if mixed and isinstance(node, Apply) and operation in (Operation.MUL, Operation.DIV):
            stack.append((node.args[0], above))
            stack.append((node.args[1], above == (operation is Operation.MUL)))
        elif mixed and isinstance(node, Apply) and operation is Operation.NEG:
            rest = negative(rest)
            stack.append((node.args[0], above))
        elif mixed or not needs[node]:
            rest = product(rest, node) if above else quotient(rest, node)
        else:
            factor = product(factor, node) if above else quotient(factor, node)
    # a rate that depends on its own state alone has no rest to relate to others
    return (ONE, rate) if rest is ONE else (factor, rest)


def _needs(flat: Flat) -> dict[Node, int]:
    """For every node, the states and inputs that stand under it: a bit for each, states first."""
    moving = [s.name for s in flat.model.states] + [i.name for i in flat.model.inputs]
    bit = {Symbol(name): 1 << j for j, name in enumerate(moving)}
    found: dict[Node, int] = {}
    for node in postorder(flat.rates):
        found[node] = bit.get(node, 0) if isinstance(node, Symbol) else 0
        if isinstance(node, Apply):
            for argument in node.args:
                found[node] |= found[argument]
    return found


# ---------------------------------------------------------------- declared


def _declared(flat: Flat) -> dict[str, Conserved]:
    """What the model says that it conserves, by name, whether it does or not."""
    model = flat.model
    written: dict[Node, Node] = {Symbol(name): expression for name, expression in flat.values.items()}
    states = [Symbol(s.name) for s in model.states]
    fixed = {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs}
    found = {}
    for invariant in model.invariants:
        expression = substitute(invariant.expression, written)
        row = jacobian([expression], states)[0]
        found[invariant.name] = _expressed(model, expression, [row.get(s, ZERO) for s in states], fixed)
    return found


def _expressed(model: Model, expression: Node, slopes: list[Node], fixed: Mapping[str, float]) -> Conserved:
    names = [s.name for s in model.states]

    def known(y: Floats) -> dict[str, float]:
        return {**fixed, **dict(zip(names, map(float, y), strict=True))}

    def value(y: Floats) -> float:
        return float(evaluate([expression], known(y))[0])

    def gradient(y: Floats) -> Floats:
        return np.array([float(x) for x in evaluate(slopes, known(y))])

    part = tuple(name for name, slope in zip(names, slopes, strict=True) if slope is not ZERO)
    return Conserved(part, value, gradient)


def _spanned(row: Floats, rows: Sequence[Floats]) -> bool:
    """Whether a gradient is a combination of others."""
    if not rows:
        return False
    size = np.abs([row, *rows]).max(axis=0)
    size[size == 0.0] = 1.0
    matrix, target = (np.array(rows) / size).T, row / size
    left = target - matrix @ np.linalg.lstsq(matrix, target, rcond=None)[0]
    return bool(np.abs(left).max() < 1e-6 * np.abs(target).max())


# ---------------------------------------------------------------- sample states


def _points(model: Model, count: int, driven: bool) -> dict[str, Floats | float]:
    """Random states around the initial one under random drives (or none), and the parameters as they are."""
    dice = np.random.default_rng(1952)

    def around(value: float, span: float) -> Floats:
        drawn = dice.uniform(1.0 - span, 1.0 + span, count) * value if value else dice.uniform(0.02, 0.2, count)
        return np.asarray(drawn)

    points: dict[str, Floats | float] = {s.name: around(s.initial, 0.2) for s in model.states}
    points |= {i.name: around(i.value, 0.1) if driven else i.value for i in model.inputs if i.role != Role.TIME}
    points |= {i.name: dice.uniform(0.0, 1.0, count) for i in model.inputs if i.role == Role.TIME}
    return points | {p.name: p.value for p in model.parameters}


def _size(points: Mapping[str, Floats | float]) -> tuple[int, ...]:
    return np.broadcast_shapes(*(np.shape(x) for x in points.values()))
