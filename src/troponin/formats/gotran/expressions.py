"""gotran's expressions: Python's signs, and functions for comparisons and choices."""

from __future__ import annotations

import math
import re
from typing import Final

from troponin.errors import FormatError
from troponin.expr.functions import exp, floor
from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation
from troponin.formats.functions import COMMON, Function, applying, folding, under_own_names
from troponin.formats.grammar import Language, binary

__all__ = ["CONSTANTS", "FUNCTIONS", "LANGUAGE"]

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
    if not (isinstance(condition, Apply) and condition.operation in (_Op.LT, _Op.LE, _Op.GT, _Op.GE)):
        raise FormatError("a continuous conditional needs Lt, Le, Gt or Ge")
    below = 1.0 / (1.0 + exp((condition.args[0] - condition.args[1]) / sigma))
    if condition.operation in (_Op.GT, _Op.GE):
        return if_true * (1.0 - below) + if_false * below
    return if_true * below + if_false * (1.0 - below)


FUNCTIONS: Final[dict[str, Function]] = {
    **under_own_names(*COMMON, _Op.EXPM1, _Op.SINH, _Op.COSH, _Op.TANH),
    "log": Function(1, 2, _log),
    "ln": applying(_Op.LOG),
    "Abs": applying(_Op.ABS),
    "ceiling": applying(_Op.CEIL),
    "Mod": Function(2, 2, _modulo),
    "Min": folding(_Op.MIN),
    "Max": folding(_Op.MAX),
    "Conditional": applying(_Op.SELECT),
    "ContinuousConditional": Function(3, 4, _continuous),
    "Lt": applying(_Op.LT),
    "Gt": applying(_Op.GT),
    "Le": applying(_Op.LE),
    "Ge": applying(_Op.GE),
    "Eq": applying(_Op.EQ),
    "Ne": applying(_Op.NE),
    "And": folding(_Op.AND),
    "Or": folding(_Op.OR),
    "Not": applying(_Op.NOT),
}
