"""Derivatives of expressions, exactly, by a table of rules.

    d f(a, b) / ds  =  (df/da) da/ds + (df/db) db/ds

A derivative shares the nodes of the expression it comes from, so that compiling both costs little more
than compiling one.  Rules hold almost everywhere: the derivative of |x|, min, max and of a choice is
that of the branch taken, of floor and of a comparison it is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from troponin.errors import ExpressionError
from troponin.expr.bernoulli import SERIES_RADIUS, series
from troponin.expr.functions import absolute, bernoulli, cosh, exp, sinh, sqrt, where
from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.expr.simplify import ONE, ZERO, difference, negative, product, quotient, raised, sum_of

__all__ = ["PARTIALS", "derivative", "jacobian"]

_Partials = Callable[[Apply], tuple[Node, ...]]
_Op = Operation


def _of_one(rule: Callable[[Node, Apply], Node]) -> _Partials:
    """A rule for a function of one argument: rule(argument, the node itself) -> derivative."""
    return lambda node: (rule(node.args[0], node),)


def _constant(node: Apply) -> tuple[Node, ...]:
    return (ZERO,) * node.operation.arity


def _multiply(node: Apply) -> tuple[Node, ...]:
    a, b = node.args
    return b, a


def _divide(node: Apply) -> tuple[Node, ...]:
    b = node.args[1]
    return quotient(ONE, b), negative(quotient(node, b))


def _power(node: Apply) -> tuple[Node, ...]:
    a, n = node.args
    by_base = product(n, raised(a, difference(n, ONE)))
    # where n is a number the second partial is multiplied by 0 and never built
    by_exponent = ZERO if isinstance(n, Number) else where(a > 0.0, node * Apply(_Op.LOG, a), ZERO)
    return by_base, by_exponent


def _choose(node: Apply) -> tuple[Node, ...]:
    condition = node.args[0]
    return ZERO, where(condition, ONE, ZERO), where(condition, ZERO, ONE)


def _minimum(node: Apply) -> tuple[Node, ...]:
    a, b = node.args
    return where(a <= b, ONE, ZERO), where(a <= b, ZERO, ONE)


def _maximum(node: Apply) -> tuple[Node, ...]:
    a, b = node.args
    return where(a >= b, ONE, ZERO), where(a >= b, ZERO, ONE)


def _remainder(node: Apply) -> tuple[Node, ...]:
    a, b = node.args
    ratio = a / b
    whole = where(ratio >= 0.0, Apply(_Op.FLOOR, ratio), Apply(_Op.CEIL, ratio))
    return ONE, negative(whole)


def _bernoulli_curvature(x: Node, node: Apply) -> Node:
    # B'' obeys x B'' = -B - B'(x + 2B); differentiated once more it is 0/0 at 0, hence the series there
    b, slope = bernoulli(x), Apply(_Op.BERNOULLI_SLOPE, x)
    inner = node * (x + 2.0 * b) + slope * (2.0 + 2.0 * slope) + node
    return where(absolute(x) < SERIES_RADIUS, series(x, 3), negative(quotient(inner, x)))


PARTIALS: dict[Operation, _Partials] = {
    _Op.ADD: lambda node: (ONE, ONE),
    _Op.SUB: lambda node: (ONE, Number(-1.0)),
    _Op.MUL: _multiply,
    _Op.DIV: _divide,
    _Op.NEG: lambda node: (Number(-1.0),),
    _Op.POW: _power,
    _Op.SQRT: _of_one(lambda x, y: quotient(Number(0.5), y)),
    _Op.ABS: _of_one(lambda x, y: where(x >= 0.0, ONE, Number(-1.0))),
    _Op.FLOOR: _constant,
    _Op.CEIL: _constant,
    _Op.REMAINDER: _remainder,
    _Op.MIN: _minimum,
    _Op.MAX: _maximum,
    _Op.EXP: _of_one(lambda x, y: y),
    _Op.EXPM1: _of_one(lambda x, y: exp(x)),
    _Op.LOG: _of_one(lambda x, y: quotient(ONE, x)),
    _Op.LOG10: _of_one(lambda x, y: quotient(Number(1.0 / math.log(10.0)), x)),
    _Op.BERNOULLI: _of_one(lambda x, y: Apply(_Op.BERNOULLI_SLOPE, x)),
    _Op.BERNOULLI_SLOPE: _of_one(lambda x, y: Apply(_Op.BERNOULLI_CURVATURE, x)),
    _Op.BERNOULLI_CURVATURE: _of_one(_bernoulli_curvature),
    _Op.SIN: _of_one(lambda x, y: Apply(_Op.COS, x)),
    _Op.COS: _of_one(lambda x, y: negative(Apply(_Op.SIN, x))),
    _Op.TAN: _of_one(lambda x, y: 1.0 + y * y),
    _Op.ASIN: _of_one(lambda x, y: 1.0 / sqrt(1.0 - x * x)),
    _Op.ACOS: _of_one(lambda x, y: -1.0 / sqrt(1.0 - x * x)),
    _Op.ATAN: _of_one(lambda x, y: 1.0 / (1.0 + x * x)),
    _Op.SINH: _of_one(lambda x, y: cosh(x)),
    _Op.COSH: _of_one(lambda x, y: sinh(x)),
    _Op.TANH: _of_one(lambda x, y: 1.0 - y * y),
    _Op.ASINH: _of_one(lambda x, y: 1.0 / sqrt(x * x + 1.0)),
    _Op.ACOSH: _of_one(lambda x, y: 1.0 / sqrt(x * x - 1.0)),
    _Op.ATANH: _of_one(lambda x, y: 1.0 / (1.0 - x * x)),
    **dict.fromkeys(COMPARISONS | LOGICAL, _constant),
    _Op.SELECT: _choose,
}
"""For each operation: node -> the partial derivative by each argument."""


def jacobian(roots: Iterable[Node], by: Iterable[Symbol]) -> list[dict[Symbol, Node]]:
    """The non-zero derivatives of each root by each symbol: a sparse matrix, a row a root.

    Raises `ExpressionError` where an operation has no rule.
    """
    rows = list(roots)
    wanted = set(by)
    gradient: dict[Node, dict[Symbol, Node]] = {}
    for node in postorder(rows):
        if isinstance(node, Symbol):
            gradient[node] = {node: ONE} if node in wanted else {}
        elif isinstance(node, Apply):
            gradient[node] = _gradient(node, gradient)
        else:
            gradient[node] = {}
    return [{s: d for s, d in gradient[row].items() if d is not ZERO} for row in rows]


def derivative(root: Node, symbol: Symbol) -> Node:
    """d root / d symbol."""
    return jacobian([root], [symbol])[0].get(symbol, ZERO)


def _gradient(node: Apply, gradient: dict[Node, dict[Symbol, Node]]) -> dict[Symbol, Node]:
    if not any(gradient[arg] for arg in node.args):
        return {}
    if node.operation is _Op.SELECT:
        return _gradient_of_choice(node, gradient)
    rule = PARTIALS.get(node.operation)
    if rule is None:
        raise ExpressionError(
            f"no rule for the derivative of '{node.operation.spelling}'", remedy="Add it to calculus.PARTIALS."
        )
    result: dict[Symbol, Node] = {}
    for arg, partial in zip(node.args, rule(node), strict=True):
        for symbol, inner in gradient[arg].items():
            term = product(partial, inner)
            result[symbol] = sum_of(result[symbol], term) if symbol in result else term
    return result


def _gradient_of_choice(node: Apply, gradient: dict[Node, dict[Symbol, Node]]) -> dict[Symbol, Node]:
    # select the derivatives, never multiply by a mask: the branch not taken may be NaN
    condition, if_true, if_false = node.args
    wanted = dict.fromkeys([*gradient[if_true], *gradient[if_false]])
    return {s: where(condition, gradient[if_true].get(s, ZERO), gradient[if_false].get(s, ZERO)) for s in wanted}
