"""The human ventricular myocyte of O'Hara, Virág, Varró and Rudy (2011), ORd.

Paper: O'Hara T, Virág L, Varró A, Rudy Y (2011), Simulation of the undiseased human cardiac ventricular action
potential: model formulation and experimental validation, PLoS Comput Biol 7:e1002061,
doi 10.1371/journal.pcbi.1002061.  Species: human.

What differs from the paper: nothing in the equations, which are those of the authors' code; of the two slips
that its readers found in the sodium-potassium pump see `rudy_transporters`.  The start is the paper's, which is not
a steady state: pace it for hundreds of beats.  INa conducts too slowly in tissue, as the authors say.
"""

from __future__ import annotations

from troponin.expr.functions import exp, sqrt
from troponin.expr.nodes import Symbol
from troponin.library.rudy_calcium_channel import add_three_currents, calcium_channel, fss
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
    Myocyte,
    add_buffers,
    add_calmodulin_kinase,
    add_diffusion,
    add_stores,
    myocyte,
)
from troponin.library.rudy_transporters import add_sodium_calcium_exchanger, add_sodium_potassium_pump
from troponin.library.variants import as_variant, initial_state
from troponin.model.model import Model, Paper
from troponin.physiology.channel import Channel
from troponin.physiology.gate import Gate, v
from troponin.units import mM

VARIANTS = ("endo", "mid", "epi")

PAPER = Paper(
    authors="T. O'Hara, L. Virág, A. Varró and Y. Rudy",
    year=2011,
    title="Simulation of the undiseased human cardiac ventricular action potential: model formulation and "
    "experimental validation",
    doi="10.1371/journal.pcbi.1002061",
    species="human",
)

FACTORS = {
    "INaL.GNaL": {"epi": 0.6},
    "Ito.Gto": {"epi": 4.0, "mid": 4.0},
    "ICaL.PCa": {"epi": 1.2, "mid": 2.5},
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
    states = initial_state("ohara_rudy_2011", "all")
    own = myocyte(
        "ohara-rudy-2011", ko="5.4 mM", stimulus=("-80 A/F", "0.5 ms"), states=states, paper=PAPER, variant=variant,
        main_currents=("INa.INa", "ICaL.ICaL", "Ito.Ito", "IKr.IKr", "IKs.IKs", "IK1.IK1", "INaCa.INaCa"),
    )  # fmt: skip
    add_calmodulin_kinase(own)
    add_fast_sodium(own)
    add_late_sodium(own, "0.0075 mS/uF")
    add_transient_outward(own, "0.02 mS/uF", epi=variant == "epi")
    trigger = add_calcium_channel(own)
    add_rapid_rectifier(own)
    add_slow_rectifier(own, "0.0034 mS/uF")
    add_inward_rectifier(own)
    add_sodium_calcium_exchanger(own, size="0.0008 C/F", in_subspace="0.2")
    add_sodium_potassium_pump(own, size="30 C/F")
    add_background_potassium(own, "0.003 mS/uF", half=14.48, slope=18.34)
    add_background_sodium(own, "3.75e-10 cm/s")
    add_background_calcium(own, "2.5e-8 cm/s", (1.0, 0.341))
    add_calcium_pump(own)

    add_stores(
        own, trigger=trigger, release="1", half="1.5 mM", uptake="0.004375 mM/ms", leak="0.0039375 mM/ms",
        transfer="100 ms",
    )  # fmt: skip
    add_diffusion(own)
    add_buffers(own)
    return as_variant(own.cell.build(), variant, FACTORS)


def add_fast_sodium(own: Myocyte) -> None:
    """INa: 99 % of the channels inactivate fast and 1 % slowly; recovery is by j."""
    f = own.f
    GNa = own.cell.parameter("INa.GNa", "75 mS/uF", "conductance")
    tau_m = 1 / (6.765 * exp((v + 11.64) / 34.77) + 8.552 * exp(-(v + 77.42) / 5.955))
    tau_hf = 1 / (1.432e-5 * exp(-(v + 1.196) / 6.285) + 6.149 * exp((v + 0.5096) / 20.27))
    tau_hs = 1 / (0.009794 * exp(-(v + 17.95) / 28.05) + 0.3343 * exp((v + 5.73) / 56.66))
    tau_j = 2.038 + 1 / (0.02136 * exp(-(v + 100.6) / 8.281) + 0.3052 * exp((v + 0.9941) / 38.45))
    hss = 1 / (1 + exp((v + 82.9) / 6.086))
    m = Gate("m", inf=1 / (1 + exp(-(v + 39.57) / 9.871)), tau=tau_m)
    hf, hs = Gate("hf", inf=hss, tau=tau_hf), Gate("hs", inf=hss, tau=tau_hs)
    hsp = Gate("hsp", inf=1 / (1 + exp((v + 89.1) / 6.086)), tau=3 * tau_hs)
    j, jp = Gate("j", inf=hss, tau=tau_j), Gate("jp", inf=hss, tau=1.46 * tau_j)
    h, hp = 0.99 * hf + 0.01 * hs, 0.99 * hf + 0.01 * hsp
    own.cell.add(Channel("INa", ion=own.na, conductance=GNa, open=m**3 * ((1 - f) * h * j + f * hp * jp)))


def add_calcium_channel(own: Myocyte) -> Symbol:
    """ICaL, all of it in the subspace, with fixed activity coefficients; returns its calcium current."""
    channel = calcium_channel(
        own, permeability="0.0001 cm/s", k2n="1000 1/ms", d_inf=1 / (1 + exp(-(v + 3.94) / 4.23)), jca_inf=fss,
        tau_jca=75.0,
    )  # fmt: skip
    opened = channel.open(own.f, channel.calcium_mode(own, "ICaL.nca", own.cass))
    calcium, _, _ = add_three_currents(own, "", own.ss, opened, within=(0.75, 1.0), beyond=(0.75, 0.341))
    return calcium


def add_rapid_rectifier(own: Myocyte) -> None:
    """IKr: two activation gates, and inactivation at once with the voltage."""
    GKr = own.cell.parameter("IKr.GKr", "0.046 mS/uF", "conductance at 5.4 mM of outer potassium")
    xss = 1 / (1 + exp(-(v + 8.337) / 6.789))
    tau_f = 12.98 + 1 / (0.3652 * exp((v - 31.66) / 3.869) + 4.123e-5 * exp(-(v - 47.78) / 20.38))
    tau_s = 1.865 + 1 / (0.06629 * exp((v - 34.7) / 7.355) + 1.128e-5 * exp(-(v - 29.74) / 25.94))
    Axrf = 1 / (1 + exp((v + 54.81) / 38.21))
    x = Axrf * Gate("xrf", inf=xss, tau=tau_f) + (1 - Axrf) * Gate("xrs", inf=xss, tau=tau_s)
    rkr = 1 / (1 + exp((v + 55) / 75)) / (1 + exp((v - 10) / 30))
    own.cell.add(Channel("IKr", ion=own.k, conductance=GKr * sqrt(own.ko / (5.4 * mM)), open=x * rkr))


def add_inward_rectifier(own: Myocyte) -> None:
    """IK1: a slow gate and rectification at once, both shifted by outer potassium."""
    GK1 = own.cell.parameter("IK1.GK1", "0.1908 mS/uF", "conductance at 1 mM of outer potassium")
    ko = own.ko / mM
    xk1 = Gate(
        "xk1",
        inf=1 / (1 + exp(-(v + 2.5538 * ko + 144.59) / (1.5692 * ko + 3.8115))),
        tau=122.2 / (exp(-(v + 127.2) / 20.36) + exp((v + 236.8) / 69.33)),
    )
    rk1 = 1 / (1 + exp((v + 105.8 - 2.6 * ko) / 9.493))
    own.cell.add(Channel("IK1", ion=own.k, conductance=GK1 * sqrt(ko), open=rk1 * xk1))
