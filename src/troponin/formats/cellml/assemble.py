"""From the wired parts of a CellML document to a Model: one variable a connected set, one equation a formula."""

from __future__ import annotations

import math
from dataclasses import replace

from troponin.errors import FormatError
from troponin.expr.nodes import Node, Number, Symbol
from troponin.formats.cellml.document import Document
from troponin.formats.cellml.network import Key
from troponin.formats.cellml.wiring import Wiring, converted, line_in, names_for, stop_if_faulty, wire
from troponin.formats.constant import constant_value
from troponin.formats.literal import literal_value
from troponin.formats.mathml import expression_of
from troponin.formats.mathml_number import float_of
from troponin.formats.source import Note, raise_together
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.units import conversion_factor, parse_unit

__all__ = ["assemble"]


def assemble(document: Document) -> tuple[Model, dict[str, tuple[str, ...]], list[Note]]:
    """The model of a document, the cmeta ids of its variables by qualified name, and what was noticed.

    Raises `FormatError` with every fault that was found.
    """
    work = wire(document)
    model = _build(work)
    stop_if_faulty(work)
    return model, _identifiers(work), work.notes


def _build(work: Wiring) -> Model:
    states: list[State] = []
    equations: list[Equation] = []
    constants: list[Parameter] = []
    for key, formula in work.formulas.items():
        try:
            right = expression_of(formula.right, names_for(work, formula.component))
        except FormatError as fault:
            work.faults.append(fault)
            continue
        tag, unit = work.tag(key), work.unit(key)
        if formula.time is None:
            if tag.initial is not None:
                work.notes.append(
                    Note(tag.where, f"the initial value of '{tag.qualified}' is ignored: it has an equation")
                )
            value = literal_value(right)
            if value is None:
                equations.append(Equation(tag.qualified, unit, right, where=formula.where))
            else:  # an equation that says a number is a parameter like any other
                constants.append(Parameter(tag.qualified, unit, value, where=formula.where))
            continue
        assert work.time is not None
        there, here = work.unit(formula.time), work.unit(work.time)
        if there != here:  # d/d(local time) to d/d(time)
            right = right * Number(conversion_factor(here, there), there / here)
        states.append(State(tag.qualified, unit, 0.0, right, where=formula.where))
    if work.faults:
        raise_together(work.faults, work.document.source)
    parameters, referring = _parameters(work)
    parameters = [*constants, *parameters]
    equations.extend(referring)
    states, derived = _name_rates(work, states)
    states = _initial_values(work, states, parameters, equations)
    time = work.tag(work.time) if work.time is not None else None
    unit = work.unit(work.time) if work.time is not None else parse_unit("ms")
    clock = Input(time.qualified if time else "environment.time", unit, Role.TIME)
    model = Model(
        work.document.name,
        unit,
        tuple(states),
        tuple(parameters),
        (clock,),
        (*equations, *derived),
        {"time": clock.name},
    )
    for scope in (work.document.units, *(c.units for c in work.document.components.values())):
        for name in scope.base_units:
            where = work.document.source.place(1)
            work.notes.append(Note(where, f"units '{name}' are a base unit of the file's own: taken as plain numbers"))
    return model


def _name_rates(work: Wiring, states: list[State]) -> tuple[list[State], list[Equation]]:
    """Give a name to the rates that other formulas use."""
    assert work.time is not None or not states
    derived, renamed = [], []
    by_name = {work.tag(key).qualified: name for key, name in work.rates_used.items()}
    for state in states:
        name = by_name.get(state.name)
        if name is not None and state.rate is not None and work.time is not None:
            unit = state.unit / work.unit(work.time)
            derived.append(Equation(name, unit, state.rate, f"the rate of {state.name}", state.where))
            state = State(state.name, state.unit, state.initial, Symbol(name), state.doc, state.where)
        renamed.append(state)
    return renamed, derived


def _parameters(work: Wiring) -> tuple[list[Parameter], list[Equation]]:
    parameters: list[Parameter] = []
    referring: list[Equation] = []
    for key in dict.fromkeys(work.owner.values()):
        tag = work.tag(key)
        if key in work.formulas or key == work.time:
            continue
        if tag.initial is None:
            fault = f"'{tag.qualified}' has no value and no equation"
            if key in work.used:
                work.faults.append(FormatError(fault, where=tag.where, remedy="Give it an initial_value or a formula."))
            else:
                work.notes.append(Note(tag.where, f"{fault} and is not used: left out"))
            continue
        try:
            if tag.initial in work.document.components[key[0]].variables:
                names = names_for(work, work.document.components[key[0]])
                other = names.variable(tag.initial, line_in(tag.where))
                there = work.unit((key[0], tag.initial))
                node = converted(work, other, there, work.unit(key), key, tag.where)
                referring.append(Equation(tag.qualified, work.unit(key), node, where=tag.where))
            else:
                parameters.append(
                    Parameter(tag.qualified, work.unit(key), float_of(tag.initial, tag.where), where=tag.where)
                )
        except FormatError as fault_read:
            work.faults.append(fault_read)
    return parameters, referring


def _initial_values(
    work: Wiring, states: list[State], parameters: list[Parameter], equations: list[Equation]
) -> list[State]:
    values = {p.name: p.value for p in parameters}
    definitions = {e.name: e.expression for e in equations}
    filled = []
    keys = [k for k, formula in work.formulas.items() if formula.time is not None]
    for key, state in zip(keys, states, strict=True):
        try:
            filled.append(replace(state, initial=_initial_value(work, key, values, definitions, ())))
        except FormatError as fault:
            work.faults.append(fault)
    return filled


def _initial_value(
    work: Wiring, key: Key, values: dict[str, float], definitions: dict[str, Node], trail: tuple[Key, ...]
) -> float:
    """The initial value of a state in its own unit: a number, or that of the variable it refers to."""
    tag = work.tag(key)
    valued = next((k for k in work.sets[key] if work.tag(k).initial is not None), None)
    if valued is None or key in trail:
        fault = "has no initial value" if valued is None else "has an initial value that refers to itself"
        raise FormatError(f"state '{tag.qualified}' {fault}", where=tag.where)
    text, where = work.tag(valued).initial or "", work.tag(valued).where
    component = work.document.components[valued[0]]
    if text not in component.variables:
        return float_of(text, where) * _factor(work, valued, key, where)
    other = work.owner[valued[0], text]
    if other in work.formulas and work.formulas[other].time is not None:
        number: float | None = _initial_value(work, other, values, definitions, (*trail, key))
    else:
        number = constant_value(work.symbol(other), values, definitions)
    if number is None or not math.isfinite(number):
        raise FormatError(
            f"the initial value of '{tag.qualified}' refers to '{text}', which is not a constant", where=where
        )
    return number * _factor(work, other, (valued[0], text), where) * _factor(work, valued, key, where)


def _factor(work: Wiring, source: Key, target: Key, where: str) -> float:
    node = converted(work, Number(1.0), work.unit(source), work.unit(target), target, where)
    return 1.0 if isinstance(node, Number) else conversion_factor(work.unit(source), work.unit(target))


def _identifiers(work: Wiring) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, owner in work.owner.items():
        identifier = work.tag(key).identifier
        if identifier is not None:
            found.setdefault(work.tag(owner).qualified, []).append(identifier)
    return {name: tuple(identifiers) for name, identifiers in found.items()}
