"""EasyML's expressions: C's signs and functions."""

from __future__ import annotations

import re
from collections.abc import Callable

from troponin.errors import FormatError
from troponin.expr.functions import log
from troponin.expr.nodes import Apply, Node
from troponin.expr.operations import Operation
from troponin.formats.grammar import Binary, Language, Token, binary, known_function
from troponin.formats.source import Source

__all__ = ["FUNCTIONS", "LANGUAGE", "UPDATES", "apply_function"]

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


def _simple(operation: Operation) -> tuple[int, Callable[[list[Node]], Node]]:
    return operation.arity, lambda arguments: Apply(operation, *arguments)


FUNCTIONS: dict[str, tuple[int, Callable[[list[Node]], Node]]] = {
    "exp": _simple(_Op.EXP),
    "expm1": _simple(_Op.EXPM1),
    "log": _simple(_Op.LOG),
    "log10": _simple(_Op.LOG10),
    "log1p": (1, lambda arguments: log(1.0 + arguments[0])),
    "log2": (1, lambda arguments: log(arguments[0]) / log(2.0)),
    "sqrt": _simple(_Op.SQRT),
    "pow": _simple(_Op.POW),
    "square": (1, lambda arguments: arguments[0] * arguments[0]),
    "cube": (1, lambda arguments: arguments[0] * arguments[0] * arguments[0]),
    "fabs": _simple(_Op.ABS),
    "abs": _simple(_Op.ABS),
    "floor": _simple(_Op.FLOOR),
    "ceil": _simple(_Op.CEIL),
    "fmod": _simple(_Op.REMAINDER),
    "fmin": _simple(_Op.MIN),
    "fmax": _simple(_Op.MAX),
    "min": _simple(_Op.MIN),
    "max": _simple(_Op.MAX),
    "sin": _simple(_Op.SIN),
    "cos": _simple(_Op.COS),
    "tan": _simple(_Op.TAN),
    "asin": _simple(_Op.ASIN),
    "acos": _simple(_Op.ACOS),
    "atan": _simple(_Op.ATAN),
    "sinh": _simple(_Op.SINH),
    "cosh": _simple(_Op.COSH),
    "tanh": _simple(_Op.TANH),
    "asinh": _simple(_Op.ASINH),
    "acosh": _simple(_Op.ACOSH),
    "atanh": _simple(_Op.ATANH),
}
"""For each function: its number of arguments, and what it builds."""


def apply_function(token: Token, arguments: list[Node], source: Source) -> Node:
    """A call of one of C's functions; raises `FormatError` for unknown ones and wrong numbers of arguments."""
    where = source.place(token.line)
    arity, build = known_function(FUNCTIONS, token, source)
    if len(arguments) != arity:
        raise FormatError(f"'{token.text}' takes {arity} arguments", where=where, got=len(arguments))
    return build(arguments)
