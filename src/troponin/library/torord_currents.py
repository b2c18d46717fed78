"""The channels that are new in ToR-ORd: INa, IKr, IK1, IKATP and the chloride currents.

`tomek_2020` and `torord_land` are both made of these, of the calcium channel in `torord_calcium_channel`, and
of what stayed as O'Hara and Rudy wrote it.  A fit of a gate takes v in mV and gives ms.

Tomek J, Bueno-Orovio A, Passini E, et al. (2019), eLife 8:e48890, doi 10.7554/eLife.48890.
"""

from __future__ import annotations

from troponin.expr.functions import exp, sqrt
from troponin.library.rudy_myocyte import Myocyte, vfrt
from troponin.library.sodium_inactivation import h_inf, m_inf, tau_h, tau_j
from troponin.physiology.channel import Channel
from troponin.physiology.compartment import Compartment
from troponin.physiology.gate import Gate, v
from troponin.physiology.ion import Ion
from troponin.physiology.markov import Markov
from troponin.units import mM, mV

__all__ = [
    "add_chloride_currents", "add_fast_sodium", "add_inward_rectifier", "add_potassium_atp", "add_rapid_rectifier",
]  # fmt: skip


def add_fast_sodium(own: Myocyte) -> None:
    """INa after Grandi et al. (2010), with phosphorylated channels."""
    f = own.f
    GNa = own.cell.parameter("INa.GNa", "11.7802 mS/uF", "conductance")
    tau_m = 0.1292 * exp(-(((v + 45.79) / 15.54) ** 2)) + 0.06487 * exp(-(((v - 4.823) / 51.12) ** 2))
    m = Gate("m", inf=m_inf, tau=tau_m)
    h, j = Gate("h", inf=h_inf, tau=tau_h), Gate("j", inf=h_inf, tau=tau_j)
    hp = Gate("hp", inf=1 / (1 + exp((v + 77.55) / 7.43)) ** 2, tau=tau_h)
    jp = Gate("jp", inf=h_inf, tau=1.46 * tau_j)
    own.cell.add(Channel("INa", ion=own.na, conductance=GNa, open=m**3 * ((1 - f) * h * j + f * hp * jp)))


def add_rapid_rectifier(own: Myocyte) -> None:
    """IKr after Lu, Vandenberg et al. (2001): C3 = C2 = C1 = O = I, and I = C1 closes the loop.

    The rate from I to C1 is the one that microscopic reversibility leaves.  C3 is the state at rest; the
    papers' files do not agree on its number.
    """
    GKr = own.cell.parameter("IKr.GKr", "0.0321 mS/uF", "conductance at 5 mM of outer potassium")
    alpha, beta = 0.1161 * exp(0.299 * vfrt), 0.2442 * exp(-1.604 * vfrt)
    alpha1, beta1 = 1.25 * 0.1235, 0.1911
    alpha2, beta2 = 0.0578 * exp(0.971 * vfrt), 0.349e-3 * exp(-1.062 * vfrt)
    alphai, betai = 0.2533 * exp(0.5953 * vfrt), 1.25 * 0.0522 * exp(-0.8209 * vfrt)
    alphaC1ToI = 0.52e-4 * exp(1.525 * vfrt)
    betaIToC1 = beta2 * betai * alphaC1ToI / (alpha2 * alphai)
    chain = Markov(
        "IKr",
        states={"C3": 1.0, "C2": 0.0, "C1": 0.0, "O": 0.0, "I": 0.0},
        rates={
            ("C3", "C2"): (alpha, beta), ("C2", "C1"): (alpha1, beta1), ("C1", "O"): (alpha2, beta2),
            ("O", "I"): (alphai, betai), ("C1", "I"): (alphaC1ToI, betaIToC1),
        },
    )  # fmt: skip
    own.cell.add(Channel("IKr", ion=own.k, conductance=GKr * sqrt(own.ko / (5.0 * mM)), open=chain["O"]))


def add_inward_rectifier(own: Myocyte) -> None:
    """IK1 after Carro et al. (2011): its rectification follows v - EK."""
    GK1 = own.cell.parameter("IK1.GK1", "0.6992 mS/uF", "conductance at 5 mM of outer potassium")
    x = v - own.EK / mV
    aK1 = 4.094 / (1 + exp(0.1217 * (x - 49.934)))
    bK1 = (15.72 * exp(0.0674 * (x - 3.257)) + exp(0.0618 * (x - 594.31))) / (1 + exp(-0.1629 * (x + 14.207)))
    size = GK1 * sqrt(own.ko / (5.0 * mM))
    own.cell.add(Channel("IK1", ion=own.k, conductance=size, open=aK1 / (aK1 + bK1)))


def add_potassium_atp(own: Myocyte) -> None:
    """IKATP: closed in health (`fkatp` is 0).  Kazbanov et al. (2014)."""
    cell = own.cell
    gkatp = cell.parameter("IKATP.gkatp", "4.3195 mS/uF", "conductance")
    fkatp = cell.parameter("IKATP.fkatp", "0", "fraction of channels that lack of ATP has opened")
    K_o_n = cell.parameter("IKATP.K_o_n", "5 mM", "outer potassium in health")
    A_atp = cell.parameter("IKATP.A_atp", "2 mM", "ATP")
    K_atp = cell.parameter("IKATP.K_atp", "0.25 mM", "ATP that closes half of the channels")
    free = 1 / (1 + (A_atp / K_atp) ** 2)
    own.cell.add(Channel("IKATP", ion=own.k, conductance=gkatp, open=fkatp * (own.ko / K_o_n) ** 0.24 * free))


def add_chloride_currents(own: Myocyte, cl: Ion, near: Compartment) -> None:
    """IClCa, which subspace calcium opens, and IClb; `near` is where IClCa's chloride comes from."""
    GClCa = own.cell.parameter("IClCa.GClCa", "0.2843 mS/uF", "conductance")
    KdClCa = own.cell.parameter("IClCa.KdClCa", "0.1 mM", "calcium that opens half of the channels")
    GClb = own.cell.parameter("IClb.GClb", "0.00198 mS/uF", "conductance")
    own.cell.add(Channel("IClCa", ion=cl, conductance=GClCa, open=1 / (1 + KdClCa / own.cass), inside=near))
    own.cell.add(Channel("IClb", ion=cl, conductance=GClb))
