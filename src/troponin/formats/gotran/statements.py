"""The statements of an ode file: declarations of states and parameters, components, and assignments."""

from __future__ import annotations

from dataclasses import dataclass, field

from troponin.errors import FormatError
from troponin.formats.gotran.expressions import LANGUAGE
from troponin.formats.grammar import Token, tokens_of
from troponin.formats.source import Source

__all__ = ["Assignment", "Declared", "Statements", "read_statements"]

_BLOCKS = ("parameters", "states", "expressions", "component")


@dataclass(frozen=True, slots=True)
class Declared:
    """A state or a parameter: its name, the tokens of its value, and what is said of it."""

    name: str
    value: tuple[Token, ...]
    unit: Token | None
    doc: str
    component: str
    line: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """name = expression, with the comment behind it, which may be a unit."""

    name: str
    value: tuple[Token, ...]
    comment: Token | None
    component: str
    line: int


@dataclass
class Statements:
    """Everything that an ode file states."""

    states: list[Declared] = field(default_factory=list)
    parameters: list[Declared] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)


def read_statements(source: Source) -> Statements:
    """The statements of a file; raises `FormatError`, with the line, for text that is none."""
    tokens = tokens_of(source.text(), 1, LANGUAGE.pattern, source)
    found = Statements()
    component = ""
    position = 0
    while position < len(tokens):
        token = tokens[position]
        following = tokens[position + 1].text if position + 1 < len(tokens) else ""
        if token.kind == "comment":
            position += 1
        elif token.kind == "name" and token.text in _BLOCKS and following == "(":
            end = _closing(tokens, position + 1, source)
            inside = [t for t in tokens[position + 2 : end] if t.kind != "comment"]
            if token.text in ("expressions", "component"):
                component = _strings(inside, source, token)[-1]
            else:
                _declarations(inside, found.states if token.text == "states" else found.parameters, source)
            position = end + 1
        elif token.kind == "name" and following == "=":
            end = _end_of_assignment(tokens, position + 2)
            value = tuple(t for t in tokens[position + 2 : end] if t.kind != "comment")
            last = value[-1].line if value else token.line
            comment = next((t for t in tokens[position + 2 : end + 1] if t.kind == "comment" and t.line == last), None)
            found.assignments.append(Assignment(token.text, value, comment, component, token.line))
            position = end
        else:
            raise FormatError(
                f"cannot read '{token.text[:40]}'",
                where=source.place(token.line),
                expected="states(...), parameters(...), expressions(...) or name = expression",
            )
    return found


def _closing(tokens: list[Token], opening: int, source: Source) -> int:
    """The position of the ')' that closes the '(' at a position."""
    depth = 0
    for position in range(opening, len(tokens)):
        if tokens[position].text == "(":
            depth += 1
        elif tokens[position].text == ")":
            depth -= 1
            if depth == 0:
                return position
    raise FormatError("a '(' is never closed", where=source.place(tokens[opening].line))


def _end_of_assignment(tokens: list[Token], start: int) -> int:
    """The position at which the next statement begins."""
    depth = 0
    for position in range(start, len(tokens)):
        token = tokens[position]
        depth += (token.text == "(") - (token.text == ")")
        following = tokens[position + 1].text if position + 1 < len(tokens) else ""
        begins = following == "=" or (token.text in _BLOCKS and following == "(")
        if depth <= 0 and token.kind == "name" and begins:
            return position
    return len(tokens)


def _strings(inside: list[Token], source: Source, block: Token) -> list[str]:
    """The names of components in a block that holds nothing else."""
    names = [t.text[1:-1] for t in inside if t.kind == "string"]
    if not names or any(t.kind != "string" and t.text != "," for t in inside):
        raise FormatError(
            f"'{block.text}' takes the names of components", where=source.place(block.line), expected='such as ("IKr")'
        )
    return names


def _declarations(inside: list[Token], into: list[Declared], source: Source) -> None:
    names = []
    while inside and inside[0].kind == "string":
        names.append(inside[0].text[1:-1])
        inside = inside[2:] if len(inside) > 1 and inside[1].text == "," else inside[1:]
    component = names[-1] if names else ""
    for part in _separated(inside):
        if len(part) < 3 or part[0].kind != "name" or part[1].text != "=":
            raise FormatError("cannot read a declaration", where=source.place(part[0].line), expected="name = value")
        name, value = part[0], part[2:]
        if value[0].text == "ScalarParam" and len(value) > 2 and value[1].text == "(":
            number, unit, doc = _scalar(value[2:-1], source)
        else:
            number, unit, doc = value, None, ""
        into.append(Declared(name.text, tuple(number), unit, doc, component, name.line))


def _scalar(inside: list[Token], source: Source) -> tuple[list[Token], Token | None, str]:
    """The value, unit and description in ScalarParam(value, unit="...", description="...")."""
    parts = _separated(inside)
    unit: Token | None = None
    doc = ""
    for part in parts[1:]:
        if len(part) == 3 and part[0].text == "unit" and part[2].kind == "string":
            unit = part[2]
        elif len(part) == 3 and part[0].text == "description" and part[2].kind == "string":
            doc = part[2].text[1:-1]
        else:
            raise FormatError("cannot read ScalarParam", where=source.place(part[0].line), got=part[0].text[:40])
    if not parts:
        raise FormatError("an empty ScalarParam", where=source.place(1))
    return parts[0], unit, doc


def _separated(tokens: list[Token]) -> list[list[Token]]:
    """The tokens between commas that stand in no parentheses; a comma may be left out before `name =`."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for position, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        starts = token.kind == "name" and position + 1 < len(tokens) and tokens[position + 1].text == "="
        if depth == 0 and (token.text == "," or (starts and parts[-1])):
            parts.append([])
        if token.text != "," or depth:
            parts[-1].append(token)
    return [part for part in parts if part]
