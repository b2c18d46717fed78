"""Conservation: how every carrier of an ion moves its concentrations, and what stays the same while it does.

    dc/dt = beta ( -+ sum s I A / (z F V)  +-  sum J V_per / V  -  sum db/dt )        - inside, + outside

with s the ion's share of current I, A the factor from the cell's unit of current to a current (the capacitance
for A/F, the area for uA/cm^2), J the fluxes, b what slow buffers hold and beta the rapid buffers' factor.
Since the same currents charge the membrane,

    Q = sum over the inside of z F V (c + bound)  -  C_m v        and, of an ion that cannot leave,  sum V (c + bound)

do not change.  The model carries them as invariants; `model/check.py` audits them.
"""

from __future__ import annotations

from collections.abc import Iterable

from troponin.errors import ModelError
from troponin.expr.functions import total
from troponin.expr.nodes import Node, Symbol, as_node
from troponin.model.model import Invariant
from troponin.physiology.blueprint import Blueprint, add_equation, add_state, resolved, value_node, written_at
from troponin.physiology.buffer import Binding, KineticBuffer, RapidBuffer, rapid_bound, rapid_capacity
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.flux import Flux
from troponin.physiology.ion import F, Ion
from troponin.physiology.membrane import capacitance, voltage
from troponin.units import DIMENSIONLESS, mM, ms, parse_unit

__all__ = ["Ledger", "declare_concentrations", "invariants"]


class Ledger:
    """Everything that moves or holds ions in one cell, with volumes and parameters as symbols."""

    def __init__(self, plan: Blueprint, area: Node | None) -> None:
        self.plan = plan
        self.area = area
        self.concentrations = [x for x in plan.things if isinstance(x, Concentration)]
        self.fluxes = [x for x in plan.things if isinstance(x, Flux)]
        self.rapid = [x for x in plan.things if isinstance(x, RapidBuffer)]
        self.bindings: list[Binding] = [x for x in plan.things if isinstance(x, Binding)]
        self.volumes: dict[Compartment, Node] = {}
        self.sites: dict[RapidBuffer, tuple[Node, Node]] = {}

    def volume(self, compartment: Compartment) -> Node:
        """The volume [uL] of a compartment; raises `ModelError` where it has none."""
        if compartment not in self.volumes:
            if compartment.volume is None:
                raise ModelError(
                    f"compartment {compartment.name} has no volume, but something in it moves",
                    where=self.plan.name,
                    remedy="Give it a volume, or hold its concentrations fixed.",
                )
            self.volumes[compartment] = value_node(
                self.plan, compartment.volume, f"{compartment.name}.volume", parse_unit("uL"), "volume"
            )
        return self.volumes[compartment]

    def current_of_unit(self, c: Concentration) -> Node:
        """The factor from the cell's unit of current to a current; raises `ModelError` where it has no area."""
        if self.area is None:
            raise ModelError(
                f"currents per area move {c.qualified}, but the membrane has no area",
                where=self.plan.name,
                remedy="Give the cell its area='5e-5 cm^2', or hold the concentration fixed.",
            )
        return self.area

    def sites_of(self, buffer: RapidBuffer) -> tuple[Node, Node]:
        """Total sites and dissociation constant of a rapid buffer."""
        if buffer not in self.sites:
            names = (f"{buffer.name}.B", f"{buffer.name}.K")
            both = (buffer.total, buffer.dissociation)
            with written_at(self.plan, buffer.where):
                total_sites, constant = (value_node(self.plan, x, n, mM) for x, n in zip(both, names, strict=True))
            self.sites[buffer] = (total_sites, constant)
        return self.sites[buffer]

    def rapid_in(self, c: Concentration) -> list[tuple[Node, Node]]:
        """Sites and constants of the rapid buffers of a concentration."""
        return [self.sites_of(buffer) for buffer in self.rapid if buffer.binds is c]

    def bound_to(self, c: Concentration) -> list[Binding]:
        """The slow partners of a concentration."""
        return [binding for binding in self.bindings if binding.binds is c]


def declare_concentrations(ledger: Ledger) -> None:
    """Declare every concentration: a parameter where it is held, a state with its derived rate where it moves."""
    plan = ledger.plan
    for buffer in [x for x in plan.things if isinstance(x, KineticBuffer)]:
        with written_at(plan, buffer.where):
            ledger.bindings.append(_kinetic(ledger, buffer))
    for c in ledger.concentrations:
        if c.meaning is not None:
            plan.meanings[c.meaning] = c.qualified
        with written_at(plan, c.where):
            if c.fixed is not None:
                value_node(plan, c.fixed, c.qualified, mM, c.doc)
            else:
                assert c.initial is not None
                add_state(plan, c.qualified, c.initial, _rate(ledger, c), mM, c.doc)


def _kinetic(ledger: Ledger, buffer: KineticBuffer) -> Binding:
    plan, name = ledger.plan, buffer.name
    per_ms, per_mM_ms = parse_unit("1/ms"), parse_unit("1/(mM*ms)")
    sites = value_node(plan, buffer.total, f"{name}.B", mM)
    on = value_node(plan, buffer.on, f"{name}.kon", per_mM_ms)
    off = value_node(plan, buffer.off, f"{name}.koff", per_ms)
    c, b = buffer.binds.symbol, buffer.symbol
    rate = add_equation(
        plan, f"{name}.J", on * c * (sites - b) - off * b, mM / ms, f"binding of {buffer.binds.ion.name}"
    )
    equilibrium = sites * c / (c + off / on)
    add_state(plan, b.name, equilibrium if buffer.initial is None else buffer.initial, rate, mM)
    return Binding(name, buffer.binds, b, rate)


def _rate(ledger: Ledger, c: Concentration) -> Node:
    plan, z = ledger.plan, float(c.ion.charge)
    volume = ledger.volume(c.inside)
    terms: list[Node] = []
    for inside, sign in ((True, -1.0), (False, 1.0)):
        current = _carried(plan, c.ion, c.inside, inside)
        if current:
            terms.append(sign * total(current) * ledger.current_of_unit(c) / (z * F * volume))
    for flux in ledger.fluxes:
        if flux.ion == c.ion and c.inside in (flux.source, flux.sink):
            scaled: Node = flux.symbol
            if flux.reference is not c.inside:
                scaled = scaled * ledger.volume(flux.reference) / volume
            terms.append(-scaled if flux.source is c.inside else scaled)
    terms += [-resolved(plan, binding.rate, c.qualified) for binding in ledger.bound_to(c)]
    if not terms:
        return as_node(0.0 * mM / ms)
    rapid = ledger.rapid_in(c)
    if not rapid:
        return total(terms)
    capacity = total([rapid_capacity(b, k, c) for b, k in rapid])
    component, _, own = c.qualified.rpartition(".")
    beta = add_equation(
        plan, f"{component}.beta_{own}", 1.0 / (1.0 + capacity), DIMENSIONLESS, "rapid buffering factor"
    )
    return beta * total(terms)


def _carried(plan: Blueprint, ion: Ion, compartment: Compartment, inside: bool) -> list[Node]:
    """The currents that an ion carries out of (inside) or into (outside) a compartment."""
    carried: list[Node] = []
    for current in plan.currents:
        share = current.shares.get(ion)
        if share is not None and (current.inside if inside else current.outside) is compartment:
            carried.append(current.symbol if share is as_node(1.0) else share * current.symbol)
    return carried


def invariants(ledger: Ledger) -> tuple[Invariant, ...]:
    """Charge, and the amount of every ion that cannot leave."""
    plan = ledger.plan
    flows = tuple(current.symbol.name for current in plan.currents)
    flows += tuple(flux.symbol.name for flux in ledger.fluxes)
    outer = {current.outside for current in plan.currents}
    moving = [c for c in ledger.concentrations if c.dynamic]
    found: list[Invariant] = []
    if plan.current_unit is not None:
        charges = [float(c.ion.charge) * F * _amount(ledger, c) for c in moving if c.inside not in outer]
        per_cell = capacitance * ledger.current_of_unit(moving[0]) if plan.per_area and charges else capacitance
        unit = parse_unit("nC") if charges or not plan.per_area else parse_unit("nC/cm^2")
        expression = total(charges) - per_cell * voltage if charges else -(per_cell * voltage)
        found.append(Invariant("charge", unit, expression, flows))
    for ion in dict.fromkeys(c.ion for c in moving):
        if _is_closed(ledger, ion, moving):
            amount = total([_amount(ledger, c) for c in moving if c.ion == ion])
            found.append(Invariant(f"amount of {ion.name}", parse_unit("nmol"), amount, flows))
    return tuple(found)


def _amount(ledger: Ledger, c: Concentration) -> Node:
    """V (c + bound) [nmol]."""
    plan = ledger.plan
    held: Iterable[Node] = (rapid_bound(b, k, c) for b, k in ledger.rapid_in(c))
    slow = [resolved(plan, binding.amount, c.qualified) for binding in ledger.bound_to(c)]
    return ledger.volume(c.inside) * total([Symbol(c.qualified), *held, *slow])


def _is_closed(ledger: Ledger, ion: Ion, moving: list[Concentration]) -> bool:
    spaces = {c.inside for c in moving if c.ion == ion}
    for current in ledger.plan.currents:
        if ion in current.shares and not {current.inside, current.outside} <= spaces:
            return False
    return all({flux.source, flux.sink} <= spaces for flux in ledger.fluxes if flux.ion == ion)
