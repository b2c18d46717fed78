"""Cell: things and equations put together into one flat, checked Model.

    na = Ion("Na", charge=+1)
    axon = Cell("squid axon", capacitance="1 uF/cm^2", temperature="279.45 K", v="-60 mV")
    m = Gate("m", alpha=0.1 * vtrap(v + 35, 10), beta=4 * exp(-(v + 60) / 18))
    axon.add(Channel("INa", ion=na, reversal="55 mV", conductance="120 mS/cm^2", open=m**3 * h))
    model = axon.build()

What is a construct of physics is added; what is not is a parameter, a state or an equation with a name and
a unit.  Every name may be used before it is declared: `build` sorts, derives and checks.
"""

from __future__ import annotations

from collections.abc import Mapping

from troponin import constants
from troponin.errors import ModelError
from troponin.expr.nodes import Node, NodeLike, Symbol
from troponin.model.model import Input, Model, Paper
from troponin.model.values import number_in
from troponin.physiology.assemble import assemble
from troponin.physiology.blueprint import (
    Blueprint,
    add_equation,
    add_parameter,
    add_state,
    copied,
    value_node,
    written_at,
)
from troponin.physiology.compartment import Compartment
from troponin.physiology.ion import F, R, T
from troponin.physiology.membrane import capacitance as membrane_capacitance
from troponin.physiology.place import author_place
from troponin.units import K, Quantity, Unit, parse_quantity, parse_unit, uF

__all__ = ["Cell"]


class Cell:
    """A cell under construction; `build` makes the frozen Model.

    `capacitance` is per area ("1 uF/cm^2": currents in uA/cm^2) or of the whole cell ("153 pF", or an
    expression in uF: currents in A/F); without one the cell has no membrane.  `v` is the initial voltage.
    `area` turns currents per area into currents where concentrations move.  `inside` and `outside` are the
    compartments that a current joins when it does not say.  R, T and F are the model's own parameters
    `phys.R`, `phys.T`, `phys.F`, exact unless a model's published values are given.  `start` is a table of
    initial states by their qualified names, such as a paper gives; it holds instead of what things say.
    """

    def __init__(
        self,
        name: str,
        *,
        capacitance: Quantity | str | NodeLike | None = None,
        temperature: Quantity | str = "310 K",
        v: Quantity | str | None = None,
        inside: Compartment | None = None,
        outside: Compartment | None = None,
        area: Quantity | str | NodeLike | None = None,
        start: Mapping[str, Quantity | str] | None = None,
        gas_constant: Quantity | str = constants.R,
        faraday_constant: Quantity | str = constants.F,
        paper: Paper | None = None,
        variant: str | None = None,
        main_currents: tuple[str, ...] = (),
    ) -> None:
        self._plan = plan = Blueprint(
            name, inside=inside, outside=outside, paper=paper or Paper(), variant=variant, main_currents=main_currents,
            start=dict(start or {}), where=author_place(),
        )  # fmt: skip
        self._voltage = v
        add_parameter(plan, R.name, gas_constant, "gas constant", parse_unit("mJ/(K*mol)"))
        add_parameter(plan, T.name, temperature, "absolute temperature", K)
        add_parameter(plan, F.name, faraday_constant, "Faraday constant", parse_unit("C/mol"))
        if capacitance is not None:
            _set_capacitance(plan, capacitance)
        self._area: Node | None = membrane_capacitance
        if plan.per_area:
            self._area = None if area is None else value_node(plan, area, "membrane.area", parse_unit("cm^2"))

    def add(self, *things: object) -> None:
        """Add channels, currents, transporters, fluxes, concentrations, buffers, gates, a stimulus, contraction."""
        for thing in things:
            if any(thing is known for known in self._plan.things):
                raise ModelError(f"{getattr(thing, 'name', thing)} is added twice", where=self._plan.name)
            self._plan.things.append(thing)

    def parameter(self, name: str, value: Quantity | str, doc: str = "", *, signed: bool = False) -> Symbol:
        """Declare a parameter such as ("IKr.GKr", "0.0321 mS/uF") and return its symbol.

        `signed` allows a negative value to what has the dimension of a concentration, volume or capacitance.
        """
        with written_at(self._plan, author_place()):
            return add_parameter(self._plan, name, value, doc, signed=signed)

    def input(
        self, name: str, role: str, value: Quantity | str, doc: str = "", *, meaning: str | None = None
    ) -> Symbol:
        """Declare a variable that a protocol drives (stretch, a given calcium), with its value at rest."""
        quantity = parse_quantity(value) if isinstance(value, str) else value
        self._plan.inputs.append(Input(name, quantity.unit, role, number_in(quantity.unit, quantity, name=name), doc))
        return self._named(name, meaning)

    def state(
        self,
        name: str,
        initial: Quantity | str | NodeLike,
        rate: NodeLike,
        unit: Unit | str | None = None,
        doc: str = "",
        *,
        meaning: str | None = None,
    ) -> Symbol:
        """Declare a variable with its own equation d(name)/dt = rate and return its symbol.

        `initial` is text with a unit ("0.9" is dimensionless), or a formula, which needs `unit`.
        """
        with written_at(self._plan, author_place()):
            add_state(self._plan, name, initial, rate, _unit(unit), doc)
        return self._named(name, meaning)

    def equation(
        self, name: str, expression: NodeLike, unit: Unit | str = "1", doc: str = "", *, meaning: str | None = None
    ) -> Symbol:
        """Declare an intermediate variable name = expression [unit] and return its symbol."""
        found = _unit(unit)
        assert found is not None  # only None stays None
        with written_at(self._plan, author_place()):
            add_equation(self._plan, name, expression, found, doc)
        return self._named(name, meaning)

    def build(self) -> Model:
        """The flat, checked Model.

        Raises `ModelError` with every complaint of `model.check` that is an error.
        """
        return assemble(copied(self._plan), self._voltage, self._area)

    def _named(self, name: str, meaning: str | None) -> Symbol:
        if meaning is not None:
            self._plan.meanings[meaning] = name
        return Symbol(name)


def _unit(given: Unit | str | None) -> Unit | None:
    return parse_unit(given) if isinstance(given, str) else given


def _set_capacitance(plan: Blueprint, given: Quantity | str | NodeLike) -> None:
    """Declare C_m and with it the cell's unit of current: uA/cm^2 for uF/cm^2, A/F for uF."""
    if isinstance(given, str | Quantity):
        quantity = parse_quantity(given) if isinstance(given, str) else given
        plan.per_area = quantity.unit.dimension == _PER_AREA.dimension
        add_parameter(plan, membrane_capacitance.name, quantity, "capacitance", _PER_AREA if plan.per_area else uF)
    else:
        add_equation(plan, membrane_capacitance.name, given, uF, "capacitance")
    plan.current_unit = parse_unit("uA/cm^2") if plan.per_area else parse_unit("A/F")


_PER_AREA = parse_unit("uF/cm^2")
