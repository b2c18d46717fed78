"""Rates that depend on time alone: a step as long as a period sees no change, and must not be taken."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.expr.functions import cos
from troponin.expr.nodes import Symbol
from troponin.model.model import Input, Model, Parameter, Role, State
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF, Rosenbrock
from troponin.units import DIMENSIONLESS, ms, mV

PER_MS = DIMENSIONLESS / ms


def swing(frequency: float, phase: float) -> Model:
    """dv/dt = w cos(w t + p) mV: v = sin(w t + p) - sin(p)."""
    t, w, p = Symbol("clock.t"), Symbol("swing.w"), Symbol("swing.p")
    return Model(
        "swing",
        ms,
        states=(State("swing.v", mV, 0.0, mV * w * cos(w * t + p)),),
        parameters=(Parameter("swing.w", PER_MS, frequency), Parameter("swing.p", DIMENSIONLESS, phase)),
        inputs=(Input("clock.t", ms, Role.TIME),),
    )


@pytest.mark.parametrize("method", [BDF(), BDF(rtol=1e-8), Rosenbrock()], ids=["BDF", "tight BDF", "Rosenbrock"])
@given(
    cycles=st.integers(1, 6),
    phase=st.sampled_from([0.0, 0.5 * math.pi, math.pi, 1.5 * math.pi]) | st.floats(0.0, 6.3),
)
def test_whole_periods_are_not_stepped_over(method: BDF | Rosenbrock, cycles: int, phase: float) -> None:
    frequency = 2.0 * math.pi * cycles / 200.0
    run = simulate(swing(frequency, phase), duration="200 ms", solver=method, save=Save("swing.v", every="5 ms"))
    exact = np.sin(frequency * run["time"].to_numpy() + phase) - math.sin(phase)
    assert np.abs(run["swing.v"].to_numpy() - exact).max() < 1e3 * method.rtol
