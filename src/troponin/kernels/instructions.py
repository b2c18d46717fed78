"""From an operation to instructions: one row for every operation that machine code is made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from troponin.expr.operations import Operation
from troponin.kernels import vector_math
from troponin.kernels.engine import library_declaration, library_pointer
from troponin.kernels.ir import Kind, Value, extract, insert, intrinsic, select

__all__ = ["INSTRUCTIONS", "REWRITTEN"]

_Op = Operation
_Rule = Callable[..., Value]


def _call(name: str) -> _Rule:
    return lambda *args: intrinsic(name, *args)


def _library(name: str) -> _Rule:
    """A function of the C library, called for each lane: rare in cell models, so slow is good enough."""

    def call(*arguments: Value) -> Value:
        block, result = arguments[0].block, arguments[0]
        block.declarations.add(library_declaration(name))
        for lane in range(result.kind.lanes):
            scalars = [extract(x, lane) for x in arguments]
            function = block.emit(Kind("ptr", 1), f"load ptr, ptr @{library_pointer(name)}")
            values = ", ".join(f"double {x.text}" for x in scalars)
            result = insert(result, block.emit(scalars[0].kind, f"call double {function.text}({values})"), lane)
        return result

    return call


def _compare(relation: str) -> _Rule:
    return lambda a, b: _number(a).compare(relation, _number(b))


def _logical(name: str) -> _Rule:
    return lambda a, b: _truth(a).bits(name, _truth(b))


def _of_numbers(rule: _Rule) -> _Rule:
    """A rule whose arguments may be truth values too, which count as one and zero."""
    return lambda *args: rule(*map(_number, args))


def _number(x: Value) -> Value:
    return select(x, x.block.number(1.0, x.kind.lanes), 0.0) if x.kind.scalar == "i1" else x


def _truth(x: Value) -> Value:
    return x if x.kind.scalar == "i1" else x.compare("une", 0.0)


def _select(condition: Value, if_true: Value, if_false: Value) -> Value:
    return select(_truth(condition), _number(if_true), _number(if_false))


INSTRUCTIONS: Final[dict[Operation, _Rule]] = {
    _Op.ADD: _of_numbers(lambda a, b: a + b),
    _Op.SUB: _of_numbers(lambda a, b: a - b),
    _Op.MUL: _of_numbers(lambda a, b: a * b),
    _Op.DIV: _of_numbers(lambda a, b: a / b),
    _Op.NEG: _of_numbers(lambda a: -a),
    _Op.POW: _of_numbers(vector_math.power),
    _Op.SQRT: _of_numbers(_call("sqrt")),
    _Op.ABS: _of_numbers(_call("fabs")),
    _Op.FLOOR: _of_numbers(_call("floor")),
    _Op.CEIL: _of_numbers(_call("ceil")),
    _Op.REMAINDER: _of_numbers(_library("fmod")),
    _Op.MIN: _of_numbers(_call("minimum")),
    _Op.MAX: _of_numbers(_call("maximum")),
    _Op.EXP: _of_numbers(vector_math.exp),
    _Op.EXPM1: _of_numbers(vector_math.expm1),
    _Op.LOG: _of_numbers(vector_math.log),
    **{op: _of_numbers(_library(op.spelling)) for op in (
        _Op.SIN, _Op.COS, _Op.TAN, _Op.ASIN, _Op.ACOS, _Op.ATAN,
        _Op.SINH, _Op.COSH, _Op.TANH, _Op.ASINH, _Op.ACOSH, _Op.ATANH,
    )},
    _Op.LT: _compare("olt"),
    _Op.LE: _compare("ole"),
    _Op.GT: _compare("ogt"),
    _Op.GE: _compare("oge"),
    _Op.EQ: _compare("oeq"),
    _Op.NE: _compare("une"),
    _Op.AND: _logical("and"),
    _Op.OR: _logical("or"),
    _Op.NOT: lambda a: _truth(a).bits("xor", 1),
    _Op.SELECT: _select,
}  # fmt: skip
"""For each operation: the values of its arguments -> the value of its result."""

REWRITTEN: Final = frozenset({_Op.LOG10, _Op.BERNOULLI, _Op.BERNOULLI_SLOPE, _Op.BERNOULLI_CURVATURE})
"""Operations that the normal form spells in others, so that no instruction is needed for them."""
