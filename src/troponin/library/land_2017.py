"""Contraction of human cardiac muscle alone, in a given calcium: Land et al. 2017, doi 10.1016/j.yjmcc.2017.03.008.

Species: human.  Variants: the published parameters of intact muscle at 37 C and of skinned muscle.  The input
`calcium.cai` (role "calcium") stays at its resting value unless a protocol drives it; stretch and stretch
rate are inputs too.  Public codes differ from the paper and from one another; this follows the paper where they do:
ku = 1/ms and nTm = 5 (0.04 and 2.4, or 0.021 and 2.036, are later fits for coupled cells), tension times
h(lambda), the viscous stress k (C - Cd).  The start is the steady state, not a relaxed muscle without calcium.
"""

from __future__ import annotations

from troponin.errors import UnknownNameError
from troponin.model.model import Model, Paper
from troponin.physiology.cell import Cell
from troponin.physiology.contraction import INTACT, SKINNED, Contraction
from troponin.units import uM

VARIANTS = ("intact", "skinned")

PAPER = Paper(
    authors="S. Land, S.-J. Park-Holohan, N. P. Smith, C. G. dos Remedios, J. C. Kentish and S. A. Niederer",
    year=2017,
    title="A model of cardiac contraction based on novel measurements of tension development in human cardiomyocytes",
    doi="10.1016/j.yjmcc.2017.03.008",
    species="human",
)


def model(variant: str = "intact") -> Model:
    """Human cardiac muscle that contracts by a given calcium and stretch."""
    if variant not in VARIANTS:
        raise UnknownNameError("variant", variant, VARIANTS, where="land-2017")
    muscle = Cell("land-2017", paper=PAPER, variant=variant)
    calcium = muscle.input("calcium.cai", "calcium", "0.1 uM", "free calcium", meaning="cai")
    parameters = INTACT if variant == "intact" else SKINNED
    muscle.add(Contraction(calcium, parameters=parameters, calcium_unit=uM))
    return muscle.build()
