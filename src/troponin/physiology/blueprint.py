"""Blueprint: what a cell holds while it is being put together, and how a declaration enters it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace

from troponin.errors import ModelError
from troponin.expr.graph import substitute, symbols
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.model.model import Equation, Input, Paper, Parameter, State, Stimulus
from troponin.model.values import number_in
from troponin.physiology.compartment import Compartment
from troponin.physiology.gate import Gate, v
from troponin.physiology.ion import Ion
from troponin.physiology.markov import Markov
from troponin.physiology.membrane import voltage
from troponin.units import DIMENSIONLESS, Quantity, Unit, as_quantity, mV, parse_quantity

__all__ = [
    "Blueprint", "CarriedCurrent", "add_equation", "add_parameter", "add_state", "copied", "register_gate",
    "resolved", "value_node", "written_at",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CarriedCurrent:
    """A membrane current that has been declared: its symbol, the share of each ion, the spaces it joins."""

    symbol: Symbol
    shares: dict[Ion, Node]
    inside: Compartment | None
    outside: Compartment | None


@dataclass
class Blueprint:
    """A cell in the making: declarations in the order they came, and the things whose declarations follow.

    `initials` holds formulas of initial values, evaluated when everything is known; `start` the initial values
    that are known already, by the states' names, which hold instead.  `where` is the place in the author's file
    of what is being declared.
    """

    name: str
    per_area: bool = False
    current_unit: Unit | None = None
    inside: Compartment | None = None
    outside: Compartment | None = None
    paper: Paper = field(default_factory=Paper)
    variant: str | None = None
    parameters: list[Parameter] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    initials: dict[str, Node] = field(default_factory=dict)
    start: dict[str, Quantity | str] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)
    main_currents: tuple[str, ...] = ()
    things: list[object] = field(default_factory=list)
    gates: dict[Gate, str] = field(default_factory=dict)
    chains: dict[Markov, str] = field(default_factory=dict)
    currents: list[CarriedCurrent] = field(default_factory=list)
    stimulus: Stimulus | None = None
    where: str | None = None


def copied(plan: Blueprint) -> Blueprint:
    """A blueprint with lists and tables of its own, so that building a cell does not change it."""
    own = {f.name: getattr(plan, f.name).copy() for f in fields(plan) if isinstance(getattr(plan, f.name), list | dict)}
    return replace(plan, **own)


@contextmanager
def written_at(plan: Blueprint, where: str | None) -> Iterator[None]:
    """What is declared within is written at this place."""
    outer, plan.where = plan.where, where
    try:
        yield
    finally:
        plan.where = outer


def add_parameter(
    plan: Blueprint,
    name: str,
    value: Quantity | str,
    doc: str = "",
    unit: Unit | None = None,
    *,
    signed: bool = False,
) -> Symbol:
    """Declare a parameter; its unit is that of the value, or `unit` to which the value is converted.

    `signed` allows a negative value to what has the dimension of a concentration, a volume or a capacitance.
    """
    quantity = parse_quantity(value) if isinstance(value, str) else value
    if not isinstance(quantity, Quantity):
        raise ModelError(
            f"parameter {name} needs a value with its unit", remedy=f"Write '{value}' with a unit, as text."
        )
    if unit is not None:
        quantity = as_quantity(quantity, unit, what=name).to(unit)
    number = number_in(quantity.unit, quantity, name=name, signed=signed)
    plan.parameters.append(Parameter(name, quantity.unit, number, doc, plan.where))
    return Symbol(name)


def add_state(
    plan: Blueprint,
    name: str,
    initial: Quantity | str | NodeLike,
    rate: NodeLike,
    unit: Unit | None = None,
    doc: str = "",
) -> Symbol:
    """Declare a state; an initial value given as a formula needs the `unit` and is evaluated at the end."""
    equation = resolved(plan, rate, name)
    number = plan.start.get(name)
    if isinstance(initial, str | Quantity):
        declared = parse_quantity(initial) if isinstance(initial, str) else initial
        unit = unit or declared.unit
        number = declared if number is None else number
    elif unit is None or (isinstance(initial, int | float) and unit != DIMENSIONLESS):
        raise ModelError(f"the initial value of {name} needs a unit", remedy="Give it as text, such as '7.1 mM'.")
    elif number is None:
        plan.initials[name] = resolved(plan, initial, name)
    value = 0.0 if number is None else number_in(unit, number, name=name)
    plan.states.append(State(name, unit, value, equation, doc, plan.where))
    return Symbol(name)


def add_equation(plan: Blueprint, name: str, expression: NodeLike, unit: Unit, doc: str = "") -> Symbol:
    """Declare an intermediate variable."""
    plan.equations.append(Equation(name, unit, resolved(plan, expression, name), doc, plan.where))
    return Symbol(name)


def value_node(
    plan: Blueprint, given: Quantity | str | NodeLike, name: str, unit: Unit | None = None, doc: str = ""
) -> Node:
    """The symbol of a new parameter for text and quantities; an expression stays as it is."""
    if isinstance(given, str | Quantity):
        return add_parameter(plan, name, given, doc, unit)
    if isinstance(given, int | float):
        raise ModelError(f"{name} needs a unit", remedy=f"Write it as text, such as '{given} {unit or 'mM'}'.")
    return as_node(given)


def resolved(plan: Blueprint, expression: NodeLike, name: str) -> Node:
    """An expression with qualified names: gates and occupancies by their states, `v` by the voltage in mV.

    A gate without a component gets that of `name`, the variable in whose formula it was met first.
    """
    root = as_node(expression)
    component = name.rpartition(".")[0]
    replacements: dict[Node, Node] = {}
    for symbol in symbols(root):
        if isinstance(symbol.of, Gate):
            replacements[symbol] = Symbol(register_gate(plan, symbol.of, component))
        elif isinstance(symbol.of, Markov):
            plan.chains.setdefault(symbol.of, component)
            replacements[symbol] = Symbol(symbol.name)
        elif symbol is v:
            replacements[symbol] = voltage / mV
    return substitute(root, replacements) if replacements else root


def register_gate(plan: Blueprint, gate: Gate, component: str) -> str:
    """The qualified name of a gate, known from now on."""
    return plan.gates.setdefault(gate, gate.name if "." in gate.name else f"{component}.{gate.name}")
