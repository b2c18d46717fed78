"""Steps of length, and stiffness by symbolic differentiation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.mechanics.land import A, bound, h, steady, tension
from troponin.analysis.mechanics.muscle import stiffness
from troponin.analysis.mechanics.release import ktr, quick_release
from troponin.errors import ProtocolError, ValueRangeError
from troponin.expr.nodes import Symbol
from troponin.formats.registry import read
from troponin.formats.registry import save as save_model
from troponin.library.catalogue import load_library
from troponin.model.check import check
from troponin.model.derivatives import intermediates
from troponin.units import parse_unit

LAND = load_library("land-2017")


def passive(step: float) -> float:
    """Passive tension right after a step from rest, the dashpot still where it was [kPa]."""
    return 2.1 * (np.expm1(9.1 * step) + 7.0 * step)


@pytest.mark.parametrize("step", [-0.02, -0.005, 0.01])
def test_right_after_a_step_crossbridges_are_distorted_by_it_and_nothing_else_moved(step: float) -> None:
    run = quick_release(LAND, step=step, calcium="1 uM")
    before = bound(1.0)
    after = before | {"zs": A * step, "zw": A * step}
    np.testing.assert_allclose(run.attrs["T0"], steady(1.0), rtol=1e-8)
    np.testing.assert_allclose(run.attrs["T1"], tension(after, 1.0 + step) + passive(step), rtol=1e-8)
    np.testing.assert_allclose(run.attrs["stiffness"], (run.attrs["T1"] - run.attrs["T0"]) / step)
    assert float(run["time"][-1]) == 110.0
    np.testing.assert_allclose(run["stretch"][-1], 1.0 + step, rtol=1e-14)


def test_tension_comes_back_to_the_steady_one_of_the_new_length() -> None:
    run = quick_release(LAND, step=-0.02, calcium="1 uM", hold="3 s", every="10 ms")
    np.testing.assert_allclose(run["Ta"][-1], steady(1.0, 0.98), rtol=1e-6)


def test_force_returns_faster_in_more_calcium_within_the_bounds_of_its_rates() -> None:
    rates = [ktr(LAND, calcium=level).attrs["ktr"] for level in ("0.5 uM", "0.7 uM", "5 uM")]
    assert rates == sorted(rates)
    # no faster than detachment of XS with its refilling, no slower than detachment alone, per second
    assert 0.5 * 1000.0 * 0.018 * 0.5 < rates[0] < rates[-1] < 1000.0 * (0.018 + 0.012)


def test_ktr_is_that_of_an_exponential_with_the_half_time_of_the_trace() -> None:
    run = ktr(LAND, calcium="10 uM", every="0.1 ms")
    tension, time = run["T"].to_numpy(), run["time"].to_numpy()
    restretched = int(np.flatnonzero(np.diff(run["stretch"]) > 0.1)[0]) + 1
    lowest = restretched + int(np.argmin(tension[restretched:]))
    half = 0.5 * (tension[lowest] + steady(10.0))
    back = time[lowest + int(np.argmax(tension[lowest:] > half))] - time[lowest]
    np.testing.assert_allclose(run.attrs["ktr"], 1000.0 * np.log(2.0) / back, rtol=3e-3)
    # the equations written out by hand, released and stretched again, by SciPy's LSODA to 1e-10
    np.testing.assert_allclose(run.attrs["ktr"], 12.362, rtol=1e-3)


def test_stiffness_is_the_derivative_of_tension() -> None:
    model = stiffness(LAND)
    states = {"land.XS": 0.1, "land.XW": 0.05, "land.Zetas": 0.02, "land.Zetaw": -0.01}
    value = intermediates(model, states)
    step = 1e-6

    def pull(stretch: float) -> float:
        return intermediates(model, {**states, "stretch": stretch})["land.Ta"]

    slope = (pull(1.0 + step) - pull(1.0 - step)) / (2 * step)
    np.testing.assert_allclose(value["mechanics.stiffness"], slope, rtol=1e-8)
    # by hand: a step moves both distortions by A
    instant = slope + h(1.0) * 120.0 / 0.25 * (0.1 + 0.05) * A
    np.testing.assert_allclose(value["mechanics.instant"], instant, rtol=1e-8)


def test_instant_stiffness_is_what_a_small_step_meets() -> None:
    small = quick_release(LAND, step=1e-6, calcium="1 uM")
    state = bound(1.0)
    values = {"land.XS": state["XS"], "land.XW": state["XW"], "land.Zetas": 0.0, "land.Zetaw": 0.0}
    active = intermediates(stiffness(LAND), values)["mechanics.instant"]
    np.testing.assert_allclose(small.attrs["stiffness"] - passive(1e-6) / 1e-6, active, rtol=1e-4)


@pytest.mark.parametrize("name", ["land-2017", "torord-land"])
def test_a_model_with_its_stiffness_is_still_whole(name: str) -> None:
    model = stiffness(load_library(name))
    assert check(model).errors == ()
    assert model.variable("Ka").name == "mechanics.stiffness"
    assert model.variable("Ka_instant").name == "mechanics.instant"


@pytest.mark.parametrize("ending", ["mmt", "cellml", "ode"])
def test_stiffness_goes_into_a_file_with_the_model(ending: str, tmp_path: Path) -> None:
    model = stiffness(load_library("torord-land"))
    save_model(model, tmp_path / f"cell.{ending}")
    again = read(tmp_path / f"cell.{ending}").model
    states = {s.name: 1.02 * s.initial for s in model.states if s.name.startswith("land.")}
    ours, theirs = intermediates(model, states), intermediates(again, states)
    theirs |= {p.name: p.value for p in again.parameters}  # what never changes is a parameter of the file
    for name in ("mechanics.stiffness", "mechanics.damping", "mechanics.instant"):
        np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-12)
        assert again.variable(name).unit.dimension == model.variable(name).unit.dimension


def test_a_tension_that_feels_the_rate_itself_has_a_damping() -> None:
    rate = Symbol("mechanics.stretch_rate")
    equations = tuple(
        replace(e, expression=e.expression * (1.0 + 3.0 * rate)) if e.name == "land.Ta" else e for e in LAND.equations
    )
    model = stiffness(replace(LAND, equations=equations))
    value = intermediates(model, {"land.XS": 0.1})
    np.testing.assert_allclose(value["mechanics.damping"], 3.0 * intermediates(LAND, {"land.XS": 0.1})["land.Ta"])
    assert intermediates(stiffness(LAND), {"land.XS": 0.1})["mechanics.damping"] == 0.0
    assert model.variables["mechanics.damping"].unit == parse_unit("kPa*ms")


def test_a_release_beyond_reason_is_refused() -> None:
    with pytest.raises(ValueRangeError, match="release"):
        ktr(LAND, release=0.9)


@pytest.mark.parametrize("step", [0.0, 5.0, -1.0, -0.5, float("nan"), float("inf")])
def test_a_step_to_where_no_muscle_is_is_refused(step: float) -> None:
    with pytest.raises(ValueRangeError, match=r"no muscle has this stretch|a step changes the length"):
        quick_release(LAND, step=step)


def test_samples_of_no_interval_are_refused() -> None:
    with pytest.raises(ProtocolError, match="must be positive"):
        quick_release(LAND, every="0 ms")
