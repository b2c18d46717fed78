"""Currents of a cell: the law of each, written out with the concentrations on its two sides."""

from __future__ import annotations

from collections.abc import Mapping

from troponin.errors import ModelError, ValueRangeError
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.model.model import Stimulus, Variable
from troponin.model.values import number_in
from troponin.physiology.blueprint import Blueprint, CarriedCurrent, add_equation, resolved, value_node
from troponin.physiology.channel import Channel, Current
from troponin.physiology.compartment import Concentration
from troponin.physiology.ion import Ion, ghk_current, nernst
from troponin.physiology.membrane import StimulusCurrent, i_stim, voltage
from troponin.physiology.transporter import Transporter
from troponin.units import Unit, ms, mV, parse_quantity, parse_unit

__all__ = ["declare_channel", "declare_current", "declare_stimulus"]


def declare_channel(channel: Channel, plan: Blueprint) -> None:
    """Declare a channel's current by its law, ohmic or of constant field."""
    shares: Mapping[Ion, NodeLike] = {} if channel.ion is None else {channel.ion: 1.0}
    law = _ohmic(channel, plan) if channel.conductance is not None else _constant_field(channel, plan)
    declare_current(plan, channel, law, shares)


def declare_current(
    plan: Blueprint, thing: Channel | Current | Transporter, law: NodeLike, shares: Mapping[Ion, NodeLike]
) -> None:
    """Declare a membrane current by its formula, with the share of it that each ion carries."""
    symbol = add_equation(plan, thing.symbol.name, law, _unit(plan, thing.name), thing.doc)
    fixed = {ion: resolved(plan, share, symbol.name) for ion, share in shares.items()}
    plan.currents.append(CarriedCurrent(symbol, fixed, thing.inside or plan.inside, thing.outside or plan.outside))


def declare_stimulus(stimulus: StimulusCurrent, plan: Blueprint) -> None:
    """Declare the cell's own stimulus; the current that it drives is an input."""
    if plan.stimulus is not None:
        raise ModelError("a cell has one stimulus current of its own", where=plan.name)
    amplitude, duration = (
        parse_quantity(x) if isinstance(x, str) else x for x in (stimulus.amplitude, stimulus.duration)
    )
    if duration.value <= 0.0:
        raise ValueRangeError("a stimulus must last", where=plan.name, got=duration, expected="more than 0 ms")
    carrier = stimulus.carrier
    plan.stimulus = Stimulus(
        number_in(_unit(plan, "a stimulus"), amplitude, name="stimulus amplitude"),
        number_in(ms, duration, name="stimulus duration"),
        None if carrier is None else carrier.name,
    )
    shares: dict[Ion, Node] = {} if carrier is None else {carrier: as_node(1.0)}
    plan.currents.append(CarriedCurrent(i_stim, shares, stimulus.inside or plan.inside, plan.outside))


def _ohmic(channel: Channel, plan: Blueprint) -> Node:
    """I = g p (v - v_S)."""
    assert channel.conductance is not None
    component, kind = _component(channel), _kind(channel)
    _unit(plan, channel.name)
    unit = parse_unit("mS/cm^2") if plan.per_area else parse_unit("mS/uF")
    g = value_node(plan, channel.conductance, f"{component}.g{kind}", unit, "conductance")
    if channel.reversal is None:
        reversal: Node = _nernst_potential(channel, plan)
    else:
        reversal = value_node(plan, channel.reversal, f"{component}.E{kind}", mV, "reversal potential")
    return _with_open(g, channel.open) * (voltage - reversal)


def _constant_field(channel: Channel, plan: Blueprint) -> Node:
    """I = P p z F (c_i B(-xi) - c_o B(xi)); P in cm/s counts per 1 uF/cm^2 where currents are in A/F."""
    assert channel.permeability is not None
    assert channel.ion is not None
    component, kind = _component(channel), _kind(channel)
    p = value_node(plan, channel.permeability, f"{component}.P{kind}", doc="permeability")
    within, beyond = map(as_node, _sides(channel, plan))
    if channel.activity is not None:
        within, beyond = channel.activity[0] * within, channel.activity[1] * beyond
    current = ghk_current(channel.ion, _with_open(p, channel.open), within, beyond, voltage)
    declared: tuple[Variable, ...] = (*plan.parameters, *plan.equations)
    unit = next((variable.unit for variable in declared if Symbol(variable.name) is p), None)
    if not plan.per_area and unit is not None and unit.dimension == parse_unit("cm/s").dimension:
        return current / parse_unit("uF/cm^2")
    return current


def _unit(plan: Blueprint, who: str) -> Unit:
    """The cell's unit of current; ModelError in a cell without a membrane."""
    if plan.current_unit is None:
        raise ModelError(f"{who} needs a membrane", where=plan.name, remedy="Give the cell a capacitance.")
    return plan.current_unit


def _with_open(size: Node, probability: NodeLike) -> Node:
    p = as_node(probability)
    return size if p is as_node(1.0) else size * p


def _component(channel: Channel) -> str:
    return channel.symbol.name.rpartition(".")[0]


def _kind(channel: Channel) -> str:
    """What the paper writes as the index: Na of INa, Ca_ss of ICaL.ICa_ss."""
    name = channel.symbol.name.rpartition(".")[2]
    return name[1:] if name.startswith(("I", "i")) else name


def _sides(channel: Channel, plan: Blueprint) -> tuple[Concentration, Concentration]:
    found = []
    for side, compartment in (("inside", channel.inside or plan.inside), ("outside", channel.outside or plan.outside)):
        matches = [
            c for c in plan.things if isinstance(c, Concentration) and c.ion == channel.ion and c.inside is compartment
        ]
        if len(matches) != 1 or channel.ion is None:
            ion = "its ion" if channel.ion is None else channel.ion.name
            place = "no compartment" if compartment is None else f"compartment {compartment.name}"
            raise ModelError(
                f"channel {channel.name} needs the concentration of {ion} {side} ({place})",
                where=plan.name,
                remedy="Add a Concentration, or give the channel its reversal potential.",
            )
        found.append(matches[0])
    return found[0], found[1]


def _nernst_potential(channel: Channel, plan: Blueprint) -> Symbol:
    """The Nernst potential of a channel's ion, declared once for each pair of compartments."""
    assert channel.ion is not None
    inside, outside = _sides(channel, plan)
    usual = inside.inside is plan.inside and outside.inside is plan.outside
    name = f"reversal.E{channel.ion.name}" + ("" if usual else f"_{inside.inside.name}")
    if all(e.name != name for e in plan.equations):
        add_equation(plan, name, nernst(channel.ion, inside, outside), mV, f"Nernst potential of {channel.ion.name}")
    return Symbol(name)
