"""Sinusoidal stiffness against its two limits, and a spring in series."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analysis.mechanics.land import steady, transient
from troponin.analysis.mechanics.muscle import series_model
from troponin.analysis.mechanics.release import quick_release
from troponin.analysis.mechanics.sinusoid import dynamic_stiffness
from troponin.analysis.mechanics.twitch import fixed_ends, isometric
from troponin.errors import ModelError, UnitError, ValueRangeError
from troponin.library.catalogue import load_library
from troponin.protocol.shapes import ramp
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import Quantity, kPa

LAND = load_library("land-2017")


def test_a_slow_oscillation_meets_the_slope_of_steady_force() -> None:
    slow = dynamic_stiffness(LAND, ["0.02 Hz"], calcium="1 uM")
    active = (steady(1.0, 1.0005) - steady(1.0, 0.9995)) / 0.001
    passive = 2.1 * 9.1  # the dashpot follows
    np.testing.assert_allclose(slow["elastic"], active + passive, rtol=1e-3)
    assert 0.0 < float(slow["viscous"][0]) < 0.02 * float(slow["elastic"][0])


def test_a_fast_oscillation_meets_the_instant_stiffness() -> None:
    fast = dynamic_stiffness(LAND, ["1000 Hz"], calcium="1 uM")
    instant = quick_release(LAND, step=1e-6, calcium="1 uM").attrs["stiffness"]
    # crossbridges hold on for about 2.5 ms, and let go by (cw/omega)^2 and by strain
    assert 0.97 * instant < float(fast["elastic"][0]) < instant


def test_in_between_force_leads_length() -> None:
    found = dynamic_stiffness(LAND, ["1 Hz", "10 Hz"], calcium="1 uM")
    assert (found["phase"] > 0.1).all()
    np.testing.assert_allclose(found["modulus"], np.hypot(found["elastic"], found["viscous"]))
    half = dynamic_stiffness(LAND, ["10 Hz"], calcium="1 uM", amplitude=0.0005)
    np.testing.assert_allclose(half["elastic"], found["elastic"][1:], rtol=0.02)


def test_a_spring_in_series_carries_the_tension_of_the_muscle() -> None:
    run = fixed_ends(LAND, transient(), spring="500 kPa", beats=2)
    np.testing.assert_allclose(run["T"], 500.0 * (1.0 - run["stretch"]), atol=1e-5)
    held = isometric(LAND, transient(), beats=2)
    assert float(run["T"].max()) < 0.7 * float(held["T"].max())


def test_a_spring_carries_the_tension_also_while_its_ends_are_pulled_apart() -> None:
    joined = series_model(LAND.with_values({"land.XS": 0.1}), Quantity(500.0, kPa))
    pulled = ramp("1", "1.05", "50 ms", role="length")  # 1 per s, at which a lag of 1 ms would show as 0.5 kPa
    run = simulate(joined, pulled, solver=BDF(rtol=1e-9), save=Save(["T", "stretch", "length"], every="1 ms"))
    left = (run["T"] - 500.0 * (run["length"] - run["stretch"])).to_numpy()
    # what does not fit at the start fades with the 1 ms of the law, and nothing is added to it
    np.testing.assert_allclose(left[20:], 0.0, atol=1e-6)


def test_a_stiff_spring_leaves_the_muscle_isometric() -> None:
    stiff = fixed_ends(LAND, transient(), spring="1e6 kPa", beats=1)
    held = isometric(LAND, transient(), beats=1)
    np.testing.assert_allclose(stiff["T"], held["T"], rtol=2e-3, atol=2e-3)


def test_what_is_no_oscillation_and_no_spring_is_refused() -> None:
    with pytest.raises(ValueRangeError, match="amplitude"):
        dynamic_stiffness(LAND, ["1 Hz"], amplitude=0.5)
    with pytest.raises(ValueRangeError, match="frequency"):
        dynamic_stiffness(LAND, ["0 Hz"])
    with pytest.raises(UnitError):
        dynamic_stiffness(LAND, ["1 ms"])
    with pytest.raises(ValueRangeError, match="spring"):
        fixed_ends(LAND, transient(), spring="0 kPa")
    with pytest.raises(ModelError, match="does not contract"):
        fixed_ends(load_library("beeler-reuter-1977"), transient(), spring="1 kPa")


@pytest.mark.parametrize("frequencies", [["1e9 Hz"], [], "1 Hz"])
def test_frequencies_that_are_none_or_beyond_all_muscle_are_refused(frequencies: list[str]) -> None:
    with pytest.raises(ValueRangeError, match=r"shaken so fast|frequencies are needed"):
        dynamic_stiffness(LAND, frequencies)
