"""ToR-ORd-dynCl, the human ventricular myocyte of Tomek, Bueno-Orovio and Rodriguez (2020).

Paper: Tomek J, Bueno-Orovio A, Rodriguez B (2020), ToR-ORd-dynCl: an update of the ToR-ORd model of human
ventricular cardiomyocyte with dynamic intracellular chloride, bioRxiv, doi 10.1101/2020.06.01.127043; the
model it updates: Tomek et al. (2019), eLife 8:e48890, doi 10.7554/eLife.48890.  Species: human.

What differs from the paper: nothing in the equations, which are those of the authors' code (pi is 3.14,
[H+] of the sodium-potassium pump 1e-7 mM and a term of its cycle as published, see `rudy_transporters`).  The
closed states of IKr are named as in the authors' CellML files, C3 the one at rest (those files start with the
occupancies of C1 and C3 exchanged; here they start right).  Initial states are the authors' steady states
at 1 Hz (`tomek_2020.csv`).
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
from troponin.library.rudy_myocyte import (
    add_buffers,
    add_calmodulin_kinase,
    add_diffusion,
    add_exchange,
    add_stores,
    myocyte,
)
from troponin.library.rudy_transporters import add_sodium_calcium_exchanger, add_sodium_potassium_pump
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
from troponin.physiology.ion import Ion

VARIANTS = ("endo", "mid", "epi")

PAPER = Paper(
    authors="J. Tomek, A. Bueno-Orovio and B. Rodriguez",
    year=2020,
    title="ToR-ORd-dynCl: an update of the ToR-ORd model of human ventricular cardiomyocyte with dynamic "
    "intracellular chloride",
    doi="10.1101/2020.06.01.127043",
    species="human",
)

FACTORS = {
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


def model(variant: str = "endo") -> Model:
    """The endocardial ("endo"), midmyocardial ("mid") or epicardial ("epi") myocyte."""
    states = initial_state("tomek_2020", variant)
    own = myocyte(
        "tomek-2020", ko="5 mM", stimulus=("-53 A/F", "1 ms"), states=states, paper=PAPER, variant=variant,
        main_currents=("INa.INa", "ICaL.ICaL", "Ito.Ito", "IKr.IKr", "IKs.IKs", "IK1.IK1", "INaCa.INaCa"),
    )  # fmt: skip
    cl = Ion("Cl", -1)
    clo = Concentration("extracellular.clo", cl, own.outside, fixed="150 mM", doc="Cl in the bath")
    cli = Concentration("chloride.cli", cl, own.i, initial=states["chloride.cli"], meaning="cli", doc="free Cl in i")
    clss = Concentration("chloride.clss", cl, own.ss, initial=states["chloride.clss"], doc="free Cl in ss")
    own.cell.add(clo, cli, clss)

    add_calmodulin_kinase(own)
    add_fast_sodium(own)
    add_late_sodium(own, "0.0279 mS/uF")
    add_transient_outward(own, "0.16 mS/uF", epi=variant == "epi")
    gamma = activities(own, clo, cli, clss)
    trigger, _ = add_calcium_channel(own, gamma, tau_jca=72.5)
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
    add_chloride_currents(own, cl, own.ss)

    add_stores(
        own, trigger=trigger, release="1.5378", half="1.7 mM", uptake="0.005425 mM/ms", leak="0.0048825 mM/ms",
        transfer="60 ms",
    )  # fmt: skip
    add_diffusion(own)
    add_exchange(own, "Cl", cl, clss, cli, "2 ms")
    add_buffers(own)
    return as_variant(own.cell.build(), variant, FACTORS, states)
