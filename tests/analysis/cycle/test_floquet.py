"""Floquet multipliers of systems whose pace map is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.forced import linear, pace_map_of
from troponin.analysis.conservation import conserved_quantities
from troponin.analysis.cycle.floquet import Slow, beats_to_settle, correction, mode_of, multipliers, slow_modes
from troponin.analysis.cycle.monodromy import Linearised, linearise
from troponin.analysis.pace_map import PaceMap, initial_state, open_pace_map, pace, pace_apart
from troponin.library.catalogue import load_library
from troponin.protocol.pacing import regular
from troponin.solvers.method import BDF, Rosenbrock

MATRIX = np.array([[-0.02, 0.01, 0.0], [0.03, -0.05, 0.02], [0.0, 0.04, -0.08]])
GAIN = np.array([1.0, 0.3, 0.0])
START = np.array([0.5, 0.2, 0.1])
NOTHING = Slow(np.zeros((0, 3)), np.zeros((3, 0)), np.zeros(0))


def linear_map() -> PaceMap:
    return open_pace_map(linear(MATRIX, GAIN, START), regular("20 ms"), BDF(rtol=1e-9))


def test_the_pace_map_of_a_linear_system_is_its_matrix_exponential() -> None:
    M, b = pace_map_of(MATRIX, GAIN, 20.0)
    np.testing.assert_allclose(pace(linear_map(), START), M @ START + b, rtol=1e-8)
    np.testing.assert_allclose(pace(linear_map(), START, 2), M @ (M @ START + b) + b, rtol=1e-8)


@pytest.mark.parametrize("beats", [1, 3])
def test_the_derivative_of_a_linear_map_is_its_matrix(beats: int) -> None:
    M, _ = pace_map_of(MATRIX, GAIN, 20.0)
    scale = np.array([1.0, 10.0, 0.1])
    near = linearise(linear_map(), START, scale, np.zeros((0, 3)), beats)
    expected = np.linalg.matrix_power(M, beats) / scale[:, np.newaxis] * scale
    np.testing.assert_allclose(near.matrix, expected, rtol=1e-7, atol=1e-9)
    exact = sorted(np.linalg.eigvals(np.linalg.matrix_power(M, beats)), key=abs, reverse=True)
    # a state of order one rounds to 1e-16, its shift is 1e-5, and an eigenvalue adds up all entries
    np.testing.assert_allclose(multipliers(near), exact, rtol=1e-7, atol=1e-9)


def test_a_mode_is_multiplied_by_its_multiplier() -> None:
    near = linearise(linear_map(), START, np.ones(3), np.zeros((0, 3)))
    first = multipliers(near)[0]
    v = mode_of(near, complex(first))
    np.testing.assert_allclose(near.matrix @ v, first.real * v, rtol=1e-9)
    assert np.abs(v).max() == 1.0


def test_one_newton_step_reaches_the_orbit_of_a_linear_system() -> None:
    M, b = pace_map_of(MATRIX, GAIN, 20.0)
    paced = linear_map()
    near = linearise(paced, START, np.ones(3), np.zeros((0, 3)))
    step = correction(near, NOTHING, pace(paced, START) - START, np.zeros(3))
    np.testing.assert_allclose(START + step, np.linalg.solve(np.eye(3) - M, b), rtol=1e-6)


def test_a_slow_mode_is_left_where_the_start_was() -> None:
    M, b = pace_map_of(MATRIX, GAIN, 20.0)
    paced = linear_map()
    near = linearise(paced, START, np.ones(3), np.zeros((0, 3)))
    slow = slow_modes(near, 1)
    np.testing.assert_allclose(slow.positions @ slow.modes, [[1.0]], rtol=1e-12)
    step = correction(near, slow, M @ START + b - START, np.zeros(3))
    settled = START + step
    np.testing.assert_allclose(slow.positions @ step, 0.0, atol=1e-9)
    left = M @ settled + b - settled
    np.testing.assert_allclose(left, slow.part(left), atol=1e-7)


def test_a_conserved_quantity_is_no_multiplier_and_stays_through_a_newton_step() -> None:
    exchange = np.array([[-0.1, 0.02], [0.1, -0.02]])
    model = linear(exchange, np.array([0.1, -0.1]), np.array([1.0, 2.0]))
    paced = open_pace_map(model, regular("20 ms"), BDF(rtol=1e-9))
    (total,) = conserved_quantities(model)
    y = initial_state(model)
    near = linearise(paced, y, np.ones(2), total.gradient(y)[np.newaxis])
    np.testing.assert_allclose(multipliers(near), [np.exp(-0.12 * 20.0)], rtol=1e-7)
    none = Slow(np.zeros((0, 2)), np.zeros((2, 0)), np.zeros(0))
    y = y + correction(near, none, pace(paced, y) - y, np.zeros(2))
    np.testing.assert_allclose(y.sum(), 3.0, rtol=1e-12)
    np.testing.assert_allclose(pace(paced, y), y, rtol=1e-7)


def test_differences_between_cells_that_share_steps_are_finer_than_the_tolerance() -> None:
    model = load_library("beeler-reuter-1977")
    coarse = open_pace_map(model, regular("500 ms"), BDF(rtol=1e-5))
    fine = open_pace_map(model, regular("500 ms"), BDF(rtol=1e-10))
    y = pace(fine, initial_state(model), 3)
    shift = 1e-6 * np.diag(np.maximum(np.abs(y), 1e-3))[:2]
    rough, taken = pace_apart(coarse, y, shift)
    exact, _ = pace_apart(fine, y, shift)
    assert taken >= 3
    # a millionth of a shift, and a solver of 1e-5: apart, the runs would differ by more than the shift does
    assert np.abs(rough - exact).max() < 0.05 * np.abs(exact).max()


def test_a_method_with_a_step_for_each_lane_gives_the_same_derivative() -> None:
    model = linear(MATRIX, GAIN, START)
    paced = open_pace_map(model, regular("20 ms"), Rosenbrock(rtol=1e-9))
    M, _ = pace_map_of(MATRIX, GAIN, 20.0)
    near = linearise(paced, START, np.ones(3), np.zeros((0, 3)))
    np.testing.assert_allclose(near.matrix, M, rtol=1e-7, atol=1e-9)


@given(
    st.lists(st.tuples(st.floats(0.1, 0.9999), st.floats(-10.0, 10.0)), min_size=3, max_size=3),
    st.floats(1e-9, 1e-3),
)
def test_modes_that_decay_by_themselves_settle_after_the_logarithm_of_how_far_they_are(
    modes: list[tuple[float, float]], within: float
) -> None:
    mu, away = np.array(modes).T
    expected = max(np.log(max(abs(a) / within, 1.0)) / -np.log(m) for m, a in modes)
    found = beats_to_settle(Linearised(np.diag(mu), np.zeros((0, 3)), 0, 3), away, within)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_mode_that_never_decays_matters_only_where_it_is_disturbed() -> None:
    near = Linearised(np.diag([1.0, 0.5, 0.0]), np.zeros((0, 3)), 0, 3)
    assert beats_to_settle(near, np.array([1.0, 1.0, 1.0]), 1e-6) == np.inf
    assert beats_to_settle(near, np.array([0.0, 1.0, 1.0]), 0.125) == pytest.approx(3.0)
    assert beats_to_settle(near, np.array([0.0, 0.0, 1.0]), 0.125) == 0.0
