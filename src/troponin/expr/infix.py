"""Expressions as text in the common infix notation: written and read.

    g * (v - E) + 5 [mV]        numbers may carry a unit in brackets
    -x^2^y                      ^ (or **) binds to the right, and tighter than the sign
    if(v < -40 [mV], a, b)      choice; comparisons, and, or, not
    `any name`                  a symbol whose name is not a word

Reading what was written gives the very same node: parentheses stand only where the structure needs them,
and a folded sign is told apart from a negation, `-5` from `-(5)`.  Both directions keep their own stack,
so that no depth of nesting is too deep.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from troponin.errors import ExpressionError, UnitError, nearest
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, Operation
from troponin.units import parse_unit

__all__ = ["FUNCTIONS", "INFIX", "PREFIX", "parse_infix", "to_infix"]

INFIX: Final[dict[Operation, tuple[str, int]]] = {
    Operation.OR: ("or", 10),
    Operation.AND: ("and", 20),
    Operation.LT: ("<", 40),
    Operation.LE: ("<=", 40),
    Operation.GT: (">", 40),
    Operation.GE: (">=", 40),
    Operation.EQ: ("==", 40),
    Operation.NE: ("!=", 40),
    Operation.ADD: ("+", 50),
    Operation.SUB: ("-", 50),
    Operation.MUL: ("*", 60),
    Operation.DIV: ("/", 60),
    Operation.POW: ("^", 80),
}
"""The sign between two operands and how tightly it binds; ^ to the right, comparisons not in chains."""

PREFIX: Final[dict[Operation, tuple[str, int]]] = {Operation.NOT: ("not ", 30), Operation.NEG: ("-", 70)}
"""The sign before one operand and how tightly it binds."""

FUNCTIONS: Final[dict[Operation, str]] = {
    operation: "if" if operation is Operation.SELECT else operation.spelling
    for operation in Operation
    if operation not in INFIX and operation not in PREFIX
}
"""Every other operation is called by its name."""

_ATOM: Final = 100
_SHOWN: Final = 100  # characters of a long line that an error shows
_SIGNS: Final = {sign: operation for operation, (sign, _) in INFIX.items()} | {"**": Operation.POW}
_CALLS: Final = {name: operation for operation, name in FUNCTIONS.items()} | {"ln": Operation.LOG}
_WORDS: Final = frozenset({"and", "or", "not", "if", "inf"})
_NAME: Final = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_TOKEN: Final = re.compile(
    rf"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|inf\b)(?![\w.])(?:\s*\[(?P<unit>[^\]]*)\])?
    | (?P<name>{_NAME})
    | `(?P<quoted>(?:[^`]|``)*)`
    | (?P<sign>\*\*|<=|>=|==|!=|[-+*/^<>(),])
    )""",
    re.VERBOSE,
)


def to_infix(node: Node, *, longest: int | None = None) -> str:
    """The text of an expression; past `longest` characters it breaks off with an ellipsis."""
    written: list[str] = []
    length = 0
    waiting: list[Node | str] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Apply):
            waiting.extend(reversed(_parts(item)))
            continue
        written.append(item if isinstance(item, str) else _leaf(item))
        length += len(written[-1])
        if longest is not None and length > longest:
            return "".join(written)[:longest] + "…"
    return "".join(written)


def parse_infix(text: str, symbol: Callable[[str], Node] = Symbol) -> Node:
    """The expression that a text means; `symbol` gives the node for a name.

    Raises:
        ExpressionError: if it cannot be read, with the column and a caret; a mistyped function is answered
            with the nearest ones.
    """
    reader = _Reader(text, _tokens(text), symbol)
    while reader.position < len(reader.tokens):
        if reader.wants_operand:
            reader.operand()
        else:
            reader.operator()
    return reader.finished()


def _parts(node: Apply) -> list[Node | str]:
    operation, args = node.operation, node.args
    if operation in INFIX:
        sign, binding = INFIX[operation]
        power = operation is Operation.POW
        left_floor = binding + 1 if power or operation in COMPARISONS else binding
        right_floor = binding if power else binding + 1
        between = sign if power else f" {sign} "
        return [*_bracketed(args[0], left_floor), between, *_bracketed(args[1], right_floor, after=True)]
    if operation in PREFIX:
        sign, binding = PREFIX[operation]
        plain = operation is Operation.NEG and isinstance(args[0], Number) and not _is_signed(args[0])
        return [sign, *(["(", args[0], ")"] if plain else _bracketed(args[0], binding))]
    commas: list[Node | str] = [FUNCTIONS[operation], "("]
    for position, arg in enumerate(args):
        commas += [", ", arg] if position else [arg]
    return [*commas, ")"]


def _bracketed(node: Node, floor: int, *, after: bool = False) -> list[Node | str]:
    """A node as an operand: in parentheses if it binds looser than `floor`.

    After an operator a sign needs none: nothing that follows could be taken for a part of its operand.
    """
    signed = (isinstance(node, Number) and _is_signed(node)) or (
        isinstance(node, Apply) and node.operation is Operation.NEG
    )
    if _binding(node) >= floor or (after and signed):
        return [node]
    return ["(", node, ")"]


def _binding(node: Node) -> int:
    if isinstance(node, Apply):
        table = INFIX if node.operation in INFIX else PREFIX
        return table[node.operation][1] if node.operation in table else _ATOM
    return PREFIX[Operation.NEG][1] if isinstance(node, Number) and _is_signed(node) else _ATOM


def _is_signed(number: Number) -> bool:
    return math.copysign(1.0, number.value) < 0


def _leaf(node: Node) -> str:
    if isinstance(node, Number):
        value = repr(node.value).removesuffix(".0")
        return value if node.unit is None else f"{value} [{node.unit}]"
    assert isinstance(node, Symbol)
    plain = re.fullmatch(_NAME, node.name) and node.name not in _WORDS
    return node.name if plain else f"`{node.name.replace('`', '``')}`"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    unit: str | None
    column: int


@dataclass(frozen=True, slots=True)
class _Open:
    """An operator that waits for its right operand or, with no binding, a parenthesis or a call."""

    operation: Operation | None
    binding: int
    column: int
    values_before: int = 0


class _Reader:
    """Precedence climbing on a stack of its own: values that are complete, and what is still open."""

    def __init__(self, text: str, tokens: list[_Token], symbol: Callable[[str], Node]) -> None:
        self.text = text
        self.tokens = tokens
        self.symbol = symbol
        self.position = 0
        self.wants_operand = True
        self.values: list[Node] = []
        self.open: list[_Open] = []

    def operand(self) -> None:
        """Take what may stand where an operand is wanted: a number, a name, a call, a sign, a parenthesis."""
        token = self.tokens[self.position]
        self.position += 1
        if token.kind == "number":
            self._value(_number(self.text, token, sign=1.0))
        elif token.kind == "quoted" or (token.kind == "name" and token.text not in _WORDS):
            if token.kind == "name" and self._next() == "(":
                self._call(token)
            else:
                self._value(self.symbol(token.text.replace("``", "`") if token.kind == "quoted" else token.text))
        elif token.text == "if" and self._next() == "(":
            self._call(token)
        elif token.text == "(":
            self.open.append(_Open(None, 0, token.column, len(self.values)))
        elif token.text == "-":
            self._sign(token)
        elif token.text == "not":
            self.open.append(_Open(Operation.NOT, PREFIX[Operation.NOT][1], token.column))
        elif token.text != "+":
            raise _complaint(self.text, token.column, f"an operand is missing before '{token.text}'")

    def operator(self) -> None:
        """Take what may follow an operand: an operator, a comma, a closing parenthesis."""
        token = self.tokens[self.position]
        self.position += 1
        operation = _SIGNS.get(token.text) if token.kind != "quoted" else None
        if operation is not None:
            binding = INFIX[operation][1]
            alone = operation is Operation.POW or operation in COMPARISONS
            self._reduce(binding + 1 if alone else binding)
            if operation in COMPARISONS and self.open and self.open[-1].binding == binding:
                remedy = "Write (a < b) and (b < c)."
                raise _complaint(self.text, token.column, "comparisons do not chain", remedy)
            self.open.append(_Open(operation, binding, token.column))
            self.wants_operand = True
        elif token.text == "," and self._innermost() is not None:
            self._reduce(1)
            self.wants_operand = True
        elif token.text == ")" and token.kind == "sign":
            self._close(token)
        else:
            raise _complaint(self.text, token.column, f"an operator is missing before '{token.text}'")

    def finished(self) -> Node:
        """The whole expression, when every token is taken."""
        if self.wants_operand:
            raise _complaint(self.text, len(self.text), "an operand is missing")
        self._reduce(1)
        if self.open:
            raise _complaint(self.text, self.open[-1].column, "this parenthesis is never closed")
        return self.values[0]

    def _next(self) -> str:
        return self.tokens[self.position].text if self.position < len(self.tokens) else ""

    def _value(self, node: Node) -> None:
        self.values.append(node)
        self.wants_operand = False

    def _sign(self, token: _Token) -> None:
        """A minus: part of the number that follows at once, unless a power comes first, as in -5^2."""
        following = self.tokens[self.position : self.position + 2]
        raised = len(following) == 2 and following[1].text in ("^", "**")
        if following and following[0].kind == "number" and not raised:
            self.position += 1
            self._value(_number(self.text, following[0], sign=-1.0))
        else:
            self.open.append(_Open(Operation.NEG, PREFIX[Operation.NEG][1], token.column))

    def _call(self, token: _Token) -> None:
        operation = _CALLS.get(token.text)
        if operation is None:
            near = nearest(token.text, _CALLS)
            hint = f"Did you mean {' or '.join(near)}?" if near else None
            raise _complaint(self.text, token.column, f"unknown function '{token.text}'", hint)
        self.position += 1
        self.open.append(_Open(operation, 0, token.column, len(self.values)))

    def _innermost(self) -> Operation | None:
        """The call that is being read, if the innermost parenthesis is that of a call."""
        return next((item.operation for item in reversed(self.open) if not item.binding), None)

    def _reduce(self, floor: int) -> None:
        """Apply the open operators that bind at least as tightly as `floor`."""
        while self.open and self.open[-1].binding >= floor:
            operation = self.open.pop().operation
            assert operation is not None
            args = self.values[-operation.arity :]
            self.values[-operation.arity :] = [Apply(operation, *args)]

    def _close(self, token: _Token) -> None:
        self._reduce(1)
        if not self.open:
            raise _complaint(self.text, token.column, "this parenthesis was never opened")
        opened = self.open.pop()
        if opened.operation is not None:
            args = self.values[opened.values_before :]
            if len(args) != opened.operation.arity:
                name, arity = FUNCTIONS[opened.operation], opened.operation.arity
                raise _complaint(self.text, opened.column, f"'{name}' takes {arity} arguments, not {len(args)}")
            self.values[opened.values_before :] = [Apply(opened.operation, *args)]


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    end = len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            column = len(text) - len(text[position:].lstrip())
            raise _complaint(text, column, f"cannot read '{text[column : column + 12].split()[0]}'")
        kind = next(name for name in ("number", "name", "quoted", "sign") if found[name] is not None)
        tokens.append(_Token(kind, found[kind], found["unit"], found.start(kind)))
        position = found.end()
    return tokens


def _number(text: str, token: _Token, sign: float) -> Number:
    value = float(token.text)
    if math.isinf(value) and token.text != "inf":
        raise _complaint(text, token.column, f"the number '{token.text}' is too large")
    try:
        unit = None if token.unit is None else parse_unit(token.unit)
    except UnitError as fault:
        raise _complaint(text, token.column, fault.what, fault.remedy) from fault
    return Number(math.copysign(value, sign), unit)


def _complaint(text: str, column: int, what: str, remedy: str | None = None) -> ExpressionError:
    """An error that shows the line of the text with a caret under the column."""
    start = text.rfind("\n", 0, column) + 1
    line = text[start:].split("\n", 1)[0]
    first = max(0, column - start - _SHOWN // 2)
    shown = line[first : first + _SHOWN]
    caret = " " * (column - start - first) + "^"
    advice = f". {remedy}" if remedy else ""
    return ExpressionError(f"{what} in column {column + 1}{advice}\n    {shown}\n    {caret}")
