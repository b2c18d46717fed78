"""CellML's variables wired up: which one stands for each connected set, which is time, what a name means.

Every fault is gathered in `Wiring.faults`, so that a file is refused once, with all that is wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from troponin.errors import FormatError, nearest
from troponin.expr.nodes import Node, Number, Symbol
from troponin.formats.cellml.document import Component, Document, VariableTag
from troponin.formats.cellml.formulas import Formula, formulas_of
from troponin.formats.cellml.network import Key, connected_sets
from troponin.formats.mathml import Names
from troponin.formats.source import Note, raise_together
from troponin.units import Unit, conversion_factor

__all__ = ["Wiring", "converted", "line_in", "names_for", "stop_if_faulty", "wire"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Wiring:
    """What is known about a document while its model is put together."""

    document: Document
    sets: dict[Key, tuple[Key, ...]]
    formulas: dict[Key, Formula] = field(default_factory=dict)
    owner: dict[Key, Key] = field(default_factory=dict)
    time: Key | None = None
    rates_used: dict[Key, str] = field(default_factory=dict)
    used: set[Key] = field(default_factory=set)
    faults: list[FormatError] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def tag(self, key: Key) -> VariableTag:
        """The declaration of a variable."""
        return self.document.components[key[0]].variables[key[1]]

    def unit(self, key: Key) -> Unit:
        """The unit of a variable, as its component means it."""
        tag, component = self.tag(key), self.document.components[key[0]]
        return component.units.resolve(tag.units, line_in(tag.where), component.source)

    def symbol(self, key: Key) -> Symbol:
        """The symbol of the variable that owns a connected set."""
        return Symbol(self.tag(key).qualified)


def wire(document: Document) -> Wiring:
    """The variables, formulas, owners and time of a document; raises `FormatError` with every fault found."""
    work = Wiring(document, connected_sets(document.components, document.links))
    _check_names(work)
    _collect_formulas(work)
    _choose_owners(work)
    _find_time(work)
    stop_if_faulty(work)
    return work


def stop_if_faulty(work: Wiring) -> None:
    """Raise what was gathered, if anything."""
    if work.faults:
        raise_together(work.faults, work.document.source)


def _check_names(work: Wiring) -> None:
    for component in work.document.components.values():
        names = [(component.name, component.where), *((v.name, v.where) for v in component.variables.values())]
        for name, where in names:
            if not _NAME.fullmatch(name):
                work.faults.append(
                    FormatError(f"'{name[:60]}' cannot be a name", where=where, expected="letters, digits and _")
                )


def _collect_formulas(work: Wiring) -> None:
    for component in work.document.components.values():
        try:
            found = formulas_of(component)
        except FormatError as fault:
            work.faults.append(fault)
            continue
        for formula in found:
            if formula.variable[1] not in component.variables:
                work.faults.append(_unknown(formula.variable[1], component, formula.where))
                continue
            first = next((work.formulas[k] for k in work.sets[formula.variable] if k in work.formulas), None)
            if first is not None:
                name = ".".join(formula.variable)
                work.faults.append(
                    FormatError(
                        f"'{name}' is defined twice", where=formula.where, got=f"the first time at {first.where}"
                    )
                )
                continue
            work.formulas[formula.variable] = formula


def _choose_owners(work: Wiring) -> None:
    """The variable that stands for a connected set: the one with the formula, else the one with the value."""
    for group in dict.fromkeys(work.sets.values()):
        valued = [k for k in group if work.tag(k).initial is not None]
        defined = [k for k in group if k in work.formulas]
        if len(valued) > 1:
            places = ", ".join(f"{work.tag(k).qualified} ({work.tag(k).where})" for k in valued)
            work.faults.append(
                FormatError(
                    "connected variables with several initial values", where=work.tag(valued[1]).where, got=places
                )
            )
        in_celsius = [k for k in group if work.tag(k).units == "celsius"]
        if in_celsius and len(in_celsius) < len(group):
            fault = "a connection between celsius and another unit, which no factor can convert"
            remedy = "Give temperatures in kelvin: 37 degrees Celsius are 310.15 kelvin."
            work.faults.append(FormatError(fault, where=work.tag(in_celsius[0]).where, remedy=remedy))
        elif in_celsius:
            tag = work.tag(in_celsius[0])
            work.notes.append(Note(tag.where, f"'{tag.qualified}' is in celsius: its number is used as it stands"))
        owner = (defined or valued or list(group))[0]
        for key in group:
            work.owner[key] = owner


def _find_time(work: Wiring) -> None:
    for formula in work.formulas.values():
        if formula.time is None:
            continue
        if formula.time[1] not in formula.component.variables:
            work.faults.append(_unknown(formula.time[1], formula.component, formula.where))
            continue
        time = work.owner[formula.time]
        if work.time is None:
            work.time = time
        elif time != work.time:
            work.faults.append(
                FormatError(
                    "derivatives with respect to two different variables",
                    where=formula.where,
                    got=f"{'.'.join(time)} and {'.'.join(work.time)}",
                )
            )
    if work.time is not None and work.time in work.formulas:
        work.faults.append(FormatError("time is defined by an equation", where=work.formulas[work.time].where))


def names_for(work: Wiring, component: Component) -> Names:
    """What the names in the formulas of a component stand for."""

    def variable(name: str, line: int) -> Node:
        where = component.source.place(line)
        if name not in component.variables:
            raise _unknown(name, component, where)
        key = (component.name, name)
        owner = work.owner[key]
        work.used.add(owner)
        return converted(work, work.symbol(owner), work.unit(owner), work.unit(key), key, where)

    def rate(state: str, time: str, line: int) -> Node:
        where = component.source.place(line)
        for name in (state, time):
            if name not in component.variables:
                raise _unknown(name, component, where)
        owner, clock = work.owner[component.name, state], work.owner[component.name, time]
        formula = work.formulas.get(owner)
        if formula is None or formula.time is None or clock != work.time:
            raise FormatError(f"the derivative of '{state}', which no differential equation gives", where=where)
        name = work.rates_used.setdefault(owner, _free(work, f"{owner[0]}.d_{owner[1]}_dt"))
        there, here = (
            work.unit(owner) / work.unit(clock),
            work.unit((component.name, state)) / work.unit((component.name, time)),
        )
        return converted(work, Symbol(name), there, here, (component.name, state), where)

    return Names(
        component.source,
        variable,
        rate,
        lambda name, line: component.units.resolve(name, line, component.source),
        component.units.uri,
    )


def converted(work: Wiring, node: Node, there: Unit, here: Unit, key: Key, where: str) -> Node:
    """A value in the unit `there`, expressed in the unit `here`; noted where no factor can convert it."""
    if there == here:
        return node
    if there.dimension != here.dimension:
        text = f"'{'.'.join(key)}' has units {here}, but what it is connected to has {there}: taken without conversion"
        note = Note(where, text)
        if note.text not in {n.text for n in work.notes}:
            work.notes.append(note)
        return node
    return Number(conversion_factor(there, here), here / there) * node


def _unknown(name: str, component: Component, where: str) -> FormatError:
    near = nearest(name, component.variables)
    return FormatError(
        f"unknown variable '{name[:60]}' in component '{component.name}'",
        where=where,
        remedy=f"Did you mean {' or '.join(near)}?" if near else "Declare it in the component.",
    )


def _free(work: Wiring, name: str) -> str:
    taken = {work.tag(key).qualified for key in work.sets} | set(work.rates_used.values())
    while name in taken:
        name += "_"
    return name


def line_in(where: str) -> int:
    """The line of a place file:line."""
    return int(where.rpartition(":")[2])
