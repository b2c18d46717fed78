"""Derivatives are exact: held against differences in 60 digits, on random expressions."""

from __future__ import annotations

import time

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.expr.oracle import X, Y, bernoulli_exactly, exactly, expressions, slope_exactly
from troponin.expr.calculus import derivative, jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import both, exp, floor, log, remainder, total, where
from troponin.expr.graph import symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.expr.simplify import ONE, ZERO
from troponin.expr.singular import expand

points = st.floats(-3.0, 3.0, allow_subnormal=False)


@settings(max_examples=300)
@given(root=expressions, x=points, y=points)
def test_a_derivative_is_the_limit_of_its_difference_quotient(root: Node, x: float, y: float) -> None:
    at = {"x": x, "y": y}
    from_left, from_right = (slope_exactly(root, "x", at, side=side) for side in (-1, 1))
    assume(abs(from_left - from_right) < 1e-12 * (1 + abs(from_left)))  # at a kink there is no derivative
    expected = float(slope_exactly(root, "x", at))
    with mpmath.workdps(60):  # the derivative itself, without the rounding of doubles
        got = float(exactly(derivative(root, X), at))
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=200)
@given(root=expressions, x=points, y=points)
def test_doubles_carry_a_derivative_too(root: Node, x: float, y: float) -> None:
    slope = derivative(root, X)
    with mpmath.workdps(40):
        expected = float(exactly(slope, {"x": x, "y": y}))
    assume(abs(expected) < 1e6 and not _near_a_kink(slope, {"x": x, "y": y}))
    (got,) = evaluate([slope], {"x": x, "y": y})
    assert float(got) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def _near_a_kink(root: Node, at: dict[str, float]) -> bool:
    # a comparison of two values that differ in their last bits only may go either way in doubles
    with mpmath.workdps(40):
        nudged = {name: mpmath.mpf(value) * (1 + mpmath.mpf(10) ** -13) for name, value in at.items()}
        return bool(abs(exactly(root, nudged) - exactly(root, at)) > 1e-9)


def test_a_jacobian_holds_the_derivatives_row_by_row_and_no_zeros() -> None:
    rows = jacobian([X * Y, X + 3.0, exp(Y), Number(2.0)], [X, Y])
    assert rows == [{X: Y, Y: X}, {X: ONE}, {Y: exp(Y)}, {}]


def test_a_derivative_of_what_does_not_depend_is_zero() -> None:
    assert derivative(exp(Y) * 3.0, X) is ZERO


def test_the_branch_not_taken_does_not_spoil_the_derivative() -> None:
    guarded = where(X > 0.0, X * log(X), X * 0.5)
    (got,) = evaluate([derivative(guarded, X)], {"x": [-2.0, 0.0, 2.0]})
    np.testing.assert_allclose(got, [0.5, 0.5, np.log(2.0) + 1.0], rtol=1e-15)


def test_a_step_has_no_slope() -> None:
    assert derivative(floor(X) + where(both(X > 1.0, X < 2.0), 3.0, 4.0), X) is ZERO


def test_a_remainder_rises_with_what_it_is_left_of() -> None:
    assert derivative(remainder(X, 7.0), X) is ONE


@pytest.mark.parametrize(("a", "b", "wholes"), [(7.5, 2.0, 3.0), (-7.5, 2.0, -3.0), (7.5, -2.0, -3.0), (1.0, 2.0, 0.0)])
def test_a_remainder_falls_by_the_wholes_as_what_divides_grows(a: float, b: float, wholes: float) -> None:
    (got,) = evaluate([derivative(remainder(X, Y), Y)], {"x": a, "y": b})
    assert float(got) == -wholes


@pytest.mark.parametrize("base", [2.5, 0.4])
def test_the_exponent_of_a_power_differentiates(base: float) -> None:
    (got,) = evaluate([derivative(base**X, X)], {"x": 1.5})
    assert float(got) == pytest.approx(base**1.5 * np.log(base), rel=1e-15)


def test_nothing_to_a_power_stays_nothing() -> None:
    (got,) = evaluate([derivative(Y**X, X)], {"x": 1.5, "y": 0.0})
    assert float(got) == 0.0


def test_a_power_of_zero_has_no_infinite_slope() -> None:
    (got,) = evaluate([derivative(X**3.0, X)], {"x": 0.0})
    assert float(got) == 0.0


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-9, 1e-3, 0.3, -0.7, 0.75, -2.0, 30.0])
def test_three_derivatives_of_the_bernoulli_function_are_whole(x: float) -> None:
    root: Node = Apply(Operation.BERNOULLI, X)
    for order in (1, 2, 3):
        root = derivative(root, X)
        with mpmath.workdps(50):
            expected = float(bernoulli_exactly(mpmath.mpf(x), order))
        for got in evaluate([root, *expand([root])], {"x": x}):
            assert float(got) == pytest.approx(expected, rel=1e-12, abs=1e-16), f"order {order}"


def test_five_hundred_equations_differentiate_in_milliseconds() -> None:
    states = [Symbol(f"s{i}") for i in range(40)]
    rates = [total([exp(states[(i + j) % 40] / (1.0 + i)) * states[i % 40] for j in range(5)]) for i in range(500)]
    start = time.process_time()
    rows = jacobian(rates, states)
    spent = time.process_time() - start
    assert all(set(row) == set(symbols(rate)) for row, rate in zip(rows, rates, strict=True))
    assert spent < 1.0  # it takes about a tenth of that
