"""Plain NumPy evaluation, the oracle of machine code: itself held against mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.expr.oracle import X, Y, exactly, expressions
from troponin.errors import UnknownNameError
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import both, either, equal, exp, log, negate, remainder, sqrt, total, unequal, where
from troponin.expr.nodes import Node

steady = st.floats(-3.0, 3.0).map(lambda value: round(value, 3))


@settings(max_examples=200)
@given(root=expressions, x=steady, y=steady)
def test_doubles_agree_with_forty_digits(root: Node, x: float, y: float) -> None:
    with mpmath.workdps(40):
        expected = exactly(root, {"x": x, "y": y})
        nudged = exactly(root, {"x": x + mpmath.mpf("1e-14"), "y": y - mpmath.mpf("1e-14")})
    if abs(expected - nudged) < 1e-9 * (1 + abs(expected)):  # away from a jump
        (got,) = evaluate([root], {"x": x, "y": y})
        assert float(got) == pytest.approx(float(expected), rel=1e-10, abs=1e-10)


@given(root=expressions)
def test_arrays_give_what_each_of_their_numbers_gives(root: Node) -> None:
    xs, ys = np.linspace(-2.0, 2.0, 5), np.linspace(1.0, -1.0, 5)
    (together,) = evaluate([root], {"x": xs, "y": ys})
    one_by_one = [float(evaluate([root], {"x": x, "y": y})[0]) for x, y in zip(xs, ys, strict=True)]
    # NumPy's vector loops may differ from its scalar ones in the last bits
    np.testing.assert_allclose(np.broadcast_to(together, 5), one_by_one, rtol=1e-9, atol=1e-9)


def test_the_branch_not_taken_may_be_anything() -> None:
    root = where(X > 0.0, log(X) + sqrt(X), exp(-1e6 * X) * 0.0 + 7.0)
    (got,) = evaluate([root], {"x": np.array([1.0, -1e-9])})
    assert got.tolist() == [1.0, 7.0]


def test_logic_follows_its_truth_tables() -> None:
    p, q = X > 0.0, Y > 0.0
    roots = [both(p, q), either(p, q), negate(p), equal(X, Y), unequal(X, Y)]
    values = evaluate(roots, {"x": np.array([1.0, 1.0, -1.0, -1.0]), "y": np.array([1.0, -1.0, 1.0, -1.0])})
    assert [v.astype(int).tolist() for v in values] == [
        [1, 0, 0, 0],
        [1, 1, 1, 0],
        [0, 0, 1, 1],
        [1, 0, 0, 1],
        [0, 1, 1, 0],
    ]


@pytest.mark.parametrize(("a", "b", "left"), [(7.5, 2.0, 1.5), (-7.5, 2.0, -1.5), (7.5, -2.0, 1.5), (-7.5, -2.0, -1.5)])
def test_a_remainder_has_the_sign_of_what_is_divided(a: float, b: float, left: float) -> None:
    assert float(evaluate([remainder(X, Y)], {"x": a, "y": b})[0]) == left


def test_a_symbol_without_a_value_is_named_with_its_neighbours() -> None:
    with pytest.raises(UnknownNameError, match="unknown symbol 'x'"):
        evaluate([X + Y], {"y": 1.0})


def test_a_sum_of_terms_runs_from_left_to_right() -> None:
    assert total([X, Y, 1.0 * X]) is (X + Y) + 1.0 * X
    assert float(evaluate([total([])], {})[0]) == 0.0
