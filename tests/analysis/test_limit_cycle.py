"""Limit cycles: closed forms, the library against plain pacing, conservation, alternans, drift."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.analysis.forced import linear, pace_map_of
from tests.analysis.mechanics.land import transient
from troponin.analysis import biomarkers
from troponin.analysis.conservation import conserved_quantities
from troponin.analysis.limit_cycle import LimitCycle, limit_cycle
from troponin.analysis.mechanics.twitch import isometric
from troponin.analysis.pace_map import initial_state, open_pace_map, pace
from troponin.errors import ModelError, ProtocolError, SolverError, ValueRangeError
from troponin.expr.nodes import Symbol
from troponin.library.catalogue import describe, load_library
from troponin.model.model import Input, Model, Role, State
from troponin.protocol.pacing import regular
from troponin.solvers.method import BDF, RushLarsen
from troponin.units import DIMENSIONLESS, ms

MATRIX = np.array([[-0.02, 0.01, 0.0], [0.03, -0.05, 0.02], [0.0, 0.04, -0.08]])
GAIN = np.array([1.0, 0.3, 0.0])


def paced(model: Model, y: np.ndarray, bcl: str, beats: int, rtol: float = 1e-9) -> np.ndarray:
    return pace(open_pace_map(model, regular(bcl), BDF(rtol=rtol)), y, beats)


def state_of(cycle: LimitCycle) -> np.ndarray:
    return np.array(list(cycle.state.values()))


@pytest.fixture(scope="module")
def ten_tusscher() -> LimitCycle:
    return limit_cycle(load_library("ten-tusscher-panfilov-2006"), "1000 ms")


def test_the_cycle_of_a_linear_system_is_its_closed_form() -> None:
    cycle = limit_cycle(linear(MATRIX, GAIN, np.array([0.5, 0.2, 0.1])), "20 ms")
    M, b = pace_map_of(MATRIX, GAIN, 20.0)
    assert cycle.converged
    np.testing.assert_allclose(state_of(cycle), np.linalg.solve(np.eye(3) - M, b), rtol=1e-6)
    np.testing.assert_allclose(np.abs(cycle.multipliers), np.sort(np.abs(np.linalg.eigvals(M)))[::-1], atol=2e-7)
    np.testing.assert_allclose(cycle.slowest, -1.0 / np.log(np.abs(cycle.multipliers[0])))


def test_of_a_family_of_cycles_the_one_with_the_amount_of_the_start_is_found() -> None:
    exchange = np.array([[-0.1, 0.02], [0.1, -0.02]])
    for total in (1.0, 5.0):
        cycle = limit_cycle(linear(exchange, np.array([0.1, -0.1]), np.array([total, 0.0])), "20 ms")
        assert cycle.converged
        np.testing.assert_allclose(state_of(cycle).sum(), total, rtol=1e-13)
        assert cycle.conserved == (("pool.x0", "pool.x1"),)


def test_twenty_more_beats_change_nothing(ten_tusscher: LimitCycle) -> None:
    y = state_of(ten_tusscher)
    assert ten_tusscher.converged
    assert ten_tusscher.why == ""
    later = paced(ten_tusscher.model, y, "1000 ms", 20)
    np.testing.assert_allclose(later, y, rtol=1e-6, atol=1e-9)


def test_it_takes_a_fifteenth_of_a_thousand_beats_to_come_nearer_than_they_do(ten_tusscher: LimitCycle) -> None:
    model = load_library("ten-tusscher-panfilov-2006")
    assert ten_tusscher.beats <= 1000 // 15
    y = state_of(ten_tusscher)
    plain = paced(model, initial_state(model), "1000 ms", 300, rtol=1e-7)
    # plain pacing comes nearer by the slowest multiplier with every beat: what it will be after 1000
    apart = np.abs(plain / y - 1.0).max()
    after_1000 = apart * abs(ten_tusscher.multipliers[0]) ** 700
    assert 1e-6 < after_1000 < 1e-4
    assert ten_tusscher.distance < 0.1 * after_1000


def test_the_charge_of_the_cycle_is_that_of_the_initial_state(ten_tusscher: LimitCycle) -> None:
    model = load_library("ten-tusscher-panfilov-2006")
    (charge,) = conserved_quantities(model)
    before, after = initial_state(model), state_of(ten_tusscher)
    turnover = np.abs(charge.gradient(before) * (after - before)).sum()
    assert turnover > 0.0
    assert abs(charge.value(after) - charge.value(before)) < 1e-10 * turnover


def test_a_cell_with_more_charge_has_another_cycle(ten_tusscher: LimitCycle) -> None:
    model = load_library("ten-tusscher-panfilov-2006")
    richer = limit_cycle(model.with_values({"ki": model["ki"].value + 5.0}), "1000 ms")
    assert richer.converged
    assert richer.state["potassium.Ki"] - ten_tusscher.state["potassium.Ki"] > 1.0


def test_from_seven_beats_later_the_same_cycle_is_found(ten_tusscher: LimitCycle) -> None:
    model = load_library("ten-tusscher-panfilov-2006")
    y = paced(model, initial_state(model), "1000 ms", 7)
    elsewhere = limit_cycle(model.with_values(dict(zip(ten_tusscher.state, map(float, y), strict=True))), "1000 ms")
    np.testing.assert_allclose(state_of(elsewhere), state_of(ten_tusscher), rtol=2e-6, atol=1e-9)


def test_the_trace_is_one_period_that_biomarkers_can_read(ten_tusscher: LimitCycle) -> None:
    trace = ten_tusscher.trace
    assert trace.sizes["beat"] == 1
    assert float(trace["time"][-1]) == 1000.0
    # facts/verification: after 500 beats of the reference file, another stimulus, 300.83 ms
    assert abs(float(biomarkers.apd(trace, 90)) - 302.0) < 2.0
    first, last = trace.isel(time=0), trace.isel(time=-1)
    for name in ten_tusscher.state:
        np.testing.assert_allclose(float(last[name]), float(first[name]), rtol=1e-5, atol=1e-9)


def test_alternans_is_a_cycle_of_two_beats() -> None:
    model = load_library("beeler-reuter-1977")
    cycle = limit_cycle(model, "250 ms")
    assert cycle.alternans
    assert cycle.converged
    assert cycle.stable
    y = state_of(cycle)
    one, two = paced(model, y, "250 ms", 1), paced(model, y, "250 ms", 2)
    np.testing.assert_allclose(two, y, rtol=1e-6, atol=1e-10)
    assert np.abs(one - y).max() > 0.1
    first, second = (biomarkers.apd(cycle.trace, 80, beat=k) for k in (0, 1))
    assert abs(float(first) - float(second)) > 10.0


def test_near_alternans_the_multiplier_is_near_minus_one() -> None:
    cycle = limit_cycle(load_library("beeler-reuter-1977"), "280 ms")
    assert cycle.period == 1
    assert cycle.stable
    assert -1.0 < cycle.multipliers[0].real < -0.7
    assert cycle.multipliers[0].imag == 0.0


def test_a_cell_that_leaks_charge_is_said_to_drift() -> None:
    cycle = limit_cycle(load_library("torord-land"), "1000 ms")
    assert not cycle.converged
    assert "drifts" in cycle.why
    assert "IClCa.IClCa" in cycle.why
    assert cycle.slowest > 20_000
    assert cycle.beats < 150
    # all but the drift is settled: two beats later the change is twice that of one
    y, model = state_of(cycle), load_library("torord-land")
    one, ten = paced(model, y, "1000 ms", 1) - y, paced(model, y, "1000 ms", 10) - y
    ki = list(cycle.state).index("potassium.ki")
    np.testing.assert_allclose(ten[ki], 10.0 * one[ki], rtol=1e-3)
    assert "not converged" in str(cycle)


def test_a_model_that_depends_on_time_itself_has_no_cycle() -> None:
    clock = Input("environment.time", ms, Role.TIME)
    current = Input("outside.i", DIMENSIONLESS / ms, Role.STIMULUS)
    rate = -Symbol("environment.time") * Symbol("pool.x") + Symbol("outside.i")
    model = Model("timed", ms, states=(State("pool.x", DIMENSIONLESS, 1.0, rate),), inputs=(clock, current))
    with pytest.raises(ModelError, match="depend on time itself"):
        limit_cycle(model, beat=regular("10 ms", amplitude="1 1/ms", duration="1 ms"))


def test_what_cannot_be_asked_for_is_refused() -> None:
    model = load_library("hodgkin-huxley-1952")
    with pytest.raises(ProtocolError, match="cycle length or a beat"):
        limit_cycle(model, "50 ms", beat=regular("50 ms"))
    with pytest.raises(ValueRangeError, match="tolerance"):
        limit_cycle(model, "50 ms", tolerance=0.0)
    with pytest.raises(ValueRangeError, match="slowest"):
        limit_cycle(model, "50 ms", slowest=float("nan"))


def test_a_muscle_driven_by_a_calcium_transient_has_its_steady_twitch() -> None:
    muscle = load_library("land-2017")
    cycle = limit_cycle(muscle, beat=transient())
    assert cycle.converged
    twitch = isometric(muscle, transient(), beats=20)
    np.testing.assert_allclose(float(cycle.trace["Ta"].max()), float(twitch["Ta"].max()), rtol=1e-4)
    np.testing.assert_allclose(float(cycle.trace["Ta"][0]), float(twitch["Ta"][0]), rtol=1e-5)


def test_the_facts_of_a_cycle_are_plain_values(ten_tusscher: LimitCycle) -> None:
    facts = json.loads(json.dumps(ten_tusscher.facts))
    assert facts["bcl_ms"] == 1000.0
    assert facts["converged"] is True
    assert facts["beats"] == ten_tusscher.beats
    assert facts["largest_multiplier"] < 1.0


def test_a_method_without_a_tolerance_is_refused() -> None:
    with pytest.raises(SolverError, match="fixed step"):
        limit_cycle(load_library("hodgkin-huxley-1952"), "50 ms", solver=RushLarsen(0.01))


@pytest.mark.slow
@pytest.mark.parametrize("bcl", [300, 400, 500, 750, 1000, 1500, 2000])
@pytest.mark.parametrize("name", ["ten-tusscher-panfilov-2006", "ohara-rudy-2011", "tomek-2020", "torord-land"])
def test_at_every_rate_each_cell_has_a_cycle_or_says_why_not(name: str, bcl: int) -> None:
    for variant in describe(name).variants:
        cycle = limit_cycle(load_library(name, variant), f"{bcl} ms")
        assert cycle.distance < 1e-6
        assert cycle.stable
        assert cycle.converged or "drifts" in cycle.why
        assert cycle.residual < 1e-6 if cycle.converged else cycle.drift > 1e-7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "plain", "most"),
    [("ohara-rudy-2011", 1000, 66), ("ten-tusscher-panfilov-2006", 1000, 66), ("tomek-2020", 20_000, 1000)],
)
def test_it_is_where_plain_pacing_ends_with_a_fifteenth_of_the_beats(name: str, plain: int, most: int) -> None:
    model = load_library(name)
    cycle = limit_cycle(model, "1000 ms")
    y = state_of(cycle)
    paced_there = paced(model, initial_state(model), "1000 ms", plain)
    assert cycle.converged
    assert cycle.beats <= most
    # relative to the largest value in the beat: releases that rest at 1e-22 mM/ms have no relative accuracy there
    largest = np.array([float(np.abs(cycle.trace[name]).max()) for name in cycle.state])
    assert (np.abs(paced_there - y) / largest).max() < 5e-5
