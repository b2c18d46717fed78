"""Dynamic clamp: a current that is computed from the cell's own membrane potential, and added to it.

    dv/dt = -(I_ion + I_clamp + I_stim)/C_m

As every ionic current it is positive where it flows outward, and is a part of I_ion: `0.1 * (v + 80)` is a leak that
pulls v towards -80 mV.  (The current that an amplifier injects is the same with the other sign.)  Source of the method:
A. A. Sharp, M. B. O'Neil, L. F. Abbott and E. Marder, J. Neurophysiol. 69 (1993) 992, doi 10.1152/jn.1993.69.3.992.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace

from troponin.errors import ModelError, UnitError, require_kind
from troponin.expr.graph import substitute, symbols
from troponin.expr.infix import parse_infix
from troponin.expr.nodes import Node, NodeLike, Number, Symbol, as_node
from troponin.model.added_current import gateway, in_unit, with_current
from troponin.model.model import Model, Parameter, Role
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel, Current
from troponin.physiology.ion import F, R, T
from troponin.physiology.membrane import capacitance, i_ion, voltage
from troponin.units import DIMENSIONLESS, Quantity, Unit, ms, mV, parse_unit

__all__ = ["dynamic_clamp"]


def dynamic_clamp(
    model: Model, name: str, current: Callable[..., NodeLike] | NodeLike | str | Channel | Current
) -> Model:
    """The model with a further current, outward positive, that follows its membrane potential or any other variable.

    name      what it is called: the variable `dynamic_clamp.NAME`, or NAME itself where that has a component
    current   text such as "0.1 * (v + 80)"; a function of variables, such as `lambda v, cai: ...`, called with their
              expressions; an expression; or a `Channel` or `Current` with gates of its own, which become states

    A formula without units takes every variable in its own unit and gives the model's unit of current (A/F or uA/cm^2);
    with units it must have that dimension.  `time` is the time.  Charge that it moves is carried by the ion that
    carries the stimulus, where one does.  Raises `ModelError`, `UnknownNameError`, `UnitError`, `ExpressionError`.
    """
    require_kind(model, Model, "dynamic_clamp", 'a Model, such as load("torord-land")')
    require_kind(name, str, "dynamic_clamp", 'a name for the current, such as "leak"')
    full = name if "." in name else f"dynamic_clamp.{name}"
    if isinstance(current, Channel | Current):
        return _with_channel(model, full, current)
    formula = _formula(model, current)
    units = {key: variable.unit for key, variable in model.variables.items()}
    try:
        return with_current(model, full, in_unit(formula, gateway(model).unit, units))
    except UnitError as fault:
        fault.where = fault.where or f"dynamic clamp {name}"
        raise


def _formula(model: Model, current: Callable[..., NodeLike] | NodeLike | str) -> Node:
    """The expression of a current, with the model's own names."""
    if isinstance(current, str):
        return parse_infix(current, lambda name: _symbol(model, name))
    if callable(current):
        names = list(inspect.signature(current).parameters)
        return as_node(current(*(_symbol(model, name) for name in names)))
    root = as_node(current)
    return substitute(root, {symbol: _symbol(model, symbol.name) for symbol in symbols(root)})


def _symbol(model: Model, name: str) -> Symbol:
    clock = next((given.name for given in model.inputs if given.role == Role.TIME), None)
    return Symbol(clock if name == "time" and clock is not None else model.qualified(name))


def _with_channel(model: Model, full: str, channel: Channel | Current) -> Model:
    """The model with a channel, built in a cell of its own and moved over with its gates."""
    door = gateway(model)
    donor = _donor(model, channel)
    swapped: dict[Node, Node] = {voltage: _in(Symbol(door.v.name), door.v.unit, mV)}
    shared = {p.name: Number(p.value, p.unit) for p in donor.parameters if p.name in (R.name, T.name, F.name)}
    swapped |= {Symbol(key): value for key, value in shared.items() if key not in model.variables}

    def moved(node: Node) -> Node:
        return substitute(node, swapped)

    states = [
        replace(s, rate=_in(moved(s.rate), DIMENSIONLESS / ms, DIMENSIONLESS / model.time_unit))
        for s in donor.states
        if s.name != voltage.name and s.rate is not None
    ]
    left = {i_ion.name, channel.symbol.name}
    equations = [replace(e, expression=moved(e.expression)) for e in donor.equations if e.name not in left]
    law = next(e for e in donor.equations if e.name == channel.symbol.name)
    parameters = [_new(model, p) for p in donor.parameters if p.name not in (*shared, capacitance.name)]
    wider = replace(model, parameters=(*model.parameters, *parameters))
    units = {key: variable.unit for key, variable in wider.variables.items()}
    units |= {state.name: state.unit for state in states} | {e.name: e.unit for e in equations}
    expression = in_unit(moved(law.expression), door.unit, units)
    return with_current(wider, full, expression, states=states, equations=equations)


def _donor(model: Model, channel: Channel | Current) -> Model:
    """A cell that has this channel and nothing else, at the model's voltage and temperature."""
    door = gateway(model)
    per_area = door.unit.dimension == parse_unit("uA/cm^2").dimension
    v = Quantity(door.v.initial, door.v.unit).to(mV)
    temperature = model[T.name] if T.name in model.variables else "310 K"
    cell = Cell("dynamic clamp", capacitance="1 uF/cm^2" if per_area else "1 uF", v=v, temperature=temperature)
    cell.add(channel)
    try:
        return cell.build()
    except ModelError as fault:
        fault.remedy = fault.remedy or "A clamped channel has no concentrations: give it its reversal potential."
        raise


def _new(model: Model, parameter: Parameter) -> Parameter:
    if parameter.name in model.variables:
        raise ModelError(
            f"'{parameter.name}' is there already", where=f"model {model.name}", remedy="Name the channel otherwise."
        )
    return parameter


def _in(node: Node, unit: Unit, other: Unit) -> Node:
    """An expression in one unit as one in another."""
    return node if unit == other else node * Number(float(unit.scale / other.scale), other / unit)
