"""The rates of a model at a state, by name, in the model's own units."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.model.small import SMALL
from troponin.errors import UnknownNameError, ValueRangeError
from troponin.expr.functions import remainder, where
from troponin.expr.nodes import Symbol
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import State
from troponin.units import ms


def test_rates_are_what_the_equations_say() -> None:
    rates = derivatives(SMALL)
    current = 0.5 * 0.25 * (-80.0 + 85.0)
    inf = 1.0 / (1.0 + math.exp(60.0 / 8.0))
    assert rates == {
        "membrane.v": -current,
        "IK.m": pytest.approx((inf - 0.25) / 5.0, rel=1e-15),
        "calcium.cai": 0.0,
    }


def test_a_gate_at_rest_stays_at_rest() -> None:
    rest = 1.0 / (1.0 + math.exp(-(-80.0 + 20.0) / 8.0))
    assert derivatives(SMALL, {"IK.m": rest})["IK.m"] == pytest.approx(0.0, abs=1e-17)


def test_a_membrane_at_its_reversal_potential_stays_there() -> None:
    assert derivatives(SMALL, {"v": "-85 mV"})["membrane.v"] == 0.0


def test_states_parameters_and_inputs_can_be_given() -> None:
    rates = derivatives(SMALL, {"v": -85.0, "stimulus": -53.0, "cai": "1.1 uM"})
    assert rates["membrane.v"] == 53.0
    assert rates["calcium.cai"] == pytest.approx(-1e-4, rel=1e-12)


def test_time_is_an_argument() -> None:
    clocked = replace(
        SMALL, states=(*SMALL.states, State("c.x", ms, 0.0, Symbol("environment.time") / Symbol("IK.tau")))
    )
    assert derivatives(clocked, t=10.0)["c.x"] == 2.0


def test_a_stimulus_that_the_model_carries_acts_at_its_time_unless_another_is_given() -> None:
    time = Symbol("environment.time")
    paced = replace(SMALL, pacing=where(remainder(time, 1000.0) < 2.0, -53.0, 0.0))
    rest = derivatives(SMALL)["membrane.v"]
    assert derivatives(paced, t=2001.0)["membrane.v"] == rest + 53.0
    assert derivatives(paced, t=2003.0)["membrane.v"] == rest
    assert derivatives(paced, {"stimulus": -1.0}, t=2001.0)["membrane.v"] == rest + 1.0


def test_intermediates_have_the_units_of_their_equations() -> None:
    assert intermediates(SMALL, {"v": -75.0})["IK.IK"] == 0.5 * 0.25 * 10.0


def test_a_wrong_name_or_value_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"membrane\.V"):
        derivatives(SMALL, {"membrane.V": 0.0})
    with pytest.raises(ValueRangeError):
        derivatives(SMALL, {"cai": -1.0})
