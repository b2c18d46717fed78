"""exp(A) - 1 of stacks of matrices, beside fifty digits and beside scipy."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import expm

from troponin.analysis.channel.exponential import exponential_minus_one


@settings(deadline=None, max_examples=30)
@given(
    matrix=arrays(np.float64, (4, 4), elements=st.integers(-1000, 1000).map(lambda i: 1e-3 * i)),
    size=st.floats(1e-9, 20.0),
)
def test_it_agrees_with_fifty_digits(matrix: np.ndarray, size: float) -> None:
    scaled = size * matrix
    with mpmath.workdps(50):
        exact = mpmath.expm(mpmath.matrix(scaled.tolist()), method="taylor") - mpmath.eye(4)
        wanted = np.array([[float(exact[i, j]) for j in range(4)] for i in range(4)])
    # the error is one of rounding in A: relative to exp|A| |A|, not to each entry
    bound = 1e-14 * expm(np.abs(scaled)).max() * np.abs(scaled).sum(axis=0).max() + 1e-300
    np.testing.assert_allclose(exponential_minus_one(scaled), wanted, rtol=0.0, atol=bound)


def test_a_stack_is_each_of_its_matrices() -> None:
    random = np.random.default_rng(1)
    stack = random.normal(size=(3, 5, 4, 4)) * np.array([1e-6, 1.0, 30.0])[:, np.newaxis, np.newaxis, np.newaxis]
    found = exponential_minus_one(stack)
    for i in np.ndindex(3, 5):
        np.testing.assert_array_equal(found[i], exponential_minus_one(stack[i]))
        np.testing.assert_allclose(found[i] + np.eye(4), expm(stack[i]), rtol=1e-9, atol=1e-12 * np.abs(found[i]).max())


def test_a_tiny_matrix_keeps_all_its_digits() -> None:
    assert exponential_minus_one(np.array([[1e-12]]))[0, 0] == pytest.approx(np.expm1(1e-12), rel=1e-15)
    assert exponential_minus_one(np.array([[-3.0]]))[0, 0] == pytest.approx(np.expm1(-3.0), rel=1e-15)
    assert not exponential_minus_one(np.zeros((2, 3, 3))).any()
