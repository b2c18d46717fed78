"""Arguments of exponentials that are linear in one variable, brought to one form: exp(a x + b).

Written alike, eight of them are one broadcast, one multiply-add and one vector exponential; a and b are
numbers or constants of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.expr.simplify import ONE, ZERO, difference, negative, product, quotient, sum_of

__all__ = ["straighten"]

_Op = Operation
Line: TypeAlias = tuple[Symbol | None, Node, Node]
"""(x, a, b) of a x + b; x is None where there is no variable and the value is b."""


def straighten(rows: Iterable[Node], fixed: frozenset[str]) -> list[Node]:
    """The expressions with exp(a x + b) wherever an exponential's argument is linear in one symbol.

    `fixed` names the arrays whose symbols are constants: p and, where parameters vary by lane, v.
    """
    rows = list(rows)
    lines: dict[Node, Line | None] = {}
    result: dict[Node, Node] = {}
    for node in postorder(rows):
        lines[node] = _line(node, lines, fixed)
        result[node] = _rebuilt(node, result, lines)
    return [result[row] for row in rows]


def _rebuilt(node: Node, result: dict[Node, Node], lines: dict[Node, Line | None]) -> Node:
    if not isinstance(node, Apply):
        return node
    if node.operation is _Op.EXP:
        x, a, b = lines[node.args[0]] or (None, ZERO, ZERO)
        if x is not None:
            return Apply(_Op.EXP, Apply(_Op.ADD, Apply(_Op.MUL, x, a), b))
    return Apply(node.operation, *(result[arg] for arg in node.args))


def _line(node: Node, lines: dict[Node, Line | None], fixed: frozenset[str]) -> Line | None:
    if isinstance(node, Number):
        return None, ZERO, node
    if isinstance(node, Symbol):
        return (None, ZERO, node) if node.name.partition("[")[0] in fixed else (node, ONE, ZERO)
    assert isinstance(node, Apply)
    parts = [lines[arg] for arg in node.args]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    if all(part[0] is None for part in known):
        return None, ZERO, node
    if node.operation is _Op.NEG:
        x, a, b = known[0]
        return x, negative(a), negative(b)
    if node.operation in (_Op.ADD, _Op.SUB):
        return _line_of_sum(node, known[0], known[1])
    if node.operation is _Op.MUL:
        return _line_of_product(known[0], known[1])
    if node.operation is _Op.DIV and known[1][0] is None:
        x, a, b = known[0]
        return x, quotient(a, node.args[1]), quotient(b, node.args[1])
    return None


def _line_of_sum(node: Apply, one: Line, other: Line) -> Line | None:
    if one[0] is not None and other[0] is not None and one[0] is not other[0]:
        return None
    combine = sum_of if node.operation is _Op.ADD else difference
    x = other[0] if one[0] is None else one[0]
    return x, combine(one[1], other[1]), combine(one[2], other[2])


def _line_of_product(one: Line, other: Line) -> Line | None:
    if one[0] is not None and other[0] is not None:
        return None
    line, factor = (one, other[2]) if other[0] is None else (other, one[2])
    x, a, b = line
    return x, product(a, factor), product(b, factor)
