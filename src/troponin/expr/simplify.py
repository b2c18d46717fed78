"""Constructors that fold what is certain: numbers with numbers, and zeros and ones.

They serve the passes that make new expressions (derivatives, repaired singularities).  An expression
that an author wrote is never sent through them, since folding may change its last bits.
"""

from __future__ import annotations

from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation

__all__ = ["ONE", "ZERO", "difference", "is_number", "negative", "product", "quotient", "raised", "sum_of"]

ZERO = Number(0.0)
ONE = Number(1.0)


def is_number(node: Node, value: float) -> bool:
    """Whether a node is a plain literal of that value (a unit, where there is one, is of no account)."""
    return isinstance(node, Number) and node.value == value


def _is_plain(node: Node, value: float) -> bool:
    """Whether a node is a literal of that value without a unit, which multiplies without a trace."""
    return isinstance(node, Number) and node.value == value and node.unit is None


def negative(a: Node) -> Node:
    """-a."""
    if isinstance(a, Number):
        return Number(-a.value, a.unit) if a.value else a
    if isinstance(a, Apply) and a.operation is Operation.NEG:
        return a.args[0]
    return -a


def sum_of(a: Node, b: Node) -> Node:
    """a + b."""
    if is_number(a, 0.0):
        return b
    if is_number(b, 0.0):
        return a
    if isinstance(a, Number) and isinstance(b, Number) and a.unit is b.unit:
        return Number(a.value + b.value, a.unit)
    if isinstance(b, Apply) and b.operation is Operation.NEG:
        return a - b.args[0]
    return a + b


def difference(a: Node, b: Node) -> Node:
    """a - b."""
    if is_number(b, 0.0):
        return a
    if is_number(a, 0.0):
        return negative(b)
    if isinstance(a, Number) and isinstance(b, Number) and a.unit is b.unit:
        return Number(a.value - b.value, a.unit)
    if isinstance(b, Apply) and b.operation is Operation.NEG:
        return a + b.args[0]
    return a - b


def product(a: Node, b: Node) -> Node:
    """a b; a literal zero absorbs, as the derivative of what does not depend must; a one with a unit converts."""
    if is_number(a, 0.0) or is_number(b, 0.0):
        return ZERO
    if _is_plain(a, 1.0):
        return b
    if _is_plain(b, 1.0):
        return a
    if _is_plain(a, -1.0):
        return negative(b)
    if _is_plain(b, -1.0):
        return negative(a)
    if isinstance(a, Number) and isinstance(b, Number) and a.unit is None and b.unit is None:
        return Number(a.value * b.value)
    if isinstance(b, Apply) and b.operation is Operation.NEG:
        return negative(product(a, b.args[0]))
    if isinstance(a, Apply) and a.operation is Operation.NEG:
        return negative(product(a.args[0], b))
    return a * b


def quotient(a: Node, b: Node) -> Node:
    """a / b; division by a literal zero is left as it stands."""
    if _is_plain(b, 1.0):
        return a
    if _is_plain(b, -1.0):
        return negative(a)
    if is_number(a, 0.0) and not is_number(b, 0.0):
        return ZERO
    if (
        isinstance(a, Number) and isinstance(b, Number) and a.unit is None and b.unit is None
        and b.value != 0.0
    ):  # fmt: skip
        return Number(a.value / b.value)
    return a / b


def raised(a: Node, exponent: Node) -> Node:
    """a to the power of exponent."""
    if is_number(exponent, 1.0):
        return a
    if is_number(exponent, 0.0):
        return ONE
    return Apply(Operation.POW, a, exponent)
