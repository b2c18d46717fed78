"""Slopes of variables as further variables: against difference quotients, in what states and inputs do."""

from __future__ import annotations

import numpy as np
import pytest

import troponin as tn
from troponin.analysis.in_loop.slopes import slope_name, with_slopes
from troponin.errors import ProtocolError
from troponin.expr.functions import exp
from troponin.expr.nodes import Symbol
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.units import DIMENSIONLESS, ms, parse_unit

PER_MS = parse_unit("1/ms")


def model_of() -> Model:
    """dx/dt = -i - x / 5 ms, y = x^2 + exp(p) + 3, where p is driven and has no rate of its own; z = p."""
    x, p, i = Symbol("cell.x"), Symbol("cell.p"), Symbol("cell.i")
    return Model(
        "driven",
        ms,
        (State("cell.x", DIMENSIONLESS, 1.0, -i - x * Symbol("cell.k")),),
        (Parameter("cell.k", PER_MS, 0.2),),
        (Input("cell.i", PER_MS, Role.STIMULUS), Input("cell.p", DIMENSIONLESS, "pressure", 0.5)),
        (Equation("cell.y", DIMENSIONLESS, x * x + exp(p) + 3.0), Equation("cell.z", DIMENSIONLESS, Symbol("cell.p"))),
        stimulus=Stimulus(-1.0, 1.0),
    )


def quotients(model: Model, protocol, names: list[str]) -> float:
    """The largest difference between slopes and central difference quotients, relative to the largest slope."""
    sloped = with_slopes(model, [model.qualified(name) for name in names], protocol.units)
    kept = [*names, *(slope_name(model.qualified(name)) for name in names)]
    run = tn.simulate(sloped, protocol, save=tn.Save(kept, every="0.01 ms"), solver=tn.BDF(rtol=1e-10))
    worst = 0.0
    for name in names:
        x, slope = run[name].to_numpy(), run[slope_name(model.qualified(name))].to_numpy()
        inside = np.flatnonzero(np.abs(np.diff(slope, 2)) < 1e-3 * np.abs(slope).max()) + 1  # no edge within
        central = (x[inside + 1] - x[inside - 1]) / 0.02
        worst = max(worst, float(np.abs(central - slope[inside]).max() / np.abs(slope).max()))
    return worst


def test_slopes_follow_states_and_driven_inputs() -> None:
    driven = tn.pacing.together(tn.pacing.regular("10 ms"), tn.pacing.ramp("0.5", "1.5", "10 ms", role="pressure"))
    assert quotients(model_of(), driven, ["cell.x", "cell.y", "cell.z"]) < 1e-5


def test_an_input_that_rests_adds_nothing() -> None:
    rested = with_slopes(model_of(), ["cell.y", "cell.z"], ["stimulus"])
    assert [given.name for given in rested.inputs] == ["cell.i", "cell.p"]
    assert quotients(model_of(), tn.pacing.regular("10 ms"), ["cell.y"]) < 1e-5


def test_the_slope_of_tension_follows_crossbridges_and_stretch() -> None:
    model = tn.load("torord-land")
    moved = tn.pacing.together(
        tn.pacing.regular("300 ms"), tn.pacing.sine("0.03", "8 Hz", "300 ms", role="stretch", offset="1.05")
    )
    assert quotients(model, moved, ["Ta", "cai"]) < 1e-4


def test_an_input_and_its_rate_that_are_driven_apart_have_no_slope() -> None:
    with pytest.raises(ProtocolError, match="'stretch' and its rate"):
        with_slopes(tn.load("torord-land"), [tn.load("torord-land").qualified("Ta")], ["stretch", "stretch_rate"])
