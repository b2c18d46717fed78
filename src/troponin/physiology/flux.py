"""Fluxes: ions that move between compartments without passing the membrane's capacitor (uptake, release, diffusion)."""

from __future__ import annotations

from dataclasses import dataclass, field

from troponin.errors import ModelError
from troponin.expr.nodes import Arithmetic, NodeLike, Symbol
from troponin.physiology.channel import current_name
from troponin.physiology.compartment import Compartment
from troponin.physiology.ion import Ion
from troponin.physiology.place import author_place

__all__ = ["Flux"]


@dataclass(frozen=True, eq=False, slots=True)
class Flux(Arithmetic):
    """A flux of an ion from `source` to `sink` [mM/ms], counted per volume of `per` (the source where not given).

    The source loses J V_per / V_source and the sink gains J V_per / V_sink.  None for one of the two is the
    world outside the model.
    """

    name: str
    ion: Ion
    expression: NodeLike
    source: Compartment | None
    sink: Compartment | None
    per: Compartment | None = None
    doc: str = ""
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        if self.source is self.sink:
            raise ModelError(f"flux {self.name} has the same source and sink")

    @property
    def reference(self) -> Compartment:
        """The compartment to whose volume the flux is counted."""
        found = self.per or self.source or self.sink
        assert found is not None  # source and sink differ, so one of them is a compartment
        return found

    @property
    def symbol(self) -> Symbol:
        """The symbol of the flux."""
        return Symbol(current_name(self.name))
