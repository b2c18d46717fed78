"""A gotran ode file read into a Model.

Names in an ode file are its own and need no component, so they stay as they are; the component becomes the
variable's description.  Time has no unit there and counts in milliseconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from troponin.errors import FormatError, UnitError, nearest
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import symbols
from troponin.expr.nodes import Node, Number, Symbol
from troponin.formats.functions import called
from troponin.formats.gotran.expressions import CONSTANTS, FUNCTIONS, LANGUAGE
from troponin.formats.gotran.statements import Assignment, Declared, Statements, read_statements
from troponin.formats.grammar import Names, Token, parse_tokens
from troponin.formats.imported import Imported
from troponin.formats.inferred import inferred_units
from troponin.formats.literal import literal_value
from troponin.formats.source import Note, Source, raise_together
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.units import DIMENSIONLESS, Unit, parse_unit

__all__ = ["read_gotran"]

_TIME = ("time", "t")
_MS = parse_unit("ms")


@dataclass
class _Work:
    """What is known about a file while its model is put together."""

    said: Statements
    source: Source
    known: set[str]
    faults: list[FormatError] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read_gotran(source: Source) -> Imported:
    """The model of an ode file; raises `FormatError`, with file and line, for everything that cannot be read."""
    said = read_statements(source)
    work = _Work(said, source, set())
    _take_names(work)
    formulas: dict[str, Node] = {}
    for assignment in said.assignments:
        try:
            formulas[assignment.name] = _expression(assignment.value, assignment.line, work)
        except FormatError as fault:
            work.faults.append(fault)
    states = [_declared(entry, work) for entry in said.states]
    parameters = [_declared(entry, work) for entry in said.parameters]
    for state in said.states:
        if f"d{state.name}_dt" not in formulas and not work.faults:
            where = source.place(state.line)
            work.faults.append(
                FormatError(f"state '{state.name}' has no derivative", where=where, expected=f"d{state.name}_dt = ...")
            )
    if work.faults:
        raise_together(work.faults, source)
    if not states:
        raise FormatError("an ode file without states", where=source.place(1), expected="states(...)")
    return _imported(work, formulas, states, parameters)


def _take_names(work: _Work) -> None:
    """The names that formulas may use; a name that is given two meanings is a fault."""
    entries: list[Declared | Assignment] = [*work.said.states, *work.said.parameters, *work.said.assignments]
    first: dict[str, Declared | Assignment] = {}
    for entry in entries:
        where = work.source.place(entry.line)
        if entry.name in CONSTANTS or entry.name in _TIME:
            work.faults.append(FormatError(f"'{entry.name}' is a name of gotran's own", where=where))
        earlier = first.setdefault(entry.name, entry)
        if earlier is entry:
            continue
        if type(earlier) is type(entry) and [t.text for t in earlier.value] == [t.text for t in entry.value]:
            work.notes.append(
                Note(where, f"'{entry.name}' is defined again, in the same words as in line {earlier.line}")
            )
        else:
            fault = f"'{entry.name}' is defined twice"
            work.faults.append(FormatError(fault, where=where, got=f"the first time in line {earlier.line}"))
    work.known.update(first)
    work.said.assignments[:] = [a for a in work.said.assignments if first[a.name] is a]
    work.said.states[:] = [s for s in work.said.states if first[s.name] is s]
    work.said.parameters[:] = [p for p in work.said.parameters if first[p.name] is p]


def _expression(tokens: tuple[Token, ...], line: int, work: _Work) -> Node:
    if not tokens:
        raise FormatError("an empty formula", where=work.source.place(line))

    def symbol(token: Token) -> Node:
        if token.text in CONSTANTS:
            return Number(CONSTANTS[token.text])
        if token.text in _TIME:
            return Symbol("time")
        if token.text not in work.known:
            near = nearest(token.text, work.known)
            raise FormatError(
                f"unknown variable '{token.text}'",
                where=work.source.place(token.line),
                remedy=f"Did you mean {' or '.join(near)}?" if near else None,
            )
        return Symbol(token.text)

    names = Names(work.source, symbol, lambda token, given: called(FUNCTIONS, token, given, work.source))
    return parse_tokens(list(tokens), LANGUAGE, names, line)


def _declared(entry: Declared, work: _Work) -> tuple[Declared, float, Unit | None]:
    """A declaration with its number and its unit."""
    value = math.nan
    where = work.source.place(entry.line)
    try:
        node = _expression(entry.value, entry.line, work)
        if not symbols(node):
            value = float(evaluate([node], {})[0])
        if not math.isfinite(value):
            raise FormatError(f"the value of '{entry.name}' is not a number", where=where)
    except FormatError as fault:
        work.faults.append(fault)
    return entry, value, _unit(entry.unit.text[1:-1], where, work) if entry.unit is not None else None


def _unit(text: str, where: str, work: _Work) -> Unit | None:
    try:
        return parse_unit(text.replace("mole", "mol").strip() or "1")
    except UnitError as fault:
        work.notes.append(Note(where, f"a unit that cannot be read, taken as none: {fault}"))
        return None


def _commented_unit(assignment: Assignment) -> Unit | None:
    """The unit in the comment behind a formula; a comment that is no unit is a remark."""
    if assignment.comment is None:
        return None
    try:
        return parse_unit(assignment.comment.text.lstrip("#").replace("mole", "mol").strip())
    except UnitError:
        return None


def _imported(
    work: _Work,
    formulas: dict[str, Node],
    states: list[tuple[Declared, float, Unit | None]],
    parameters: list[tuple[Declared, float, Unit | None]],
) -> Imported:
    source = work.source
    known: dict[str, Unit] = {"time": _MS}
    known |= {entry.name: unit or DIMENSIONLESS for entry, _, unit in (*states, *parameters)}
    known |= {a.name: unit for a in work.said.assignments if (unit := _commented_unit(a)) is not None}
    units = inferred_units(formulas, known)
    used = {s.name for s in symbols(*formulas.values())}
    rates = {f"d{entry.name}_dt": entry.name for entry, _, _ in states}
    equations: list[Equation] = []
    constants: list[Parameter] = []
    for a in work.said.assignments:
        value, where = literal_value(formulas[a.name]), source.place(a.line)
        if a.name in rates and a.name not in used:
            continue
        if value is None or a.name in rates:
            equations.append(Equation(a.name, units[a.name], formulas[a.name], a.component, where))
        else:
            constants.append(Parameter(a.name, units[a.name], value, a.component, where))
    built = []
    for entry, value, unit in states:
        name = f"d{entry.name}_dt"
        rate = Symbol(name) if name in used else formulas[name]
        doc = entry.doc or entry.component
        built.append(State(entry.name, unit or DIMENSIONLESS, value, rate, doc, source.place(entry.line)))
    if "time" in used:
        work.notes.append(Note(source.place(1), "an ode file says no unit of time: taken to be in ms"))
    declared = [
        Parameter(e.name, u or DIMENSIONLESS, v, e.doc or e.component, source.place(e.line)) for e, v, u in parameters
    ]
    model = Model(
        source.stem,
        _MS,
        tuple(built),
        (*declared, *constants),
        (Input("time", _MS, Role.TIME),),
        tuple(equations),
        {"time": "time"},
    )
    return Imported(model, "gotran", tuple(work.notes))
