"""Exponentials of a line in one variable, brought to one form and shared: exp(a x + b).

Written alike, eight of them are one broadcast, one multiply-add and one vector exponential.  Those with the
same slope differ by a factor, exp(a x + b) = exp(a x + c) exp(b - c), so one of them serves all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median_low
from typing import Final, TypeAlias

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.expr.simplify import ONE, ZERO, difference, negative, product, quotient, sum_of

__all__ = ["straighten"]

_Op = Operation
Line: TypeAlias = tuple[Symbol | None, Node, Node]
"""(x, a, b) of a x + b; x is None where there is no variable and the value is b."""


REACH: Final = 20.0
"""How far apart, in the exponent, two exponentials may be to share one: neither overflows long before the other."""


def straighten(rows: Iterable[Node], fixed: frozenset[Symbol]) -> list[Node]:
    """The expressions with exp(a x + b) wherever an exponential's argument is linear in one symbol.

    `fixed` are the symbols that are constants.
    """
    rows = list(rows)
    lines: dict[Node, Line | None] = {}
    for node in postorder(rows):
        lines[node] = _line(node, lines, fixed)
    shared = _shared([lines[n.args[0]] for n in lines if isinstance(n, Apply) and n.operation is _Op.EXP])
    result: dict[Node, Node] = {}
    for node in lines:
        if isinstance(node, Apply):
            x, a, b = (lines[node.args[0]] if node.operation is _Op.EXP else None) or (None, ZERO, ZERO)
            fresh = Apply(node.operation, *(result[arg] for arg in node.args))
            result[node] = fresh if x is None else _exponential(x, a, b, shared.get((x, a, b), b))
        else:
            result[node] = node
    return [result[row] for row in rows]


def _shared(lines: Iterable[Line | None]) -> dict[tuple[Symbol, Node, Node], Node]:
    """For each line of numbers the offset c of the exponential that it shares with those of its slope."""
    offsets: dict[tuple[Symbol, Node], set[float]] = {}
    for x, a, b in filter(None, lines):
        if x is not None and isinstance(a, Number) and isinstance(b, Number):
            offsets.setdefault((x, a), set()).add(b.value)
    result: dict[tuple[Symbol, Node, Node], Node] = {}
    for (x, a), values in offsets.items():
        middle = median_low(values)
        near = [b for b in values if abs(b - middle) <= REACH]
        result |= {(x, a, Number(b)): Number(middle) for b in near}
    return result


def _exponential(x: Symbol, a: Node, b: Node, c: Node) -> Node:
    """exp(a x + b) by exp(a x + c)."""
    base = Apply(_Op.EXP, Apply(_Op.ADD, Apply(_Op.MUL, x, a), c))
    if b is c:
        return base
    assert isinstance(b, Number)
    assert isinstance(c, Number)
    return Apply(_Op.MUL, base, Number(math.exp(b.value - c.value)))


def _line(node: Node, lines: dict[Node, Line | None], fixed: frozenset[Symbol]) -> Line | None:
    if isinstance(node, Number):
        return None, ZERO, Number(node.value)
    if isinstance(node, Symbol):
        return (None, ZERO, node) if node in fixed else (node, ONE, ZERO)
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
