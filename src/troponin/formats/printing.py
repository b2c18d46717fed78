"""Expressions written in the infix notations of model files: one printer, a table of signs a language.

Parentheses stand where the structure needs them and nowhere else, so that what is read back is the same
expression, operation by operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, Operation
from troponin.formats.spelling import spelt

__all__ = ["Notation", "print_expression"]

_ATOM = 100
_SIGN = 70  # how tightly a sign before a number binds


@dataclass(frozen=True, slots=True)
class Notation:
    """A notation: signs with how tightly they bind, functions, and how numbers and names are written.

    `infix` gives sign and binding; `to_right` holds those that bind to the right; `prefix` gives sign and
    binding; `calls` gives the name of a function, or what writes its arguments.
    """

    infix: Mapping[Operation, tuple[str, int]]
    prefix: Mapping[Operation, tuple[str, int]]
    calls: Mapping[Operation, str | Callable[..., str]]
    number: Callable[[Number], str]
    to_right: frozenset[Operation] = field(default_factory=frozenset)

    @property
    def spoken(self) -> frozenset[Operation]:
        """The operations that the notation can write."""
        return frozenset({*self.infix, *self.prefix, *self.calls})


def print_expression(root: Node, notation: Notation, names: Mapping[str, str]) -> str:
    """The text of an expression, with names as the file has them.

    Raises `FormatError` for an operation that the notation can neither write nor spell out.
    """
    (root,) = spelt([root], notation.spoken)
    texts: dict[Node, tuple[str, int]] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            negative = math.copysign(1.0, node.value) < 0
            texts[node] = (notation.number(node), _SIGN if negative else _ATOM)
        elif isinstance(node, Symbol):
            texts[node] = (names.get(node.name, node.name), _ATOM)
        elif isinstance(node, Apply):
            texts[node] = _applied(node, notation, texts)
    return texts[root][0]


def _applied(node: Apply, notation: Notation, texts: dict[Node, tuple[str, int]]) -> tuple[str, int]:
    operation = node.operation
    if operation in notation.infix:
        sign, binding = notation.infix[operation]
        right = operation in notation.to_right
        strict = operation in COMPARISONS
        left_text = _within(node.args[0], binding + (right or strict), texts)
        right_text = _within(node.args[1], binding + (not right or strict), texts, after=True)
        return f"{left_text}{sign}{right_text}", binding
    if operation in notation.prefix:
        sign, binding = notation.prefix[operation]
        floor = _ATOM + 1 if isinstance(node.args[0], Number) else binding + 1
        return f"{sign}{_within(node.args[0], floor, texts, after=True)}", binding
    call = notation.calls[operation]
    arguments = [texts[a][0] for a in node.args]
    if isinstance(call, str):
        return f"{call}({', '.join(arguments)})", _ATOM
    return call(*arguments), _ATOM


def _within(node: Node, floor: int, texts: dict[Node, tuple[str, int]], after: bool = False) -> str:
    """The text of an operand, in parentheses if it binds looser than it must."""
    text, binding = texts[node]
    signed = text.startswith("-")
    return text if binding >= floor and not (after and signed) else f"({text})"
