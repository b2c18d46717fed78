"""Small cells made by hand, on which the laws are tried one at a time."""

from __future__ import annotations

from troponin.expr.functions import exp
from troponin.model.model import Model
from troponin.physiology.buffer import KineticBuffer, RapidBuffer
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel, Current
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.contraction import Contraction
from troponin.physiology.flux import Flux
from troponin.physiology.gate import Gate, v
from troponin.physiology.ion import Ion
from troponin.physiology.membrane import StimulusCurrent
from troponin.physiology.transporter import Transporter
from troponin.units import mM, ms, parse_unit

NA, K, CA, CL = Ion("Na", +1), Ion("K", +1), Ion("Ca", +2), Ion("Cl", -1)


def whole_cell(*, carrier: Ion | None = K, sodium: str = "initial", troponin: bool = False) -> Model:
    """A cell with a store and buffers, in which everything that moves is carried by somebody.

    `sodium` = "fixed" holds [Na]i, `carrier` = None leaves the stimulus to nobody.
    """
    i, sr, o = Compartment("i", "25.8 pL"), Compartment("sr", "2.09 pL"), Compartment("o")
    cell = Cell("whole cell", capacitance="153 pF", v="-85 mV", inside=i, outside=o)
    nai = Concentration("nai", NA, i, **{sodium: "10 mM"})
    ki = Concentration("ki", K, i, initial="140 mM")
    cai = Concentration("cai", CA, i, initial="0.1 uM", meaning="cai")
    casr = Concentration("casr", CA, sr, initial="1 mM")
    cell.add(nai, ki, cai, casr)
    cell.add(Concentration("nao", NA, o, fixed="140 mM"), Concentration("ko", K, o, fixed="5.4 mM"))
    cell.add(Concentration("cao", CA, o, fixed="1.8 mM"))

    m = Gate("m", inf=1 / (1 + exp(-(v + 40) / 6)), tau=0.1 + 2 * exp(-(((v + 40) / 20) ** 2)))
    cell.add(Channel("INa", ion=NA, conductance="1 nS/pF", open=m**3))
    cell.add(Channel("IK", ion=K, conductance="0.1 mS/uF"))
    cell.add(Channel("ICaL", ion=CA, permeability="1e-5 cm/s", open=m))
    per_capacitance = 1.0 * parse_unit("A/F")
    cell.add(Current("Icat", 0.01 * (v + 10) * per_capacitance, carries={NA: 0.4, K: 0.6}))
    cell.add(Transporter("INaK", 0.5 * per_capacitance * nai / (nai + 10 * mM), moves={NA: 3, K: -2}))
    cell.add(Transporter("INaCa", 0.2 * per_capacitance * (v + 30) / 50, moves={NA: -3, CA: 1}))
    cell.add(Flux("SERCA.Jup", CA, 0.1 / ms * cai, source=i, sink=sr))
    cell.add(Flux("RyR.Jrel", CA, 0.001 / ms * (casr - cai), source=sr, sink=i, per=sr))
    cell.add(RapidBuffer("CMDN", cai, "0.05 mM", "0.00238 mM"), RapidBuffer("CSQN", casr, "10 mM", "0.8 mM"))
    cell.add(KineticBuffer("SLH", cai, "0.01 mM", "100 1/(mM*ms)", "0.03 1/ms", initial="1 uM"))
    if troponin:
        cell.add(Contraction(cai, troponin="0.07 mM"))
    cell.add(StimulusCurrent("-53 A/F", "1 ms", carrier=carrier))
    return cell.build()
