"""Units of expressions, inferred and checked by a table of rules.

A sum needs equal units on both sides, a product multiplies them, a function such as exp takes a plain
number.  A literal without a unit is a plain number, except zero, which fits everywhere: x > 0 is clear
whatever x is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from troponin.errors import UnitError, UnknownNameError
from troponin.expr.graph import postorder
from troponin.expr.infix import to_infix
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.units import DIMENSIONLESS, Unit

__all__ = ["UNITS", "explain_mismatch", "infer"]

_Op = Operation
_Units = tuple[Unit | None, ...]
"""The units of the arguments; None: a literal zero, which fits any."""

_Rule = Callable[[Apply, _Units], Unit | None]


class _Mismatch(Exception):
    """Why an operation does not accept its arguments' units."""


def explain_mismatch(got: Unit, expected: Unit) -> str:
    """How two units differ: by a factor, or in dimension."""
    if got.dimension == expected.dimension:
        ratio = float(got.scale / expected.scale)
        return f"{got} where {expected} is expected (a factor of {ratio:g})"
    return f"{got} where {expected} is expected"


def _same(node: Apply, units: _Units) -> Unit | None:
    known = [u for u in units if u is not None]
    for unit in known[1:]:
        if unit != known[0]:
            raise _Mismatch(f"'{node.operation.spelling}' of {known[0]} and {unit}")
    return known[0] if known else None


def _plain(node: Apply, units: _Units) -> Unit | None:
    for unit in units:
        if unit is not None and unit != DIMENSIONLESS:
            raise _Mismatch(f"'{node.operation.spelling}' takes a plain number, not {unit}")
    return DIMENSIONLESS


def _multiply(node: Apply, units: _Units) -> Unit | None:
    a, b = units
    return None if a is None or b is None else a * b


def _divide(node: Apply, units: _Units) -> Unit | None:
    a, b = units
    return None if a is None or b is None else a / b


def _power(node: Apply, units: _Units) -> Unit | None:
    base, exponent = units
    if exponent is not None and exponent != DIMENSIONLESS:
        raise _Mismatch(f"the exponent of a power is a plain number, not {exponent}")
    if base is None or base == DIMENSIONLESS:
        return base
    number = node.args[1]
    sign = 1
    while isinstance(number, Apply) and number.operation is _Op.NEG:
        number, sign = number.args[0], -sign
    if not isinstance(number, Number):
        raise _Mismatch(f"{base} to a power that is not a literal number has no fixed unit")
    return base ** (sign * Fraction(number.value).limit_denominator(1000))


def _choose(node: Apply, units: _Units) -> Unit | None:
    return _same(node, units[1:])


def _compare(node: Apply, units: _Units) -> Unit | None:
    _same(node, units)
    return DIMENSIONLESS


def _unchanged(node: Apply, units: _Units) -> Unit | None:
    return units[0]


def _root(node: Apply, units: _Units) -> Unit | None:
    return None if units[0] is None else units[0] ** Fraction(1, 2)


UNITS: dict[Operation, _Rule] = {
    **dict.fromkeys((_Op.ADD, _Op.SUB, _Op.MIN, _Op.MAX, _Op.REMAINDER), _same),
    **dict.fromkeys((_Op.NEG, _Op.ABS, _Op.FLOOR, _Op.CEIL), _unchanged),
    _Op.MUL: _multiply,
    _Op.DIV: _divide,
    _Op.POW: _power,
    _Op.SQRT: _root,
    **dict.fromkeys(
        (
            _Op.EXP, _Op.EXPM1, _Op.LOG, _Op.LOG10, _Op.BERNOULLI, _Op.BERNOULLI_SLOPE, _Op.BERNOULLI_CURVATURE,
            _Op.SIN, _Op.COS, _Op.TAN, _Op.ASIN, _Op.ACOS, _Op.ATAN,
            _Op.SINH, _Op.COSH, _Op.TANH, _Op.ASINH, _Op.ACOSH, _Op.ATANH,
        ),
        _plain,
    ),
    **dict.fromkeys(COMPARISONS, _compare),
    **dict.fromkeys(LOGICAL, _plain),
    _Op.SELECT: _choose,
}  # fmt: skip
"""For each operation: (node, units of its arguments) -> its unit."""


def infer(root: Node, units: Mapping[str, Unit | None]) -> Unit | None:
    """The unit of an expression, given the units of its symbols; None where it is a literal zero.

    A symbol whose unit is None fits any, as a literal zero does.

    Raises `UnitError` that names the subexpression whose arguments do not fit, and `UnknownNameError` for a
    symbol without a unit.
    """
    result: dict[Node, Unit | None] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            result[node] = None if node.value == 0.0 and node.unit is None else (node.unit or DIMENSIONLESS)
        elif isinstance(node, Symbol):
            if node.name not in units:
                raise UnknownNameError("symbol", node.name, units)
            result[node] = units[node.name]
        elif isinstance(node, Apply):
            try:
                result[node] = UNITS[node.operation](node, tuple(result[arg] for arg in node.args))
            except _Mismatch as reason:
                raise UnitError(f"units do not fit: {reason}", where=f"in '{_excerpt(node)}'") from None
            except UnitError as fault:  # a root that has no exact unit does not say where it stands
                fault.where = f"in '{_excerpt(node)}'"
                raise
    return result[root]


def _excerpt(node: Node, limit: int = 90) -> str:
    text = to_infix(node)
    return text if len(text) <= limit else text[: limit - 4] + " ..."
