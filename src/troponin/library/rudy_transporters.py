"""The sodium-calcium exchanger and the sodium-potassium pump of O'Hara and Rudy, which ToR-ORd rescales.

Both are cycles of states in a steady state: x_n is the sum over all ways that lead to state n (King and
Altman), E_n = x_n / sum x its occupancy, and the fluxes are differences of what passes two states.

O'Hara T, Virág L, Varró A, Rudy Y (2011), PLoS Comput Biol 7:e1002061, doi 10.1371/journal.pcbi.1002061,
text S1; after Kang and Hilgemann (2004), doi 10.1038/nature02271, and Smith and Crampin (2004),
doi 10.1016/j.pbiomolbio.2004.01.010.
"""

from __future__ import annotations

from troponin.expr.functions import exp
from troponin.expr.nodes import Node, Symbol
from troponin.library.rudy_myocyte import Myocyte, vfrt
from troponin.physiology.compartment import Concentration
from troponin.physiology.transporter import Transporter

__all__ = ["add_sodium_calcium_exchanger", "add_sodium_potassium_pump"]


def add_sodium_calcium_exchanger(own: Myocyte, *, size: str, in_subspace: str) -> None:
    """INaCa: 3 Na for 1 Ca, a fraction `in_subspace` of it in the subspace."""
    cell = own.cell
    Gncx = cell.parameter("INaCa.Gncx", size, "size of the exchange current")
    share = cell.parameter("INaCa.INaCa_fractionSS", in_subspace, "fraction of the exchangers in the subspace")
    for name, value, doc in _EXCHANGER:
        cell.parameter(f"INaCa.{name}", value, doc)
    moves = {own.na: -3, own.ca: +1}
    cytosolic = (1.0 - share) * Gncx * _exchange(own, own.nai, own.cai)
    subspace = share * Gncx * _exchange(own, own.nass, own.cass)
    at_i = Transporter("INaCa.INaCa_i", cytosolic, moves, inside=own.i)
    at_ss = Transporter("INaCa.INaCa_ss", subspace, moves, inside=own.ss)
    cell.add(at_i, at_ss)
    cell.equation("INaCa.INaCa", at_i + at_ss, "A/F", "sodium-calcium exchange current")


_EXCHANGER = (
    ("kna1", "15 mM", "dissociation constant of the first sodium"),
    ("kna2", "5 mM", "of the second"),
    ("kna3", "88.12 mM", "of the third"),
    ("kasymm", "12.5", "asymmetry of the outer sodium sites"),
    ("wna", "6e4 1/s", "rate of the step with three sodium"),
    ("wca", "6e4 1/s", "rate of the step with calcium"),
    ("wnaca", "5e3 1/s", "rate of the step with sodium and calcium"),
    ("kcaon", "1.5e6 1/(mM*s)", "binding of calcium"),
    ("kcaoff", "5e3 1/s", "unbinding of calcium"),
    ("qna", "0.5224", "charge that the sodium step moves through the field"),
    ("qca", "0.167", "charge that the calcium step moves through the field"),
    ("KmCaAct", "150e-6 mM", "calcium that activates half of the exchangers"),
)


def _exchange(own: Myocyte, na: Concentration, ca: Concentration) -> Node:
    """Net charge per exchanger and time [1/s] between the bath and the sodium and calcium inside."""
    kna1, kna2, kna3, kasymm, wna, wca, wnaca, kcaon, kcaoff, qna, qca, KmCaAct = (
        Symbol(f"INaCa.{name}") for name, _, _ in _EXCHANGER
    )
    nao, cao = own.nao, own.cao
    hca, hna = exp(qca * vfrt), exp(qna * vfrt)
    h1 = 1 + na / kna3 * (1 + hna)
    h2 = na * hna / (kna3 * h1)
    h3 = 1 / h1
    h4 = 1 + na / kna1 * (1 + na / kna2)
    h5 = na * na / (h4 * kna1 * kna2)
    h6 = 1 / h4
    h7 = 1 + nao / kna3 * (1 + 1 / hna)
    h8 = nao / (kna3 * hna * h7)
    h9 = 1 / h7
    h10 = kasymm + 1 + nao / kna1 * (1 + nao / kna2)
    h11 = nao * nao / (h10 * kna1 * kna2)
    h12 = 1 / h10
    k1 = h12 * cao * kcaon
    k2 = k5 = kcaoff
    k3pp = h8 * wnaca
    k3 = h9 * wca + k3pp
    k4pp = h2 * wnaca
    k4 = h3 * wca / hca + k4pp
    k6 = h6 * ca * kcaon
    k7 = h5 * h2 * wna
    k8 = h8 * h11 * wna
    x1 = k2 * k4 * (k7 + k6) + k5 * k7 * (k2 + k3)
    x2 = k1 * k7 * (k4 + k5) + k4 * k6 * (k1 + k8)
    x3 = k1 * k3 * (k7 + k6) + k8 * k6 * (k2 + k3)
    x4 = k2 * k8 * (k4 + k5) + k3 * k5 * (k1 + k8)
    E1, E2, E3, E4 = (x / (x1 + x2 + x3 + x4) for x in (x1, x2, x3, x4))
    allo = 1 / (1 + (KmCaAct / ca) ** 2)
    JncxNa = 3 * (E4 * k7 - E1 * k8) + E3 * k4pp - E2 * k3pp
    JncxCa = E2 * k2 - E1 * k1
    return allo * (JncxNa + 2 * JncxCa)


def add_sodium_potassium_pump(own: Myocyte, *, size: str) -> None:
    """INaK: 3 Na out for 2 K in per ATP.

    As published: [H+] is 1e-7 mM where pH 7 is 1e-4 mM, and the second way into E1 (`INaK.x1`) has b2 where
    the cycle has b1.  Neither is seen in an action potential at 1 Hz; the published form is kept because the
    published results were made with it.
    """
    cell = own.cell
    Pnak = cell.parameter("INaK.Pnak", size, "size of the pump current")
    for name, value, doc in _PUMP:
        cell.parameter(f"INaK.{name}", value, doc)
    a1, a2, a3, a4, b1, b2, b3, b4 = _pump_rates(own)
    ways = (
        a4 * a1 * a2 + b2 * b4 * b3 + a2 * b4 * b3 + b3 * a1 * a2,
        b2 * b1 * b4 + a1 * a2 * a3 + a3 * b1 * b4 + a2 * a3 * b4,
        a2 * a3 * a4 + b3 * b2 * b1 + b2 * b1 * a4 + a3 * a4 * b1,
        b4 * b3 * b2 + a3 * a4 * a1 + b2 * a4 * a1 + b3 * b2 * a1,
    )
    x1, x2, x3, x4 = (
        cell.equation(f"INaK.x{n}", way, "1/s^3", f"ways that lead to state {n}") for n, way in enumerate(ways, start=1)
    )
    E1, E2, E3, E4 = (x / (x1 + x2 + x3 + x4) for x in (x1, x2, x3, x4))
    JnakNa = 3 * (E1 * a3 - E2 * b3)
    JnakK = 2 * (E4 * b1 - E3 * a1)
    cell.add(Transporter("INaK", Pnak * (JnakNa + JnakK), moves={own.na: 3, own.k: -2}))


_PUMP = (
    ("k1p", "949.5 1/s", "forward rate of step 1"),
    ("k1m", "182.4 1/(s*mM)", "backward rate of step 1"),
    ("k2p", "687.2 1/s", "forward rate of step 2"),
    ("k2m", "39.4 1/s", "backward rate of step 2"),
    ("k3p", "1899 1/s", "forward rate of step 3"),
    ("k3m", "79300 1/(s*mM^2)", "backward rate of step 3"),
    ("k4p", "639 1/s", "forward rate of step 4"),
    ("k4m", "40 1/s", "backward rate of step 4"),
    ("Knai0", "9.073 mM", "dissociation constant of inner sodium at 0 mV"),
    ("Knao0", "27.78 mM", "dissociation constant of outer sodium at 0 mV"),
    ("delta", "-0.155", "how inner and outer sodium share the field"),
    ("Kki", "0.5 mM", "dissociation constant of inner potassium"),
    ("Kko", "0.3582 mM", "dissociation constant of outer potassium"),
    ("MgADP", "0.05 mM", "MgADP"),
    ("MgATP", "9.8 mM", "MgATP"),
    ("Kmgatp", "1.698e-7 mM", "dissociation constant of MgATP"),
    ("H", "1e-7 mM", "hydrogen ions"),
    ("eP", "4.2 mM", "inorganic phosphate, free and bound"),
    ("Khp", "1.698e-7 mM", "dissociation constant of phosphate and hydrogen"),
    ("Knap", "224 mM", "dissociation constant of phosphate and sodium"),
    ("Kxkur", "292 mM", "dissociation constant of phosphate and potassium"),
)


def _pump_rates(own: Myocyte) -> tuple[Symbol, ...]:
    """The rates a1-a4 forward and b1-b4 backward of the pump's four steps [1/s]."""
    p = {name: Symbol(f"INaK.{name}") for name, _, _ in _PUMP}
    nao, ko, nai, ki = own.nao, own.ko, own.nai, own.ki
    Knai = p["Knai0"] * exp(p["delta"] * vfrt / 3)
    Knao = p["Knao0"] * exp((1 - p["delta"]) * vfrt / 3)
    P = p["eP"] / (1 + p["H"] / p["Khp"] + nai / p["Knap"] + ki / p["Kxkur"])
    ATP = p["MgATP"] / p["Kmgatp"]
    inner = (1 + nai / Knai) ** 3 + (1 + ki / p["Kki"]) ** 2 - 1
    outer = (1 + nao / Knao) ** 3 + (1 + ko / p["Kko"]) ** 2 - 1
    rates = {
        "a1": p["k1p"] * (nai / Knai) ** 3 / inner,
        "a2": p["k2p"],
        "a3": p["k3p"] * (ko / p["Kko"]) ** 2 / outer,
        "a4": p["k4p"] * ATP / (1 + ATP),
        "b1": p["k1m"] * p["MgADP"],
        "b2": p["k2m"] * (nao / Knao) ** 3 / outer,
        "b3": p["k3m"] * P * p["H"] / (1 + ATP),
        "b4": p["k4m"] * (ki / p["Kki"]) ** 2 / inner,
    }
    return tuple(own.cell.equation(f"INaK.{name}", rate, "1/s", f"pump rate {name}") for name, rate in rates.items())
