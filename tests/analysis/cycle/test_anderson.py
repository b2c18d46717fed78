"""Anderson acceleration on maps whose fixed points are known."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from troponin.analysis.cycle.anderson import Map, Search, Settings, accelerate, distance
from troponin.errors import SolverError

Floats = NDArray[np.float64]


def search(
    g: Map, y: Floats, *, how: Settings | None = None, restore: Map = lambda y: y, low: float = -np.inf
) -> Search:
    bounds = np.full_like(y, low), np.full_like(y, np.inf)
    return accelerate(g, y, np.ones_like(y), how or Settings(trust=1e6), restore, *bounds)


@settings(max_examples=50)
@given(st.integers(1, 6), st.integers(0, 10_000))
def test_a_linear_map_is_solved_after_as_many_values_as_it_has_modes_and_one(n: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    basis = np.linalg.qr(dice.normal(size=(n, n)))[0]
    matrix = basis @ np.diag(np.linspace(0.1, 0.99, n)) @ basis.T
    offset = dice.normal(size=n)
    found = search(lambda y: matrix @ y + offset, dice.normal(size=n))
    exact = np.linalg.solve(np.eye(n) - matrix, offset)
    assert found.found
    assert found.values <= n + 2
    # the residual is 1e-7 at most, and the slowest mode magnifies it a hundredfold
    assert distance(found.y - exact) < 1e-5


def test_a_nonlinear_map_takes_far_fewer_values_than_to_iterate_it() -> None:
    def g(y: Floats) -> Floats:
        return np.array([0.98 * y[0] + 0.02 * np.cos(y[1]), 0.9 * y[1] + 0.05 * np.sin(y[0]) + 0.05])

    plain, y = 0, np.array([3.0, -2.0])
    while distance(g(y) - y) > 1e-9:
        plain, y = plain + 1, g(y)
    found = search(g, np.array([3.0, -2.0]), how=Settings(residual=1e-9, step=1e-7))
    assert found.found
    np.testing.assert_allclose(found.y, y, atol=1e-6)
    assert found.values < plain / 20


def test_what_the_map_conserves_linearly_is_kept() -> None:
    exchange = np.array([[0.9, 0.2, 0.0], [0.1, 0.7, 0.05], [0.0, 0.1, 0.95]])  # columns add up to one
    found = search(lambda y: exchange @ y, np.array([1.0, 2.0, 4.0]))
    assert found.found
    np.testing.assert_allclose(found.y.sum(), 7.0, rtol=1e-13)
    np.testing.assert_allclose(exchange @ found.y, found.y, atol=1e-6)


def test_no_component_is_extrapolated_below_its_bound() -> None:
    seen: list[Floats] = []

    def g(y: Floats) -> Floats:
        seen.append(y)
        return np.array([0.5 * y[0] + 1e-3 * y[1], np.cos(y[1])])

    found = search(g, np.array([1.0, 3.0]), low=0.0)
    assert found.found
    assert min(float(y[0]) for y in seen) >= 0.0


def test_where_the_map_has_no_value_the_search_goes_back_and_on() -> None:
    failures = []

    def g(y: Floats) -> Floats:
        if y[0] > 1.05:
            failures.append(float(y[0]))
            raise SolverError("out of bounds")
        return y + 0.1 * (1.0 - y**2)

    found = search(g, np.array([0.0]), how=Settings(trust=1e6, most=200))
    assert failures, "the extrapolation was meant to overshoot"
    assert found.found
    np.testing.assert_allclose(found.y, 1.0, atol=1e-4)


def test_after_each_step_to_nowhere_the_next_is_shorter() -> None:
    wall, seen = 1.02, []

    def g(y: Floats) -> Floats:
        if y[0] > wall:
            raise SolverError("out of bounds")
        seen.append(float(y[0]))
        return y + 0.01 * (1.0 - y**2)

    found = search(g, np.array([0.0]), how=Settings(trust=4.0, most=60))
    assert found.found
    # without shorter steps every third value is lost at the wall, and sixty are not enough
    assert found.values - len(seen) < 6


def test_a_map_with_noise_is_given_up_at_its_noise_and_the_best_point_returned() -> None:
    dice = np.random.default_rng(7)
    found = search(lambda y: 0.5 * y + 1.0 + 1e-4 * dice.normal(size=1), np.zeros(1), how=Settings(residual=1e-9))
    assert not found.found
    assert found.values < 60
    assert abs(found.y[0] - 2.0) < 1e-3
    assert found.best == min(found.residuals)
