"""A Model written as an mmt file for Myokit, its own pacing as a protocol section."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from troponin.expr.nodes import Number
from troponin.expr.operations import Operation
from troponin.formats.functions import COMMON, names_of
from troponin.formats.mmt.expressions import FUNCTIONS
from troponin.formats.mmt.unit_text import unit_text
from troponin.formats.naming import component_names
from troponin.formats.printing import Notation, print_expression
from troponin.formats.remarks import remarks_of
from troponin.formats.written import Line, lines_of, time_of
from troponin.model.model import Model, Role, State
from troponin.model.pacing import Pulse, paced_input, pulses
from troponin.units import DIMENSIONLESS, Quantity, exact_value, ms

__all__ = ["NOTATION", "write_mmt"]

_Op = Operation
_HORIZON_MS = 10_000
_KEYWORDS = {
    "and",
    "or",
    "not",
    "if",
    "use",
    "as",
    "in",
    "bind",
    "label",
    "dot",
    "next",
    "desc",
    "partial",
    "init",
    *FUNCTIONS,
}


def _number(number: Number) -> str:
    text = repr(number.value)
    unit = unit_text(number.unit) if number.unit is not None and number.unit != DIMENSIONLESS else None
    return text if unit is None else f"{text} [{unit}]"


NOTATION = Notation(
    infix={
        _Op.OR: (" or ", 10),
        _Op.AND: (" and ", 20),
        _Op.EQ: (" == ", 40),
        _Op.NE: (" != ", 40),
        _Op.LT: (" < ", 40),
        _Op.LE: (" <= ", 40),
        _Op.GT: (" > ", 40),
        _Op.GE: (" >= ", 40),
        _Op.ADD: (" + ", 50),
        _Op.SUB: (" - ", 50),
        _Op.MUL: (" * ", 60),
        _Op.DIV: (" / ", 60),
        _Op.POW: ("^", 80),
    },
    prefix={_Op.NOT: ("not ", 30), _Op.NEG: ("-", 70)},
    calls={
        **names_of(*COMMON, _Op.LOG10, _Op.CEIL),
        _Op.SELECT: "if",
    },
    number=_number,
)


def write_mmt(model: Model) -> str:
    """The text of an mmt file; raises `FormatError` for what Myokit has no words for."""
    places = component_names(model, _KEYWORDS)
    time = time_of(model)
    places.setdefault(time.name, ("engine", time.name.rpartition(".")[2]))
    names = {name: ".".join(place) for name, place in places.items()}
    events = _events(model)
    paced = paced_input(model)
    as_events = events is not None and paced is not None
    label = re.sub(r"[^\w\-.]", "-", model.name) or "model"
    text = ["[[model]]", f"name: {label}"]
    text += [f"# {line}" for line in remarks_of(model, names, pacing=as_events)]
    text.append("# Initial values")
    text += [f"{names[s.name]} = {s.initial!r}" for s in model.states]
    by_component: dict[str, list[str]] = {}
    by_component.setdefault(places[time.name][0], []).append(
        _entry(Line(time.name, time.unit, None, 0.0, time.doc), places, names, binding="time")
    )
    for state in model.states:
        by_component.setdefault(places[state.name][0], []).append(_state(state, places, names))
    for line in lines_of(model, with_pacing=not as_events):
        binding = "pace" if as_events and paced is not None and line.name == paced.name else None
        by_component.setdefault(places[line.name][0], []).append(_entry(line, places, names, binding=binding))
    for component, entries in by_component.items():
        text += ["", f"[{component}]", *entries]
    if as_events and events:
        text += ["", "[[protocol]]", "# level start length period multiplier", *events]
    return "\n".join([*text, ""])


def _state(state: State, places: dict[str, tuple[str, str]], names: dict[str, str]) -> str:
    rate = "0" if state.rate is None else print_expression(state.rate, NOTATION, names)
    return _with_details(f"dot({places[state.name][1]}) = {rate}", unit_text(state.unit), state.doc, None)


def _entry(line: Line, places: dict[str, tuple[str, str]], names: dict[str, str], *, binding: str | None) -> str:
    unit = unit_text(line.unit)
    formula = repr(line.value) if line.formula is None else print_expression(line.formula, NOTATION, names)
    return _with_details(f"{places[line.name][1]} = {formula}", unit, line.doc, binding)


def _with_details(first: str, unit: str | None, doc: str, binding: str | None) -> str:
    details = [] if unit is None else [f"    in [{unit}]"]
    if binding is not None:
        details.append(f"    bind {binding}")
    said = re.sub(r"\s+", " ", doc.replace('"""', "'''")).strip()
    if said:
        details.append(f"    desc: {said}")
    return "\n".join([first, *details])


def _events(model: Model) -> list[str] | None:
    """The pacing as events; None where it is not made of pulses on a resting value of zero."""
    paced = paced_input(model)
    if paced is None or paced.role != Role.STIMULUS or paced.value != 0.0:
        return None
    horizon = exact_value(Quantity(_HORIZON_MS, ms), model.time_unit)
    found = pulses(model, Fraction(0), horizon)
    if found is None:
        return None
    period = _period(found)
    if period is not None:
        return [_event(found[0], period)]
    return [_event(pulse, Fraction(0)) for pulse in found]


def _period(found: list[Pulse]) -> Fraction | None:
    steps = {b.start - a.start for a, b in pairwise(found)}
    shapes = {(p.stop - p.start, p.value) for p in found[:-1]}
    return steps.pop() if len(steps) == 1 and len(shapes) == 1 else None


def _event(pulse: Pulse, period: Fraction) -> str:
    numbers = (pulse.value, float(pulse.start), float(pulse.stop - pulse.start), float(period))
    return " ".join([*(repr(number) for number in numbers), "0"])
