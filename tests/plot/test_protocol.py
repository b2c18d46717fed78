"""The figure of a protocol, by its axes, lines and labels."""

from __future__ import annotations

import numpy as np
import pytest

from troponin.errors import KindError, OutputError
from troponin.plot.protocol import protocol
from troponin.protocol import pacing

PULSE = {"amplitude": "-53 A/F", "duration": "2 ms"}


def test_each_driven_input_has_its_panel_with_its_unit() -> None:
    drive = pacing.regular("1000 ms", beats=2, **PULSE) + pacing.ramp("5.4 mM", "8 mM", "1 s", role="ko")
    drive += pacing.sine("0.1", "1 Hz", "2 s", role="stretch", offset="1")
    figure = protocol(drive)
    assert [axes.get_ylabel().partition(" (")[2] for axes in figure.axes] == ["A/F)", "mM)", ""]
    assert figure.axes[-1].get_xlabel() == "Time (ms)"


def test_a_pulse_is_drawn_with_its_edges_and_the_stimulus_rests_at_zero() -> None:
    (axes,) = protocol(pacing.regular("10 ms", start="4 ms", **PULSE)).axes
    (line,) = axes.lines
    assert line.get_xdata().tolist() == [0, 4, 4, 6, 6, 10]
    assert line.get_ydata().tolist() == [0, 0, -53, -53, 0, 0]


def test_what_nothing_drives_is_left_out() -> None:
    (axes,) = protocol(pacing.shifted(pacing.level("5 mM", "5 ms", role="ko"), "5 ms")).axes
    assert np.isnan(axes.lines[0].get_ydata()).tolist() == [True, True, False, False]


def test_stimuli_of_the_models_own_are_ticks_at_their_times() -> None:
    (axes,) = protocol(pacing.intervals(["400 ms", "300 ms", "500 ms"])).axes
    assert [path.vertices[0, 0] for path in axes.collections[0].get_paths()] == [0, 400, 700]


def test_a_part_may_be_shown_and_long_ones_count_seconds() -> None:
    train = pacing.regular("1000 ms", beats=10**6, **PULSE)
    with pytest.raises(OutputError, match="until="):
        protocol(train)
    (axes,) = protocol(train, start="999990 s", until="1000000 s").axes
    assert axes.get_xlabel() == "Time (s)"
    assert axes.lines[0].get_xdata().max() == 1e6


def test_a_curve_is_smooth() -> None:
    (axes,) = protocol(pacing.sine("1 mV", "1 Hz", "1 s", role="v")).axes
    x, y = axes.lines[0].get_xdata(), axes.lines[0].get_ydata()
    assert np.allclose(y, np.sin(2e-3 * np.pi * x), atol=1e-5)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(OutputError, match="drives nothing"):
        protocol(pacing.rest("1 s"))
    with pytest.raises(OutputError, match="no time"):
        protocol(pacing.regular("1 s", **PULSE), start="1 s")
    with pytest.raises(KindError, match="a protocol"):
        protocol(pacing.on_demand("1 s"))  # type: ignore[arg-type]
