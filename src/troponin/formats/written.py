"""A model made ready to be written: names as the format has them, inputs that nothing drives as parameters.

A stimulus input whose model knows its own pacing becomes an equation of time again, where the format can
say one; every other input but time becomes a parameter with its resting value, and a remark says what it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from troponin.expr.nodes import Node
from troponin.model.model import Input, Model, Role
from troponin.units import Unit

__all__ = ["Line", "lines_of", "time_of"]


@dataclass(frozen=True, slots=True)
class Line:
    """One variable as it is written: its name in the model, unit, value or formula, and description."""

    name: str
    unit: Unit
    formula: Node | None
    value: float
    doc: str = ""


def time_of(model: Model) -> Input:
    """The input that time is; one named `time` for a model that never mentions it."""
    found = next((i for i in model.inputs if i.role == Role.TIME), None)
    return found or Input("time", model.time_unit, Role.TIME)


def lines_of(model: Model, *, with_pacing: bool) -> list[Line]:
    """Every variable but time and the states, in the model's order: a value, or a formula."""
    lines = [Line(p.name, p.unit, None, p.value, p.doc) for p in model.parameters]
    for given in model.inputs:
        if given.role == Role.TIME:
            continue
        paced = given.role == Role.STIMULUS and with_pacing
        lines.append(Line(given.name, given.unit, model.pacing if paced else None, given.value, given.doc))
    lines += [Line(e.name, e.unit, e.expression, 0.0, e.doc) for e in model.equations]
    return lines
