"""Biomarkers of the benchmarks on a beat whose duration and peak are known."""

import numpy as np
import pytest
from accuracy import _biomarkers


def test_duration_and_peak_of_a_beat_in_closed_form() -> None:
    # v = -80 + 120 (1 - e^-t)/(1 + e^((t - 300)/10)) and a parabola for calcium
    times = 4000.0 + np.arange(0.0, 1000.0, 0.25)
    t = times - 4000.0
    v = -80.0 + 120.0 * -np.expm1(-t) / (1.0 + np.exp((t - 300.0) / 10.0))
    calcium = 1.0 - ((t - 50.1) / 40.0) ** 2
    top = v.max()  # on the plateau, flat
    level = -80.0 + 0.1 * (top + 80.0)
    expected = 300.0 + 10.0 * np.log(120.0 / (level + 80.0) - 1.0)
    apd90, peak = _biomarkers(times, v, calcium)
    assert apd90 == pytest.approx(expected, abs=1e-6)
    assert peak == pytest.approx(1.0, abs=1e-12)
