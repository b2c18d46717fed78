"""The exact solution of linear channels: closed forms, random chains, conservation, and both solvers beside it."""

from __future__ import annotations

import math
from functools import cache

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.channel.chains import X, Y, beginnings, cell, closing, gate_at, one_gate, opening, reversible_chains
from troponin.analysis.channel.clamp import at_rest, open_clamp, states_along
from troponin.analysis.channel.flow import Flow, after, along, rest
from troponin.analysis.channel.linear import Linear, flow, linear, nonlinear_in
from troponin.analysis.channel.numerical import Bench, open_bench, solved
from troponin.analysis.channel.patch import current_of, isolate
from troponin.errors import ModelError, ValueRangeError
from troponin.expr.functions import exp
from troponin.expr.nodes import Symbol
from troponin.library.catalogue import load_library
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen

CHANNELS = [
    ("hodgkin-huxley-1952", "INa.INa"),
    ("hodgkin-huxley-1952", "IK.IK"),
    ("beeler-reuter-1977", "Is.Is"),
    ("ten-tusscher-panfilov-2006", "INa.INa"),
    ("ohara-rudy-2011", "IKr.IKr"),
    ("torord-land", "IKr.IKr"),
    ("torord-land", "Ito.Ito"),
]
STEPS = np.array([-60.0, -20.0, 0.0, 40.0])


@cache
def hERG() -> Linear:
    form = linear(isolate(load_library("torord-land"), "IKr.IKr"))
    assert form is not None
    return form


@cache
def hERG_solved() -> Bench:
    return open_bench(hERG().patch, Rosenbrock(rtol=1e-11))


@pytest.mark.parametrize(("name", "current"), CHANNELS, ids=lambda x: str(x))
@pytest.mark.parametrize("method", [BDF(rtol=1e-10), Rosenbrock(rtol=1e-10)], ids=["BDF", "Rosenbrock"])
def test_the_exact_solution_and_the_solvers_agree_to_their_tolerance(
    name: str, current: str, method: BDF | Rosenbrock
) -> None:
    clamp = open_clamp(load_library(name), current, (), ())
    assert clamp.method == "exact"
    assert clamp.form is not None
    start = np.repeat(at_rest(clamp, np.array([-80.0])), len(STEPS), axis=0)
    times = np.array([0.0, 1.0, 10.0, 200.0])
    exact = along(flow(clamp.form, STEPS), start, list(zip(np.diff(times).tolist(), [1, 1, 1], strict=True)))
    found = solved(open_bench(clamp.patch, method), STEPS, start, times)
    np.testing.assert_allclose(found, exact, rtol=0.0, atol=2e-9)


@pytest.mark.parametrize(("scheme", "order"), [("rush_larsen", 1.0), ("grl1", 1.0), ("grl2", 2.0)])
def test_fixed_steps_come_to_the_exact_chain_with_their_order(scheme: str, order: float) -> None:
    clamp = open_clamp(load_library("torord-land"), "IKr.IKr", (), ())
    assert clamp.form is not None
    v, steps = np.array([-40.0, 0.0, 20.0]), [0.1, 0.05, 0.025]
    start = np.repeat(at_rest(clamp, np.array([-80.0])), 3, axis=0)
    exact = after(flow(clamp.form, v), start, np.full(3, 20.0))
    errors = []
    for step in steps:
        bench = open_bench(clamp.patch, RushLarsen(step=step, scheme=scheme))
        errors.append(np.abs(solved(bench, v, start, np.array([0.0, 20.0]))[:, -1] - exact).max())
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.06)


def test_rush_larsen_is_exact_for_gates_at_any_step() -> None:
    clamp = open_clamp(load_library("ten-tusscher-panfilov-2006"), "INa.INa", (), ())
    assert clamp.form is not None
    start = np.repeat(at_rest(clamp, np.array([-80.0])), len(STEPS), axis=0)
    exact = after(flow(clamp.form, STEPS), start, np.full(len(STEPS), 20.0))
    bench = open_bench(clamp.patch, RushLarsen(step=1.0))
    np.testing.assert_allclose(solved(bench, STEPS, start, np.array([0.0, 20.0]))[:, -1], exact, rtol=0.0, atol=2e-15)


@given(v=st.floats(-120.0, 80.0), t=st.floats(1e-6, 1e4), x0=st.floats(0.0, 1.0))
def test_a_gate_follows_its_closed_form(v: float, t: float, x0: float) -> None:
    form = linear(isolate(one_gate(), "I.I"))
    assert form is not None
    at = np.array([v])
    found = along(flow(form, at), np.array([[x0]]), [(t / 8, 8)])[0, :, 0]
    np.testing.assert_allclose(found, gate_at(np.linspace(0.0, t, 9), v, x0), rtol=1e-14, atol=2e-16)


def test_a_gate_that_stands_still_stays_and_one_without_a_rest_rises_in_a_straight_line() -> None:
    still = Flow(np.zeros((1, 1, 1)), np.zeros((1, 1)), ((0,),))
    rising = Flow(np.zeros((1, 1, 1)), np.full((1, 1), 0.25), ((0,),))
    start = np.array([[0.3]])
    assert after(still, start, np.array([1e6]))[0, 0] == 0.3
    assert rest(still, start)[0, 0] == 0.3
    assert after(rising, start, np.array([2.0]))[0, 0] == pytest.approx(0.8, abs=1e-15)
    assert math.isnan(rest(rising, start)[0, 0])


@settings(deadline=None)
@given(data=st.data(), chain=reversible_chains(), t=st.floats(1e-3, 1e5))
def test_a_chain_conserves_its_sum_stays_positive_and_comes_to_its_stationary_distribution(
    data: st.DataObject, chain: tuple[Flow, np.ndarray], t: float
) -> None:
    system, share = chain
    start = data.draw(beginnings(len(share)))
    path = along(system, start, [(t / 4, 4)])[0]
    np.testing.assert_allclose(path.sum(axis=1), 1.0, rtol=0.0, atol=1e-14)
    assert path.min() > -1e-13
    np.testing.assert_allclose(rest(system, start)[0], share, rtol=1e-11)
    slowest = np.sort(-np.linalg.eigvals(system.matrix[0]).real)[1]
    np.testing.assert_allclose(after(system, start, np.array([60.0 / slowest]))[0], share, rtol=0.0, atol=1e-12)


@settings(deadline=None)
@given(chain=reversible_chains())
def test_the_stationary_distribution_of_a_reversible_chain_is_in_detailed_balance(
    chain: tuple[Flow, np.ndarray],
) -> None:
    system, share = chain
    found = rest(system, np.full((1, len(share)), 1.0 / len(share)))[0]
    flux = system.matrix[0] * found
    np.testing.assert_allclose(flux, flux.T, rtol=1e-10, atol=0.0)


@settings(deadline=None, max_examples=20)
@given(data=st.data(), chain=reversible_chains(), t=st.floats(1e-3, 10.0))
def test_a_chain_follows_the_matrix_exponential_in_fifty_digits(
    data: st.DataObject, chain: tuple[Flow, np.ndarray], t: float
) -> None:
    system, share = chain
    start = data.draw(beginnings(len(share)))
    with mpmath.workdps(50):
        matrix = mpmath.matrix(system.matrix[0].tolist())
        for j in range(len(share)):  # columns that add up to zero exactly, as rates say
            matrix[j, j] = -sum(matrix[i, j] for i in range(len(share)) if i != j)
        exact = mpmath.expm(matrix * t, method="taylor") * mpmath.matrix(start[0].tolist())
        wanted = np.array([float(x) for x in exact])
    fastest, slowest = np.abs(system.matrix[0]).sum(axis=0).max(), np.sort(-np.linalg.eigvals(system.matrix[0]).real)[1]
    bound = 2e-14 + 4.0 * np.finfo(float).eps * fastest * min(t, 1.0 / slowest)
    np.testing.assert_allclose(after(system, start, np.array([t]))[0], wanted, rtol=0.0, atol=bound)


@settings(deadline=None, max_examples=15)
@given(
    protocol=st.lists(st.tuples(st.floats(-120.0, 60.0), st.floats(0.01, 500.0)), min_size=1, max_size=5),
    cut=st.floats(0.1, 0.9),
)
def test_cutting_the_steps_of_a_random_protocol_in_two_changes_nothing(
    protocol: list[tuple[float, float]], cut: float
) -> None:
    form = hERG()
    whole = parts = np.array([[0.2, 0.2, 0.2, 0.3, 0.1]])
    for v, length in protocol:
        system = flow(form, np.array([v]))
        whole = after(system, whole, np.array([length]))
        for share in (cut, 1.0 - cut):
            parts = after(system, parts, np.array([share * length]))
    np.testing.assert_allclose(parts, whole, rtol=0.0, atol=1e-13)
    assert whole.sum() == pytest.approx(1.0, abs=1e-14)


@settings(deadline=None, max_examples=15)
@given(protocol=st.lists(st.tuples(st.floats(-120.0, 60.0), st.floats(0.05, 50.0)), min_size=1, max_size=4))
def test_a_random_protocol_ends_where_the_solver_ends(protocol: list[tuple[float, float]]) -> None:
    form, bench = hERG(), hERG_solved()
    exact = found = np.array([[0.2, 0.2, 0.2, 0.3, 0.1]])
    for v, length in protocol:
        exact = after(flow(form, np.array([v])), exact, np.array([length]))
        found = solved(bench, np.array([v]), found, np.array([0.0, length]))[:, -1]
    np.testing.assert_allclose(found, exact, rtol=0.0, atol=1e-10)


def test_a_chain_that_falls_apart_at_one_potential_is_solved_there_too() -> None:
    # 0 <-> 1 | 2 <-> 3 at the first potential, whole at the second
    apart = np.zeros((2, 4, 4))
    for lane, bridge in enumerate((0.0, 0.5)):
        for i, j, rate in ((0, 1, 1.0), (1, 0, 3.0), (2, 3, 2.0), (3, 2, 2.0), (1, 2, bridge), (2, 1, bridge)):
            apart[lane, i, j] += rate
            apart[lane, j, j] -= rate
    system = Flow(apart, np.zeros((2, 4)), ((0, 1, 2, 3),))
    start = np.tile([0.1, 0.5, 0.4, 0.0], (2, 1))
    end = after(system, start, np.full(2, 200.0))
    np.testing.assert_allclose(end[0], [0.15, 0.45, 0.2, 0.2], rtol=0.0, atol=1e-13)
    assert np.isnan(rest(system, start)[0]).all()
    np.testing.assert_allclose(end[1], rest(system, start)[1], rtol=0.0, atol=1e-13)


def test_a_chain_written_with_one_state_less_is_the_same_chain() -> None:
    a, b, c, d = opening(), closing(), 2.0 * opening(), 0.3 * closing()
    z = Symbol("I.z")
    three = cell(
        X, {"I.x": (0.2, a * Y - b * X), "I.y": (0.5, b * X + c * z - (a + d) * Y), "I.z": (0.3, d * Y - c * z)}
    )
    left = 1.0 - X - Y
    two = cell(X, {"I.x": (0.2, a * Y - b * X), "I.y": (0.5, b * X + c * left - (a + d) * Y)})
    paths = []
    for model in (three, two):
        clamp = open_clamp(model, "I.I", (), ())
        start = np.tile(clamp.patch.initial, (2, 1))
        paths.append(states_along(clamp, np.array([-50.0, 20.0]), start, [(0.7, 50)])[:, :, :2])
        paths.append(at_rest(clamp, np.array([-50.0, 20.0]))[:, :2])
    np.testing.assert_allclose(paths[0], paths[2], rtol=0.0, atol=1e-13)
    np.testing.assert_allclose(paths[1], paths[3], rtol=0.0, atol=1e-13)


def test_what_is_not_linear_is_told_and_goes_to_a_solver() -> None:
    bent = cell(X, {"I.x": (0.1, opening() * (1.0 - X) * (1.0 - X) - closing() * X)})
    assert nonlinear_in(isolate(bent, "I.I")) == "the rate of I.x is not linear in I.x"
    coupled = cell(X, {"I.x": (0.1, opening() - Y * X), "I.y": (0.2, closing() * (1.0 - Y) - Y)})
    clamp = open_clamp(coupled, "I.I", (), ())
    assert clamp.form is None
    assert clamp.method.startswith("Rosenbrock(")
    assert clamp.why in {f"the rate of I.x is not linear in {pair} together" for pair in ("I.x and I.y", "I.y and I.x")}


def test_a_gate_that_runs_away_cannot_be_held_where_it_does() -> None:
    runaway = cell(X, {"I.x": (0.1, (0.5 - X) / (80.0 - Symbol("membrane.v")))})
    clamp = open_clamp(runaway, "I.I", (), ())
    np.testing.assert_allclose(at_rest(clamp, np.array([0.0, 79.0]))[:, 0], 0.5)
    with pytest.raises(ModelError, match=r"I\.x does not come to rest at 90 mV"):
        at_rest(clamp, np.array([0.0, 90.0]))


def test_a_current_that_is_no_number_is_refused_with_the_potential() -> None:
    patch = isolate(cell(X * exp(10.0 * Symbol("membrane.v")), {"I.x": (0.1, opening() - X)}), "I.I")
    with pytest.raises(ValueRangeError, match=r"I\.I is no finite number at 80 mV"):
        current_of(patch, np.array([0.0, 80.0]), np.ones((2, 1)))


def test_the_chain_of_hERG_is_in_detailed_balance_at_every_potential() -> None:
    v = np.arange(-100.0, 61.0, 20.0)
    system = flow(hERG(), v)
    flux = system.matrix * rest(system, np.full((len(v), 5), 0.2))[:, np.newaxis]
    np.testing.assert_allclose(flux, flux.transpose(0, 2, 1), rtol=0.0, atol=1e-15 * np.abs(flux).max())


def test_rates_that_overflow_are_refused_with_the_potential() -> None:
    wild = cell(X, {"I.x": (0.1, exp(20.0 * Symbol("membrane.v")) * (1.0 - X) - X)})
    form = linear(isolate(wild, "I.I"))
    assert form is not None
    with pytest.raises(ValueRangeError, match="at 60 mV"):
        flow(form, np.array([-80.0, 60.0]))
