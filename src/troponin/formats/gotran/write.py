"""A Model written as a gotran ode file, in the words of gotranx 2's grammar."""

from __future__ import annotations

import re

from troponin.expr.nodes import Number
from troponin.expr.operations import Operation
from troponin.formats.functions import COMMON, names_of
from troponin.formats.gotran.expressions import CONSTANTS, FUNCTIONS
from troponin.formats.naming import flat_names
from troponin.formats.printing import Notation, print_expression
from troponin.formats.remarks import remarks_of
from troponin.formats.written import lines_of, time_of
from troponin.model.model import Model
from troponin.units import DIMENSIONLESS, Unit

__all__ = ["NOTATION", "write_gotran"]

_Op = Operation
_RESERVED = {"time", "t", "parameters", "states", "expressions", "component", "ScalarParam", *CONSTANTS, *FUNCTIONS}


def _number(number: Number) -> str:
    return repr(number.value)


NOTATION = Notation(
    infix={
        _Op.ADD: (" + ", 50),
        _Op.SUB: (" - ", 50),
        _Op.MUL: ("*", 60),
        _Op.DIV: ("/", 60),
        _Op.POW: ("**", 80),
    },
    to_right=frozenset({_Op.POW}),
    prefix={_Op.NEG: ("-", 70)},
    calls={
        **names_of(*COMMON),
        _Op.SELECT: "Conditional",
        _Op.LT: "Lt",
        _Op.LE: "Le",
        _Op.GT: "Gt",
        _Op.GE: "Ge",
        _Op.EQ: "Eq",
        _Op.AND: "And",
        _Op.OR: "Or",
        _Op.NOT: "Not",
    },
    number=_number,
)


def write_gotran(model: Model) -> str:
    """The text of an ode file; raises `FormatError` for what gotran has no words for."""
    names = flat_names(model, lambda name: name not in _RESERVED and not re.fullmatch(r"d\w+_dt", name))
    names[time_of(model).name] = "time"
    lines = lines_of(model, with_pacing=True)
    text = [f"# {line}" for line in remarks_of(model, names, has_time_unit=False)]
    for component, entries in _grouped([(s.name, s.initial, s.unit, s.doc) for s in model.states]):
        text += ["", _block("states", component, entries, names)]
    constants = [(line.name, line.value, line.unit, line.doc) for line in lines if line.formula is None]
    for component, entries in _grouped(constants):
        text += ["", _block("parameters", component, entries, names)]
    formulas: dict[str, list[str]] = {}
    for line in lines:
        if line.formula is not None:
            formula = print_expression(line.formula, NOTATION, names)
            row = f"{names[line.name]} = {formula} # {_unit(line.unit)}"
            formulas.setdefault(_component(line.name), []).append(row)
    for state in model.states:
        rate = "0" if state.rate is None else print_expression(state.rate, NOTATION, names)
        formulas.setdefault(_component(state.name), []).append(f"d{names[state.name]}_dt = {rate}")
    for component, rows in formulas.items():
        text += ["", f'expressions("{component}")', *rows]
    return "\n".join([*text, ""])


_Entry = tuple[str, float, Unit, str]


def _grouped(entries: list[_Entry]) -> list[tuple[str, list[_Entry]]]:
    groups: dict[str, list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(_component(entry[0]), []).append(entry)
    return list(groups.items())


def _component(name: str) -> str:
    return name.rpartition(".")[0] or "model"


def _block(kind: str, component: str, entries: list[_Entry], names: dict[str, str]) -> str:
    rows = []
    for name, value, unit, doc in entries:
        said = re.sub(r"\s+", " ", doc.replace('"', "'")).strip()
        description = f', description="{said}"' if said else ""
        rows.append(f'    {names[name]} = ScalarParam({value!r}, unit="{_unit(unit)}"{description})')
    return f'{kind}("{component}",\n' + ",\n".join(rows) + "\n)"


def _unit(unit: Unit) -> str:
    return "1" if unit == DIMENSIONLESS else str(unit).replace("^", "**")
