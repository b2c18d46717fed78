"""The vocabulary: every operation an expression may use, its name and its number of arguments.

One node type applies an operation to arguments; each pass over expressions (derivative, unit, NumPy,
machine code, printing) is one table keyed by `Operation`.  A test holds every table against this
list, so that an operation added here fails loudly in each pass that has not learnt it.
"""

from __future__ import annotations

import enum

__all__ = ["COMPARISONS", "LOGICAL", "Operation"]


class Operation(enum.Enum):
    """An operation's name and arity."""

    # arithmetic
    ADD = ("add", 2)
    SUB = ("sub", 2)
    MUL = ("mul", 2)
    DIV = ("div", 2)
    NEG = ("neg", 1)
    POW = ("pow", 2)
    SQRT = ("sqrt", 1)
    ABS = ("abs", 1)
    FLOOR = ("floor", 1)
    CEIL = ("ceil", 1)
    REMAINDER = ("remainder", 2)  # a - b*trunc(a/b), the sign of a (C's fmod, MathML's rem)
    MIN = ("min", 2)
    MAX = ("max", 2)
    # exponential family
    EXP = ("exp", 1)
    EXPM1 = ("expm1", 1)
    LOG = ("log", 1)  # natural
    LOG10 = ("log10", 1)
    # removable singularities, whole at zero: see expr/singular.py
    BERNOULLI = ("bernoulli", 1)  # x / (exp(x) - 1), 1 at x = 0
    BERNOULLI_SLOPE = ("bernoulli_slope", 1)  # its derivative, -1/2 at x = 0
    BERNOULLI_CURVATURE = ("bernoulli_curvature", 1)  # its second derivative, 1/6 at x = 0
    # trigonometry
    SIN = ("sin", 1)
    COS = ("cos", 1)
    TAN = ("tan", 1)
    ASIN = ("asin", 1)
    ACOS = ("acos", 1)
    ATAN = ("atan", 1)
    SINH = ("sinh", 1)
    COSH = ("cosh", 1)
    TANH = ("tanh", 1)
    ASINH = ("asinh", 1)
    ACOSH = ("acosh", 1)
    ATANH = ("atanh", 1)
    # comparison and logic: values are true or false
    LT = ("lt", 2)
    LE = ("le", 2)
    GT = ("gt", 2)
    GE = ("ge", 2)
    EQ = ("eq", 2)
    NE = ("ne", 2)
    AND = ("and", 2)
    OR = ("or", 2)
    NOT = ("not", 1)
    # choice
    SELECT = ("select", 3)  # select(condition, if_true, if_false); the branch not taken may be NaN

    def __init__(self, spelling: str, arity: int) -> None:
        self.spelling = spelling
        self.arity = arity

    def __repr__(self) -> str:
        return self.name

    # identity hash: operations key every table of every pass
    __hash__ = object.__hash__


COMPARISONS = frozenset({Operation.LT, Operation.LE, Operation.GT, Operation.GE, Operation.EQ, Operation.NE})
LOGICAL = frozenset({Operation.AND, Operation.OR, Operation.NOT})
