"""An exponential that overflows in a formula whose value is sound stops no run."""

from __future__ import annotations

import math

import pytest

import troponin as tn
from troponin.expr.infix import parse_infix
from troponin.model.model import Input, Model, Role, State
from troponin.solvers.method import BDF, Rosenbrock
from troponin.units import DIMENSIONLESS, parse_unit

MS = parse_unit("ms")


@pytest.mark.parametrize("solver", [BDF(rtol=1e-8), Rosenbrock(rtol=1e-8)])
def test_a_sigmoid_far_beyond_its_range_is_zero_and_so_is_its_slope(solver: BDF | Rosenbrock) -> None:
    rate = parse_infix("1/(1 + exp(y*1000)) - y")  # exp overflows for y > 0.71, where dy/dt = -y
    model = Model("gate", MS, (State("y", DIMENSIONLESS, 2.0, rate),), inputs=(Input("t", MS, Role.TIME),))
    run = tn.simulate(model, duration="1 ms", solver=solver, save=tn.Save(["y"], every="0.5 ms"))
    assert run["y"].values == pytest.approx([2.0, 2.0 * math.exp(-0.5), 2.0 * math.exp(-1.0)], rel=1e-6)
