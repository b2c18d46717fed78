"""Laws of strength and duration: thresholds that follow a law give its constants back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.analysis.strength_laws import lapicque, weiss

DURATIONS = np.array([0.1, 0.3, 1.0, 3.0, 10.0])
positive = st.floats(0.1, 10.0)


@given(rheobase=positive, chronaxie=positive)
def test_weiss_thresholds_give_their_constants_back(rheobase: float, chronaxie: float) -> None:
    found = weiss(DURATIONS, rheobase * (1.0 + chronaxie / DURATIONS))
    assert found == pytest.approx((rheobase, chronaxie), rel=1e-9)


@given(rheobase=positive, chronaxie=positive)
def test_lapicque_thresholds_give_their_constants_back(rheobase: float, chronaxie: float) -> None:
    tau = chronaxie / math.log(2.0)
    found = lapicque(DURATIONS, rheobase / (1.0 - np.exp(-DURATIONS / tau)))
    assert found == pytest.approx((rheobase, chronaxie), rel=1e-4)


def test_twice_the_rheobase_excites_within_the_chronaxie() -> None:
    for law in (weiss, lapicque):
        tau = 2.0
        strength = 1.5 / (1.0 - np.exp(-DURATIONS / tau)) if law is lapicque else 1.5 * (1.0 + tau / DURATIONS)
        rheobase, chronaxie = law(DURATIONS, strength)
        again = law(np.append(DURATIONS, chronaxie), np.append(strength, 2.0 * rheobase))
        assert again == pytest.approx((rheobase, chronaxie), rel=1e-3)


def test_durations_that_do_not_tell_the_time_constant_have_none() -> None:
    charge = 3.0 / DURATIONS  # all much shorter than the time constant: the charge alone counts
    assert all(math.isnan(x) for x in lapicque(DURATIONS, charge))
