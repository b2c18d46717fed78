"""Pumps and exchangers: carriers that move several ions in fixed numbers per cycle.

    I_S / I = z_S n_S / sum z n          n: ions moved outward per cycle

So a sodium-potassium pump (3 Na out, 2 K in) carries 3 I of sodium and -2 I of potassium, and a
sodium-calcium exchanger (3 Na in, 1 Ca out) 3 I of sodium and -2 I of calcium.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from troponin.errors import ModelError
from troponin.expr.nodes import Arithmetic, NodeLike, Symbol
from troponin.physiology.channel import current_name
from troponin.physiology.compartment import Compartment
from troponin.physiology.ion import Ion
from troponin.physiology.place import author_place

__all__ = ["Transporter"]


@dataclass(frozen=True, eq=False, slots=True)
class Transporter(Arithmetic):
    """A pump or exchanger: its net current by its own formula, and the ions `moves` outward per cycle.

    `moves={na: 3, k: -2}` is the Na/K pump, `moves={na: -3, ca: 1}` the Na/Ca exchanger; signs may all be
    turned together.  An electroneutral carrier has no current: write a `Flux` for each of its ions.
    """

    name: str
    current: NodeLike
    moves: Mapping[Ion, int]
    inside: Compartment | None = None
    outside: Compartment | None = None
    doc: str = ""
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        if not self.net_charge:
            raise ModelError(
                f"transporter {self.name} moves no net charge and so has no current",
                remedy="Write a Flux for each ion that it moves.",
            )

    @property
    def net_charge(self) -> int:
        """Elementary charges moved outward per cycle."""
        return sum(ion.charge * number for ion, number in self.moves.items())

    @property
    def symbol(self) -> Symbol:
        """The symbol of its current."""
        return Symbol(current_name(self.name))

    @property
    def shares(self) -> Mapping[Ion, NodeLike]:
        """The share of the net current that each ion carries; they add up to 1."""
        return {ion: ion.charge * number / self.net_charge for ion, number in self.moves.items()}
