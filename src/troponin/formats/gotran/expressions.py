"""gotran's expressions: Python's signs, and functions for comparisons and choices."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from troponin.errors import FormatError
from troponin.expr.functions import exp, floor
from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation
from troponin.formats.grammar import Language, Token, binary, known_function
from troponin.formats.source import Source

__all__ = ["CONSTANTS", "FUNCTIONS", "LANGUAGE", "apply_function"]

_Op = Operation

LANGUAGE = Language(
    pattern=re.compile(
        r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])"
        r"|(?P<name>[A-Za-z_]\w*)"
        r'|(?P<string>"[^"\n]*"|\'[^\'\n]*\')'
        r"|(?P<comment>#[^\n]*)"
        r"|(?P<sign>\*\*|[-+*/(),=])"
    ),
    infix={
        "+": binary(_Op.ADD, 50),
        "-": binary(_Op.SUB, 50),
        "*": binary(_Op.MUL, 60),
        "/": binary(_Op.DIV, 60),
        "**": binary(_Op.POW, 80, to_right=True),
    },
    prefix={"-": (70, lambda a: -a), "+": (70, lambda a: a)},
)

CONSTANTS = {"pi": math.pi}
"""Names that are numbers."""


def _simple(operation: Operation) -> tuple[int, int | None, Callable[[list[Node]], Node]]:
    return operation.arity, operation.arity, lambda arguments: Apply(operation, *arguments)


def _fold(operation: Operation) -> tuple[int, int | None, Callable[[list[Node]], Node]]:
    def build(arguments: list[Node]) -> Node:
        result = arguments[0]
        for other in arguments[1:]:
            result = Apply(operation, result, other)
        return result

    return 1, None, build


def _log(arguments: list[Node]) -> Node:
    if len(arguments) == 1:
        return Apply(_Op.LOG, arguments[0])
    return Apply(_Op.LOG, arguments[0]) / Apply(_Op.LOG, arguments[1])


def _modulo(arguments: list[Node]) -> Node:
    a, b = arguments
    return a - b * floor(a / b)


def _continuous(arguments: list[Node]) -> Node:
    """A choice smoothed by a sigmoid of width sigma in the difference of the two sides of its comparison."""
    condition, if_true, if_false = arguments[:3]
    sigma = arguments[3] if len(arguments) > 3 else Number(1.0)
    assert isinstance(condition, Apply)
    below = 1.0 / (1.0 + exp((condition.args[0] - condition.args[1]) / sigma))
    if condition.operation in (_Op.GT, _Op.GE):
        return if_true * (1.0 - below) + if_false * below
    return if_true * below + if_false * (1.0 - below)


FUNCTIONS: dict[str, tuple[int, int | None, Callable[[list[Node]], Node]]] = {
    "cos": _simple(_Op.COS),
    "tan": _simple(_Op.TAN),
    "sin": _simple(_Op.SIN),
    "acos": _simple(_Op.ACOS),
    "atan": _simple(_Op.ATAN),
    "asin": _simple(_Op.ASIN),
    "log": (1, 2, _log),
    "ln": _simple(_Op.LOG),
    "sqrt": _simple(_Op.SQRT),
    "exp": _simple(_Op.EXP),
    "expm1": _simple(_Op.EXPM1),
    "abs": _simple(_Op.ABS),
    "Abs": _simple(_Op.ABS),
    "floor": _simple(_Op.FLOOR),
    "ceiling": _simple(_Op.CEIL),
    "sinh": _simple(_Op.SINH),
    "cosh": _simple(_Op.COSH),
    "tanh": _simple(_Op.TANH),
    "Mod": (2, 2, _modulo),
    "Min": _fold(_Op.MIN),
    "Max": _fold(_Op.MAX),
    "Conditional": _simple(_Op.SELECT),
    "ContinuousConditional": (3, 4, _continuous),
    "Lt": _simple(_Op.LT),
    "Gt": _simple(_Op.GT),
    "Le": _simple(_Op.LE),
    "Ge": _simple(_Op.GE),
    "Eq": _simple(_Op.EQ),
    "Ne": _simple(_Op.NE),
    "And": _fold(_Op.AND),
    "Or": _fold(_Op.OR),
    "Not": _simple(_Op.NOT),
}
"""For each function: the least and the largest number of arguments (None: any), and what it builds."""


def apply_function(token: Token, arguments: list[Node], source: Source) -> Node:
    """A call of one of gotran's functions; raises `FormatError` for unknown ones and wrong arguments."""
    where = source.place(token.line)
    least, most, build = known_function(FUNCTIONS, token, source)
    if not least <= len(arguments) <= (most or len(arguments)):
        raise FormatError(f"'{token.text}' has the wrong number of arguments", where=where, got=len(arguments))
    if token.text == "ContinuousConditional":
        condition = arguments[0]
        if not (isinstance(condition, Apply) and condition.operation in (_Op.LT, _Op.LE, _Op.GT, _Op.GE)):
            raise FormatError("a continuous conditional needs Lt, Le, Gt or Ge", where=where)
    return build(arguments)
