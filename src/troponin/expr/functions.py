"""The functions an author of a model writes: exp, log, where, vtrap and their kin."""

from __future__ import annotations

from functools import reduce

from troponin.expr.nodes import Apply, Node, NodeLike, as_node
from troponin.expr.operations import Operation

__all__ = [
    "absolute", "bernoulli", "both", "ceil", "cos", "cosh", "either", "equal", "exp", "expm1", "floor", "log", "log10",
    "maximum", "minimum", "negate", "power", "remainder", "sin", "sinh", "sqrt", "tanh", "total", "unequal", "vtrap",
    "where",
]  # fmt: skip


def exp(x: NodeLike) -> Node:
    """The exponential of a plain number."""
    return Apply(Operation.EXP, as_node(x))


def expm1(x: NodeLike) -> Node:
    """exp(x) - 1, to full precision near x = 0."""
    return Apply(Operation.EXPM1, as_node(x))


def log(x: NodeLike) -> Node:
    """The natural logarithm of a plain number."""
    return Apply(Operation.LOG, as_node(x))


def log10(x: NodeLike) -> Node:
    """The decimal logarithm of a plain number."""
    return Apply(Operation.LOG10, as_node(x))


def sqrt(x: NodeLike) -> Node:
    """The square root."""
    return Apply(Operation.SQRT, as_node(x))


def absolute(x: NodeLike) -> Node:
    """The absolute value."""
    return Apply(Operation.ABS, as_node(x))


def floor(x: NodeLike) -> Node:
    """The largest integer that is not above x."""
    return Apply(Operation.FLOOR, as_node(x))


def ceil(x: NodeLike) -> Node:
    """The smallest integer that is not below x."""
    return Apply(Operation.CEIL, as_node(x))


def remainder(a: NodeLike, b: NodeLike) -> Node:
    """What is left of a after whole b's, with the sign of a."""
    return Apply(Operation.REMAINDER, as_node(a), as_node(b))


def power(base: NodeLike, exponent: NodeLike) -> Node:
    """base to the power of exponent."""
    return Apply(Operation.POW, as_node(base), as_node(exponent))


def sin(x: NodeLike) -> Node:
    """The sine of an angle in radians."""
    return Apply(Operation.SIN, as_node(x))


def cos(x: NodeLike) -> Node:
    """The cosine of an angle in radians."""
    return Apply(Operation.COS, as_node(x))


def sinh(x: NodeLike) -> Node:
    """The hyperbolic sine."""
    return Apply(Operation.SINH, as_node(x))


def cosh(x: NodeLike) -> Node:
    """The hyperbolic cosine."""
    return Apply(Operation.COSH, as_node(x))


def tanh(x: NodeLike) -> Node:
    """The hyperbolic tangent."""
    return Apply(Operation.TANH, as_node(x))


def minimum(a: NodeLike, b: NodeLike) -> Node:
    """The smaller of two."""
    return Apply(Operation.MIN, as_node(a), as_node(b))


def maximum(a: NodeLike, b: NodeLike) -> Node:
    """The larger of two."""
    return Apply(Operation.MAX, as_node(a), as_node(b))


def equal(a: NodeLike, b: NodeLike) -> Node:
    """Whether two values are equal (`==` on nodes compares identity)."""
    return Apply(Operation.EQ, as_node(a), as_node(b))


def unequal(a: NodeLike, b: NodeLike) -> Node:
    """Whether two values differ."""
    return Apply(Operation.NE, as_node(a), as_node(b))


def both(a: NodeLike, b: NodeLike) -> Node:
    """Whether both conditions hold."""
    return Apply(Operation.AND, as_node(a), as_node(b))


def either(a: NodeLike, b: NodeLike) -> Node:
    """Whether at least one condition holds."""
    return Apply(Operation.OR, as_node(a), as_node(b))


def negate(a: NodeLike) -> Node:
    """Whether a condition does not hold."""
    return Apply(Operation.NOT, as_node(a))


def where(condition: NodeLike, if_true: NodeLike, if_false: NodeLike) -> Node:
    """One of two values by a condition; the branch that is not taken may be NaN."""
    return Apply(Operation.SELECT, as_node(condition), as_node(if_true), as_node(if_false))


def bernoulli(x: NodeLike) -> Node:
    """x / (exp(x) - 1), which is 1 at x = 0 (the generating function of the Bernoulli numbers)."""
    return Apply(Operation.BERNOULLI, as_node(x))


def vtrap(x: NodeLike, y: NodeLike) -> Node:
    """x / (1 - exp(-x/y)), which is y at x = 0: the opening rate of Hodgkin and Huxley's gates."""
    x, y = as_node(x), as_node(y)
    return y * bernoulli(-x / y)


def total(terms: list[Node] | tuple[Node, ...]) -> Node:
    """The sum of terms from left to right; 0 for none."""
    return reduce(lambda a, b: a + b, terms) if terms else as_node(0.0)
