"""EasyML's expressions: C's signs and functions."""

from __future__ import annotations

import re
from typing import Final

from troponin.expr.functions import log
from troponin.expr.nodes import Apply
from troponin.expr.operations import Operation
from troponin.formats.functions import COMMON, Function, applying, under_own_names
from troponin.formats.grammar import Binary, Language, binary

__all__ = ["FUNCTIONS", "LANGUAGE", "UPDATES"]

_Op = Operation

LANGUAGE = Language(
    pattern=re.compile(
        r"(?P<comment>#[^\n]*|//[^\n]*|/\*.*?\*/)"
        r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])"
        r"|(?:sv->)?(?P<name>[A-Za-z_]\w*)"
        r"|(?P<sign>[-+*/]=|==|!=|<=|>=|&&|\|\||[-+*/^(){}<>,;?:!=.])",
        re.DOTALL,
    ),
    infix={
        "||": binary(_Op.OR, 10),
        "or": binary(_Op.OR, 10),
        "&&": binary(_Op.AND, 20),
        "and": binary(_Op.AND, 20),
        "==": binary(_Op.EQ, 30),
        "!=": binary(_Op.NE, 30),
        "<": binary(_Op.LT, 40),
        "<=": binary(_Op.LE, 40),
        ">": binary(_Op.GT, 40),
        ">=": binary(_Op.GE, 40),
        "+": binary(_Op.ADD, 50),
        "-": binary(_Op.SUB, 50),
        "*": binary(_Op.MUL, 60),
        "/": binary(_Op.DIV, 60),
    },
    prefix={
        "-": (70, lambda a: -a),
        "+": (70, lambda a: a),
        "!": (70, lambda a: Apply(_Op.NOT, a)),
        "not": (25, lambda a: Apply(_Op.NOT, a)),
    },
    ternary=5,
)

UPDATES: dict[str, Binary] = {f"{sign}=": LANGUAGE.infix[sign] for sign in "+-*/"}
"""The signs that change a variable, as += does."""


FUNCTIONS: Final[dict[str, Function]] = {
    **under_own_names(*COMMON, _Op.EXPM1, _Op.LOG10, _Op.POW, _Op.CEIL, _Op.MIN, _Op.MAX),
    **under_own_names(_Op.SINH, _Op.COSH, _Op.TANH, _Op.ASINH, _Op.ACOSH, _Op.ATANH),
    "fabs": applying(_Op.ABS),
    "fmod": applying(_Op.REMAINDER),
    "fmin": applying(_Op.MIN),
    "fmax": applying(_Op.MAX),
    "log1p": Function(1, 1, lambda arguments: log(1.0 + arguments[0])),
    "log2": Function(1, 1, lambda arguments: log(arguments[0]) / log(2.0)),
    "square": Function(1, 1, lambda arguments: arguments[0] * arguments[0]),
    "cube": Function(1, 1, lambda arguments: arguments[0] * arguments[0] * arguments[0]),
}
