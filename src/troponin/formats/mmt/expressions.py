"""Myokit's expressions: its signs and functions.

Its ^ binds to the left, % and // round down, and log takes a base.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from troponin.errors import FormatError
from troponin.expr.functions import floor, where
from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation
from troponin.formats.grammar import Binary, Language, Token, binary, known_function
from troponin.formats.source import Source

__all__ = ["FUNCTIONS", "LANGUAGE", "apply_function"]

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


def _simple(operation: Operation) -> tuple[int, int | None, Callable[[list[Node]], Node]]:
    return operation.arity, operation.arity, lambda arguments: Apply(operation, *arguments)


def _log(arguments: list[Node]) -> Node:
    if len(arguments) == 1:
        return Apply(_Op.LOG, arguments[0])
    if isinstance(arguments[1], Number) and arguments[1].value == 10.0:
        return Apply(_Op.LOG10, arguments[0])
    return Apply(_Op.LOG, arguments[0]) / Apply(_Op.LOG, arguments[1])


def _piecewise(arguments: list[Node]) -> Node:
    *pairs, result = arguments
    for condition, value in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
        result = where(condition, value, result)
    return result


FUNCTIONS: dict[str, tuple[int, int | None, Callable[[list[Node]], Node]]] = {
    "sqrt": _simple(_Op.SQRT),
    "sin": _simple(_Op.SIN),
    "cos": _simple(_Op.COS),
    "tan": _simple(_Op.TAN),
    "asin": _simple(_Op.ASIN),
    "acos": _simple(_Op.ACOS),
    "atan": _simple(_Op.ATAN),
    "exp": _simple(_Op.EXP),
    "log": (1, 2, _log),
    "log10": _simple(_Op.LOG10),
    "floor": _simple(_Op.FLOOR),
    "ceil": _simple(_Op.CEIL),
    "abs": _simple(_Op.ABS),
    "if": _simple(_Op.SELECT),
    "piecewise": (3, None, _piecewise),
}
"""For each function: the least and the largest number of arguments (None: any), and what it builds."""


def apply_function(token: Token, arguments: list[Node], source: Source) -> Node:
    """A call of one of Myokit's functions; raises `FormatError` for unknown ones and wrong numbers of arguments."""
    least, most, build = known_function(FUNCTIONS, token, source)
    odd = token.text != "piecewise" or len(arguments) % 2 == 1
    if not least <= len(arguments) <= (most or len(arguments)) or not odd:
        raise FormatError(
            f"'{token.text}' has the wrong number of arguments",
            where=source.place(token.line),
            got=len(arguments),
        )
    return build(arguments)
