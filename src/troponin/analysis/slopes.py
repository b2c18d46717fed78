"""Slopes: a model with the time derivative of some of its variables as further variables.

of a state      its rate
of an equation  dx/dt = sum_s dx/ds ds/dt  over the states and the driven inputs that it depends on
of an input     the input's own rate, which the protocol knows
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from troponin.errors import ProtocolError
from troponin.expr.calculus import jacobian
from troponin.expr.functions import total
from troponin.expr.nodes import Node, Number, Symbol
from troponin.expr.simplify import ZERO, product
from troponin.model.model import Equation, Input, Model, Role, State
from troponin.model.structure import flatten

__all__ = ["slope_name", "with_slopes"]

_RATE: Final = "_rate"


def slope_name(variable: str) -> str:
    """The qualified name of a variable's slope."""
    return f"slope.{variable.replace('.', '_')}"


def with_slopes(model: Model, variables: Sequence[str], driven: Sequence[str]) -> Model:
    """The model with the slopes of some variables, by qualified name; `driven` are the roles that a protocol drives.

    Raises `ProtocolError` where an input and its rate are driven apart, so that no slope follows.
    """
    if not variables:
        return model
    flat = flatten(model)
    moving = [given for given in model.inputs if given.role in (*driven, Role.TIME)]
    symbols = [Symbol(name) for name in (*(s.name for s in model.states), *(i.name for i in moving))]
    rows = jacobian([flat.expression(name) for name in variables], symbols)
    used = {symbol.name for row in rows for symbol in row}
    added, rates = _input_rates(model, [given for given in moving if given.name in used], driven)
    rates |= {state.name: state.rate for state in model.states if state.rate is not None}
    equations = []
    for name, row in zip(variables, rows, strict=True):
        variable = model.variables[name]
        whole = total([product(slope, rates[symbol.name]) for symbol, slope in row.items()]) if row else ZERO
        if isinstance(variable, State) and variable.rate is not None:
            whole = variable.rate
        unit = variable.unit / model.time_unit
        equations.append(Equation(slope_name(name), unit, whole, f"slope of {name}"))
    return replace(model, equations=(*model.equations, *equations), inputs=(*model.inputs, *added))


def _input_rates(model: Model, used: Sequence[Input], driven: Sequence[str]) -> tuple[list[Input], dict[str, Node]]:
    """Inputs to add, and by name of each input its rate."""
    by_role = {given.role: given for given in model.inputs}
    added: list[Input] = []
    rates: dict[str, Node] = {}
    for given in used:
        role = given.role + _RATE
        if given.role == Role.TIME:
            rates[given.name] = Number(1.0)
        elif role in driven:
            raise ProtocolError(f"the protocol drives '{given.role}' and its rate apart, so that no slope follows")
        elif role in by_role:
            rates[given.name] = Symbol(by_role[role].name)
        else:
            rate = Input(given.name + _RATE, given.unit / model.time_unit, role, 0.0, f"rate of {given.name}")
            added.append(rate)
            rates[given.name] = Symbol(rate.name)
    return added, rates
