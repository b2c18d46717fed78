"""The statements of an EasyML file: assignments, declarations, choices, groups and the marks behind them.

V; .external(Vm);                a declaration with a mark
tau_m = 0.1; .units(ms);         an assignment with a mark
group { GNa; Gsi = 0.09; } .param();
if (V < -40) { a_h = ...; } else { a_h = ...; }
"""

from __future__ import annotations

from dataclasses import dataclass, field

from troponin.errors import FormatError
from troponin.formats.easyml.expressions import LANGUAGE, UPDATES
from troponin.formats.grammar import Token, tokens_of
from troponin.formats.source import Source

__all__ = ["Assignment", "Choice", "Mark", "Statements", "read_statements"]

_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Assignment:
    """name = expression, or an update such as name += expression."""

    name: str
    sign: str
    value: tuple[Token, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Branches with their conditions; the last has none where there is an else."""

    branches: tuple[tuple[tuple[Token, ...], tuple[Assignment | Choice, ...]], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says: its name and the text of its arguments."""

    name: str
    arguments: str
    line: int


@dataclass
class Statements:
    """What a file states: assignments and choices in order, and declared names with their marks."""

    body: list[Assignment | Choice] = field(default_factory=list)
    declared: dict[str, int] = field(default_factory=dict)
    marks: dict[str, list[Mark]] = field(default_factory=dict)


def read_statements(source: Source) -> Statements:
    """The statements of a file; raises `FormatError`, with the line, for text that is none."""
    tokens = tokens_of(source.text(), 1, LANGUAGE.pattern, source)
    found = Statements()
    reader = _Reader([t for t in tokens if t.kind != "comment"], source, found)
    found.body.extend(reader.block(None, 0))
    return found


class _Reader:
    """A position among the tokens of a file, and the names that a mark would be about."""

    def __init__(self, tokens: list[Token], source: Source, found: Statements) -> None:
        self.tokens = tokens
        self.source = source
        self.found = found
        self.position = 0
        self.subjects: list[str] = []

    def peek(self, ahead: int = 0) -> str:
        """The text of the token here or ahead; nothing at the end."""
        at = self.position + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> Token:
        """The token here, left behind; a fault if another was expected."""
        if self.position >= len(self.tokens):
            line = self.tokens[-1].line if self.tokens else 1
            raise FormatError("the file breaks off", where=self.source.place(line), expected=expected)
        token = self.tokens[self.position]
        if expected is not None and token.text != expected:
            raise FormatError(
                f"unexpected '{token.text[:40]}'", where=self.source.place(token.line), expected=f"'{expected}'"
            )
        self.position += 1
        return token

    def block(self, closing: str | None, depth: int) -> list[Assignment | Choice]:
        """Statements up to a closing brace, or to the end of the file."""
        statements: list[Assignment | Choice] = []
        if depth > _DEEPEST:
            raise FormatError(f"braces nested deeper than {_DEEPEST}", where=self._here())
        while self.position < len(self.tokens) and self.peek() != closing:
            if self.peek() == ";":
                self.take()
            elif self.peek() == ".":
                self._mark()
            elif self.peek() == "if" and self.peek(1) == "(":
                statements.append(self._choice(depth))
            elif self.peek() == "group" and self.peek(1) == "{":
                statements.extend(self._group(depth))
            else:
                statement = self._plain()
                if statement is not None:
                    statements.append(statement)
        return statements

    def _plain(self) -> Assignment | None:
        name = self.take()
        if name.kind != "name":
            raise FormatError(f"unexpected '{name.text[:40]}'", where=self.source.place(name.line))
        self.found.declared.setdefault(name.text, name.line)
        self.subjects = [name.text]
        if self.peek() in (";", ".", "}", ""):
            return None
        sign = self.take()
        if sign.text != "=" and sign.text not in UPDATES:
            raise FormatError(f"unexpected '{sign.text[:40]}'", where=self.source.place(sign.line), expected="'='")
        start = self.position
        while self.peek() not in (";", "{", "}", ""):
            self.position += 1
        value = tuple(self.tokens[start : self.position])
        self.take(";")
        return Assignment(name.text, sign.text, value, name.line)

    def _mark(self) -> None:
        self.take(".")
        name = self.take()
        self.take("(")
        start, depth = self.position, 1
        while depth:
            token = self.take()
            depth += (token.text == "(") - (token.text == ")")
        arguments = "".join(t.text for t in self.tokens[start : self.position - 1])
        for subject in self.subjects:
            self.found.marks.setdefault(subject, []).append(Mark(name.text, arguments, name.line))

    def _group(self, depth: int) -> list[Assignment | Choice]:
        self.take("group")
        self.take("{")
        before = self.position
        statements = self.block("}", depth + 1)
        inside = self.tokens[before : self.position]
        self.take("}")
        starts = [t for i, t in enumerate(inside) if t.kind == "name" and (i == 0 or inside[i - 1].text in ";{}")]
        self.subjects = [t.text for t in starts]
        return statements

    def _choice(self, depth: int) -> Choice:
        line = self.take("if").line
        branches = [(self._condition(), self._branch(depth))]
        while self.peek() in ("else", "elif", "elseif"):
            word = self.take().text
            if word != "else" or self.peek() == "if":
                if word == "else":
                    self.take("if")
                branches.append((self._condition(), self._branch(depth)))
                continue
            branches.append(((), self._branch(depth)))
            break
        return Choice(tuple(branches), line)

    def _condition(self) -> tuple[Token, ...]:
        self.take("(")
        start, depth = self.position, 1
        while depth:
            token = self.take()
            depth += (token.text == "(") - (token.text == ")")
        return tuple(self.tokens[start : self.position - 1])

    def _branch(self, depth: int) -> tuple[Assignment | Choice, ...]:
        if self.peek() != "{":
            statement = self._plain()
            return () if statement is None else (statement,)
        self.take("{")
        statements = self.block("}", depth + 1)
        self.take("}")
        return tuple(statements)

    def _here(self) -> str:
        at = min(self.position, len(self.tokens) - 1)
        return self.source.place(self.tokens[at].line if self.tokens else 1)
