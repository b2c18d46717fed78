"""The channels that ToR-ORd took over from O'Hara and Rudy with their kinetics unchanged, and small currents.

Each is written once here; a model gives its own conductance.  A fit of a gate takes v in mV and gives ms, as
the papers print it.  `f` is the fraction of channels that CaMKII has phosphorylated; they have gates of their own.

O'Hara T, Virág L, Varró A, Rudy Y (2011), PLoS Comput Biol 7:e1002061, doi 10.1371/journal.pcbi.1002061,
text S1.
"""

from __future__ import annotations

from troponin.expr.functions import exp
from troponin.expr.nodes import NodeLike, Symbol
from troponin.library.rudy_myocyte import Myocyte
from troponin.physiology.channel import Channel, Current
from troponin.physiology.gate import Gate, v
from troponin.units import mM

__all__ = [
    "add_background_calcium", "add_background_potassium", "add_background_sodium", "add_calcium_pump",
    "add_late_sodium", "add_slow_rectifier", "add_transient_outward",
]  # fmt: skip


def add_late_sodium(own: Myocyte, conductance: str) -> None:
    """INaL: opens as fast as INa and inactivates in 200 ms."""
    f = own.f
    GNaL = own.cell.parameter("INaL.GNaL", conductance, "conductance")
    mL = Gate("mL", inf=1 / (1 + exp(-(v + 42.85) / 5.264)), tau=Symbol("INa.tau_m"))
    hL = Gate("hL", inf=1 / (1 + exp((v + 87.61) / 7.488)), tau=200.0)
    hLp = Gate("hLp", inf=1 / (1 + exp((v + 93.81) / 7.488)), tau=3.0 * 200.0)
    own.cell.add(Channel("INaL", ion=own.na, conductance=GNaL, open=mL * ((1 - f) * hL + f * hLp)))


def add_transient_outward(own: Myocyte, conductance: str, *, epi: bool) -> None:
    """Ito: inactivates fast and slowly, both sooner in epicardial cells (`epi`)."""
    f = own.f
    Gto = own.cell.parameter("Ito.Gto", conductance, "conductance")
    opening = 1.0515 / (1 / (1.2089 * (1 + exp(-(v - 18.4099) / 29.3814))) + 3.5 / (1 + exp((v + 100) / 29.3814)))
    delta = 1 - 0.95 / (1 + exp((v + 70) / 5)) if epi else 1.0
    fast = (4.562 + 1 / (0.3933 * exp(-(v + 100) / 100) + 0.08004 * exp((v + 50) / 16.59))) * delta
    slow = (23.62 + 1 / (0.001416 * exp(-(v + 96.52) / 59.05) + 1.78e-8 * exp((v + 114.1) / 8.079))) * delta
    develop = 1.354 + 1e-4 / (exp((v - 167.4) / 15.89) + exp(-(v - 12.23) / 0.2154))
    recover = 1 - 0.5 / (1 + exp((v + 70) / 20))
    iss = 1 / (1 + exp((v + 43.94) / 5.711))
    a = Gate("a", inf=1 / (1 + exp(-(v - 14.34) / 14.82)), tau=opening)
    iF, iS = Gate("iF", inf=iss, tau=fast), Gate("iS", inf=iss, tau=slow)
    ap = Gate("ap", inf=1 / (1 + exp(-(v - 24.34) / 14.82)), tau=opening)
    iFp, iSp = Gate("iFp", inf=iss, tau=develop * recover * fast), Gate("iSp", inf=iss, tau=develop * recover * slow)
    AiF = 1 / (1 + exp((v - 213.6) / 151.2))
    i = AiF * iF + (1 - AiF) * iS
    ip = AiF * iFp + (1 - AiF) * iSp
    own.cell.add(Channel("Ito", ion=own.k, conductance=Gto, open=(1 - f) * a * i + f * ap * ip))


def add_slow_rectifier(own: Myocyte, conductance: str) -> None:
    """IKs: two activation gates, and calcium that opens it further."""
    GKs = own.cell.parameter("IKs.GKs", conductance, "conductance")
    ss = 1 / (1 + exp(-(v + 11.6) / 8.932))
    slow = 817.3 + 1 / (2.326e-4 * exp((v + 48.28) / 17.8) + 0.001292 * exp(-(v + 210) / 230))
    fast = 1 / (0.01 * exp((v - 50) / 20) + 0.0193 * exp(-(v + 66.54) / 31))
    xs1, xs2 = Gate("xs1", inf=ss, tau=slow), Gate("xs2", inf=ss, tau=fast)
    KsCa = 1 + 0.6 / (1 + (3.8e-5 * mM / own.cai) ** 1.4)
    # all of its charge is potassium's, although sodium shifts its reversal potential: as published
    own.cell.add(Channel("IKs", ion=own.k, conductance=GKs, open=KsCa * xs1 * xs2, reversal=Symbol("reversal.EKs")))


def add_background_potassium(own: Myocyte, conductance: str, *, half: float, slope: float) -> None:
    """IKb: an instantaneous fit with its midpoint and slope in mV."""
    GKb = own.cell.parameter("IKb.GKb", conductance, "conductance")
    own.cell.add(Channel("IKb", ion=own.k, conductance=GKb, open=1 / (1 + exp(-(v - half) / slope))))


def add_background_sodium(own: Myocyte, permeability: str) -> None:
    """INab: a sodium leak with a constant field."""
    PNab = own.cell.parameter("INab.PNab", permeability, "permeability")
    own.cell.add(Channel("INab", ion=own.na, permeability=PNab))


def add_background_calcium(own: Myocyte, permeability: str, activity: tuple[NodeLike, NodeLike]) -> None:
    """ICab: a constant-field calcium leak, with activity coefficients inside and outside."""
    PCab = own.cell.parameter("ICab.PCab", permeability, "permeability")
    own.cell.add(Channel("ICab", ion=own.ca, permeability=PCab, activity=activity))


def add_calcium_pump(own: Myocyte) -> None:
    """IpCa: the sarcolemmal calcium pump."""
    GpCa = own.cell.parameter("IpCa.GpCa", "0.0005 A/F", "largest current")
    KmCap = own.cell.parameter("IpCa.KmCap", "0.0005 mM", "half-saturation")
    own.cell.add(Current("IpCa", GpCa * own.cai / (KmCap + own.cai), ion=own.ca))
