"""Ions and the potentials that move them: the chemical potential, and what follows when it is equal on both sides.

    mu = RT ln(c / 1 mM) + z F v          the work to bring a mole of the ion to where it is

An ion is at rest across a membrane where mu inside equals mu outside.  That voltage is Nernst's potential;
the flux away from it is Goldman, Hodgkin and Katz's where the field in the membrane is constant.

Sources: W. Nernst, Z. Phys. Chem. 4 (1889) 129; D. E. Goldman, J. Gen. Physiol. 27 (1943) 37,
doi 10.1085/jgp.27.1.37; A. L. Hodgkin and B. Katz, J. Physiol. 108 (1949) 37, doi 10.1113/jphysiol.1949.sp004310.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from troponin.errors import ModelError
from troponin.expr.functions import bernoulli, log, total
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.units import mM

__all__ = [
    "F", "Ion", "Permeant", "R", "T", "chemical_potential", "ghk_current", "ghk_voltage", "nernst",
]  # fmt: skip

R: Final = Symbol("phys.R")
"""Gas constant of a model [mJ/mol/K]."""

T: Final = Symbol("phys.T")
"""Absolute temperature of a model [K]."""

F: Final = Symbol("phys.F")
"""Faraday constant of a model [C/mol]."""


@dataclass(frozen=True, slots=True)
class Ion:
    """An ion: its name and its charge z in elementary charges."""

    name: str
    charge: int

    def __post_init__(self) -> None:
        if self.charge == 0 or self.charge != int(self.charge):
            raise ModelError(f"an ion has a whole charge other than zero: {self.name} has {self.charge}")


@dataclass(frozen=True, slots=True)
class Permeant:
    """A monovalent ion that passes a membrane: relative permeability, concentrations inside and outside [mM]."""

    ion: Ion
    permeability: NodeLike
    inside: NodeLike
    outside: NodeLike


def chemical_potential(ion: Ion, concentration: NodeLike, potential: NodeLike) -> Node:
    """The chemical potential mu = RT ln(c / 1 mM) + z F v [mJ/mol] of an ion.

    `concentration` in mM, `potential` in mV.
    """
    return R * T * log(as_node(concentration) / mM) + float(ion.charge) * F * potential


def nernst(ion: Ion, inside: NodeLike, outside: NodeLike) -> Node:
    """The voltage v_S = RT/(z F) ln(c_o / c_i) [mV] at which the ion's chemical potentials are equal.

    `inside` and `outside` are concentrations in one unit.
    """
    return R * T / (float(ion.charge) * F) * log(as_node(outside) / inside)


def ghk_voltage(*permeants: Permeant) -> Node:
    """The voltage [mV] at which the Goldman-Hodgkin-Katz currents of monovalent ions add up to nothing.

        v = RT/F ln( (sum P c_o + sum P a_i) / (sum P c_i + sum P a_o) )      cations c, anions a

    With two cations it is the reversal potential of a channel with a permeability ratio.
    Raises `ModelError` for an ion that is not monovalent.
    """
    for permeant in permeants:
        if abs(permeant.ion.charge) != 1:
            raise ModelError(
                f"the Goldman-Hodgkin-Katz voltage holds for monovalent ions; {permeant.ion.name} has "
                f"charge {permeant.ion.charge:+d}",
                remedy="Solve for the zero of the sum of ghk_current instead.",
            )
    inward = [as_node(p.permeability) * (p.outside if p.ion.charge > 0 else p.inside) for p in permeants]
    outward = [as_node(p.permeability) * (p.inside if p.ion.charge > 0 else p.outside) for p in permeants]
    return R * T / F * log(total(inward) / total(outward))


def ghk_current(ion: Ion, permeability: NodeLike, inside: NodeLike, outside: NodeLike, voltage: NodeLike) -> Node:
    """The current of Goldman, Hodgkin and Katz, outward positive, whole at v = 0.

        I = P z F xi (c_i e^xi - c_o) / (e^xi - 1) = P z F (c_i B(-xi) - c_o B(xi)),   xi = z F v / RT

    with B(x) = x / (e^x - 1).  P in cm/s with concentrations (or activities) in mM gives uA/cm^2.
    """
    z = float(ion.charge)
    xi = z * as_node(voltage) * F / (R * T)
    return as_node(permeability) * z * F * (as_node(inside) * bernoulli(-xi) - as_node(outside) * bernoulli(xi))
