"""The squid giant axon at 6.3 C: Hodgkin and Huxley 1952, J. Physiol. 117:500, doi 10.1113/jphysiol.1952.sp004764.

Species: squid (Loligo).  In the modern sign with the rest at -60 mV.  The leak reverses at -60 + 10.613 =
-49.387 mV: 10.613 mV is a depolarisation in the paper, so that the -50.613 mV of some files (shifted with the
wrong sign) is an erratum.  At the reference temperature of 279.45 K the Q10 of 3 of all rates is 1.
"""

from __future__ import annotations

from troponin.expr.functions import exp, vtrap
from troponin.model.model import Model, Paper
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel
from troponin.physiology.gate import Gate, v
from troponin.physiology.ion import Ion
from troponin.physiology.membrane import StimulusCurrent

VARIANTS = ("squid",)
T0 = "279.45 K"

PAPER = Paper(
    authors="A. L. Hodgkin and A. F. Huxley",
    year=1952,
    title="A quantitative description of membrane current and its application to conduction and excitation in nerve",
    doi="10.1113/jphysiol.1952.sp004764",
    species="squid",
)


def model(variant: str = "squid") -> Model:
    """The membrane of the squid giant axon: a sodium, a potassium and a leakage channel."""
    na, k = Ion("Na", charge=+1), Ion("K", charge=+1)
    axon = Cell(
        "hodgkin-huxley-1952", capacitance="1 uF/cm^2", temperature=T0, v="-59.9964 mV", paper=PAPER,
        variant=variant, main_currents=("INa.INa", "IK.IK", "IL.IL"),
    )  # fmt: skip
    m = Gate("m", alpha=0.1 * vtrap(v + 35, 10), beta=4 * exp(-(v + 60) / 18), q10=3.0, reference=T0)
    h = Gate("h", alpha=0.07 * exp(-(v + 60) / 20), beta=1 / (1 + exp(-(v + 30) / 10)), q10=3.0, reference=T0)
    n = Gate("n", alpha=0.01 * vtrap(v + 50, 10), beta=0.125 * exp(-(v + 60) / 80), q10=3.0, reference=T0)

    axon.add(Channel("INa", ion=na, reversal="55 mV", conductance="120 mS/cm^2", open=m**3 * h))
    axon.add(Channel("IK", ion=k, reversal="-72 mV", conductance="36 mS/cm^2", open=n**4))
    axon.add(Channel("IL", reversal="-49.387 mV", conductance="0.3 mS/cm^2"))
    axon.add(StimulusCurrent("-20 uA/cm^2", duration="0.5 ms"))
    return axon.build()
