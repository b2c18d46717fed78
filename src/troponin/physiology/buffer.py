"""Buffers: what binds an ion and hides it from its free concentration.

    rapid      b = B c / (c + K),      dc/dt = beta J,  beta = 1 / (1 + sum B K / (K + c)^2)
    kinetic    db/dt = k_on c (B - b) - k_off b,        dc/dt = J - db/dt

J is all that currents and fluxes bring.  beta multiplies all of J, binding to slower partners included, which
is what keeps c + sum b the total of what came in.

Source: J. Wagner and J. Keizer, Biophys. J. 67 (1994) 447.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from troponin.expr.nodes import Arithmetic, Node, NodeLike, Symbol, as_node
from troponin.physiology.channel import current_name
from troponin.physiology.compartment import Concentration
from troponin.physiology.place import author_place
from troponin.units import Quantity

__all__ = ["Binding", "KineticBuffer", "RapidBuffer", "rapid_bound", "rapid_capacity"]


@dataclass(frozen=True, eq=False, slots=True)
class RapidBuffer:
    """A buffer always in equilibrium with the free concentration: total sites B and dissociation constant K [mM].

    Text and quantities become the parameters `name.B` and `name.K`; symbols are used as they are.
    """

    name: str
    binds: Concentration
    total: Quantity | str | NodeLike
    dissociation: Quantity | str | NodeLike
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)


@dataclass(frozen=True, eq=False, slots=True)
class KineticBuffer(Arithmetic):
    """A buffer that binds at its own pace: total sites B [mM], k_on [1/mM/ms] and k_off [1/ms].

    The bound concentration is a state: `TRPN` is `TRPN.TRPN`.  `initial` is the equilibrium where not given.
    """

    name: str
    binds: Concentration
    total: Quantity | str | NodeLike
    on: Quantity | str | NodeLike
    off: Quantity | str | NodeLike
    initial: Quantity | str | None = None
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    @property
    def symbol(self) -> Symbol:
        """The symbol of the bound concentration."""
        return Symbol(current_name(self.name))


@dataclass(frozen=True, eq=False, slots=True)
class Binding:
    """Anything else that holds an ion: the bound concentration [mM] and its rate of change [mM/ms], as formulas.

    `amount` is a formula of states; `rate` must be its time derivative, which the charge audit verifies.
    """

    name: str
    binds: Concentration
    amount: NodeLike
    rate: NodeLike


def rapid_bound(total: NodeLike, dissociation: NodeLike, free: NodeLike) -> Node:
    """The bound concentration b = B c / (c + K)."""
    return as_node(total) * free / (as_node(free) + dissociation)


def rapid_capacity(total: NodeLike, dissociation: NodeLike, free: NodeLike) -> Node:
    """db/dc = B K / (K + c)^2."""
    return as_node(total) * dissociation / (as_node(dissociation) + free) ** 2.0
