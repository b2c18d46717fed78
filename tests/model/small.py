"""A patch of membrane with a leak and one gated channel: small enough to solve by hand."""

from __future__ import annotations

from dataclasses import replace

from troponin.expr.functions import exp
from troponin.expr.nodes import Number, Symbol
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.units import DIMENSIONLESS, mM, ms, mV, parse_unit

A_F = parse_unit("A/F")
MS_UF = parse_unit("mS/uF")

v, m, g, E, tau, ca, stim, half = (
    Symbol(name) for name in ("membrane.v", "IK.m", "IK.gK", "IK.E", "IK.tau", "calcium.cai", "stimulus.I", "IK.half")
)

INF = 1.0 / (1.0 + exp(-(v / Number(1.0, mV) + 20.0) / 8.0))

SMALL = Model(
    name="small",
    time_unit=ms,
    states=(
        State("membrane.v", mV, -80.0, -(Symbol("IK.IK") + stim), "membrane potential"),
        State("IK.m", DIMENSIONLESS, 0.25, (Symbol("IK.inf") - m) / tau, "activation"),
        State("calcium.cai", mM, 1e-4, (Number(1e-4, mM) - ca) / Number(10.0, ms), "cytosolic calcium"),
    ),
    parameters=(
        Parameter("IK.gK", MS_UF, 0.5, "maximal conductance"),
        Parameter("IK.E", mV, -85.0, "reversal potential"),
        Parameter("IK.tau", ms, 5.0, "time constant"),
        Parameter("other.tau", ms, 7.0, "another time constant"),
    ),
    inputs=(
        Input("environment.time", ms, Role.TIME),
        Input("stimulus.I", A_F, Role.STIMULUS, 0.0),
    ),
    equations=(
        Equation("IK.IK", A_F, g * m * (v - E), "potassium current"),
        Equation("IK.inf", DIMENSIONLESS, INF, "steady activation"),
    ),
    meanings={"v": "membrane.v", "cai": "calcium.cai", "stimulus": "stimulus.I", "time": "environment.time"},
    stimulus=Stimulus(-53.0, 1.0, "K"),
)


def with_equations(*equations: Equation) -> Model:
    """The small model with further equations."""
    return replace(SMALL, equations=(*SMALL.equations, *equations))
