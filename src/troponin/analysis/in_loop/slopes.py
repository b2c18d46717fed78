"""Slopes: a model with the time derivative of some of its variables as further variables.

of a state      its rate
of an equation  dx/dt = sum_s dx/ds ds/dt  over the states and the driven inputs that it depends on
of an input     the input's own rate, which the protocol knows
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, TypeAlias

from troponin.errors import ProtocolError
from troponin.expr.calculus import jacobian
from troponin.expr.functions import total
from troponin.expr.nodes import Node, Number, Symbol
from troponin.expr.simplify import ZERO, product
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.model.structure import Formulas, equations_of, flatten, rates_of
from troponin.units import DIMENSIONLESS, ms

__all__ = ["slope_name", "with_slopes"]

_RATE: Final = "_rate"

Partials: TypeAlias = tuple[tuple[str, Node], ...]
"""What a variable depends on, and its derivative by each."""


def slope_name(variable: str) -> str:
    """The qualified name of a variable's slope."""
    return f"slope.{variable.replace('.', '_')}"


def with_slopes(model: Model, variables: Sequence[str], driven: Iterable[str]) -> Model:
    """The model with the slopes of some variables, by qualified name; `driven` are the roles that a protocol drives.

    Raises `ProtocolError` where an input and its rate are driven apart, so that no slope follows.
    """
    rates: dict[str, Node] = {state.name: state.rate for state in model.states if state.rate is not None}
    written = [name for name in variables if name not in rates]
    partials = dict(zip(written, _partials_of(model, written), strict=True))
    roles = frozenset(driven)
    used = {symbol for row in partials.values() for symbol, _ in row}
    moving = [given for given in model.inputs if given.role in (*roles, Role.TIME) and given.name in used]
    added, further = _input_rates(model, moving, roles)
    rates |= further
    slopes = {
        name: rates[name] if name not in partials else _chained(partials[name], rates) for name in variables
    }  # fmt: skip
    equations = tuple(
        Equation(slope_name(name), model.variables[name].unit / model.time_unit, slope, f"slope of {name}")
        for name, slope in slopes.items()
    )
    return replace(model, equations=(*model.equations, *equations), inputs=(*model.inputs, *added))


def _chained(partials: Partials, rates: dict[str, Node]) -> Node:
    """The chain rule; what has no rate rests."""
    terms = [product(slope, rates[name]) for name, slope in partials if name in rates]
    return total(terms) if terms else ZERO


def _partials_of(model: Model, variables: Sequence[str]) -> tuple[Partials, ...]:
    if not variables:
        return ()
    parameters = tuple(parameter.name for parameter in model.parameters)
    inputs = tuple(given.name for given in model.inputs)
    return _partials(rates_of(model), equations_of(model), parameters, inputs, tuple(variables))


@lru_cache(maxsize=64)
def _partials(
    rates: Formulas,
    equations: Formulas,
    parameters: tuple[str, ...],
    inputs: tuple[str, ...],
    variables: tuple[str, ...],
) -> tuple[Partials, ...]:
    # remembered, because it takes as long as a hundred beats, and most runs change values only
    one = DIMENSIONLESS
    bare = Model(
        "bare",
        ms,
        tuple(State(name, one, 0.0, rate) for name, rate in rates),
        tuple(Parameter(name, one, 0.0) for name in parameters),
        tuple(Input(name, one, name) for name in inputs),
        tuple(Equation(name, one, expression) for name, expression in equations if expression is not None),
    )
    flat = flatten(bare)
    by = [Symbol(name) for name in (*(name for name, _ in rates), *inputs)]
    rows = jacobian([flat.expression(name) for name in variables], by)
    return tuple(tuple((symbol.name, slope) for symbol, slope in row.items()) for row in rows)


def _input_rates(model: Model, used: Sequence[Input], driven: frozenset[str]) -> tuple[list[Input], dict[str, Node]]:
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
