"""Expressions in the form that machine code is made from: few divisions, no general powers where none is needed.

    a / b    ->  a * (1 / b), the reciprocal shared by everything that divides by b, derivatives included
    a - 3    ->  a + (-3);    a / 3  ->  a * (1/3)
    a^3      ->  a * a * a;   a^0.5  ->  sqrt(a);   a^-2  ->  1 / (a * a)

Each of these costs at most one more rounding; nothing is reordered beyond them.  `settle` comes first: it
decides, from the values of parameters, the branches and the exponents that nothing else decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from troponin.expr.evaluate import evaluate
from troponin.expr.graph import postorder, rebuild, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.expr.simplify import ONE, is_number, negative
from troponin.expr.singular import expand

__all__ = ["normal_form", "reciprocal", "settle"]

_Op = Operation
LARGEST_CHAIN = 64
"""The largest whole exponent that is written as multiplications."""


def settle(roots: Iterable[Node], values: Mapping[str, float]) -> tuple[list[Node], tuple[str, ...]]:
    """Decide what only parameters decide: branches taken, exponents.

    `values` are those of the parameters that are the same for all lanes.  Returns the expressions, and the
    names of the parameters whose values they now contain.
    """
    rows = list(roots)
    fixed = {Symbol(name) for name in values}
    used: dict[str, None] = {}

    def settled(node: Node) -> float | None:
        found = symbols(node)
        if isinstance(node, Number) or not fixed.issuperset(found):
            return None
        used.update(dict.fromkeys(s.name for s in found))
        return float(evaluate([node], values)[0])

    def change(node: Node) -> Node:
        if not isinstance(node, Apply):
            return node
        if node.operation is _Op.POW and not fixed.issuperset(symbols(node.args[0])):
            value = settled(node.args[1])
            return node if value is None else Apply(_Op.POW, node.args[0], Number(value))
        if node.operation is _Op.SELECT:
            value = settled(node.args[0])
            return node if value is None else node.args[1] if value else node.args[2]
        return node

    fresh = rebuild(rows, change)
    return [fresh[row] for row in rows], tuple(used)


def normal_form(roots: Iterable[Node]) -> list[Node]:
    """The expressions in normal form."""
    rows = expand(roots)
    rows = _changed(rows, _rewrite)
    return _share_powers(rows)


def reciprocal(node: Node) -> Node:
    """1 / node, with signs kept outside so that more of them are shared."""
    if isinstance(node, Number) and node.value != 0.0 and math.isfinite(1.0 / node.value):
        return Number(1.0 / node.value)
    if isinstance(node, Apply) and node.operation is _Op.NEG:
        return negative(reciprocal(node.args[0]))
    if isinstance(node, Apply) and node.operation is _Op.DIV and is_number(node.args[0], 1.0):
        return node.args[1]
    return Apply(_Op.DIV, ONE, node)


# ---------------------------------------------------------------- rules


def _rewrite(node: Node) -> Node:
    if isinstance(node, Number):
        return Number(node.value)
    if not isinstance(node, Apply):
        return node
    folded = _folded(node)
    if folded is not None:
        return folded
    rule = _RULES.get(node.operation)
    return node if rule is None else rule(*node.args)


def _folded(node: Apply) -> Node | None:
    """The number that an operation on numbers is, if it is one."""
    if not all(isinstance(arg, Number) for arg in node.args) or node.operation in COMPARISONS | LOGICAL:
        return None
    value = float(evaluate([node], {})[0])
    return Number(value) if math.isfinite(value) else None


def _sum(a: Node, b: Node) -> Node:
    if isinstance(a, Number):
        a, b = b, a
    if isinstance(b, Apply) and b.operation is _Op.NEG:
        return Apply(_Op.SUB, a, b.args[0])
    if isinstance(a, Apply) and a.operation is _Op.NEG:
        return _difference(b, a.args[0])
    return Apply(_Op.ADD, a, b)


def _difference(a: Node, b: Node) -> Node:
    if isinstance(b, Number):
        return Apply(_Op.ADD, a, Number(-b.value))
    if isinstance(b, Apply) and b.operation is _Op.NEG:
        return _sum(a, b.args[0])
    return Apply(_Op.SUB, a, b)


def _product(a: Node, b: Node) -> Node:
    if isinstance(a, Number):
        a, b = b, a
    if is_number(b, 1.0):
        return a
    if is_number(b, -1.0):
        return negative(a)
    for one, other in ((a, b), (b, a)):  # signs go outwards, where a sum takes them up
        if isinstance(one, Apply) and one.operation is _Op.NEG:
            return negative(_product(one.args[0], other))
    return Apply(_Op.MUL, a, b)


def _negative(a: Node) -> Node:
    if isinstance(a, Apply) and a.operation is _Op.MUL and isinstance(a.args[1], Number):
        return Apply(_Op.MUL, a.args[0], Number(-a.args[1].value))
    return negative(a)


def _quotient(a: Node, b: Node) -> Node:
    return reciprocal(b) if is_number(a, 1.0) else _product(a, reciprocal(b))


def _power(a: Node, exponent: Node) -> Node:
    if not isinstance(exponent, Number):
        return Apply(_Op.POW, a, exponent)
    n = exponent.value
    if n == 0.0:
        return ONE
    if n == int(n) and abs(n) <= LARGEST_CHAIN:
        chain = _chain(a, abs(int(n)))
        return chain if n > 0 else reciprocal(chain)
    if n in (0.5, -0.5):
        root = Apply(_Op.SQRT, a)
        return root if n > 0 else reciprocal(root)
    return Apply(_Op.POW, a, exponent)


def _chain(a: Node, n: int) -> Node:
    """a^n by squaring; the squares are shared with those of other powers of a."""
    if n == 1:
        return a
    half = _chain(a, n // 2)
    square = Apply(_Op.MUL, half, half)
    return Apply(_Op.MUL, square, a) if n % 2 else square


_RULES: dict[Operation, Callable[..., Node]] = {
    _Op.ADD: _sum,
    _Op.SUB: _difference,
    _Op.MUL: _product,
    _Op.DIV: _quotient,
    _Op.NEG: _negative,
    _Op.POW: _power,
    _Op.LOG10: lambda a: _product(Apply(_Op.LOG, a), Number(1.0 / math.log(10.0))),
}


def _share_powers(rows: list[Node]) -> list[Node]:
    """x^n from x^(n-1) where both are needed, as a derivative and its function are."""
    powers: dict[Node, set[float]] = {}
    for node in postorder(rows):
        if isinstance(node, Apply) and node.operation is _Op.POW and isinstance(node.args[1], Number):
            powers.setdefault(node.args[0], set()).add(node.args[1].value)

    def change(node: Node) -> Node:
        if not (isinstance(node, Apply) and node.operation is _Op.POW and isinstance(node.args[1], Number)):
            return node
        base, n = node.args[0], node.args[1].value
        known = powers.get(base, ())
        # the larger from the smaller keeps x = 0 right when both are positive; else it is infinite anyway
        if n > 1.0 and n - 1.0 in known:
            return Apply(_Op.MUL, base, Apply(_Op.POW, base, Number(n - 1.0)))
        if n < 0.0 and n + 1.0 in known:
            return Apply(_Op.MUL, Apply(_Op.POW, base, Number(n + 1.0)), reciprocal(base))
        return node

    return _changed(rows, change)


def _changed(rows: list[Node], change: Callable[[Node], Node]) -> list[Node]:
    fresh = rebuild(rows, change)
    return [fresh[row] for row in rows]
