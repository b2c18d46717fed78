"""Removable singularities: found in the equations as printed, and made whole.

A rate such as  a = 0.1 (v + 35) / (1 - exp(-(v + 35)/10))  or a Goldman-Hodgkin-Katz current is 0/0 at
one voltage, though its limit is finite.  Near that voltage the printed form loses all digits.  With

    B(x) = x / (exp(x) - 1),    B(0) = 1,

every quotient  k w / (exp(w) - 1)  is  k B(w)  and every  (exp(w) - 1) / (k w)  is  1 / (k B(w)).
`repair` rewrites these and leaves everything else as the author wrote it.  `expand` spells B and its
derivatives in elementary operations: a Taylor polynomial for small |x|, the closed form elsewhere; both
are exact to a few units in the last place where they meet.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from troponin.expr.bernoulli import spell
from troponin.expr.calculus import derivative
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import bernoulli
from troponin.expr.graph import rebuild, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.expr.simplify import ONE, ZERO, product, quotient, raised

__all__ = ["expand", "repair", "repair_all"]

# ---------------------------------------------------------------- finding them


@dataclass
class _Factors:
    """A product taken apart: sign * upper[0]^n ... / (lower[0]^m ...), each factor with its whole exponent."""

    sign: int = 1
    upper: dict[Node, int] = field(default_factory=dict)
    lower: dict[Node, int] = field(default_factory=dict)

    def multiply(self, root: Node, *, inverted: bool = False, cancelling: bool = False) -> None:
        """Multiply by an expression, or divide by it; `cancelling` takes away what then stands on both sides."""
        stack = [(root, inverted, 1)]
        while stack:
            node, below, times = stack.pop()
            operation, args = (node.operation, node.args) if isinstance(node, Apply) else (None, ())
            if operation is Operation.NEG:
                self.sign *= (-1) ** times
                stack.append((args[0], below, times))
            elif operation is Operation.MUL:
                stack += [(arg, below, times) for arg in reversed(args)]
            elif operation is Operation.DIV:
                stack += [(args[1], not below, times), (args[0], below, times)]
            elif operation is Operation.POW and (power := _whole_power(args[1])):
                stack.append((args[0], below, times * power))
            else:
                side, opposite = (self.lower, self.upper) if below else (self.upper, self.lower)
                shared = min(times, opposite.get(node, 0)) if cancelling else 0
                _raise(opposite, node, -shared)
                _raise(side, node, times - shared)

    def product(self) -> Node:
        """The product put together again, from left to right."""
        result: Node = ONE if self.sign > 0 else Number(-1.0)
        for node, power in self.upper.items():
            result = product(result, raised(node, Number(power)))
        for node, power in self.lower.items():
            result = quotient(result, raised(node, Number(power)))
        return result


def _raise(side: dict[Node, int], node: Node, by: int) -> None:
    power = side.get(node, 0) + by
    if power:
        side[node] = power
    else:
        side.pop(node, None)


def _whole_power(exponent: Node) -> int:
    """The exponent where it is a literal 1, 2, 3 ..., otherwise 0."""
    if isinstance(exponent, Number) and exponent.unit is None and exponent.value >= 1.0 and exponent.value.is_integer():
        return int(exponent.value)
    return 0


def repair_all(roots: Iterable[Node], moving: Iterable[Symbol] | None = None) -> list[Node]:
    """The expressions with their removable singularities made whole.

    `moving` are the symbols that may come to a singular point (a model's states, not its parameters); all symbols
    where it is None.
    """
    rows = list(roots)
    movers = None if moving is None else frozenset(moving)
    fresh = rebuild(rows, lambda node: _repair_here(node, movers))
    return [fresh[row] for row in rows]


def repair(root: Node, moving: Iterable[Symbol] | None = None) -> Node:
    """The expression with its removable singularities made whole; arguments as `repair_all`."""
    return repair_all([root], moving)[0]


def _repair_here(node: Node, moving: frozenset[Symbol] | None) -> Node:
    if not (isinstance(node, Apply) and node.operation in (Operation.MUL, Operation.DIV)):
        return node
    factors = _Factors()
    factors.multiply(node)
    found = False
    for below in (True, False):
        side, other = (factors.lower, factors.upper) if below else (factors.upper, factors.lower)
        for growth in list(side):
            exponent = _exponent_minus_one(growth)
            if exponent is None:
                continue
            sign, w = exponent
            while growth in side and (match := _partner(other, w, moving)) is not None:
                # u / (exp(w) - 1) = ratio B(w), less what the ratio and the product have on opposite sides
                u, ratio = match
                _raise(side, growth, -1)
                _raise(other, u, -1)
                factors.sign *= sign
                factors.multiply(ratio, inverted=not below, cancelling=True)
                factors.multiply(bernoulli(w), inverted=not below)
                found = True
    return factors.product() if found else node


def _partner(factors: Iterable[Node], w: Node, moving: frozenset[Symbol] | None) -> tuple[Node, Node] | None:
    """A factor u that vanishes where w does, with u / w."""
    return next(((u, ratio) for u in factors if (ratio := _ratio(u, w, moving)) is not None), None)


def _exponent_minus_one(node: Node) -> tuple[int, Node] | None:
    """(sign, w) where the node is sign * (exp(w) - 1)."""
    if not isinstance(node, Apply):
        return None
    if node.operation is Operation.EXPM1:
        return 1, node.args[0]
    if node.operation not in (Operation.SUB, Operation.ADD):
        return None
    a, b = node.args
    if node.operation is Operation.SUB:
        if _is_exp(a) and _is(b, 1.0):
            return 1, a.args[0]  # type: ignore[attr-defined]
        if _is(a, 1.0) and _is_exp(b):
            return -1, b.args[0]  # type: ignore[attr-defined]
        return None
    for growth, one in ((a, b), (b, a)):
        if _is_exp(growth) and _is(one, -1.0):
            return 1, growth.args[0]  # type: ignore[attr-defined]
        negated = isinstance(growth, Apply) and growth.operation is Operation.NEG
        if negated and _is(one, 1.0) and _is_exp(growth.args[0]):  # type: ignore[attr-defined]
            return -1, growth.args[0].args[0]  # type: ignore[attr-defined]
    return None


def _is(node: Node, value: float) -> bool:
    if isinstance(node, Apply) and node.operation is Operation.NEG:
        return _is(node.args[0], -value)
    return isinstance(node, Number) and node.value == value


def _is_exp(node: Node) -> bool:
    return isinstance(node, Apply) and node.operation is Operation.EXP


def _ratio(u: Node, w: Node, moving: frozenset[Symbol] | None) -> Node | None:
    """u / w where that does not depend on the moving symbol in which both are linear and vanish together."""
    candidates = set(symbols(w)) if moving is None else moving.intersection(symbols(w))
    shared = [s for s in symbols(u) if s in candidates] if candidates else []
    for symbol in shared:
        slope_u, slope_w = derivative(u, symbol), derivative(w, symbol)
        if slope_u is ZERO or slope_w is ZERO or symbol in symbols(slope_u, slope_w):
            continue
        if _vanish_together(u, w, symbol):
            return quotient(slope_u, slope_w)
    return None


def _vanish_together(u: Node, w: Node, symbol: Symbol) -> bool:
    # u and w are linear in the symbol: u / w is constant in it if and only if their roots coincide;
    # tried at random values, since 47.13 * 0.1 and 4.713 are the same number only up to rounding
    dice = random.Random(20260101)
    names = {s.name for s in symbols(u, w)}
    for _ in range(3):
        values: dict[str, float] = {name: dice.uniform(0.5, 2.0) for name in names}
        ratios = []
        for at in (-211.7, 13.37, 399.3):
            values[symbol.name] = at
            top, bottom = (float(x) for x in evaluate([u, w], values))
            if not (np.isfinite(top) and np.isfinite(bottom)) or bottom == 0.0:
                return False
            ratios.append(top / bottom)
        if max(ratios) - min(ratios) > 1e-11 * max(map(abs, ratios)):
            return False
    return True


# ---------------------------------------------------------------- spelling them


def expand(roots: Iterable[Node]) -> list[Node]:
    """The expressions with B, B' and B'' spelt in elementary operations, as machine code needs them."""
    rows = list(roots)
    fresh = rebuild(rows, _expand_here)
    return [fresh[row] for row in rows]


def _expand_here(node: Node) -> Node:
    if not isinstance(node, Apply):
        return node
    if node.operation is Operation.BERNOULLI:
        return spell(node.args[0], 0)
    if node.operation is Operation.BERNOULLI_SLOPE:
        return spell(node.args[0], 1)
    if node.operation is Operation.BERNOULLI_CURVATURE:
        return spell(node.args[0], 2)
    return node
