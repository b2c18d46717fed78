"""Steady force against closed forms of Land et al. 2017."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import brentq

from tests.analysis.mechanics.land import h, steady
from troponin.analysis.mechanics.steady import force_calcium, force_length, force_velocity, steady_muscle
from troponin.errors import ModelError, UnitError, ValueRangeError
from troponin.library.catalogue import load_library

LAND = load_library("land-2017")


@pytest.mark.parametrize("stretch", [0.9, 1.0, 1.1])
def test_the_force_calcium_curve_is_its_closed_form(stretch: float) -> None:
    levels = [0.2, 0.4, 0.6, 1.0, 2.0, 10.0]
    curve = force_calcium(LAND, [f"{c} uM" for c in levels], stretch=stretch)
    np.testing.assert_allclose(curve["Ta"], [steady(c, stretch) for c in levels], rtol=1e-8)
    largest = steady(1000.0, stretch)
    c10, c50, c90 = (brentq(lambda c, p=p: steady(c, stretch) - p * largest, 1e-3, 100.0) for p in (0.1, 0.5, 0.9))
    np.testing.assert_allclose(curve.attrs["Tmax"], largest, rtol=1e-8)
    np.testing.assert_allclose(curve.attrs["EC50"], c50, rtol=1e-5)
    np.testing.assert_allclose(curve.attrs["pCa50"], 6.0 - np.log10(c50), atol=1e-5)
    np.testing.assert_allclose(curve.attrs["hill"], np.log(81.0) / np.log(c90 / c10), rtol=1e-4)


def test_the_published_half_maximal_calcium_of_three_parameter_sets() -> None:
    # facts: intact 119.3730 kPa at pCa50 6.2293; skinned 36.8416 at 5.7634; the fit in ToR-ORd 107.3387 at 6.2625
    for model, largest, pca in (
        (LAND, 119.3730, 6.2293),
        (load_library("land-2017", "skinned"), 36.8416, 5.7634),
        (load_library("torord-land"), 107.3387, 6.2625),
    ):
        curve = force_calcium(model, ["1 uM"])
        np.testing.assert_allclose(curve.attrs["Tmax"], largest, atol=6e-5)
        np.testing.assert_allclose(curve.attrs["pCa50"], pca, atol=6e-5)


def test_force_follows_length_by_overlap_alone_at_saturating_calcium() -> None:
    lengths = np.array([0.72, 0.8, 0.87, 0.95, 1.0, 1.15, 1.2, 1.25])
    curve = force_length(LAND, lengths, calcium="1000 uM")
    np.testing.assert_allclose(curve["Ta"] / 119.37302844, [h(x) for x in lengths], rtol=1e-6)


def test_force_velocity_is_its_closed_form() -> None:
    speeds = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0])  # per second
    curve = force_velocity(LAND, speeds, calcium="2 uM")
    np.testing.assert_allclose(curve["Ta"], [steady(2.0, velocity=v / 1000.0) for v in speeds], rtol=1e-8)
    np.testing.assert_allclose(curve["power"], curve["Ta"] * speeds, rtol=1e-14)
    assert curve["power"].attrs["units"] == "kPa/s"
    vmax = brentq(lambda v: steady(2.0, velocity=v / 1000.0), 0.1, 20.0)
    np.testing.assert_allclose(curve.attrs["vmax"], vmax, rtol=1e-6)


def test_the_default_force_velocity_curve_falls_from_isometric_to_nothing() -> None:
    curve = force_velocity(LAND)
    force = curve["Ta"].to_numpy()
    np.testing.assert_allclose(force[0], steady(10.0), rtol=1e-8)
    assert np.all(np.diff(force) < 0.0)
    assert abs(force[-1]) < 1e-4


def test_the_muscle_alone_holds_nothing_of_its_cell() -> None:
    muscle = steady_muscle(load_library("torord-land"))
    assert {s.name.partition(".")[0] for s in muscle.states} == {"land"}
    assert muscle.inputs == ()


def test_what_has_no_muscle_and_no_unit_is_refused() -> None:
    with pytest.raises(ModelError, match="does not contract"):
        force_calcium(load_library("beeler-reuter-1977"))
    with pytest.raises(UnitError):
        force_calcium(LAND, ["1 mV"])
    with pytest.raises(ValueRangeError, match="positive"):
        force_calcium(LAND, ["0 uM"])


@pytest.mark.parametrize("curve", [force_length, force_velocity])
def test_a_muscle_without_calcium_has_no_curve(curve: Callable[..., object]) -> None:
    with pytest.raises(ValueRangeError, match="calcium must be positive"):
        curve(load_library("land-2017"), calcium="0 uM")
