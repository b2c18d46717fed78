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

from troponin.library.rudy_myocyte import add_buffers, add_exchange, myocyte
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


def model(variant: str = "endo") -> Model:
    """The endocardial ("endo"), midmyocardial ("mid") or epicardial ("epi") myocyte."""
    states = initial_state("tomek_2020", variant)
    own = myocyte(
        "tomek-2020", ko="5 mM", stimulus=("-53 A/F", "1 ms"), states=states, paper=PAPER, variant=variant,
        main_currents=MAIN_CURRENTS,
    )  # fmt: skip
    cl = Ion("Cl", -1)
    chloride = Chloride(
        o=Concentration("extracellular.clo", cl, own.outside, fixed="150 mM", doc="Cl in the bath"),
        i=Concentration("chloride.cli", cl, own.i, initial=states["chloride.cli"], meaning="cli", doc="free Cl in i"),
        ss=Concentration("chloride.clss", cl, own.ss, initial=states["chloride.clss"], doc="free Cl in ss"),
    )
    in_ss, _ = add_membrane(own, chloride, epi=variant == "epi", tau_jca=72.5)
    add_release_and_uptake(own, trigger=in_ss)
    add_exchange(own, "Cl", cl, chloride.ss, chloride.i, "2 ms")
    add_buffers(own)
    return as_variant(own.cell.build(), variant, CELL_TYPES)
