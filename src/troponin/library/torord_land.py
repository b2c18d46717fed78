"""ToR-ORd with contraction, the human ventricular myocyte of Margara et al. (2021), coupled both ways.

Paper: Margara F, Wang ZJ, Levrero-Florencio F, Santiago A, Vázquez M, Bueno-Orovio A, Rodriguez B (2021),
In-silico human electro-mechanical ventricular modelling and simulation for drug-induced pro-arrhythmia and
inotropic risk assessment, Prog Biophys Mol Biol, doi 10.1016/j.pbiomolbio.2020.06.007.  Species: human.

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

from troponin.library.rudy_myocyte import add_buffers, myocyte
from troponin.library.torord_membrane import (
    CELL_TYPES,
    MAIN_CURRENTS,
    Chloride,
    add_membrane,
    add_release_and_uptake,
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


def model(variant: str = "endo") -> Model:
    """The endocardial ("endo"), midmyocardial ("mid") or epicardial ("epi") myocyte, with its contraction."""
    states = initial_state("torord_land", variant)
    own = myocyte(
        "torord-land", ko="5 mM", stimulus=("-53 A/F", "1 ms"), states=states, paper=PAPER, variant=variant,
        main_currents=MAIN_CURRENTS,
    )  # fmt: skip
    cl = Ion("Cl", -1)
    clo = Concentration("extracellular.clo", cl, own.outside, fixed="150 mM", doc="Cl in the bath")
    cli = Concentration("chloride.cli", cl, own.i, fixed="24 mM", meaning="cli", doc="Cl in i and ss")
    in_ss, in_i = add_membrane(own, Chloride(o=clo, i=cli, ss=cli), epi=variant == "epi", tau_jca=75.0)
    share = own.cell.parameter("ryr.trigger_i", "1", "how much of the cytosolic ICaL triggers release")
    add_release_and_uptake(own, trigger=in_ss + share * in_i)
    add_buffers(own, rapid_troponin=False)
    trpnmax = own.cell.parameter("calcium.trpnmax", "0.07 mM", "sites of troponin")
    own.cell.add(Contraction(own.cai, troponin=trpnmax, values={"ku": "0.021 1/ms", "nTm": "2.036"}))
    return as_variant(own.cell.build(), variant, {**CELL_TYPES, "ICaL.PCa": {"epi": 1.2, "mid": 1.8}})
