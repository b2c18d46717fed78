"""The human ventricular myocyte of ten Tusscher and Panfilov (2006).

Paper: ten Tusscher KHWJ, Panfilov AV (2006), Alternans and spiral breakup in a human ventricular tissue model,
Am J Physiol Heart Circ Physiol 291:H1088-H1100, doi 10.1152/ajpheart.00109.2006; currents that it kept from ten
Tusscher et al. (2004), doi 10.1152/ajpheart.00794.2003.  Species: human.

What differs from the paper: units.  The authors' code has a capacitance of 0.185 uF and a cytosol of 0.016404
(called um^3), both a thousand times a cell; what enters the equations is their ratio, which is the one of
185 pF and 16404 um^3 used here, as Myokit's file has them.  Calcium buffers are differential
equations, where the authors' code solves the same equilibrium algebraically in every step.  R and F are the
authors'; the constants of INa and ICaL those of the paper's cell types (restitution slope 1.1).
"""

from __future__ import annotations

from collections.abc import Mapping

from troponin.expr.functions import exp, sqrt
from troponin.expr.nodes import NodeLike, Symbol
from troponin.library.sodium_inactivation import h_inf, m_inf, tau_h, tau_j
from troponin.library.variants import initial_state
from troponin.model.model import Model, Paper
from troponin.physiology.buffer import RapidBuffer
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel, Current
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.flux import Flux
from troponin.physiology.gate import Gate, v
from troponin.physiology.ion import F, Ion, Permeant, R, T, ghk_current, ghk_voltage
from troponin.physiology.membrane import StimulusCurrent, voltage
from troponin.physiology.transporter import Transporter
from troponin.units import Quantity, mM, mV

VARIANTS = ("endo", "M", "epi")

PAPER = Paper(
    authors="K. H. W. J. ten Tusscher and A. V. Panfilov",
    year=2006,
    title="Alternans and spiral breakup in a human ventricular tissue model",
    doi="10.1152/ajpheart.00109.2006",
    species="human",
)

na, k, ca = Ion("Na", +1), Ion("K", +1), Ion("Ca", +2)
i, ss, sr = Compartment("i", "16404 um^3"), Compartment("ss", "54.68 um^3"), Compartment("sr", "1094 um^3")
outside = Compartment("outside")
Nai, Ki, Cai, CaSS, CaSR = (
    Symbol(name) for name in ("sodium.Nai", "potassium.Ki", "calcium.Cai", "calcium.CaSS", "calcium.CaSR")
)
Nao, Ko, Cao = (Symbol(f"extracellular.{name}") for name in ("Nao", "Ko", "Cao"))
vfrt = voltage * F / (R * T)


def model(variant: str = "endo") -> Model:
    """The endocardial ("endo"), midmyocardial ("M") or epicardial ("epi") myocyte."""
    states = initial_state("ten_tusscher_panfilov_2006", variant)
    cell = Cell(
        "ten-tusscher-panfilov-2006", capacitance="185 pF", temperature="310 K", start=states, inside=i,
        outside=outside, gas_constant="8314.472 mJ/mol/K", faraday_constant="96485.3415 C/mol", paper=PAPER,
        variant=variant, main_currents=("INa.INa", "ICaL.ICaL", "Ito.Ito", "IKr.IKr", "IKs.IKs", "IK1.IK1",
                                        "INaCa.INaCa"),
    )  # fmt: skip
    cell.add(
        Concentration(Nao.name, na, outside, fixed="140 mM", doc="Na in the bath"),
        Concentration(Ko.name, k, outside, fixed="5.4 mM", doc="K in the bath"),
        Concentration(Cao.name, ca, outside, fixed="2 mM", doc="Ca in the bath"),
        Concentration(Nai.name, na, i, initial=states[Nai.name], meaning="nai", doc="Na in the cytosol"),
        Concentration(Ki.name, k, i, initial=states[Ki.name], meaning="ki", doc="K in the cytosol"),
        StimulusCurrent("-52 A/F", "1 ms", carrier=k),
    )
    add_sodium_currents(cell)
    add_calcium_currents(cell)
    add_transient_outward(cell, endo=variant == "endo")
    add_delayed_rectifiers(cell, slow="0.098 mS/uF" if variant == "M" else "0.392 mS/uF")
    add_inward_rectifier(cell)
    add_transporters(cell)
    add_calcium_handling(cell, states)
    return cell.build()


def add_sodium_currents(cell: Cell) -> None:
    """INa and its background."""
    GNa = cell.parameter("INa.GNa", "14.838 mS/uF", "conductance")
    GbNa = cell.parameter("IbNa.GbNa", "0.00029 mS/uF", "conductance")
    tau_m = 1 / (1 + exp((-60 - v) / 5)) * (0.1 / (1 + exp((v + 35) / 5)) + 0.1 / (1 + exp((v - 50) / 200)))
    m, h, j = Gate("m", inf=m_inf, tau=tau_m), Gate("h", inf=h_inf, tau=tau_h), Gate("j", inf=h_inf, tau=tau_j)
    cell.add(Channel("INa", ion=na, conductance=GNa, open=m**3 * h * j))
    cell.add(Channel("IbNa", ion=na, conductance=GbNa))


def add_calcium_currents(cell: Cell) -> None:
    """ICaL in the subspace, the background and the pump.

    ICaL follows Goldman, Hodgkin and Katz with the voltage shifted by 15 mV, and 0.25 as the activity of
    calcium inside.
    """
    GCaL = cell.parameter("ICaL.GCaL", "3.98e-5 L/F/ms", "conductance (the paper's cm^3/uF/s)")
    shift = cell.parameter("ICaL.shift", "15 mV", "voltage at which the driving force is electrically neutral")
    tau_d = (1.4 / (1 + exp((-35 - v) / 13)) + 0.25) * (1.4 / (1 + exp((v + 5) / 5))) + 1 / (1 + exp((50 - v) / 20))
    tau_f = 1102.5 * exp(-((v + 27) ** 2) / 225) + 200 / (1 + exp((13 - v) / 10)) + 180 / (1 + exp((v + 30) / 10)) + 20
    tau_f2 = 562 * exp(-((v + 27) ** 2) / 240) + 31 / (1 + exp((25 - v) / 10)) + 80 / (1 + exp((v + 30) / 10))
    bound = 1 / (1 + (CaSS / (0.05 * mM)) ** 2)
    d = Gate("d", inf=1 / (1 + exp((-8 - v) / 7.5)), tau=tau_d)
    f = Gate("f", inf=1 / (1 + exp((v + 20) / 7)), tau=tau_f)
    f2 = Gate("f2", inf=0.67 / (1 + exp((v + 35) / 7)) + 0.33, tau=tau_f2)
    fCass = Gate("fCass", inf=0.6 * bound + 0.4, tau=80 * bound + 2)
    driven = ghk_current(ca, GCaL, 0.25 * CaSS, Cao, voltage - shift)
    cell.add(Current("ICaL", d * f * f2 * fCass * driven, ion=ca, inside=ss))
    GbCa = cell.parameter("IbCa.GbCa", "0.000592 mS/uF", "conductance")
    cell.add(Channel("IbCa", ion=ca, conductance=GbCa))
    GpCa = cell.parameter("IpCa.GpCa", "0.1238 A/F", "largest current")
    KpCa = cell.parameter("IpCa.KpCa", "0.0005 mM", "half-saturation")
    cell.add(Current("IpCa", GpCa * Cai / (KpCa + Cai), ion=ca))


def add_transient_outward(cell: Cell, *, endo: bool) -> None:
    """Ito: small and slow to recover in endocardial cells (`endo`)."""
    Gto = cell.parameter("Ito.Gto", "0.073 mS/uF" if endo else "0.294 mS/uF", "conductance")
    r = Gate("r", inf=1 / (1 + exp((20 - v) / 6)), tau=9.5 * exp(-((v + 40) ** 2) / 1800) + 0.8)
    s_inf: NodeLike = 1 / (1 + exp((v + (28 if endo else 20)) / 5))
    if endo:
        tau_s = 1000 * exp(-((v + 67) ** 2) / 1000) + 8
    else:
        tau_s = 85 * exp(-((v + 45) ** 2) / 320) + 5 / (1 + exp((v - 20) / 5)) + 3
    cell.add(Channel("Ito", ion=k, conductance=Gto, open=r * Gate("s", inf=s_inf, tau=tau_s)))


def add_delayed_rectifiers(cell: Cell, slow: str) -> None:
    """IKr, IKs (which lets a little sodium through) and the plateau current IpK; `slow` is the conductance of IKs."""
    GKr = cell.parameter("IKr.GKr", "0.153 mS/uF", "conductance at 5.4 mM of outer potassium")
    tau_1 = 450 / (1 + exp((-45 - v) / 10)) * (6 / (1 + exp((v + 30) / 11.5)))
    tau_2 = 3 / (1 + exp((-60 - v) / 20)) * (1.12 / (1 + exp((v - 60) / 20)))
    Xr1 = Gate("Xr1", inf=1 / (1 + exp((-26 - v) / 7)), tau=tau_1)
    Xr2 = Gate("Xr2", inf=1 / (1 + exp((v + 88) / 24)), tau=tau_2)
    cell.add(Channel("IKr", ion=k, conductance=GKr * sqrt(Ko / (5.4 * mM)), open=Xr1 * Xr2))

    GKs = cell.parameter("IKs.GKs", slow, "conductance")
    pKNa = cell.parameter("IKs.pKNa", "0.03", "permeability to sodium relative to potassium")
    E = cell.equation("reversal.EKs", ghk_voltage(Permeant(k, 1.0, Ki, Ko), Permeant(na, pKNa, Nai, Nao)), "mV")
    tau_s = 1400 / sqrt(1 + exp((5 - v) / 6)) * (1 / (1 + exp((v - 35) / 15))) + 80
    Xs = Gate("Xs", inf=1 / (1 + exp((-5 - v) / 14)), tau=tau_s)
    cell.add(Channel("IKs", ion=k, conductance=GKs, open=Xs**2, reversal=E))

    GpK = cell.parameter("IpK.GpK", "0.0146 mS/uF", "conductance")
    cell.add(Channel("IpK", ion=k, conductance=GpK, open=1 / (1 + exp((25 - v) / 5.98))))


def add_inward_rectifier(cell: Cell) -> None:
    """IK1: its rectification follows v - EK."""
    GK1 = cell.parameter("IK1.GK1", "5.405 mS/uF", "conductance at 5.4 mM of outer potassium")
    x = v - Symbol("reversal.EK") / mV
    alpha = 0.1 / (1 + exp(0.06 * (x - 200)))
    beta = (3 * exp(0.0002 * (x + 100)) + exp(0.1 * (x - 10))) / (1 + exp(-0.5 * x))
    cell.add(Channel("IK1", ion=k, conductance=GK1 * sqrt(Ko / (5.4 * mM)), open=alpha / (alpha + beta)))


def add_transporters(cell: Cell) -> None:
    """INaCa and INaK."""
    kNaCa = cell.parameter("INaCa.kNaCa", "1000 A/F", "size of the exchange current")
    KmNai = cell.parameter("INaCa.KmNai", "87.5 mM", "half-saturation of inner sodium")
    KmCa = cell.parameter("INaCa.KmCa", "1.38 mM", "half-saturation of outer calcium")
    ksat = cell.parameter("INaCa.ksat", "0.1", "saturation at negative potentials")
    alpha = cell.parameter("INaCa.alpha", "2.5", "factor of the reverse mode")
    gamma = cell.parameter("INaCa.gamma", "0.35", "where in the field the barrier stands")
    forward, backward = exp(gamma * vfrt), exp((gamma - 1) * vfrt)
    exchange = forward * Nai**3 * Cao - backward * Nao**3 * Cai * alpha
    saturation = (KmNai**3 + Nao**3) * (KmCa + Cao) * (1 + ksat * backward)
    cell.add(Transporter("INaCa", kNaCa * exchange / saturation, moves={na: -3, ca: 1}))

    PNaK = cell.parameter("INaK.PNaK", "2.724 A/F", "size of the pump current")
    KmK = cell.parameter("INaK.KmK", "1 mM", "half-saturation of outer potassium")
    KmNa = cell.parameter("INaK.KmNa", "40 mM", "half-saturation of inner sodium")
    field = 1 + 0.1245 * exp(-0.1 * vfrt) + 0.0353 * exp(-vfrt)
    pump = PNaK * Ko / (Ko + KmK) * Nai / (Nai + KmNa) / field
    cell.add(Transporter("INaK", pump, moves={na: 3, k: -2}))


def add_calcium_handling(cell: Cell, states: Mapping[str, Quantity]) -> None:
    """Release, leak, uptake and diffusion between cytosol, subspace and store, with their buffers."""
    in_i = Concentration(Cai.name, ca, i, initial=states[Cai.name], meaning="cai", doc="free Ca in the cytosol")
    in_ss = Concentration(CaSS.name, ca, ss, initial=states[CaSS.name], doc="free Ca in the subspace")
    in_sr = Concentration(CaSR.name, ca, sr, initial=states[CaSR.name], doc="free Ca in the store")
    cell.add(in_i, in_ss, in_sr)
    for name, binds, total, half in (
        ("c", in_i, "0.2 mM", "0.001 mM"), ("ss", in_ss, "0.4 mM", "0.00025 mM"), ("sr", in_sr, "10 mM", "0.3 mM"),
    ):  # fmt: skip
        sites = cell.parameter(f"calcium.Buf{name}", total, "buffer sites")
        constant = cell.parameter(f"calcium.Kbuf{name}", half, "dissociation constant")
        cell.add(RapidBuffer(f"Buf{name}", binds, sites, constant))

    p = {name: cell.parameter(f"Irel.{name}", value, doc) for name, value, doc in _RELEASE}
    kcasr = p["maxsr"] - (p["maxsr"] - p["minsr"]) / (1 + (p["EC"] / CaSR) ** 2)
    k1, k2, bound = p["k1p"] / kcasr, p["k2p"] * kcasr, CaSS**2
    ready = cell.state("Irel.R", "0.9", p["k4"] * (1 - Symbol("Irel.R")) - k2 * CaSS * Symbol("Irel.R"),
                       doc="receptors that are ready to open")  # fmt: skip
    O = cell.equation("Irel.O", k1 * bound * ready / (p["k3"] + k1 * bound), doc="open receptors")
    cell.add(Flux("Irel.Irel", ca, p["Vrel"] * O * (CaSR - CaSS), sr, ss, per=sr))

    Vleak = cell.parameter("Ileak.Vleak", "0.00036 1/ms", "rate of the leak")
    cell.add(Flux("Ileak", ca, Vleak * (CaSR - Cai), sr, i, per=sr))
    Vmaxup = cell.parameter("Iup.Vmaxup", "0.006375 mM/ms", "largest uptake")
    Kup = cell.parameter("Iup.Kup", "0.00025 mM", "half-saturation")
    cell.add(Flux("Iup", ca, Vmaxup / (1 + Kup**2 / Cai**2), i, sr, per=sr))
    Vxfer = cell.parameter("Ixfer.Vxfer", "0.0038 1/ms", "diffusion out of the subspace")
    cell.add(Flux("Ixfer", ca, Vxfer * (CaSS - Cai), ss, i, per=i))


_RELEASE = (
    ("Vrel", "0.102 1/ms", "largest rate of release"),
    ("k1p", "0.15 1/(mM^2*ms)", "rate of opening"),
    ("k2p", "0.045 1/(mM*ms)", "rate of inactivation"),
    ("k3", "0.06 1/ms", "rate of closing"),
    ("k4", "0.005 1/ms", "rate of recovery"),
    ("EC", "1.5 mM", "store calcium of half-maximal sensitization"),
    ("maxsr", "2.5", "kcasr of an empty store"),
    ("minsr", "1", "kcasr of a full store"),
)
