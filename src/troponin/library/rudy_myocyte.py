"""The human ventricular myocyte of O'Hara and Rudy: spaces, ions, diffusion, stores, buffers and CaMKII.

    myoplasm i  <- diffusion -  subspace ss        dc/dt = beta (-I A_cap / (z F V) + fluxes)
        | SERCA                    ^ release
        v                          |
    network store nsr - transfer -> junctional store jsr

ToR-ORd kept this anatomy, so it is written once for both.

O'Hara T, Virág L, Varró A, Rudy Y (2011), PLoS Comput Biol 7:e1002061, doi 10.1371/journal.pcbi.1002061,
text S1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from troponin.expr.functions import maximum
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.model.model import Paper
from troponin.physiology.buffer import RapidBuffer
from troponin.physiology.cell import Cell
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.flux import Flux
from troponin.physiology.ion import F, Ion, Permeant, R, T, ghk_voltage
from troponin.physiology.membrane import StimulusCurrent, voltage
from troponin.units import Quantity, mM, ms, parse_unit

__all__ = ["Myocyte", "add_buffers", "add_calmodulin_kinase", "add_diffusion", "add_stores", "myocyte", "vfrt"]

vfrt = voltage * F / (R * T)
"""The membrane potential in units of RT/F."""


@dataclass(frozen=True, eq=False, slots=True)
class Myocyte:
    """A cell in the making, with its ions, spaces and concentrations by the names of the papers."""

    cell: Cell
    na: Ion
    k: Ion
    ca: Ion
    i: Compartment
    ss: Compartment
    nsr: Compartment
    jsr: Compartment
    outside: Compartment
    nao: Concentration
    ko: Concentration
    cao: Concentration
    nai: Concentration
    nass: Concentration
    ki: Concentration
    kss: Concentration
    cai: Concentration
    cass: Concentration
    cansr: Concentration
    cajsr: Concentration

    @property
    def ENa(self) -> Symbol:
        """The Nernst potential of sodium [mV]."""
        return Symbol("reversal.ENa")

    @property
    def EK(self) -> Symbol:
        """The Nernst potential of potassium [mV]."""
        return Symbol("reversal.EK")

    @property
    def f(self) -> Symbol:
        """The fraction of channels, ryanodine receptors and pumps that CaMKII has phosphorylated."""
        return Symbol("CaMK.f")


def myocyte(
    name: str,
    *,
    ko: str,
    stimulus: tuple[str, str],
    states: Mapping[str, Quantity],
    paper: Paper,
    variant: str,
    main_currents: tuple[str, ...],
) -> Myocyte:
    """The cell with its geometry, its sodium, potassium and calcium, and a stimulus that potassium carries.

    `ko` is the extracellular potassium that the paper uses; `stimulus` the amplitude and duration.  A cell is
    a cylinder whose capacitive area is twice the geometric one, with 1 uF/cm^2; pi is 3.14, as published.
    """
    outside, i = Compartment("outside"), Compartment("i", Symbol("geometry.vmyo"))
    ss, nsr, jsr = (Compartment(x, Symbol(f"geometry.v{x}")) for x in ("ss", "nsr", "jsr"))
    cell = Cell(
        name, capacitance=Symbol("geometry.Acap") * parse_unit("uF/cm^2"), temperature="310 K",
        start=states, inside=i, outside=outside, gas_constant="8314 mJ/mol/K",
        faraday_constant="96485 C/mol", paper=paper, variant=variant, main_currents=main_currents,
    )  # fmt: skip
    _add_geometry(cell)
    na, k, ca = Ion("Na", +1), Ion("K", +1), Ion("Ca", +2)

    def held(name: str, ion: Ion, value: str) -> Concentration:
        return Concentration(f"extracellular.{name}", ion, outside, fixed=value, doc=f"{ion.name} in the bath")

    def moving(name: str, ion: Ion, space: Compartment, meaning: str | None = None) -> Concentration:
        doc = f"free {ion.name} in {space.name}"
        return Concentration(name, ion, space, initial=states[name], meaning=meaning, doc=doc)

    own = Myocyte(
        cell, na, k, ca, i, ss, nsr, jsr, outside,
        nao=held("nao", na, "140 mM"), ko=held("ko", k, ko), cao=held("cao", ca, "1.8 mM"),
        nai=moving("sodium.nai", na, i, "nai"), nass=moving("sodium.nass", na, ss),
        ki=moving("potassium.ki", k, i, "ki"), kss=moving("potassium.kss", k, ss),
        cai=moving("calcium.cai", ca, i, "cai"), cass=moving("calcium.cass", ca, ss),
        cansr=moving("calcium.cansr", ca, nsr), cajsr=moving("calcium.cajsr", ca, jsr),
    )  # fmt: skip
    cell.add(own.nao, own.ko, own.cao, own.nai, own.nass, own.ki, own.kss)
    cell.add(own.cai, own.cass, own.cansr, own.cajsr)
    cell.add(StimulusCurrent(stimulus[0], stimulus[1], carrier=k, inside=i))
    _add_slow_potassium_reversal(own)
    return own


def _add_geometry(cell: Cell) -> None:
    length = cell.parameter("geometry.L", "0.01 cm", "length of the cell")
    radius = cell.parameter("geometry.rad", "0.0011 cm", "radius of the cell")
    per_cubic_cm = 1000.0 * parse_unit("uL/cm^3")  # equations convert no unit: 1 cm^3 holds 1000 uL
    vcell = cell.equation("geometry.vcell", 3.14 * radius**2 * length * per_cubic_cm, "uL", "volume of the cell")
    ageo = 2 * 3.14 * radius**2 + 2 * 3.14 * radius * length
    cell.equation("geometry.Acap", 2 * ageo, "cm^2", "capacitive area")
    for space, share in (("myo", 0.68), ("nsr", 0.0552), ("jsr", 0.0048), ("ss", 0.02)):
        cell.equation(f"geometry.v{space}", share * vcell, "uL", f"volume of {space}")


def _add_slow_potassium_reversal(own: Myocyte) -> None:
    """E_Ks: IKs lets a little sodium through."""
    ratio = own.cell.parameter("IKs.PKNa", "0.01833", "permeability to sodium relative to potassium")
    potential = ghk_voltage(Permeant(own.k, 1.0, own.ki, own.ko), Permeant(own.na, ratio, own.nai, own.nao))
    own.cell.equation("reversal.EKs", potential, "mV", "reversal potential of IKs")


def add_calmodulin_kinase(own: Myocyte) -> None:
    """CaMKII: subunits that calmodulin binds in the subspace, and those trapped active for seconds afterwards."""
    cell = own.cell
    a = cell.parameter("CaMK.aCaMK", "0.05 1/ms", "phosphorylation rate")
    b = cell.parameter("CaMK.bCaMK", "0.00068 1/ms", "dephosphorylation rate")
    available = cell.parameter("CaMK.CaMKo", "0.05", "fraction of sites that bind calmodulin")
    half = cell.parameter("CaMK.KmCaM", "0.0015 mM", "half-saturation of calmodulin")
    kinase_half = cell.parameter("CaMK.KmCaMK", "0.15", "active CaMKII that phosphorylates half of its targets")
    trapped = Symbol("CaMK.CaMKt")
    bound = cell.equation("CaMK.CaMKb", available * (1.0 - trapped) / (1.0 + half / own.cass), doc="bound CaMKII")
    active = cell.equation("CaMK.CaMKa", bound + trapped, doc="active CaMKII")
    cell.state(trapped.name, "0", a * bound * active - b * trapped, doc="trapped CaMKII")
    cell.equation(own.f.name, 1.0 / (1.0 + kinase_half / active), doc="phosphorylated fraction")


def add_diffusion(own: Myocyte) -> None:
    """Exchange between subspace and myoplasm, 2 ms for monovalent ions and 0.2 ms for calcium."""
    pairs = (("Na", own.na, own.nass, own.nai, "2 ms"), ("K", own.k, own.kss, own.ki, "2 ms"),
             ("Ca", own.ca, own.cass, own.cai, "0.2 ms"))  # fmt: skip
    for name, ion, near, far, constant in pairs:
        add_exchange(own, name, ion, near, far, constant)


def add_exchange(own: Myocyte, name: str, ion: Ion, near: Concentration, far: Concentration, constant: str) -> None:
    """Diffusion of one ion from the subspace to the myoplasm: J = (c_ss - c_i) / tau."""
    tau = own.cell.parameter(f"diff.tau{name}", constant, f"time constant of {name} diffusion")
    own.cell.add(Flux(f"diff.Jdiff{name}", ion, (near - far) / tau, source=own.ss, sink=own.i, per=own.ss))


def add_stores(
    own: Myocyte, *, trigger: NodeLike, release: str, half: str, uptake: str, leak: str, transfer: str
) -> None:
    """Calcium-induced release, SERCA and the way between the stores.

    `trigger` is the calcium current [A/F] that the release follows, `release` scales it, `half` is the store
    calcium of half-maximal release, `uptake` and `leak` the rates of SERCA, `transfer` the time constant from
    network to junctional store.
    """
    cell, ca, f, cai = own.cell, own.ca, own.f, own.cai
    scale = cell.parameter("ryr.Jrel_b", release, "scale of the release")
    kmrel = cell.parameter("ryr.cajsr_half", half, "store calcium of half-maximal release")
    inward = cell.parameter("ryr.k_rel", "0.5 mM/mV", "release per calcium current and ryr.bt: the paper's a_rel")
    ordinary = _release(own, "Jrel_np", cell.parameter("ryr.bt", "4.75 ms", "slowest release"), inward, kmrel, trigger)
    kinase = _release(own, "Jrel_p", 1.25 * Symbol("ryr.bt"), inward, kmrel, trigger)
    cell.add(Flux("ryr.Jrel", ca, scale * ((1.0 - f) * ordinary + f * kinase), own.jsr, own.ss, per=own.jsr))

    rate = cell.parameter("SERCA.Vup", uptake, "largest uptake")
    backward = cell.parameter("SERCA.Vleak", leak, "leak at a store calcium of 15 mM")
    kmup = cell.parameter("SERCA.Kmup", "0.00092 mM", "half-saturation of uptake")
    shift = cell.parameter("SERCA.dKm", "0.00017 mM", "how far phosphorylation lowers the half-saturation")
    slow = cell.equation("SERCA.Jup_np", rate * cai / (cai + kmup), "mM/ms", "uptake, not phosphorylated")
    fast = cell.equation("SERCA.Jup_p", 2.75 * rate * cai / (cai + kmup - shift), "mM/ms", "uptake, phosphorylated")
    lost = cell.equation("SERCA.Jleak", backward * own.cansr / (15.0 * mM), "mM/ms", "leak of the store")
    cell.add(Flux("SERCA.Jup", ca, (1.0 - f) * slow + f * fast - lost, own.i, own.nsr, per=own.nsr))

    tau = cell.parameter("trans_flux.tau_tr", transfer, "time constant of transfer")
    cell.add(Flux("trans_flux.Jtr", ca, (own.cansr - own.cajsr) / tau, own.nsr, own.jsr, per=own.jsr))


def _release(own: Myocyte, name: str, slowest: Node, inward: Node, kmrel: Node, trigger: NodeLike) -> Symbol:
    """A release that relaxes to a value in proportion to the inward calcium current."""
    own_name = f"ryr.{name}"
    cell, store = own.cell, own.cajsr
    rest = inward / ms * slowest * -as_node(trigger) / (1.0 + (kmrel / store) ** 8)
    target = cell.equation(f"{own_name}_inf", rest, "mM/ms", "release that the current asks for")
    constant = maximum(slowest / (1.0 + 0.0123 * mM / store), 0.001 * ms)
    tau = cell.equation(f"ryr.tau_{name}", constant, "ms", "time constant of release")
    return cell.state(own_name, "0 mM/ms", (target - Symbol(own_name)) / tau, doc="release")


def add_buffers(own: Myocyte, *, rapid_troponin: bool = True) -> None:
    """Calmodulin and troponin in the myoplasm, sarcolemmal sites in the subspace, calsequestrin in the store.

    `rapid_troponin` is False where a model of contraction binds calcium to troponin at its own pace.
    """
    rows = [
        ("CMDN", own.cai, "cmdnmax", "0.05 mM", "kmcmdn", "0.00238 mM"),
        ("TRPN", own.cai, "trpnmax", "0.07 mM", "kmtrpn", "0.0005 mM"),
        ("BSR", own.cass, "BSRmax", "0.047 mM", "KmBSR", "0.00087 mM"),
        ("BSL", own.cass, "BSLmax", "1.124 mM", "KmBSL", "0.0087 mM"),
        ("CSQN", own.cajsr, "csqnmax", "10 mM", "kmcsqn", "0.8 mM"),
    ]
    for name, binds, sites, amount, constant, half in rows:
        if name != "TRPN" or rapid_troponin:
            most = own.cell.parameter(f"calcium.{sites}", amount, f"sites of {name}")
            km = own.cell.parameter(f"calcium.{constant}", half, f"dissociation constant of {name}")
            own.cell.add(RapidBuffer(name, binds, most, km))
