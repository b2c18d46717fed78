"""Compartments and the concentrations in them, held fixed or moved by whatever an ion's carriers bring."""

from __future__ import annotations

from dataclasses import dataclass, field

from troponin.errors import ModelError, require_kind
from troponin.expr.nodes import Arithmetic, NodeLike, Symbol
from troponin.physiology.ion import Ion
from troponin.physiology.place import author_place
from troponin.units import Quantity

__all__ = ["Compartment", "Concentration"]


@dataclass(frozen=True, eq=False, slots=True)
class Compartment:
    """A well-stirred space: the myoplasm, a subspace, a store, the bath.

    `volume` is text or a quantity (a parameter `name.volume` is made of it) or an expression in uL.  A bath,
    whose concentrations are all fixed, needs none.
    """

    name: str
    volume: Quantity | str | NodeLike | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Concentration(Arithmetic):
    """The free concentration of an ion in a compartment, dynamic (`initial`) or held (`fixed`).

    A dynamic concentration is a state whose rate the cell derives from every current, flux and buffer that
    moves the ion there.  It stands in expressions under `name`; a name without a component gets the ion's,
    so that `cai` of Ca is `Ca.cai`.  `meaning` is the name by which any model is asked for it, such as `cai`.
    """

    name: str
    ion: Ion
    inside: Compartment
    initial: Quantity | str | None = None
    fixed: Quantity | str | None = None
    meaning: str | None = None
    doc: str = ""
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        where = f"concentration {self.name}"
        require_kind(self.ion, Ion, where, 'an ion, such as Ion("Na", charge=+1)')
        require_kind(self.inside, Compartment, where, 'a compartment, such as Compartment("i", volume="25 pL")')
        if (self.initial is None) == (self.fixed is None):
            raise ModelError(f"concentration {self.name} is either dynamic (initial=...) or held (fixed=...)")

    @property
    def qualified(self) -> str:
        """The name with its component."""
        return self.name if "." in self.name else f"{self.ion.name}.{self.name}"

    @property
    def symbol(self) -> Symbol:
        """The symbol that stands for it in expressions."""
        return Symbol(self.qualified)

    @property
    def dynamic(self) -> bool:
        """Whether currents and fluxes move it."""
        return self.initial is not None
