"""Expressions in the infix notations of model files: one parser by binding power, a table of signs a language.

The tables differ (Myokit's ^ binds to the left, Python's ** to the right), the parser does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from troponin.errors import FormatError
from troponin.expr.functions import where
from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation
from troponin.formats.mathml_number import float_of
from troponin.formats.source import Source
from troponin.units import Unit

__all__ = ["Binary", "Language", "Names", "Token", "binary", "parse_tokens", "tokens_of"]

_DEEPEST = 100
_Build2 = Callable[[Node, Node], Node]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: its kind ("number", "name", "unit", "sign"), itself, and where it starts."""

    kind: str
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Binary:
    """A sign between two operands: how tightly it binds to the left and to the right, and what it builds."""

    left: int
    right: int
    build: _Build2


@dataclass(frozen=True, slots=True)
class Language:
    """A notation: its tokens (a pattern with the groups number, name, unit, sign) and its signs."""

    pattern: re.Pattern[str]
    infix: Mapping[str, Binary]
    prefix: Mapping[str, tuple[int, Callable[[Node], Node]]]
    ternary: int | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What names, calls and units mean in a file."""

    source: Source
    symbol: Callable[[Token], Node]
    call: Callable[[Token, list[Node]], Node]
    unit: Callable[[Token], Unit] | None = None


def binary(operation: Operation, power: int, *, to_right: bool = False) -> Binary:
    """A sign for an operation that binds to the left, or to the right."""
    return Binary(power, power - 1 if to_right else power, lambda a, b: Apply(operation, a, b))


def tokens_of(text: str, line: int, pattern: re.Pattern[str], source: Source) -> list[Token]:
    """The tokens of a text that starts on a line; raises `FormatError`, with a caret, for what is none."""
    found: list[Token] = []
    position, start = 0, 0  # where we are, and where the present line starts
    while True:
        blank = _BLANK.match(text, position)
        before, position = position, blank.end() if blank else position
        line, start = _line_at(text, before, position, line, start)
        if position >= len(text):
            return found
        match = pattern.match(text, position)
        if match is None or match.end() == position:
            shown = text[start : start + 100].partition("\n")[0]
            raise FormatError(
                f"cannot read '{text[position]}'",
                where=source.place(line),
                got=f"{shown}\n{' ' * min(position - start, 100)}^",
            )
        kind = match.lastgroup or "sign"
        found.append(Token(kind, match[kind], line, position - start + 1))
        before, position = position, match.end()
        line, start = _line_at(text, before, position, line, start)


def _line_at(text: str, before: int, position: int, line: int, start: int) -> tuple[int, int]:
    """The line at a position and where it starts, given both at a position before."""
    newlines = text.count("\n", before, position)
    return (line + newlines, text.rindex("\n", before, position) + 1) if newlines else (line, start)


def parse_tokens(tokens: list[Token], language: Language, names: Names, line: int) -> Node:
    """The expression that all the tokens make together.

    Raises `FormatError`, with file and line, where they make none.
    """
    parser = _Parser(tokens, language, names, line)
    node = parser.expression(0, 0)
    if parser.here is not None:
        raise parser.fault(f"unexpected '{parser.here.text[:40]}'")
    return node


_BLANK = re.compile(r"\s+")


class _Parser:
    """A position in the tokens of one expression."""

    def __init__(self, tokens: list[Token], language: Language, names: Names, line: int) -> None:
        self._rest: Iterator[Token] = iter(tokens)
        self._language = language
        self._names = names
        self._line = line
        self.here: Token | None = next(self._rest, None)

    def fault(self, what: str) -> FormatError:
        """An error at the present token."""
        line, column = (self.here.line, f" in column {self.here.column}") if self.here else (self._line, "")
        return FormatError(what + column, where=self._names.source.place(line))

    def advance(self) -> Token:
        """The present token, left behind."""
        token = self.here
        if token is None:
            raise self.fault("the expression breaks off")
        self._line = token.line
        self.here = next(self._rest, None)
        return token

    def expect(self, text: str) -> None:
        """Leave that token behind, or complain."""
        if self.here is None or self.here.text != text:
            raise self.fault(f"'{text}' is missing")
        self.advance()

    def expression(self, power: int, depth: int) -> Node:
        """An operand and everything after it that binds more tightly than `power`."""
        if depth > _DEEPEST:
            raise self.fault(f"an expression nested deeper than {_DEEPEST}")
        left = self.operand(depth)
        while self.here is not None:
            sign = self._language.infix.get(self.here.text)
            if sign is not None and sign.left > power:
                self.advance()
                left = sign.build(left, self.expression(sign.right, depth + 1))
            elif self.here.text == "?" and self._language.ternary is not None and self._language.ternary > power:
                self.advance()
                if_true = self.expression(0, depth + 1)
                self.expect(":")
                left = where(left, if_true, self.expression(self._language.ternary - 1, depth + 1))
            else:
                break
        return left

    def operand(self, depth: int) -> Node:
        """A number, a name, a call, a sign with its operand, or an expression in parentheses."""
        token = self.advance()
        if token.text in self._language.prefix:
            power, build = self._language.prefix[token.text]
            literal = token.text == "-" and self.here is not None and self.here.kind == "number"
            inside = self.expression(power, depth + 1)
            # a sign right before a number belongs to the number, so that -5 is read as it was written
            if literal and isinstance(inside, Number):
                return Number(-inside.value, inside.unit)
            return build(inside)
        if token.kind == "number":
            return self._number(token)
        if token.kind == "name":
            if self.here is not None and self.here.text == "(":
                return self._names.call(token, self._arguments(depth))
            return self._names.symbol(token)
        if token.text == "(":
            inside = self.expression(0, depth + 1)
            self.expect(")")
            return inside
        self.here = token
        raise self.fault(f"unexpected '{token.text[:40]}'")

    def _number(self, token: Token) -> Node:
        value = float_of(token.text, self._names.source.place(token.line))
        if self.here is not None and self.here.kind == "unit" and self._names.unit is not None:
            return Number(value, self._names.unit(self.advance()))
        return Number(value)

    def _arguments(self, depth: int) -> list[Node]:
        self.expect("(")
        arguments: list[Node] = []
        if self.here is not None and self.here.text == ")":
            self.advance()
            return arguments
        while True:
            arguments.append(self.expression(0, depth + 1))
            if self.here is None or self.here.text != ",":
                self.expect(")")
                return arguments
            self.advance()
            if self.here is not None and self.here.text == ")":  # a comma too many, which gotran's own writer leaves
                self.advance()
                return arguments
