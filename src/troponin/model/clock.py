"""What changes by the clock alone: expressions of time and parameters, evaluated exactly, and their breakpoints.

A stimulus written into the equations, such as  t - P floor(t/P) < d, switches at times that no state
decides.  In exact arithmetic (a parameter counts as the decimal number that it prints as) these times are
found, not stepped over: between two breakpoints of its parts every part is smooth, where it is linear in
time its root is exact, and where it is not the root is bisected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from troponin.errors import ModelError
from troponin.expr.evaluate import NUMPY
from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, Operation

__all__ = ["EXACT", "Exact", "breakpoints", "exact_number", "exact_value"]

Exact: TypeAlias = Fraction | bool | float
"""An exact number, a truth value, or infinity or not a number."""

_Op = Operation

_MOST_BREAKPOINTS = 100_000
_SAMPLES = 64
_BISECTIONS = 60
_LARGEST_INTEGER_POWER = 64


def exact_number(value: float) -> Exact:
    """The decimal number that a double prints as, exactly."""
    return Fraction(repr(float(value))) if math.isfinite(value) else float(value)


def exact_value(root: Node, values: Mapping[str, Exact]) -> Exact:
    """The value of an expression in exact arithmetic; functions such as exp are taken to double precision."""
    result: dict[Node, Exact] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            result[node] = exact_number(node.value)
        elif isinstance(node, Symbol):
            result[node] = values[node.name]
        elif isinstance(node, Apply):
            result[node] = _apply(node.operation, [result[a] for a in node.args])
    return result[root]


def breakpoints(root: Node, time: str, values: Mapping[str, Exact], start: Fraction, stop: Fraction) -> list[Fraction]:
    """The times inside (start, stop) at which an expression of time switches or has a kink, in order.

    `values` gives every other symbol.  Raises `ModelError` where it switches more often than any protocol.
    """
    cuts: dict[Node, frozenset[Fraction]] = {}
    for node in postorder([root]):
        if not isinstance(node, Apply):
            cuts[node] = frozenset()
            continue
        found = frozenset().union(*(cuts[a] for a in node.args))
        crossing = _CROSSINGS.get(node.operation)
        if crossing is not None:
            parts = [start, *sorted(found), stop]
            smooth = crossing(node)
            for low, high in pairwise(parts):
                found |= frozenset(_crossings(smooth, node.operation in _AT_INTEGERS, time, values, low, high))
        if len(found) > _MOST_BREAKPOINTS:
            raise ModelError(
                f"an expression of time switches more than {_MOST_BREAKPOINTS} times",
                complaints=[str(node)[:200]],
                remedy="Simulate a shorter time, or make the expression smooth.",
            )
        cuts[node] = found
    return sorted(cuts[root])


def _crossings(
    smooth: Node, integers: bool, time: str, values: Mapping[str, Exact], low: Fraction, high: Fraction
) -> list[Fraction]:
    """Where an expression, smooth between low and high, passes zero (or any integer) there."""

    def at(t: Fraction) -> Exact:
        return exact_value(smooth, {**values, time: t})

    span = high - low
    a, b, c = (at(low + span * part) for part in (Fraction(1, 4), Fraction(1, 2), Fraction(6, 7)))
    if not (isinstance(a, Fraction) and isinstance(b, Fraction) and isinstance(c, Fraction)):
        return []
    slope = (b - a) / (span / 4)
    if c == b + slope * span * Fraction(5, 14):
        return _linear_crossings(a - slope * span / 4, slope, integers, low, high)
    return _sampled_crossings(at, integers, low, high)


def _linear_crossings(
    origin: Fraction, slope: Fraction, integers: bool, low: Fraction, high: Fraction
) -> list[Fraction]:
    """As `_crossings`, of origin + slope (t - low)."""
    if slope == 0:
        return []
    if not integers:
        root = low - origin / slope
        return [root] if low < root < high else []
    first, last = sorted((origin, origin + slope * (high - low)))
    lowest, highest = math.floor(first) + 1, math.ceil(last) - 1
    if highest - lowest > _MOST_BREAKPOINTS:
        highest = lowest + _MOST_BREAKPOINTS  # which the caller refuses
    return [low + (n - origin) / slope for n in range(lowest, highest + 1)]


def _sampled_crossings(
    at: Callable[[Fraction], Exact], integers: bool, low: Fraction, high: Fraction
) -> list[Fraction]:
    def side(t: Fraction) -> int:
        value = at(t)
        if not isinstance(value, Fraction):
            return 0
        return math.floor(value) if integers else int(value > 0)

    found = []
    times = [low + (high - low) * Fraction(2 * i + 1, 2 * _SAMPLES) for i in range(_SAMPLES)]
    sides = [side(t) for t in times]
    for i in range(_SAMPLES - 1):
        if sides[i] == sides[i + 1]:
            continue
        a, b = times[i], times[i + 1]
        for _ in range(_BISECTIONS):
            middle = Fraction(float((a + b) / 2))  # doubles keep the fractions short
            if not a < middle < b:
                break
            a, b = (middle, b) if side(middle) == sides[i] else (a, middle)
        found.append(b)
    return found


def _difference(node: Apply) -> Node:
    return node.args[0] - node.args[1]


def _ratio(node: Apply) -> Node:
    return node.args[0] / node.args[1]


def _argument(node: Apply) -> Node:
    return node.args[0]


_AT_INTEGERS = frozenset({_Op.FLOOR, _Op.CEIL, _Op.REMAINDER})

_CROSSINGS: dict[Operation, Callable[[Apply], Node]] = {
    **dict.fromkeys((*COMPARISONS, _Op.MIN, _Op.MAX), _difference),
    **dict.fromkeys((_Op.FLOOR, _Op.CEIL, _Op.ABS), _argument),
    _Op.REMAINDER: _ratio,
}
"""For each operation that switches: the expression whose zeros (or integer values) are where it does."""


# ---------------------------------------------------------------- exact evaluation


def _apply(operation: Operation, args: list[Exact]) -> Exact:
    rule = EXACT.get(operation)
    if rule is not None and all(isinstance(a, Fraction | bool) for a in args if operation is not _Op.SELECT):
        try:
            exact: Exact = rule(*args)
            return exact
        except (ZeroDivisionError, OverflowError):
            pass
    if operation is _Op.SELECT:
        return args[1] if args[0] else args[2]
    with np.errstate(all="ignore"):
        value = NUMPY[operation](*(float(a) for a in args))
    return bool(value) if operation in COMPARISONS or isinstance(value, bool) else exact_number(float(value))


def _power(a: Fraction, b: Fraction) -> Exact:
    if b.denominator == 1 and abs(b) <= _LARGEST_INTEGER_POWER:
        return a ** int(b)
    return exact_number(float(a) ** float(b))


EXACT: dict[Operation, Callable[..., Any]] = {
    _Op.ADD: lambda a, b: a + b,
    _Op.SUB: lambda a, b: a - b,
    _Op.MUL: lambda a, b: a * b,
    _Op.DIV: lambda a, b: a / b,
    _Op.NEG: lambda a: -a,
    _Op.POW: _power,
    _Op.ABS: abs,
    _Op.FLOOR: lambda a: Fraction(math.floor(a)),
    _Op.CEIL: lambda a: Fraction(math.ceil(a)),
    _Op.REMAINDER: lambda a, b: a - b * math.trunc(a / b),
    _Op.MIN: min,
    _Op.MAX: max,
    _Op.LT: lambda a, b: a < b,
    _Op.LE: lambda a, b: a <= b,
    _Op.GT: lambda a, b: a > b,
    _Op.GE: lambda a, b: a >= b,
    _Op.EQ: lambda a, b: a == b,
    _Op.NE: lambda a, b: a != b,
    _Op.AND: lambda a, b: bool(a) and bool(b),
    _Op.OR: lambda a, b: bool(a) or bool(b),
    _Op.NOT: lambda a: not a,
}
"""For each operation that keeps exact numbers exact: how."""
