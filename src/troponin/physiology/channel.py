"""Channels: ions that flow down their chemical potential through pores that are open a part of the time.

    I = g p (v - v_S)                               ohmic
    I = P p z F (c_i B(-xi) - c_o B(xi))            Goldman-Hodgkin-Katz

p is the open probability: 1 for a leak, a product of gates or a Markov occupancy for a gated channel.
A current is positive where positive charge leaves the cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from troponin.errors import ModelError, require_kind
from troponin.expr.nodes import Arithmetic, NodeLike, Symbol
from troponin.physiology.compartment import Compartment
from troponin.physiology.ion import Ion
from troponin.physiology.place import author_place
from troponin.units import Quantity

__all__ = ["Channel", "Current", "current_name"]


@dataclass(frozen=True, eq=False, slots=True)
class Channel(Arithmetic):
    """A population of pores for one ion, with an ohmic (`conductance`) or a GHK (`permeability`) driving force.

    `conductance` and `permeability` are text or a quantity, of which a parameter is made (`INa.gNa`,
    `ICaL.PCaL`), or a symbol or expression.  `open` is the open probability.  `reversal` is text, a quantity or
    an expression; without it the Nernst potential of the ion follows the concentrations.  A channel without
    an ion is a leak whose charge nobody carries.  `inside` and `outside` are the compartments that it joins,
    the cell's own where not given; `activity` the activity coefficients inside and outside (GHK only).
    """

    name: str
    ion: Ion | None = None
    conductance: Quantity | str | NodeLike | None = None
    permeability: Quantity | str | NodeLike | None = None
    open: NodeLike = 1.0
    reversal: Quantity | str | NodeLike | None = None
    inside: Compartment | None = None
    outside: Compartment | None = None
    activity: tuple[NodeLike, NodeLike] | None = None
    doc: str = ""
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        require_kind(self.name, str, "Channel", 'a name, such as "INa"')
        require_kind(self.ion, (Ion, type(None)), f"channel {self.name}", 'an ion, such as Ion("Na", charge=+1)')
        if (self.conductance is None) == (self.permeability is None):
            raise ModelError(f"channel {self.name} has either a conductance (ohmic) or a permeability (GHK)")
        if self.ion is None and (self.permeability is not None or self.reversal is None):
            raise ModelError(
                f"channel {self.name} has no ion",
                remedy="Name the ion that it carries, or give a leak its reversal potential.",
            )
        if self.permeability is not None and self.reversal is not None:
            raise ModelError(f"channel {self.name}: a GHK current reverses where its concentrations say")

    @property
    def symbol(self) -> Symbol:
        """The symbol of its current."""
        return Symbol(current_name(self.name))


@dataclass(frozen=True, eq=False, slots=True)
class Current(Arithmetic):
    """A membrane current by its own formula [the cell's unit of current], and the ion or ions that carry it.

    `carries` gives the share of the current (a fraction of its charge) of each ion; `ion` is the one that
    carries all of it.  Shares that leave something over leave charge that nobody carries.
    """

    name: str
    expression: NodeLike
    ion: Ion | None = None
    carries: Mapping[Ion, NodeLike] | None = None
    inside: Compartment | None = None
    outside: Compartment | None = None
    doc: str = ""
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        if self.ion is not None and self.carries is not None:
            raise ModelError(f"current {self.name} is carried either by one ion or by shares of several")

    @property
    def symbol(self) -> Symbol:
        """The symbol of the current."""
        return Symbol(current_name(self.name))

    @property
    def shares(self) -> Mapping[Ion, NodeLike]:
        """The share of the charge that each ion carries."""
        return self.carries or ({} if self.ion is None else {self.ion: 1.0})


def current_name(name: str) -> str:
    """The qualified name of a current: `INa` is the variable `INa.INa`; a name with a component stays."""
    return name if "." in name else f"{name}.{name}"
