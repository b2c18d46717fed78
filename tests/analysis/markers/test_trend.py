"""Drift and alternation from beat to beat: closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.analysis.markers.trend import trend

numbers = st.floats(-100.0, 100.0)


@given(level=numbers, drift=numbers, half=numbers, beats=st.integers(5, 20))
def test_a_line_that_alternates_is_told_apart(level: float, drift: float, half: float, beats: int) -> None:
    n = np.arange(beats)
    found = trend(level + drift * n + half * (-1.0) ** n)
    assert found == pytest.approx((drift, 2.0 * abs(half)), abs=1e-9)


@given(level=numbers, part=st.floats(-0.9, 0.9), half=numbers)
def test_four_beats_tell_an_alternation_larger_than_the_drift(level: float, part: float, half: float) -> None:
    n = np.arange(4)
    found = trend(level + 2.0 * part * half * n + half * (-1.0) ** n)
    assert found == pytest.approx((2.0 * part * half, 2.0 * abs(half)), abs=1e-9)


@given(start=st.floats(-500.0, 500.0), left=st.floats(0.05, 0.95), beats=st.integers(4, 12), first=st.floats(-900, 900))
def test_what_settles_from_an_odd_first_beat_does_not_alternate(
    start: float, left: float, beats: int, first: float
) -> None:
    assert trend(np.array([start + first, *(start * left ** np.arange(beats - 1))]))[1] == pytest.approx(0.0, abs=1e-9)
    assert trend([1289.0, 784.0, 816.0, 835.0])[1] == 0.0


def test_three_values_tell_a_drift_but_no_alternation() -> None:
    drift, alternation = trend([1.0, 5.0, 2.0])
    assert drift == 0.5
    assert math.isnan(alternation)


def test_without_three_values_at_the_end_there_is_no_trend() -> None:
    for values in ([1.0, 2.0], [1.0, math.nan, 2.0], []):
        assert all(math.isnan(x) for x in trend(values))
