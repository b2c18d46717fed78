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


def _bounded(a: Node) -> Node:
    return tanh(a)


def _positive(a: Node) -> Node:
    return 1.0 + a * a


# arguments are kept where every function is finite and smooth, so that a difference is a verdict
_STEPS: list[tuple[int, Callable[..., Node]]] = [
    (2, lambda a, b: a + b),
    (2, lambda a, b: a - b),
    (2, lambda a, b: a * b),
    (2, lambda a, b: a / _positive(b)),
    (2, lambda a, b: _positive(a) ** _bounded(b)),
    (2, minimum),
    (2, maximum),
    (4, lambda a, b, c, d: where(a < b, c, d)),
    (1, lambda a: -a),
    (1, abs),
    (1, tanh),
    *((1, lambda a, f=f: f(_bounded(a))) for f in (exp, expm1, bernoulli, sinh, cosh)),
    *((1, lambda a, f=f: f(_positive(a))) for f in (log, log10, sqrt)),
    *((1, lambda a, n=n: _bounded(a) ** n) for n in (0, 1, 2, 3, 4)),
    *(
        (1, lambda a, op=op: Apply(op, _bounded(a)))
        for op in (_Op.SIN, _Op.COS, _Op.TAN, _Op.ATAN, _Op.ASINH, _Op.BERNOULLI_SLOPE)
    ),
    *((1, lambda a, op=op: Apply(op, 0.9 * _bounded(a))) for op in (_Op.ASIN, _Op.ACOS, _Op.ATANH)),
    (1, lambda a: Apply(_Op.ACOSH, 1.0 + _positive(a))),
]
"""How an expression may grow: the number of operands taken from the stack, and what is made of them."""

_leaves = st.one_of(
    st.sampled_from([X, Y]), st.floats(-3.0, 3.0, allow_subnormal=False).map(lambda value: Number(round(value, 6)))
)


def _grown(program: list[Node | int]) -> Node:
    stack: list[Node] = [X, Y, X, Y]  # enough operands for every first step
    for step in program:
        if isinstance(step, Node):
            stack.append(step)
        else:
            count, make = _STEPS[step]
            operands = stack[-count:]
            stack = (stack[:-count] or [X, Y, X])[-8:]
            stack = [X, Y, X, *stack, make(*operands)]
    return stack[-1]


_steps = st.integers(0, len(_STEPS) - 1)
expressions = st.tuples(
    st.lists(st.one_of(_leaves, _steps, _steps), max_size=14), st.lists(_steps, min_size=1, max_size=5)
).map(lambda parts: _grown([*parts[0], *parts[1]]))
"""Random expressions of x and y that are finite for |x|, |y| <= 3, grown on a stack."""
