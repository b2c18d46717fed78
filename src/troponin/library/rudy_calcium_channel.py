"""The L-type calcium channel of O'Hara and Rudy, whose gates ToR-ORd kept.

    I_S = P_S d [ f (1 - n) + f_ca j_ca n ] xi_S           S = Ca, Na, K

A fraction n of the channels is in the mode that inactivates by calcium (f_ca), the others inactivate by voltage
(f).  xi is the constant-field driving force.  Channels that CaMKII has phosphorylated inactivate 2.5 times
more slowly and let 1.1 times as much through.  A fit of a gate takes v in mV and gives ms.

O'Hara T, Virág L, Varró A, Rudy Y (2011), PLoS Comput Biol 7:e1002061, doi 10.1371/journal.pcbi.1002061,
text S1.
"""

from __future__ import annotations

from dataclasses import dataclass

from troponin.expr.functions import exp
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.library.rudy_myocyte import Myocyte
from troponin.physiology.channel import Channel
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.gate import Gate, v
from troponin.units import ms

__all__ = ["CalciumChannel", "add_three_currents", "calcium_channel", "fss"]

fss = 1 / (1 + exp((v + 19.58) / 3.696))
"""The steady state of inactivation, by voltage and by calcium."""


@dataclass(frozen=True, eq=False, slots=True)
class CalciumChannel:
    """The channel's gates put together: inactivation by voltage (`f`) and by calcium (`fca`), `p` phosphorylated."""

    d: Gate
    jca: Gate
    f: Node
    fp: Node
    fca: Node
    fcap: Node
    k2n: Symbol
    Kmn: Symbol

    def open(self, kinase: Symbol, n: Symbol) -> Node:
        """Open probability where a fraction `n` is in the calcium mode and `kinase` is phosphorylated."""
        ordinary = self.f * (1 - n) + self.jca * self.fca * n
        phosphorylated = self.fp * (1 - n) + self.jca * self.fcap * n
        return self.d * ((1 - kinase) * ordinary + 1.1 * kinase * phosphorylated)

    def calcium_mode(self, own: Myocyte, name: str, ca: Concentration) -> Symbol:
        """The fraction n in the calcium mode: four bindings of calcium-calmodulin, undone at the pace of j_ca."""
        n = Symbol(name)
        km2n = self.jca / ms
        anca = 1 / (self.k2n / km2n + (1 + self.Kmn / ca) ** 4)
        return own.cell.state(name, "0", anca * self.k2n - n * km2n, doc="fraction in the calcium mode")


def calcium_channel(
    own: Myocyte, *, permeability: str, k2n: str, d_inf: NodeLike, jca_inf: NodeLike, tau_jca: float
) -> CalciumChannel:
    """The gates, with the model's own activation `d_inf` and recovery from calcium; declares ICaL.PCa."""
    cell = own.cell
    PCa = cell.parameter("ICaL.PCa", permeability, "permeability to calcium")
    cell.equation("ICaL.PCaNa", 0.00125 * PCa, "cm/s", "permeability to sodium")
    cell.equation("ICaL.PCaK", 3.574e-4 * PCa, "cm/s", "permeability to potassium")
    tau_d = 0.6 + 1 / (exp(-0.05 * (v + 6)) + exp(0.09 * (v + 14)))
    tau_ff = 7 + 1 / (0.0045 * exp(-(v + 20) / 10) + 0.0045 * exp((v + 20) / 10))
    tau_fs = 1000 + 1 / (0.000035 * exp(-(v + 5) / 4) + 0.000035 * exp((v + 5) / 6))
    tau_fcaf = 7 + 1 / (0.04 * exp(-(v - 4) / 7) + 0.04 * exp((v - 4) / 7))
    tau_fcas = 100 + 1 / (0.00012 * exp(-v / 3) + 0.00012 * exp(v / 7))
    ff, fs = Gate("ICaL.ff", inf=fss, tau=tau_ff), Gate("ICaL.fs", inf=fss, tau=tau_fs)
    fcaf, fcas = Gate("ICaL.fcaf", inf=fss, tau=tau_fcaf), Gate("ICaL.fcas", inf=fss, tau=tau_fcas)
    ffp, fcafp = Gate("ICaL.ffp", inf=fss, tau=2.5 * tau_ff), Gate("ICaL.fcafp", inf=fss, tau=2.5 * tau_fcaf)
    Aff, Afcaf = as_node(0.6), 0.3 + 0.6 / (1 + exp((v - 10) / 10))
    return CalciumChannel(
        d=Gate("ICaL.d", inf=d_inf, tau=tau_d),
        jca=Gate("ICaL.jca", inf=jca_inf, tau=tau_jca),
        f=Aff * ff + (1 - Aff) * fs,
        fp=Aff * ffp + (1 - Aff) * fs,
        fca=Afcaf * fcaf + (1 - Afcaf) * fcas,
        fcap=Afcaf * fcafp + (1 - Afcaf) * fcas,
        k2n=cell.parameter("ICaL.k2n", k2n, "rate into the calcium mode"),
        Kmn=cell.parameter("ICaL.Kmn", "0.002 mM", "calcium that switches half of the channels"),
    )


def add_three_currents(
    own: Myocyte, suffix: str, inside: Compartment, open_: NodeLike, within: tuple[NodeLike, NodeLike],
    beyond: tuple[NodeLike, NodeLike],
) -> tuple[Symbol, Symbol, Symbol]:  # fmt: skip
    """The calcium, sodium and potassium currents of the channels in one compartment, and their symbols.

    `within` and `beyond` are the activity coefficients of ions of charge 1 and 2 inside and outside.
    """
    ions = (("ICaL", own.ca, "PCa"), ("ICaNa", own.na, "PCaNa"), ("ICaK", own.k, "PCaK"))
    parts = [
        Channel(
            f"ICaL.{name}{suffix}", ion=ion, permeability=Symbol(f"ICaL.{P}"), open=open_, inside=inside,
            activity=(within[ion.charge - 1], beyond[ion.charge - 1]),
        )
        for name, ion, P in ions
    ]  # fmt: skip
    own.cell.add(*parts)
    calcium, sodium, potassium = (part.symbol for part in parts)
    return calcium, sodium, potassium
