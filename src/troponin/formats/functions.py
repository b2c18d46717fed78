"""Functions of the languages of model files: how many arguments each takes, and what it builds.

Most languages call an operation as we do (`exp`, `sin`), so that each needs to tell only where it differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from troponin.errors import FormatError, nearest
from troponin.expr.nodes import Apply, Node
from troponin.expr.operations import Operation
from troponin.formats.grammar import Token
from troponin.formats.source import Source

__all__ = ["COMMON", "Function", "applying", "called", "folding", "names_of", "under_own_names"]

_Op = Operation

COMMON = (
    *(_Op.SQRT, _Op.EXP, _Op.LOG, _Op.FLOOR, _Op.ABS),
    *(_Op.SIN, _Op.COS, _Op.TAN, _Op.ASIN, _Op.ACOS, _Op.ATAN),
)
"""What every language has, most under our names."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a language: its least and largest number of arguments (None: any), and what it builds."""

    least: int
    most: int | None
    build: Callable[[list[Node]], Node]


def applying(operation: Operation) -> Function:
    """The function that is an operation."""
    return Function(operation.arity, operation.arity, lambda arguments: Apply(operation, *arguments))


def folding(operation: Operation) -> Function:
    """The function of any number of arguments that takes an operation from the first to the last."""

    def build(arguments: list[Node]) -> Node:
        result = arguments[0]
        for other in arguments[1:]:
            result = Apply(operation, result, other)
        return result

    return Function(1, None, build)


def names_of(*operations: Operation) -> dict[Operation, str]:
    """Our own names of operations, for a language that writes them so."""
    return {operation: operation.spelling for operation in operations}


def under_own_names(*operations: Operation) -> dict[str, Function]:
    """The functions of a language that calls operations as we do."""
    return {operation.spelling: applying(operation) for operation in operations}


def called(functions: Mapping[str, Function], token: Token, arguments: list[Node], source: Source) -> Node:
    """A call of one of a language's functions.

    Raises `FormatError` for a wrong number of arguments, and with the nearest name for an unknown function.
    """
    where, found = source.place(token.line), functions.get(token.text)
    if found is None:
        near = nearest(token.text, functions)
        raise FormatError(
            f"unknown function '{token.text}'", where=where, remedy=f"Did you mean {near[0]}?" if near else None
        )
    if not found.least <= len(arguments) <= (found.most or len(arguments)):
        raise FormatError(
            f"'{token.text}' has the wrong number of arguments", where=where, got=len(arguments), expected=_count(found)
        )
    try:
        return found.build(arguments)
    except FormatError as fault:  # told where it was found, which what builds does not know
        fault.where = fault.where or where
        raise


def _count(function: Function) -> str:
    if function.most is None:
        return f"{function.least} or more"
    return str(function.least) if function.least == function.most else f"{function.least} to {function.most}"
