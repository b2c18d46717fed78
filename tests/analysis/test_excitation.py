"""Thresholds and refractory periods, against runs of the whole protocol."""

from __future__ import annotations

import numpy as np
import pytest

from troponin.analysis.excitation import refractory_period, strength_duration, threshold
from troponin.errors import ModelError, ProtocolError, ValueRangeError
from troponin.library.catalogue import load_library
from troponin.model.model import Model
from troponin.protocol.pacing import regular
from troponin.protocol.shapes import pulse
from troponin.protocol.timeline import sequence
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import Quantity

AXON = load_library("hodgkin-huxley-1952")
MYOCYTE = load_library("beeler-reuter-1977")


def peak_after(model: Model, amplitude: Quantity, duration: str) -> float:
    run = simulate(
        model, pulse(amplitude, duration), duration="60 ms", solver=BDF(rtol=1e-7), save=Save("v", every="0.05 ms")
    )
    return float(run["v"].max())


@pytest.mark.parametrize("model", [AXON, MYOCYTE], ids=["axon", "myocyte"])
def test_above_threshold_there_is_an_action_potential_and_below_there_is_none(model: Model) -> None:
    found = threshold(model, "1 ms")
    assert found.value < 0.0
    assert peak_after(model, Quantity(found.value * 1.001, found.unit), "1 ms") > 10.0
    assert peak_after(model, Quantity(found.value * 0.999, found.unit), "1 ms") < 0.0


def test_a_short_stimulus_works_by_its_charge_alone() -> None:
    charge = [threshold(AXON, f"{d} ms").value * d for d in (0.02, 0.04)]
    assert abs(charge[1] / charge[0] - 1.0) < 0.01


def test_thresholds_fall_with_duration_and_weiss_law_fits_short_ones() -> None:
    curve = strength_duration(AXON, ["0.05 ms", "0.1 ms", "0.2 ms", "0.4 ms"])
    strengths = curve["threshold"].to_numpy()
    assert np.all(np.diff(strengths) < 0.0)
    d = curve["duration"].to_numpy()
    law = curve.attrs["rheobase"] * (1.0 + curve.attrs["chronaxie"] / d)
    np.testing.assert_allclose(strengths, law, rtol=0.01)
    assert curve["threshold"].attrs["units"] == "uA/cm^2"


def test_a_stimulus_after_the_refractory_period_captures_and_one_before_does_not() -> None:
    period = refractory_period(MYOCYTE, "800 ms", beats=3)

    def after_the_stimulus(interval: float) -> tuple[float, float]:
        """The potential half a millisecond after the stimulus of 2 ms is over, and its peak from then on."""
        whole = sequence(regular("800 ms", beats=2), regular(f"{interval:.3f} ms"), regular("100 ms"))
        run = simulate(MYOCYTE, whole, solver=BDF(rtol=1e-7), save=Save("v", every="0.1 ms", last="97.5 ms"))
        return float(run["v"][0]), float(run["v"].max())

    assert 250.0 < period < 350.0
    begin, peak = after_the_stimulus(period + 20.0)
    assert peak > max(15.0, begin)
    begin, peak = after_the_stimulus(period - 20.0)
    assert peak == begin < 0.0


def test_a_stronger_stimulus_captures_earlier() -> None:
    weak, strong = (refractory_period(MYOCYTE, "800 ms", beats=3, strength=s) for s in (1.0, 3.0))
    assert strong < weak


def test_what_cannot_be_excited_is_refused() -> None:
    with pytest.raises(ModelError, match="no membrane potential"):
        threshold(load_library("land-2017"))
    with pytest.raises(ValueRangeError, match="two durations"):
        strength_duration(AXON, ["1 ms"])
    sodium = next(p.name for p in AXON.parameters if p.name.lower().endswith("gna"))
    with pytest.raises(ProtocolError, match="evokes no action potential"):
        threshold(AXON.with_values({sodium: 0.0}), "1 ms")


@pytest.mark.filterwarnings("error")
def test_one_duration_twice_makes_no_law() -> None:
    with pytest.raises(ValueRangeError, match=r"hold one twice; got 1 ms, 1000 us"):
        strength_duration(MYOCYTE, ["1 ms", "1000 us"])


@pytest.mark.parametrize("strength", [0.0, -1.0, float("nan"), float("inf")])
def test_a_strength_that_is_no_multiple_is_refused(strength: float) -> None:
    with pytest.raises(ValueRangeError, match="positive times the model's own"):
        refractory_period(MYOCYTE, "1000 ms", strength=strength)


@pytest.mark.parametrize("beats", [0, -3, 1.5])
def test_beats_before_an_early_stimulus_are_counted(beats: int) -> None:
    with pytest.raises(ProtocolError, match="number of beats"):
        refractory_period(MYOCYTE, "1000 ms", beats=beats)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, float("nan"), float("inf")])
def test_a_tolerance_that_ends_no_bisection_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueRangeError, match="this tolerance is none"):
        threshold(MYOCYTE, "1 ms", tolerance=tolerance)
    with pytest.raises(ValueRangeError, match="this tolerance is none"):
        refractory_period(MYOCYTE, "1000 ms", tolerance=tolerance)


def test_a_cell_that_does_not_start_at_rest_has_no_threshold() -> None:
    lifted = load_library("beeler-reuter-1977").with_values({"membrane.v": "20 mV"})
    with pytest.raises(ProtocolError, match="does not start at rest"):
        threshold(lifted, "1 ms")
