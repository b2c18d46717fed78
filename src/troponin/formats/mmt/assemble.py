"""From the declarations of an mmt file to a Model: names resolved, functions written out, inputs bound."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from troponin.errors import FormatError, nearest
from troponin.expr.graph import substitute
from troponin.expr.nodes import Node, Number, Symbol
from troponin.formats.constant import constant_value
from troponin.formats.functions import called
from troponin.formats.grammar import Names, Token, parse_tokens, tokens_of
from troponin.formats.inferred import inferred_units
from troponin.formats.literal import literal_value
from troponin.formats.mmt.declarations import Declarations, Variable, unit_of
from troponin.formats.mmt.expressions import FUNCTIONS, LANGUAGE
from troponin.formats.source import Note, Source, raise_together
from troponin.model.model import Equation, Input, Model, Paper, Parameter, Role, State
from troponin.units import DIMENSIONLESS, Unit, parse_unit

__all__ = ["assemble"]


@dataclass
class _Work:
    """What is known about a file while its model is put together."""

    said: Declarations
    source: Source
    rates_used: dict[str, str] = field(default_factory=dict)
    faults: list[FormatError] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def bound(self, binding: str) -> Variable | None:
        """The variable that is bound to an outside value."""
        return next((v for v in self.said.variables.values() if v.binding == binding), None)


def assemble(said: Declarations, source: Source) -> tuple[Model, list[Note]]:
    """The model of a file's declarations; raises `FormatError` with every fault that was found."""
    work = _Work(said, source)
    formulas: dict[str, Node] = {}
    for variable in said.variables.values():
        try:
            formulas[variable.qualified] = _formula(variable.formula, variable.line, variable.path, work)
        except FormatError as fault:
            work.faults.append(fault)
    initial = _initial_values(work, formulas) if not work.faults else {}
    if work.faults:
        raise_together(work.faults, source)
    return _model(work, formulas, initial), work.notes


def _formula(text: str, line: int, path: tuple[str, ...], work: _Work, arguments: tuple[str, ...] = ()) -> Node:
    if not text.strip():
        raise FormatError("an empty formula", where=work.source.place(line))

    def symbol(token: Token) -> Node:
        if token.text in arguments:
            return Symbol(token.text)
        return Symbol(_resolve(token, path, work))

    def call(token: Token, given: list[Node]) -> Node:
        if token.text == "dot":
            return _rate(token, given, work)
        function = work.said.functions.get(token.text)
        if function is None:
            return called(FUNCTIONS, token, given, work.source)
        if len(given) != len(function.arguments):
            raise FormatError(
                f"'{token.text}' has the wrong number of arguments",
                where=work.source.place(token.line),
                got=len(given),
                expected=len(function.arguments),
            )
        if arguments:
            raise FormatError("a function cannot call another", where=work.source.place(token.line))
        body = _formula(function.formula, function.line, (), work, function.arguments)
        return substitute(body, {Symbol(name): node for name, node in zip(function.arguments, given, strict=True)})

    names = Names(work.source, symbol, call, lambda token: unit_of(token.text, work.source.place(token.line)))
    return parse_tokens(tokens_of(text, line, LANGUAGE.pattern, work.source), LANGUAGE, names, line)


def _resolve(token: Token, path: tuple[str, ...], work: _Work) -> str:
    """The qualified name: one's own nested variables first, then those beside it, then outwards, then aliases."""
    if "." in token.text and token.text in work.said.variables:
        return token.text
    for end in range(len(path), 0, -1):
        full = ".".join((*path[:end], token.text))
        if full in work.said.variables:
            return full
    alias = work.said.aliases.get((path[0], token.text)) if path else None
    if alias is not None and alias[0] in work.said.variables:
        return alias[0]
    known = [v.qualified for v in work.said.variables.values()]
    known += [name for component, name in work.said.aliases if path and component == path[0]]
    near = nearest(token.text if alias is None else alias[0], known)
    raise FormatError(
        f"unknown variable '{token.text}'",
        where=work.source.place(token.line),
        remedy=f"Did you mean {' or '.join(near)}?" if near else None,
    )


def _rate(token: Token, given: list[Node], work: _Work) -> Node:
    name = given[0].name if len(given) == 1 and isinstance(given[0], Symbol) else ""
    variable = work.said.variables.get(name)
    if variable is None or not variable.is_state:
        raise FormatError("dot() takes the name of a state", where=work.source.place(token.line))
    component, _, last = name.partition(".")
    fresh = f"{component}.d_{last}_dt"
    while fresh in work.said.variables:
        fresh += "_"
    return Symbol(work.rates_used.setdefault(name, fresh))


def _initial_values(work: _Work, formulas: dict[str, Node]) -> dict[str, float]:
    found: dict[str, float] = {}
    states = {v.qualified for v in work.said.variables.values() if v.is_state}
    constants = {name: root for name, root in formulas.items() if name not in states}
    for name, (text, line) in work.said.initial.items():
        where = work.source.place(line)
        if name not in states:
            near = nearest(name, states)
            remedy = f"Did you mean {near[0]}?" if near else None
            work.faults.append(
                FormatError(f"an initial value for '{name}', which is no state", where=where, remedy=remedy)
            )
            continue
        try:
            value = constant_value(_formula(text, line, (), work), {}, constants)
        except FormatError as fault:
            work.faults.append(fault)
            continue
        if value is None or not math.isfinite(value):
            work.faults.append(
                FormatError(f"the initial value of '{name}' is not a constant", where=where, got=text[:60])
            )
            continue
        found[name] = value
    for name in sorted(states - set(work.said.initial)):
        where = work.source.place(work.said.variables[name].line)
        work.faults.append(FormatError(f"state '{name}' has no initial value", where=where))
    return found


def _model(work: _Work, formulas: dict[str, Node], initial: dict[str, float]) -> Model:
    time, pace = work.bound("time"), work.bound("pace")
    declared = {v.qualified: v.unit for v in work.said.variables.values() if v.unit is not None}
    states = {v.qualified for v in work.said.variables.values() if v.is_state}
    known = declared | {name: DIMENSIONLESS for name in states if name not in declared}
    if time is not None and time.unit is None:
        literal = formulas[time.qualified]
        assumed = literal.unit if isinstance(literal, Number) and literal.unit is not None else parse_unit("ms")
        known[time.qualified] = assumed
        where = work.source.place(time.line)
        work.notes.append(Note(where, f"time has no unit: taken to be in {assumed}"))
    units = inferred_units(formulas, known)
    time_unit = units[time.qualified] if time is not None else parse_unit("ms")
    parts: dict[type, list[object]] = {State: [], Parameter: [], Input: [], Equation: []}
    for variable in work.said.variables.values():
        entry = _entry(variable, formulas[variable.qualified], units, initial, work, variable in (time, pace))
        parts[type(entry)].append(entry)
    order = {name: position for position, name in enumerate(work.said.initial)}
    ordered = sorted(parts[State], key=lambda s: order[s.name])  # type: ignore[attr-defined]
    renamed, derived = _named_rates(ordered, work.rates_used, time_unit)  # type: ignore[arg-type]
    inputs: list[Input] = parts[Input]  # type: ignore[assignment]
    if time is None:
        inputs.append(Input("engine.time", time_unit, Role.TIME))
    meanings = {i.role: i.name for i in inputs}
    about = work.said.about
    return Model(
        about.get("name", "unnamed"),
        time_unit,
        tuple(renamed),
        tuple(parts[Parameter]),  # type: ignore[arg-type]
        tuple(inputs),
        (*parts[Equation], *derived),  # type: ignore[arg-type]
        meanings,
        paper=Paper(title=about.get("display_name", ""), notes=about.get("desc", "")),
    )


def _entry(
    variable: Variable, root: Node, units: dict[str, Unit], initial: dict[str, float], work: _Work, bound: bool
) -> State | Parameter | Input | Equation:
    name, unit, where = variable.qualified, units[variable.qualified], work.source.place(variable.line)
    if variable.is_state:
        return State(name, unit, initial[name], root, variable.doc, where)
    value = literal_value(root)
    if bound:
        role = Role.TIME if variable.binding == "time" else Role.STIMULUS
        if value != 0.0 and role == Role.STIMULUS:
            what = "formula" if value is None else f"value {value:g}"
            work.notes.append(Note(where, f"'{name}' is bound to the pacing, which rests at 0: its {what} is not used"))
        return Input(name, unit, role, 0.0, variable.doc)
    if variable.binding is not None:
        work.notes.append(Note(where, f"nothing binds to '{variable.binding}' here: '{name}' keeps its value"))
    if value is not None:
        return Parameter(name, unit, value, variable.doc, where)
    return Equation(name, unit, root, variable.doc, where)


def _named_rates(states: list[State], used: dict[str, str], time_unit: Unit) -> tuple[list[State], list[Equation]]:
    """States whose rates other formulas read, with these rates as equations of their own."""
    renamed, derived = [], []
    for state in states:
        name = used.get(state.name)
        if name is not None and state.rate is not None:
            unit = state.unit / time_unit
            derived.append(Equation(name, unit, state.rate, f"the rate of {state.name}", state.where))
            state = replace(state, rate=Symbol(name))
        renamed.append(state)
    return renamed, derived
