"""Expressions in the form that machine code is made from: few divisions, few products, few general powers.

    a / b        ->  a * (1 / b)     the reciprocal shared by all that divide by b, derivatives included
    (a c) (b d)  ->  (a b) * (c d)   constants gathered in one, which is computed before the run
    a c + b c    ->  (a + b) c
    exp(a line)  ->  exp(a x + b)    those of one slope shared
    a^3          ->  a * a * a;      a^0.5 -> sqrt(a);      a^-2 -> 1 / (a * a)

Here c and d are numbers or expressions of parameters, minus one among them.  The terms of sums keep their
order; a product costs at most as many roundings as before and one more.  `settle` comes first: it decides,
from the values of parameters, the branches and the exponents that nothing else decides.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from troponin.expr.evaluate import evaluate
from troponin.expr.graph import postorder, rebuild, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.expr.simplify import ONE, is_number, negative
from troponin.expr.singular import expand
from troponin.kernels.linear_form import straighten

__all__ = ["normal_form", "settle"]

_Op = Operation
MINUS_ONE = Number(-1.0)
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


def normal_form(roots: Iterable[Node], fixed: Iterable[str] = ()) -> list[Node]:
    """The expressions in normal form; `fixed` names the symbols that are constants."""
    constants = frozenset(Symbol(name) for name in fixed)
    rules = _Rules(constants)
    rows = straighten(expand(roots), constants)
    users = Counter(arg for node in postorder(rows) if isinstance(node, Apply) for arg in set(node.args))
    fresh: dict[Node, Node] = {}
    for node in postorder(rows):
        same = Apply(node.operation, *(fresh[arg] for arg in node.args)) if isinstance(node, Apply) else node
        fresh[node] = rules.rewrite(same)
        if users[node] > 1:
            rules.shared.add(fresh[node])
    return _share_powers([fresh[row] for row in rows], rules)


class _Rules:
    """How nodes are rewritten, their arguments being in normal form already; remembers what is constant."""

    def __init__(self, fixed: frozenset[Symbol]) -> None:
        self._fixed = fixed
        self._constant: dict[Node, bool] = {}
        self.shared: set[Node] = set()
        """Products that are needed whole by several others: their constants stay in them."""
        self._table: dict[Operation, Callable[..., Node]] = {
            _Op.ADD: self.sum,
            _Op.SUB: lambda a, b: self.sum(a, self.product(b, MINUS_ONE)),
            _Op.MUL: self.product,
            _Op.DIV: lambda a, b: self.product(a, self.reciprocal(b)),
            _Op.NEG: lambda a: self.product(a, MINUS_ONE),
            _Op.POW: self.power,
            _Op.LOG10: lambda a: self.product(Apply(_Op.LOG, a), Number(1.0 / math.log(10.0))),
        }

    def rewrite(self, node: Node) -> Node:
        """The node in normal form."""
        if isinstance(node, Number):
            return Number(node.value)
        if not isinstance(node, Apply):
            return node
        rule = self._table.get(node.operation)
        return _folded(node if rule is None else rule(*node.args))

    def is_constant(self, node: Node) -> bool:
        """Whether a node depends on nothing but fixed symbols."""
        known = self._constant.get(node)
        if known is None:
            if isinstance(node, Apply):
                known = all(map(self.is_constant, node.args))
            else:
                known = isinstance(node, Number) or node in self._fixed
            self._constant[node] = known
        return known

    def split(self, node: Node) -> tuple[Node, Node]:
        """(x, c) with the node x c and c constant."""
        if self.is_constant(node):
            return ONE, node
        if isinstance(node, Apply) and node not in self.shared:
            if node.operation is _Op.NEG:
                return node.args[0], MINUS_ONE
            if node.operation is _Op.MUL and self.is_constant(node.args[1]):
                return node.args[0], node.args[1]
        return node, ONE

    def product(self, a: Node, b: Node) -> Node:
        """a b with all constants in one last factor."""
        (x, c), (y, d) = self.split(a), self.split(b)
        return self.scaled(_times(x, y), _folded(_times(c, d)))

    def scaled(self, x: Node, c: Node) -> Node:
        """x c for a constant c; a sign goes into the difference that it turns round."""
        if is_number(c, -1.0) and isinstance(x, Apply) and x.operation is _Op.SUB:
            return Apply(_Op.SUB, x.args[1], x.args[0])
        return negative(x) if is_number(c, -1.0) else _times(x, c)

    def sum(self, a: Node, b: Node) -> Node:
        """a + b: a common constant factor taken out, a negative term subtracted, a constant last."""
        if self.is_constant(a) and not self.is_constant(b):
            a, b = b, a
        (x, c), (y, d) = self.split(a), self.split(b)
        if c is d and c is not ONE and x is not ONE and y is not ONE:
            return self.scaled(self.sum(x, y), c)
        if is_number(d, -1.0):
            return Apply(_Op.SUB, a, y)
        if is_number(c, -1.0):
            return Apply(_Op.SUB, b, x)
        return Apply(_Op.ADD, a, b)

    def reciprocal(self, node: Node) -> Node:
        """1 / node, its constant factor turned over on its own."""
        x, c = self.split(node)
        return self.scaled(_turned(x), _folded(_turned(c)))

    def power(self, a: Node, exponent: Node) -> Node:
        """a^exponent: by products or a root where it can be."""
        n = exponent.value if isinstance(exponent, Number) else math.nan
        if abs(n) <= LARGEST_CHAIN and n == int(n):
            chain = self.chain(a, abs(int(n)))
        elif n in (0.5, -0.5):
            chain = Apply(_Op.SQRT, a)
        else:
            return Apply(_Op.POW, a, exponent)
        return chain if n >= 0.0 else self.reciprocal(chain)

    def chain(self, a: Node, n: int) -> Node:
        """a^n by squaring; the squares are shared with those of other powers of a."""
        if n < 2:
            return a if n else ONE
        half = self.chain(a, n // 2)
        square = self.product(half, half)
        return self.product(square, a) if n % 2 else square


def _times(a: Node, b: Node) -> Node:
    if is_number(a, 1.0):
        return b
    return a if is_number(b, 1.0) else Apply(_Op.MUL, a, b)


def _turned(node: Node) -> Node:
    if isinstance(node, Apply) and node.operation is _Op.DIV and is_number(node.args[0], 1.0):
        return node.args[1]
    return node if is_number(node, 1.0) else Apply(_Op.DIV, ONE, node)


def _folded(node: Node) -> Node:
    """The number that an operation on numbers is, where it is a finite one."""
    if not isinstance(node, Apply) or node.operation in COMPARISONS | LOGICAL:
        return node
    if not all(isinstance(arg, Number) for arg in node.args):
        return node
    value = float(evaluate([node], {})[0])
    return Number(value) if math.isfinite(value) else node


def _share_powers(rows: list[Node], rules: _Rules) -> list[Node]:
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
            return Apply(_Op.MUL, Apply(_Op.POW, base, Number(n + 1.0)), rules.reciprocal(base))
        return node

    return _changed(rows, change)


def _changed(rows: list[Node], change: Callable[[Node], Node]) -> list[Node]:
    fresh = rebuild(rows, change)
    return [fresh[row] for row in rows]
