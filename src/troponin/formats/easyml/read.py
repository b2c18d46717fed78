"""An EasyML file read into a Model.

A state X is what has diff_X, or is a gate: tau_X and X_inf, or alpha_X (a_X) and beta_X (b_X).  The membrane
potential belongs to openCARP, which advances it by  dV/dt = -(Iion + I_stim)  with Iion in uA/cm^2 at
1 uF/cm^2; that equation is added here.  Time counts in ms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from troponin.errors import FormatError, UnitError, nearest
from troponin.expr.graph import symbols
from troponin.expr.nodes import Node, Symbol
from troponin.formats.constant import constant_value
from troponin.formats.easyml.formulas import formulas_of
from troponin.formats.easyml.statements import Statements, read_statements
from troponin.formats.imported import Imported
from troponin.formats.inferred import inferred_units
from troponin.formats.literal import literal_value
from troponin.formats.source import Note, Source, raise_together
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.units import DIMENSIONLESS, Unit, parse_unit

__all__ = ["read_easyml"]

_MS, _MV, _A_F = (parse_unit(text) for text in ("ms", "mV", "A/F"))
_IGNORED = ("lookup", "method", "nodal", "regional", "trace", "store", "param", "external", "units")
_INPUTS = {"Lambda": (Role.STRETCH, 1.0), "delLambda": (Role.STRETCH_RATE, 0.0)}
_RATES = (("alpha_{}", "beta_{}", True), ("a_{}", "b_{}", True), ("{}_inf", "tau_{}", False))


@dataclass
class _Work:
    """What is known about a file while its model is put together."""

    source: Source
    said: Statements
    formulas: dict[str, Node]
    lines: dict[str, int]
    faults: list[FormatError]
    notes: list[Note] = field(default_factory=list)
    rates: dict[str, Node] = field(default_factory=dict)
    gates: dict[str, Node] = field(default_factory=dict)  # a gate's steady state

    def place(self, name: str) -> str:
        """Where a name first stands."""
        return self.source.place(self.lines.get(name) or self.said.declared.get(name) or 1)

    def external(self, name: str) -> str | None:
        """The global name of a variable that is shared with openCARP."""
        for mark in self.said.marks.get(name, ()):
            if mark.name == "external":
                return mark.arguments or name
        return None


def read_easyml(source: Source) -> Imported:
    """The model of an EasyML file; raises `FormatError`, with file and line, for everything that cannot be read."""
    said = read_statements(source)
    faults: list[FormatError] = []
    formulas, lines = formulas_of(said.body, source, faults)
    work = _Work(source, said, formulas, lines, faults)
    _find_states(work)
    _in_order(work)
    inputs = _inputs(work)
    initial = _initial_values(work)
    _check_names(work, {i.name for i in inputs})
    if work.faults:
        raise_together(work.faults, source)
    if not work.rates:
        raise FormatError("an EasyML file without states", where=source.place(1), expected="diff_X, or gates")
    _note_marks(work)
    return Imported(_model(work, inputs, initial), "easyml", tuple(work.notes))


def _find_states(work: _Work) -> None:
    used = {s.name for s in symbols(*work.formulas.values())} | set(work.said.declared)
    for name in work.formulas:
        if name.startswith("diff_"):
            work.rates[name.removeprefix("diff_")] = work.formulas[name]
    for up, down, by_rates in _RATES:
        for name in list(work.formulas):
            state = _filled(up, name)
            if state is None or down.format(state) not in work.formulas or state not in used:
                continue
            if state in work.formulas or state in work.rates:
                continue
            x, a, b = Symbol(state), Symbol(name), Symbol(down.format(state))
            work.rates[state] = a * (1.0 - x) - b * x if by_rates else (a - x) / b
            work.gates[state] = a / (a + b) if by_rates else a
    for name in work.said.declared:
        if work.external(name) == "Vm" and name not in work.rates:
            current = next((n for n in work.said.declared if work.external(n) == "Iion"), "Iion")
            if current not in work.formulas:
                work.faults.append(FormatError("Iion has no value", where=work.place(current)))
                continue
            work.rates[name] = -(Symbol(current) + Symbol("stimulus"))
            text = f"openCARP advances {name}: d{name}/dt = -({current} + stimulus) is added, with a stimulus in A/F"
            work.notes.append(Note(work.place(name), text))


def _in_order(work: _Work) -> None:
    """States in the order of the file: of their initial values, else of their first mention."""
    last = max([0, *work.lines.values(), *work.said.declared.values()])

    def line(name: str) -> int:
        return work.lines.get(f"{name}_init") or work.said.declared.get(name) or last

    work.rates = {name: work.rates[name] for name in sorted(work.rates, key=line)}


def _filled(pattern: str, name: str) -> str | None:
    """The X of a name such as alpha_X, or None."""
    before, after = pattern.split("{}")
    if name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after):
        return name[len(before) : len(name) - len(after)]
    return None


def _inputs(work: _Work) -> list[Input]:
    inputs = [Input("t", _MS, Role.TIME)]
    if (
        any(s.name == "stimulus" for root in work.rates.values() for s in symbols(root))
        and "stimulus" not in work.formulas
    ):
        inputs.append(Input("stimulus", _A_F, Role.STIMULUS, 0.0, "the stimulus current, inward negative"))
    for name in work.said.declared:
        role, rest = _INPUTS.get(work.external(name) or "", ("", 0.0))
        if role and name not in work.formulas and name not in work.rates:
            inputs.append(Input(name, DIMENSIONLESS, role, rest))
    return inputs


def _initial_values(work: _Work) -> dict[str, float]:
    """X_init, or for a gate its steady state at the other initial values."""
    found: dict[str, float] = {}
    pending = list(work.rates)
    progress = True
    while pending and progress:
        progress = False
        for name in list(pending):
            root = work.formulas.get(f"{name}_init")
            if root is None:
                root = work.gates.get(name)
            value = None if root is None else constant_value(root, found, work.formulas)
            if value is not None and math.isfinite(value):
                found[name] = value
                pending.remove(name)
                progress = True
    for name in pending:
        work.faults.append(
            FormatError(f"state '{name}' has no initial value", where=work.place(name), expected=f"{name}_init = ...")
        )
    return found


def _check_names(work: _Work, inputs: set[str]) -> None:
    known = {*work.formulas, *work.rates, *inputs}
    for name in work.said.declared:
        if name not in known and f"{name}_init" in work.formulas:
            work.formulas[name] = Symbol(f"{name}_init")
            work.notes.append(Note(work.place(name), f"'{name}' comes from outside: it keeps its initial value"))
            known.add(name)
    for name, root in (*work.formulas.items(), *work.rates.items()):
        for symbol in symbols(root):
            if symbol.name not in known:
                near = nearest(symbol.name, known)
                remedy = f"Did you mean {near[0]}?" if near else None
                fault = f"'{symbol.name}' in the formula of '{name}' has no value"
                work.faults.append(FormatError(fault, where=work.place(name), remedy=remedy))
                known.add(symbol.name)


def _note_marks(work: _Work) -> None:
    for name, marks in work.said.marks.items():
        for mark in marks:
            where = work.source.place(mark.line)
            if mark.name not in _IGNORED:
                work.notes.append(Note(where, f".{mark.name}({mark.arguments}) of '{name}' is not used here"))
            elif mark.name in ("lookup", "method"):
                text = f".{mark.name}({mark.arguments}) of '{name}' is a hint to openCARP's solver: ignored"
                work.notes.append(Note(where, text))


def _units(work: _Work) -> dict[str, Unit]:
    units: dict[str, Unit] = {"t": _MS, "stimulus": _A_F}
    for name, marks in work.said.marks.items():
        for mark in marks:
            if mark.name == "units":
                try:
                    units[name] = parse_unit(mark.arguments or "1")
                except UnitError as fault:
                    text = f"a unit that cannot be read, taken as none: {fault}"
                    work.notes.append(Note(work.source.place(mark.line), text))
        outside = work.external(name)
        if outside in ("Vm", "Iion"):
            units.setdefault(name, _MV if outside == "Vm" else _A_F)
    for name in work.rates:
        units.setdefault(name, DIMENSIONLESS)
    return units


def _model(work: _Work, inputs: list[Input], initial: Mapping[str, float]) -> Model:
    rates = {f"diff_{name}" for name in work.rates}
    used = {s.name for s in symbols(*work.formulas.values(), *work.rates.values())}
    units = inferred_units(work.formulas, _units(work))
    parameters, equations = [], []
    for name, root in work.formulas.items():
        is_initial = name.endswith("_init") and name.removesuffix("_init") in work.rates
        if name not in used and (name in rates or is_initial):
            continue
        value = literal_value(root)
        if value is not None:
            parameters.append(Parameter(name, units[name], value, where=work.place(name)))
        else:
            equations.append(Equation(name, units[name], root, where=work.place(name)))
    states = []
    for name, root in work.rates.items():
        rate = Symbol(f"diff_{name}") if f"diff_{name}" in used else root
        states.append(State(name, units[name], initial[name], rate, where=work.place(name)))
    meanings = {i.role: i.name for i in inputs}
    for name in work.said.declared:
        meaning = {"Vm": "v", "Iion": "I_ion", "Tension": "Ta"}.get(work.external(name) or "")
        if meaning is not None and (name in work.rates or name in work.formulas):
            meanings[meaning] = name
    return Model(work.source.stem, _MS, tuple(states), tuple(parameters), tuple(inputs), tuple(equations), meanings)
