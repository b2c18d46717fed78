"""The membrane and the stores of ToR-ORd put together: every current with its conductance, for both models of it.

`tomek_2020` and `torord_land` differ in what chloride does, in the recovery of ICaL from calcium, in what triggers
release and in what binds calcium in the myoplasm; all the rest is here.

Tomek J, Bueno-Orovio A, Passini E, et al. (2019), eLife 8:e48890, doi 10.7554/eLife.48890.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from troponin.expr.nodes import NodeLike, Symbol
from troponin.library.rudy_currents import (
    add_background_calcium,
    add_background_potassium,
    add_background_sodium,
    add_calcium_pump,
    add_late_sodium,
    add_slow_rectifier,
    add_transient_outward,
)
from troponin.library.rudy_myocyte import Myocyte, add_calmodulin_kinase, add_diffusion, add_stores
from troponin.library.rudy_transporters import add_sodium_calcium_exchanger, add_sodium_potassium_pump
from troponin.library.torord_calcium_channel import activities, add_calcium_channel
from troponin.library.torord_currents import (
    add_chloride_currents,
    add_fast_sodium,
    add_inward_rectifier,
    add_potassium_atp,
    add_rapid_rectifier,
)
from troponin.physiology.compartment import Concentration

__all__ = ["CELL_TYPES", "MAIN_CURRENTS", "Chloride", "add_membrane", "add_release_and_uptake"]

MAIN_CURRENTS: Final = ("INa.INa", "ICaL.ICaL", "Ito.Ito", "IKr.IKr", "IKs.IKs", "IK1.IK1", "INaCa.INaCa")

CELL_TYPES: Final[Mapping[str, Mapping[str, float]]] = {
    "INaL.GNaL": {"epi": 0.6},
    "Ito.Gto": {"epi": 2.0, "mid": 2.0},
    "ICaL.PCa": {"epi": 1.2, "mid": 2.0},
    "IKr.GKr": {"epi": 1.3, "mid": 0.8},
    "IKs.GKs": {"epi": 1.4},
    "IK1.GK1": {"epi": 1.2, "mid": 1.3},
    "INaCa.Gncx": {"epi": 1.1, "mid": 1.4},
    "INaK.Pnak": {"epi": 0.9, "mid": 0.7},
    "IKb.GKb": {"epi": 0.6},
    "ryr.k_rel": {"mid": 1.7},
    "SERCA.Vup": {"epi": 1.3},
    "calcium.cmdnmax": {"epi": 1.3},
}
"""What multiplies a parameter of the endocardial cell in the others."""


@dataclass(frozen=True, eq=False, slots=True)
class Chloride:
    """Chloride in the bath, in the myoplasm and where it meets IClCa (the subspace, or the myoplasm too)."""

    o: Concentration
    i: Concentration
    ss: Concentration


def add_membrane(own: Myocyte, chloride: Chloride, *, epi: bool, tau_jca: float) -> tuple[Symbol, Symbol]:
    """All currents, in the paper's order; returns the calcium currents of ICaL in the subspace and the myoplasm.

    `epi` is for the faster Ito of epicardial cells, `tau_jca` the recovery of ICaL from calcium [ms].
    """
    own.cell.add(*dict.fromkeys((chloride.o, chloride.i, chloride.ss)))
    gamma = activities(own, chloride.o, chloride.i, chloride.ss)
    add_calmodulin_kinase(own)
    add_fast_sodium(own)
    add_late_sodium(own, "0.0279 mS/uF")
    calcium_currents = add_calcium_channel(own, gamma, tau_jca=tau_jca)
    add_transient_outward(own, "0.16 mS/uF", epi=epi)
    add_rapid_rectifier(own)
    add_slow_rectifier(own, "0.0011 mS/uF")
    add_inward_rectifier(own)
    add_potassium_atp(own)
    add_sodium_calcium_exchanger(own, size="0.0034 C/F", in_subspace="0.35")
    add_sodium_potassium_pump(own, size="15.4509 C/F")
    add_chloride_currents(own, chloride.o.ion, chloride.ss.inside)
    add_background_potassium(own, "0.0189 mS/uF", half=10.8968, slope=23.9871)
    add_background_calcium(own, "5.9194e-8 cm/s", (gamma.i[1], gamma.o[1]))
    add_background_sodium(own, "1.9239e-9 cm/s")
    add_calcium_pump(own)
    return calcium_currents


def add_release_and_uptake(own: Myocyte, trigger: NodeLike) -> None:
    """Release that the current `trigger` [A/F] asks for, uptake, and diffusion from the subspace."""
    add_stores(
        own, trigger=trigger, release="1.5378", half="1.7 mM", uptake="0.005425 mM/ms", leak="0.0048825 mM/ms",
        transfer="60 ms",
    )  # fmt: skip
    add_diffusion(own)
