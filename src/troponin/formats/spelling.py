"""Operations that a format lacks, spelt in those that it has.

min(a, b) = if a < b then a else b          tanh x = 1 - 2 / (exp(2x) + 1)
B(x)      = x / (exp(x) - 1), and 1 - x/2 where x is too small for that quotient
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from troponin.errors import FormatError
from troponin.expr.bernoulli import spell
from troponin.expr.functions import absolute, both, either, exp, floor, log, negate, sqrt, where
from troponin.expr.graph import rebuild
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation

__all__ = ["SPELLINGS", "recognised", "spelt"]

_Op = Operation

_SMALL = 1e-6  # below it x / (exp(x) - 1) loses digits, and 1 - x/2 is exact to 1e-13


def spelt(roots: Iterable[Node], spoken: frozenset[Operation]) -> list[Node]:
    """The expressions in the operations that a format speaks.

    Raises `FormatError` for an operation that has no spelling in them.
    """
    rows = list(roots)
    for _ in range(_ROUNDS):
        changed = rebuild(rows, lambda node: _spell_here(node, spoken))
        fresh = [changed[row] for row in rows]
        if all(a is b for a, b in zip(fresh, rows, strict=True)):
            return fresh
        rows = fresh
    raise FormatError("an operation that the format has no words for")


_ROUNDS = 6


def _spell_here(node: Node, spoken: frozenset[Operation]) -> Node:
    if not isinstance(node, Apply) or node.operation in spoken:
        return node
    spelling = SPELLINGS.get(node.operation)
    if spelling is None:
        raise FormatError(f"the format has no words for '{node.operation.spelling}'")
    result: Node = spelling(*node.args)
    return result


def _remainder(a: Node, b: Node) -> Node:
    quotient = a / b
    return a - b * where(quotient < 0.0, -floor(-quotient), floor(quotient))


def _asinh(x: Node) -> Node:
    # odd, and without the cancellation of log(x + sqrt(x^2 + 1)) for negative x
    size = absolute(x)
    value = log(size + sqrt(x * x + 1.0))
    return where(x < 0.0, -value, value)


def _bernoulli(x: Node) -> Node:
    return where(absolute(x) < _SMALL, 1.0 - x / 2.0, x / (exp(x) - 1.0))


def _negated(operation: Operation) -> Callable[[Node, Node], Node]:
    return lambda a, b: negate(Apply(operation, a, b))


SPELLINGS: dict[Operation, Callable[..., Any]] = {
    _Op.MIN: lambda a, b: where(a < b, a, b),
    _Op.MAX: lambda a, b: where(a > b, a, b),
    _Op.CEIL: lambda x: -floor(-x),
    _Op.REMAINDER: _remainder,
    _Op.EXPM1: lambda x: exp(x) - 1.0,
    _Op.LOG10: lambda x: log(x) / log(Number(10.0)),
    _Op.SQRT: lambda x: x ** Number(0.5),
    _Op.ABS: lambda x: where(x < 0.0, -x, x),
    _Op.BERNOULLI: _bernoulli,
    _Op.BERNOULLI_SLOPE: lambda x: spell(x, 1),
    _Op.BERNOULLI_CURVATURE: lambda x: spell(x, 2),
    _Op.SINH: lambda x: (exp(x) - exp(-x)) / 2.0,
    _Op.COSH: lambda x: (exp(x) + exp(-x)) / 2.0,
    _Op.TANH: lambda x: 1.0 - 2.0 / (exp(2.0 * x) + 1.0),
    _Op.ASINH: _asinh,
    _Op.ACOSH: lambda x: log(x + sqrt(x * x - 1.0)),
    _Op.ATANH: lambda x: 0.5 * log((1.0 + x) / (1.0 - x)),
    _Op.NE: _negated(_Op.EQ),
    _Op.LE: _negated(_Op.GT),
    _Op.GE: _negated(_Op.LT),
    _Op.AND: lambda a, b: negate(either(negate(a), negate(b))),
    _Op.OR: lambda a, b: negate(both(negate(a), negate(b))),
}
"""For each operation that a format may lack: how others say it."""


# ---------------------------------------------------------------- and back again

_RECOGNISED = (
    _Op.BERNOULLI, _Op.TANH, _Op.SINH, _Op.COSH, _Op.ASINH, _Op.ACOSH, _Op.ATANH, _Op.LOG10,
    _Op.REMAINDER, _Op.MIN, _Op.MAX,
)  # fmt: skip
"""Operations that are found again in a file of our own writing; `exp(x) - 1` may be an author's own words."""


def recognised(root: Node) -> Node:
    """The expression with what `spelt` spelt out put back, so that what was written and read is the same."""
    patterns = [(operation, SPELLINGS[operation](*_HOLES[: operation.arity])) for operation in _RECOGNISED]

    def change(node: Node) -> Node:
        for operation, pattern in patterns:
            bound: dict[Node, Node] = {}
            if isinstance(node, Apply) and _matches(pattern, node, bound):
                return Apply(operation, *(bound[hole] for hole in _HOLES[: operation.arity]))
        return node

    return rebuild([root], change)[root]


_HOLES = (Symbol("?a"), Symbol("?b"))
"""Where the arguments stand in a pattern."""


def _matches(pattern: Node, node: Node, bound: dict[Node, Node]) -> bool:
    """Whether a node is the pattern with something in its holes; what that is goes into `bound`."""
    pending = [(pattern, node)]
    while pending:
        wanted, found = pending.pop()
        if wanted in _HOLES:
            if bound.setdefault(wanted, found) is not found:
                return False
        elif isinstance(wanted, Number):
            if not isinstance(found, Number) or found.value != wanted.value:
                return False
        elif isinstance(wanted, Apply):
            if not isinstance(found, Apply) or found.operation is not wanted.operation:
                return False
            pending.extend(zip(wanted.args, found.args, strict=True))
    return True
