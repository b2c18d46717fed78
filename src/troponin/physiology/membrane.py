"""The membrane: a capacitor that every ionic current charges.

    C_m dv/dt = -(I_ion + I_stim)         outward current positive, a stimulus that depolarises negative

Currents are per area (uA/cm^2) where the capacitance is (uF/cm^2), and per capacitance (A/F) where the cell
has a total capacitance (uF).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.physiology.compartment import Compartment
from troponin.physiology.ion import Ion
from troponin.units import Quantity

__all__ = ["StimulusCurrent", "capacitance", "i_ion", "i_stim", "rate_of_voltage", "time", "voltage"]

voltage: Final = Symbol("membrane.v")
"""The membrane potential, inside minus outside [mV]."""

time: Final = Symbol("environment.time")
"""Time [ms]."""

capacitance: Final = Symbol("membrane.Cm")
"""The capacitance: per area [uF/cm^2], or of the whole cell [uF]."""

i_ion: Final = Symbol("membrane.I_ion")
"""The sum of all ionic currents, outward positive."""

i_stim: Final = Symbol("membrane.I_stim")
"""The stimulus current, inward negative."""


@dataclass(frozen=True, slots=True)
class StimulusCurrent:
    """The cell's own stimulus: a pulse of so much current (inward negative) for so long, and the ion that carries it.

    Without a carrier the stimulus brings charge into the cell but no ion, and long runs drift
    (Hund et al. 2001, doi 10.1016/S0006-3495(01)75965-6).
    """

    amplitude: Quantity | str
    duration: Quantity | str
    carrier: Ion | None = None
    inside: Compartment | None = None


def rate_of_voltage(ionic: NodeLike, stimulus: NodeLike, per_area: bool) -> Node:
    """dv/dt [mV/ms] of the membrane; a current in A/F has the capacitance divided out already."""
    total = -(as_node(ionic) + stimulus)
    return total / capacitance if per_area else total
