"""Drift and alternation from beat to beat: closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.analysis.markers.trend import trend

numbers = st.floats(-100.0, 100.0)


@given(level=numbers, drift=numbers, half=numbers, beats=st.integers(3, 20))
def test_a_line_that_alternates_is_told_apart(level: float, drift: float, half: float, beats: int) -> None:
    n = np.arange(beats)
    found = trend(level + drift * n + half * (-1.0) ** n)
    assert found == pytest.approx((drift, 2.0 * abs(half)), abs=1e-9)


def test_without_three_values_at_the_end_there_is_no_trend() -> None:
    for values in ([1.0, 2.0], [1.0, math.nan, 2.0], []):
        assert all(math.isnan(x) for x in trend(values))
