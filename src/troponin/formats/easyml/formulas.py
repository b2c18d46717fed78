"""The formulas of an EasyML file: updates and choices carried out, one expression left for each name."""

from __future__ import annotations

from collections.abc import Sequence

from troponin.errors import FormatError
from troponin.expr.functions import where
from troponin.expr.nodes import Node, Symbol
from troponin.formats.easyml.expressions import FUNCTIONS, LANGUAGE, UPDATES
from troponin.formats.easyml.statements import Assignment, Choice
from troponin.formats.functions import called
from troponin.formats.grammar import Names, Token, parse_tokens
from troponin.formats.source import Source

__all__ = ["formulas_of"]


def formulas_of(
    body: Sequence[Assignment | Choice], source: Source, faults: list[FormatError]
) -> tuple[dict[str, Node], dict[str, int]]:
    """The expression of every assigned name, and the line of its first assignment; faults are added to the list."""
    reader = _Reader(source, faults)
    return reader.run(body, {}), reader.lines


class _Reader:
    """Carries out assignments in order; a choice gives each name it assigns a choice of its values."""

    def __init__(self, source: Source, faults: list[FormatError]) -> None:
        self.source = source
        self.faults = faults
        self.lines: dict[str, int] = {}

    def run(self, body: Sequence[Assignment | Choice], outer: dict[str, Node]) -> dict[str, Node]:
        """The values of names after a list of statements, which begins with those from outside."""
        values = dict(outer)
        for statement in body:
            try:
                if isinstance(statement, Choice):
                    values |= self._choose(statement, values)
                else:
                    values[statement.name] = self._assigned(statement, values, outer)
            except FormatError as fault:
                self.faults.append(fault)
        return values

    def _assigned(self, statement: Assignment, values: dict[str, Node], outer: dict[str, Node]) -> Node:
        value = self._expression(statement.value, statement.line)
        place = self.source.place(statement.line)
        if statement.sign in UPDATES:
            if statement.name not in values:
                raise FormatError(f"'{statement.name}' is updated before it has a value", where=place)
            return UPDATES[statement.sign].build(values[statement.name], value)
        if statement.name in values and statement.name not in outer:
            first = self.lines.get(statement.name, 1)
            raise FormatError(f"'{statement.name}' is assigned twice", where=place, got=f"first in line {first}")
        self.lines.setdefault(statement.name, statement.line)
        return value

    def _choose(self, choice: Choice, outer: dict[str, Node]) -> dict[str, Node]:
        results = [(condition, self.run(inside, outer)) for condition, inside in choice.branches]
        if results[-1][0]:
            results.append(((), dict(outer)))  # no else: what was assigned before stays
        names = [
            n
            for n in dict.fromkeys(n for _, r in results for n in r)
            if any(r.get(n) is not outer.get(n) for _, r in results)
        ]
        chosen: dict[str, Node] = {}
        for name in names:
            if any(name not in result for _, result in results):
                raise FormatError(
                    f"'{name}' has no value in one of the branches",
                    where=self.source.place(choice.line),
                    remedy="Assign it in every branch, or before the choice.",
                )
            value = results[-1][1][name]
            for condition, result in reversed(results[:-1]):
                value = where(self._expression(condition, choice.line), result[name], value)
            chosen[name] = value
        return chosen

    def _expression(self, tokens: tuple[Token, ...], line: int) -> Node:
        if not tokens:
            raise FormatError("an empty formula", where=self.source.place(line))
        names = Names(
            self.source,
            lambda token: Symbol(token.text),
            lambda token, given: called(FUNCTIONS, token, given, self.source),
        )
        return parse_tokens(list(tokens), LANGUAGE, names, line)
