"""Myokit's expressions: its signs and functions.

Its ^ binds to the left, % and // round down, and log takes a base.
"""

from __future__ import annotations

import re
from typing import Final

from troponin.errors import FormatError
from troponin.expr.functions import floor, where
from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation
from troponin.formats.functions import COMMON, Function, applying, under_own_names
from troponin.formats.grammar import Binary, Language, binary

__all__ = ["FUNCTIONS", "LANGUAGE"]

_Op = Operation

LANGUAGE = Language(
    pattern=re.compile(
        r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])"
        r"|(?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)"
        r"|\[(?P<unit>[^\]]*)\]"
        r"|(?P<sign>//|==|!=|<=|>=|[-+*/%^<>(),])"
    ),
    infix={
        "or": binary(_Op.OR, 10),
        "and": binary(_Op.AND, 20),
        "==": binary(_Op.EQ, 40),
        "!=": binary(_Op.NE, 40),
        "<": binary(_Op.LT, 40),
        "<=": binary(_Op.LE, 40),
        ">": binary(_Op.GT, 40),
        ">=": binary(_Op.GE, 40),
        "+": binary(_Op.ADD, 50),
        "-": binary(_Op.SUB, 50),
        "*": binary(_Op.MUL, 60),
        "/": binary(_Op.DIV, 60),
        "//": Binary(60, 60, lambda a, b: floor(a / b)),
        "%": Binary(60, 60, lambda a, b: a - b * floor(a / b)),
        "^": binary(_Op.POW, 80),
    },
    prefix={
        "not": (30, lambda a: Apply(_Op.NOT, a)),
        "-": (70, lambda a: -a),
        "+": (70, lambda a: a),
    },
)


def _log(arguments: list[Node]) -> Node:
    if len(arguments) == 1:
        return Apply(_Op.LOG, arguments[0])
    if isinstance(arguments[1], Number) and arguments[1].value == 10.0:
        return Apply(_Op.LOG10, arguments[0])
    return Apply(_Op.LOG, arguments[0]) / Apply(_Op.LOG, arguments[1])


def _piecewise(arguments: list[Node]) -> Node:
    if len(arguments) % 2 == 0:
        raise FormatError("'piecewise' needs a last value, for when no condition holds", got=len(arguments))
    *pairs, result = arguments
    for condition, value in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
        result = where(condition, value, result)
    return result


FUNCTIONS: Final[dict[str, Function]] = {
    **under_own_names(*COMMON, _Op.LOG10, _Op.CEIL),
    "log": Function(1, 2, _log),
    "if": applying(_Op.SELECT),
    "piecewise": Function(3, None, _piecewise),
}
