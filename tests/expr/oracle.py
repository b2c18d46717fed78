"""The truth about expressions: the same graph evaluated by mpmath, and random expressions for Hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
from hypothesis import strategies as st

from troponin.expr.functions import bernoulli, cosh, exp, expm1, log, log10, maximum, minimum, sinh, sqrt, tanh, where
from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation

_Op = Operation


def bernoulli_exactly(x: Any, derivatives: int = 0) -> Any:
    """B(x) = x/(exp(x) - 1) or a derivative of it: by its series near 0, by its definition elsewhere."""
    if abs(x) >= 0.5:
        return mpmath.diff(lambda z: z / mpmath.expm1(z), x, derivatives)
    return mpmath.fsum(
        (mpmath.mpf(-0.5) if n == 1 else mpmath.bernoulli(n))
        * x ** (n - derivatives)
        / mpmath.factorial(n - derivatives)
        for n in range(derivatives, 80)
    )


MPMATH: dict[Operation, Callable[..., Any]] = {
    _Op.ADD: lambda a, b: a + b,
    _Op.SUB: lambda a, b: a - b,
    _Op.MUL: lambda a, b: a * b,
    _Op.DIV: lambda a, b: a / b,
    _Op.NEG: lambda a: -a,
    _Op.POW: mpmath.power,
    _Op.SQRT: mpmath.sqrt,
    _Op.ABS: abs,
    _Op.FLOOR: mpmath.floor,
    _Op.CEIL: mpmath.ceil,
    _Op.REMAINDER: lambda a, b: a - b * (mpmath.floor(a / b) if a / b >= 0 else mpmath.ceil(a / b)),
    _Op.MIN: min,
    _Op.MAX: max,
    _Op.EXP: mpmath.exp,
    _Op.EXPM1: mpmath.expm1,
    _Op.LOG: mpmath.log,
    _Op.LOG10: mpmath.log10,
    _Op.BERNOULLI: bernoulli_exactly,
    _Op.BERNOULLI_SLOPE: lambda x: bernoulli_exactly(x, 1),
    _Op.BERNOULLI_CURVATURE: lambda x: bernoulli_exactly(x, 2),
    _Op.SIN: mpmath.sin,
    _Op.COS: mpmath.cos,
    _Op.TAN: mpmath.tan,
    _Op.ASIN: mpmath.asin,
    _Op.ACOS: mpmath.acos,
    _Op.ATAN: mpmath.atan,
    _Op.SINH: mpmath.sinh,
    _Op.COSH: mpmath.cosh,
    _Op.TANH: mpmath.tanh,
    _Op.ASINH: mpmath.asinh,
    _Op.ACOSH: mpmath.acosh,
    _Op.ATANH: mpmath.atanh,
    _Op.LT: lambda a, b: a < b,
    _Op.LE: lambda a, b: a <= b,
    _Op.GT: lambda a, b: a > b,
    _Op.GE: lambda a, b: a >= b,
    _Op.EQ: lambda a, b: a == b,
    _Op.NE: lambda a, b: a != b,
    _Op.AND: lambda a, b: bool(a) and bool(b),
    _Op.OR: lambda a, b: bool(a) or bool(b),
    _Op.NOT: lambda a: not a,
    _Op.SELECT: lambda condition, a, b: a if condition else b,
}
"""For each operation: what mpmath says it is."""


def exactly(root: Node, values: Mapping[str, Any]) -> Any:
    """The value of an expression in mpmath's current precision; literals and values are taken as they are."""
    result: dict[Node, Any] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            result[node] = mpmath.mpf(node.value)
        elif isinstance(node, Symbol):
            result[node] = mpmath.mpf(values[node.name])
        elif isinstance(node, Apply):
            result[node] = MPMATH[node.operation](*(result[arg] for arg in node.args))
    return result[root]


def slope_exactly(root: Node, name: str, values: Mapping[str, Any], *, side: int = 0) -> Any:
    """d root / d name by differences in 60 digits; `side` is -1 or +1 for the derivative from one side."""
    with mpmath.workdps(60):
        h = mpmath.mpf(10) ** -20
        at = mpmath.mpf(values[name])
        low = exactly(root, {**values, name: at - (h if side <= 0 else 0)})
        high = exactly(root, {**values, name: at + (h if side >= 0 else 0)})
        return (high - low) / (h * (2 if side == 0 else 1))


X, Y = Symbol("x"), Symbol("y")

moderate = st.floats(-3.0, 3.0, allow_subnormal=False).map(lambda value: round(value, 6))
leaves = st.one_of(st.just(X), st.just(Y), moderate.map(Number))


def _grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    # arguments are kept where every function is finite and smooth, so that a difference is a verdict
    bounded = inner.map(tanh)
    positive = inner.map(lambda a: 1.0 + a * a)
    one = [
        inner.map(lambda a: -a), inner.map(abs), bounded.map(exp), bounded.map(expm1), bounded.map(bernoulli),
        bounded.map(sinh), bounded.map(cosh), inner.map(tanh),
        positive.map(log), positive.map(log10), positive.map(sqrt),
        *(bounded.map(lambda a, op=op: Apply(op, a)) for op in (_Op.SIN, _Op.COS, _Op.TAN, _Op.ATAN, _Op.ASINH)),
        *(bounded.map(lambda a, op=op: Apply(op, 0.9 * a)) for op in (_Op.ASIN, _Op.ACOS, _Op.ATANH)),
        positive.map(lambda a: Apply(_Op.ACOSH, 1.0 + a)),
        bounded.map(lambda a: Apply(_Op.BERNOULLI_SLOPE, a)),
    ]  # fmt: skip
    two = st.tuples(inner, inner)
    many = [
        two.map(lambda p: p[0] + p[1]), two.map(lambda p: p[0] - p[1]), two.map(lambda p: p[0] * p[1]),
        st.tuples(inner, positive).map(lambda p: p[0] / p[1]),
        st.tuples(bounded, st.integers(0, 4)).map(lambda p: p[0] ** p[1]),
        st.tuples(positive, bounded).map(lambda p: p[0] ** p[1]),
        two.map(lambda p: minimum(*p)), two.map(lambda p: maximum(*p)),
        st.tuples(inner, inner, inner, inner).map(lambda p: where(p[0] < p[1], p[2], p[3])),
    ]  # fmt: skip
    return st.one_of(*one, *many)


expressions = st.recursive(leaves, _grown, max_leaves=12)
"""Random expressions of x and y that are finite for |x|, |y| <= 3."""
