"""Plain NumPy evaluation of expressions: slow, simple, and the oracle that machine code is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.errors import ExpressionError, UnknownNameError
from troponin.expr.bernoulli import SERIES_RADIUS, taylor
from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation

__all__ = ["NUMPY", "evaluate"]

Values: TypeAlias = NDArray[Any]
_Op = Operation


def _bernoulli(derivatives: int) -> Callable[[Values], Values]:
    terms = taylor(derivatives)
    coefficients = [terms.get(n, 0.0) for n in range(max(terms) + 1)]

    def evaluate_bernoulli(x: Values) -> Values:
        x = np.asarray(x, dtype=float)
        growth = np.expm1(x)
        safe = np.where(growth == 0.0, 1.0, growth)
        b = x / safe
        first = (1.0 - x - b) / safe
        closed = (b, first, -(2.0 * first + b) * (1.0 + 1.0 / safe))[derivatives]
        series = np.polynomial.polynomial.polyval(np.clip(x, -1.0, 1.0), coefficients)
        return np.where(np.abs(x) < SERIES_RADIUS, series, closed)

    return evaluate_bernoulli


NUMPY: dict[Operation, Callable[..., Any]] = {
    _Op.ADD: np.add,
    _Op.SUB: np.subtract,
    _Op.MUL: np.multiply,
    _Op.DIV: np.divide,
    _Op.NEG: np.negative,
    _Op.POW: np.power,
    _Op.SQRT: np.sqrt,
    _Op.ABS: np.abs,
    _Op.FLOOR: np.floor,
    _Op.CEIL: np.ceil,
    _Op.REMAINDER: np.fmod,
    _Op.MIN: np.minimum,
    _Op.MAX: np.maximum,
    _Op.EXP: np.exp,
    _Op.EXPM1: np.expm1,
    _Op.LOG: np.log,
    _Op.LOG10: np.log10,
    _Op.BERNOULLI: _bernoulli(0),
    _Op.BERNOULLI_SLOPE: _bernoulli(1),
    _Op.BERNOULLI_CURVATURE: _bernoulli(2),
    _Op.SIN: np.sin,
    _Op.COS: np.cos,
    _Op.TAN: np.tan,
    _Op.ASIN: np.arcsin,
    _Op.ACOS: np.arccos,
    _Op.ATAN: np.arctan,
    _Op.SINH: np.sinh,
    _Op.COSH: np.cosh,
    _Op.TANH: np.tanh,
    _Op.ASINH: np.arcsinh,
    _Op.ACOSH: np.arccosh,
    _Op.ATANH: np.arctanh,
    _Op.LT: np.less,
    _Op.LE: np.less_equal,
    _Op.GT: np.greater,
    _Op.GE: np.greater_equal,
    _Op.EQ: np.equal,
    _Op.NE: np.not_equal,
    _Op.AND: np.logical_and,
    _Op.OR: np.logical_or,
    _Op.NOT: np.logical_not,
    _Op.SELECT: np.where,
}
"""For each operation: the NumPy function that evaluates it."""


def evaluate(roots: Iterable[Node], values: Mapping[str, ArrayLike]) -> list[Values]:
    """The values of expressions for given values of their symbols.

    `values` maps a symbol's name to a number or an array; arrays broadcast.  Raises
    `UnknownNameError` for a symbol without a value.
    """
    rows = list(roots)
    result: dict[Node, Values] = {}
    with np.errstate(all="ignore"):  # a branch that is not taken may divide by zero
        for node in postorder(rows):
            if isinstance(node, Number):
                result[node] = np.asarray(node.value)
            elif isinstance(node, Symbol):
                if node.name not in values:
                    raise UnknownNameError("symbol", node.name, values)
                result[node] = np.asarray(values[node.name], dtype=float)
            elif isinstance(node, Apply):
                function = NUMPY.get(node.operation)
                if function is None:
                    raise ExpressionError(
                        f"no NumPy function for '{node.operation.spelling}'", remedy="Add it to evaluate.NUMPY."
                    )
                result[node] = np.asarray(function(*(result[arg] for arg in node.args)))
    return [result[row] for row in rows]
