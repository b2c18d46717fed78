"""The audit of conserved quantities: does each invariant stay what it is, and if not, which flow lets it leak.

    dQ/dt = sum over states of (dQ/ds) ds/dt = sum over flows of c_j F_j + rest

where c_j is what one unit of flow j (a current, a flux) adds to Q.  A flow that moves charge onto the membrane and an
ion into a compartment has c_j = 0, whatever its size; c_j is found by exact differentiation and evaluated
at several states, so that the audit holds for the equations and not for one run.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from troponin.expr.calculus import jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import total
from troponin.expr.nodes import Node, Symbol
from troponin.expr.simplify import product
from troponin.model.model import Equation, Input, Invariant, Model
from troponin.model.structure import flatten
from troponin.units import DIMENSIONLESS, Unit

__all__ = ["Leak", "leaks"]

_Floats = NDArray[np.float64]

_ROUNDING = 1e-9
"""What of the gross turnover of Q may remain of the net: sums of terms of opposite sign round."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A flow through which a conserved quantity leaks; `flow` is None for what no flow accounts for.

    `size` is the flow itself at the initial state [its own unit], `rate` what it adds to the quantity
    [`unit`, the quantity's per unit of time].
    """

    invariant: str
    flow: str | None
    size: float
    rate: float
    unit: Unit


def leaks(model: Model, samples: int = 5) -> tuple[Leak, ...]:
    """The leaks of all invariants of a sound model, none where everything is conserved."""
    points = _points(model, samples)
    flat = flatten(model)
    found: list[Leak] = []
    for invariant in model.invariants:
        sizes = evaluate([flat.expression(name) for name in invariant.flows], points)
        found += _audit(
            model, invariant, points, {n: _spread(x, samples) for n, x in zip(invariant.flows, sizes, strict=True)}
        )
    return tuple(found)


def _audit(
    model: Model, invariant: Invariant, points: Mapping[str, _Floats], sizes: Mapping[str, _Floats]
) -> list[Leak]:
    rates, slopes = _cut_at_flows(model, invariant)
    known = {**points, **sizes}
    samples = len(next(iter(points.values())))
    flows = [Symbol(name) for name in invariant.flows]
    by_flow = jacobian(rates, flows)
    unit = invariant.unit / model.time_unit
    terms = [product(slope, rate) for slope, rate in zip(slopes, rates, strict=True)]
    rest, turnover = _net_and_gross(terms, known, samples)
    found: list[Leak] = []
    for flow in flows:
        shares = [product(slope, row[flow]) for slope, row in zip(slopes, by_flow, strict=True) if flow in row]
        net, gross = _net_and_gross(shares, known, samples)
        size = sizes[flow.name]
        rest = rest - net * size
        turnover = turnover + gross * np.abs(size)
        if np.any(np.abs(net) > _ROUNDING * gross):
            found.append(Leak(invariant.name, flow.name, float(size[0]), float(net[0] * size[0]), unit))
    if np.any(np.abs(rest) > _ROUNDING * turnover):
        found.append(Leak(invariant.name, None, float("nan"), float(rest[0]), unit))
    return found


def _cut_at_flows(model: Model, invariant: Invariant) -> tuple[tuple[Node, ...], list[Node]]:
    """The rates with the flows left as symbols, and the derivative of the invariant by each state."""
    cut = set(invariant.flows)
    open_ends = [Input(name, DIMENSIONLESS, "flow") for name in invariant.flows if name not in _inputs(model)]
    kept = Equation("audit.quantity", invariant.unit, invariant.expression)
    opened = replace(
        model,
        inputs=(*model.inputs, *open_ends),
        equations=(*(e for e in model.equations if e.name not in cut), kept),
    )
    flat = flatten(opened)
    states = [Symbol(s.name) for s in model.states]
    gradient = jacobian([flat.values[kept.name]], states)[0]
    zero = total([])
    return flat.rates, [gradient.get(state, zero) for state in states]


def _net_and_gross(terms: list[Node], known: Mapping[str, _Floats], samples: int) -> tuple[_Floats, _Floats]:
    values = [_spread(x, samples) for x in evaluate(terms, known)]
    nothing = np.zeros(samples)
    return sum(values, nothing), sum((np.abs(x) for x in values), nothing)


def _points(model: Model, samples: int) -> dict[str, _Floats]:
    """The initial state and states around it, each value moved by up to 20 %, with all inputs at rest but not zero."""
    dice = random.Random(1952)
    moved = {s.name: [s.initial * dice.uniform(0.8, 1.2) for _ in range(samples - 1)] for s in model.states}
    points = {s.name: np.array([s.initial, *moved[s.name]]) for s in model.states}
    points |= {p.name: np.full(samples, p.value) for p in model.parameters}
    return points | {i.name: np.full(samples, i.value) for i in model.inputs}


def _inputs(model: Model) -> set[str]:
    return {i.name for i in model.inputs}


def _spread(values: _Floats, samples: int) -> _Floats:
    return np.broadcast_to(np.asarray(values, dtype=float), (samples,))
