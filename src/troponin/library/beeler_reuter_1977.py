"""The mammalian ventricular myocardial fibre of Beeler and Reuter (1977).

Paper: Beeler GW, Reuter H (1977), Reconstruction of the action potential of ventricular myocardial fibres,
J Physiol 268:177-210, doi 10.1113/jphysiol.1977.sp011853.  Species: mammalian (dog, cow, sheep).

What differs from the paper: calcium is in mM here and in mol/L there.  Only [Ca2+]i moves, by a rate in proportion to
the slow inward current and not by a volume, and no ion carries the stimulus: charge is not conserved.  The
potassium currents are fits of the paper's experiments and have no reversal potential of their own.
"""

from __future__ import annotations

from troponin.expr.functions import exp, log, vtrap
from troponin.expr.nodes import Symbol
from troponin.model.model import Model, Paper
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel, Current
from troponin.physiology.gate import Gate, v
from troponin.physiology.ion import Ion
from troponin.physiology.membrane import StimulusCurrent
from troponin.units import mM, mV

VARIANTS = ("ventricular",)

PAPER = Paper(
    authors="G. W. Beeler and H. Reuter",
    year=1977,
    title="Reconstruction of the action potential of ventricular myocardial fibres",
    doi="10.1113/jphysiol.1977.sp011853",
    species="mammalian",
)


def model(variant: str = "ventricular") -> Model:
    """A patch of ventricular membrane: one sodium, one calcium and two potassium currents."""
    fibre = Cell(
        "beeler-reuter-1977", capacitance="1 uF/cm^2", v="-84.622 mV", paper=PAPER, variant=variant,
        main_currents=("INa.INa", "Is.Is", "Ix1.Ix1", "IK1.IK1"),
    )  # fmt: skip
    fibre.add(StimulusCurrent("-25 uA/cm^2", "2 ms"))
    add_potassium_currents(fibre)
    add_sodium_current(fibre)
    add_slow_inward_current(fibre)
    return fibre.build()


def add_potassium_currents(fibre: Cell) -> None:
    """IK1, which rectifies at once, and Ix1, which activates slowly."""
    k = Ion("K", +1)
    gK1 = fibre.parameter("IK1.gK1", "0.35 uA/cm^2", "size of the current")
    rectified = 4 * (exp(0.04 * (v + 85)) - 1) / (exp(0.08 * (v + 53)) + exp(0.04 * (v + 53)))
    fibre.add(Current("IK1", gK1 * (rectified + 0.2 * vtrap(v + 23, 25)), ion=k))

    gx1 = fibre.parameter("Ix1.gx1", "0.8 uA/cm^2", "size of the current")
    x1 = Gate(
        "x1",
        alpha=0.0005 * exp(0.083 * (v + 50)) / (exp(0.057 * (v + 50)) + 1),
        beta=0.0013 * exp(-0.06 * (v + 20)) / (exp(-0.04 * (v + 20)) + 1),
        initial=0.0004,
    )
    fibre.add(Current("Ix1", x1 * gx1 * (exp(0.04 * (v + 77)) - 1) / exp(0.04 * (v + 35)), ion=k))


def add_sodium_current(fibre: Cell) -> None:
    """INa: gates m, h, j and a small part that is always open."""
    na = Ion("Na", +1)
    gNa = fibre.parameter("INa.gNa", "4 mS/cm^2", "conductance with all gates open")
    gNaC = fibre.parameter("INa.gNaC", "0.003 mS/cm^2", "conductance that is always there")
    ENa = fibre.parameter("INa.ENa", "50 mV", "reversal potential")
    m = Gate("m", alpha=vtrap(v + 47, 10), beta=40 * exp(-0.056 * (v + 72)), initial=0.01)
    h = Gate("h", alpha=0.126 * exp(-0.25 * (v + 77)), beta=1.7 / (1 + exp(-0.082 * (v + 22.5))), initial=0.99)
    j = Gate(
        "j",
        alpha=0.055 * exp(-0.25 * (v + 78)) / (1 + exp(-0.2 * (v + 78))),
        beta=0.3 / (1 + exp(-0.1 * (v + 32))),
        initial=0.98,
    )
    fibre.add(Channel("INa", ion=na, conductance=gNa * m**3 * h * j + gNaC, reversal=ENa))


def add_slow_inward_current(fibre: Cell) -> None:
    """Is, whose reversal potential follows the calcium that it brings in."""
    ca = Ion("Ca", +2)
    gs = fibre.parameter("Is.gs", "0.09 mS/cm^2", "conductance with all gates open")
    inflow = fibre.parameter("Is.inflow", "1e-4 mM*cm^2/(uA*ms)", "calcium that a current brings in")
    uptake = fibre.parameter("Is.uptake", "0.07 1/ms", "rate at which calcium goes back to rest")
    resting = fibre.parameter("Is.Cai_rest", "1e-4 mM", "calcium at rest")
    d = Gate(
        "d",
        alpha=0.095 * exp(-0.01 * (v - 5)) / (exp(-0.072 * (v - 5)) + 1),
        beta=0.07 * exp(-0.017 * (v + 44)) / (exp(0.05 * (v + 44)) + 1),
        initial=0.003,
    )
    f = Gate(
        "f",
        alpha=0.012 * exp(-0.008 * (v + 28)) / (exp(0.15 * (v + 28)) + 1),
        beta=0.0065 * exp(-0.02 * (v + 30)) / (exp(-0.2 * (v + 30)) + 1),
        initial=0.99,
    )
    Cai = Symbol("Is.Cai")
    Es = fibre.equation("Is.Es", -82.3 * mV - 13.0287 * mV * log(Cai / (1000.0 * mM)), "mV", "reversal potential")
    Is = Channel("Is", ion=ca, conductance=gs, open=d * f, reversal=Es)
    fibre.add(Is)
    fibre.state(Cai.name, "2e-4 mM", uptake * (resting - Cai) - inflow * Is, doc="intracellular calcium", meaning="cai")
