"""ToR-ORd with contraction, the human ventricular myocyte of Margara et al. (2021), coupled both ways.

Paper: Margara F, Wang ZJ, Levrero-Florencio F, Santiago A, Vázquez M, Bueno-Orovio A, Rodriguez B (2021),
In-silico human electro-mechanical ventricular modelling and simulation for drug-induced pro-arrhythmia and
inotropic risk assessment, Prog Biophys Mol Biol 159:58-74, doi 10.1016/j.pbiomolbio.2020.06.007.  Species: human.

It is ToR-ORd of 2019 (doi 10.7554/eLife.48890), whose currents are those of `tomek_2020`, with the contraction
of Land et al. (2017, doi 10.1016/j.yjmcc.2017.03.008) refitted: ku 0.021/ms, nTm 2.036.  Calcium binds troponin at
the pace of contraction and leaves the cytosol for it, in place of the rapid troponin buffer; all of dc/dt is
there, the cytosolic calcium current and the whole exchanger included, which several public files lost.

What differs from ToR-ORd-dynCl: chloride is held at 24 mM inside (so the charge of the chloride currents goes
nowhere: they are the one leak in the charge balance), recovery of ICaL from calcium takes 75 ms.

What follows the public code MonoAlg3D_C (the reference of our biomarkers) rather than ToR-ORd of 2019: ICaL of
the midmyocardial cell is 1.8 times the endocardial, not 2, and release is driven by all of ICaL, not by its
subspace part alone (`ryr.trigger_i` is the share of the cytosolic part: 1 here, 0 in ToR-ORd, which takes the
endocardial peak tension from 24.77 to 24.03 kPa).  Its calcium-activated potassium current is off there, and
left out.  Initial states are that code's, steady at 1 Hz (`torord_land.csv`).  The clamps that keep XS and
CaTrpn from below zero there are left out: the equations do that by themselves.
"""

from __future__ import annotations

from troponin.library.rudy_currents import (
    add_background_calcium,
    add_background_potassium,
    add_background_sodium,
    add_calcium_pump,
    add_late_sodium,
    add_slow_rectifier,
    add_transient_outward,
)
from troponin.library.rudy_myocyte import add_buffers, add_calmodulin_kinase, add_diffusion, add_stores, myocyte
from troponin.library.rudy_transporters import add_sodium_calcium_exchanger, add_sodium_potassium_pump
from troponin.library.tomek_2020 import FACTORS as TOMEK_FACTORS
from troponin.library.torord_calcium_channel import activities, add_calcium_channel
from troponin.library.torord_currents import (
    add_chloride_currents,
    add_fast_sodium,
    add_inward_rectifier,
    add_potassium_atp,
    add_rapid_rectifier,
)
from troponin.library.variants import as_variant, initial_state
from troponin.model.model import Model, Paper
from troponin.physiology.compartment import Concentration
from troponin.physiology.contraction import Contraction
from troponin.physiology.ion import Ion

VARIANTS = ("endo", "mid", "epi")

PAPER = Paper(
    authors="F. Margara, Z. J. Wang, F. Levrero-Florencio, A. Santiago, M. Vázquez, A. Bueno-Orovio and B. Rodriguez",
    year=2021,
    title="In-silico human electro-mechanical ventricular modelling and simulation for drug-induced pro-arrhythmia "
    "and inotropic risk assessment",
    doi="10.1016/j.pbiomolbio.2020.06.007",
    species="human",
)

FACTORS = TOMEK_FACTORS | {"ICaL.PCa": {"epi": 1.2, "mid": 1.8}}


def model(variant: str = "endo") -> Model:
    """The endocardial ("endo"), midmyocardial ("mid") or epicardial ("epi") myocyte, with its contraction."""
    states = initial_state("torord_land", variant)
    own = myocyte(
        "torord-land", ko="5 mM", stimulus=("-53 A/F", "1 ms"), states=states, paper=PAPER, variant=variant,
        main_currents=("INa.INa", "ICaL.ICaL", "Ito.Ito", "IKr.IKr", "IKs.IKs", "IK1.IK1", "INaCa.INaCa"),
    )  # fmt: skip
    cl = Ion("Cl", -1)
    clo = Concentration("extracellular.clo", cl, own.outside, fixed="150 mM", doc="Cl in the bath")
    cli = Concentration("chloride.cli", cl, own.i, fixed="24 mM", meaning="cli", doc="Cl in i and ss")
    own.cell.add(clo, cli)

    add_calmodulin_kinase(own)
    add_fast_sodium(own)
    add_late_sodium(own, "0.0279 mS/uF")
    add_transient_outward(own, "0.16 mS/uF", epi=variant == "epi")
    gamma = activities(own, clo, cli, cli)
    in_ss, in_i = add_calcium_channel(own, gamma, tau_jca=75.0)
    add_rapid_rectifier(own)
    add_slow_rectifier(own, "0.0011 mS/uF")
    add_inward_rectifier(own)
    add_potassium_atp(own)
    add_sodium_calcium_exchanger(own, size="0.0034 C/F", in_subspace="0.35")
    add_sodium_potassium_pump(own, size="15.4509 C/F")
    add_background_potassium(own, "0.0189 mS/uF", half=10.8968, slope=23.9871)
    add_background_sodium(own, "1.9239e-9 cm/s")
    add_background_calcium(own, "5.9194e-8 cm/s", (gamma.i[1], gamma.o[1]))
    add_calcium_pump(own)
    add_chloride_currents(own, cl, own.i)

    share = own.cell.parameter("ryr.trigger_i", "1", "how much of the cytosolic ICaL triggers release")
    add_stores(
        own, trigger=in_ss + share * in_i, release="1.5378", half="1.7 mM", uptake="0.005425 mM/ms",
        leak="0.0048825 mM/ms", transfer="60 ms",
    )  # fmt: skip
    add_diffusion(own)
    add_buffers(own, rapid_troponin=False)
    trpnmax = own.cell.parameter("calcium.trpnmax", "0.07 mM", "sites of troponin")
    own.cell.add(Contraction(own.cai, troponin=trpnmax, values={"ku": "0.021 1/ms", "nTm": "2.036"}))
    return as_variant(own.cell.build(), variant, FACTORS, states)
