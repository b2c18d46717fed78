"""Elimination without pivoting: order, fill, and the two programs against dense linear algebra."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from troponin.expr.evaluate import evaluate
from troponin.kernels.program import slot_symbol
from troponin.kernels.sparse_lu import eliminate, factor_program, solve_program

SIZES = st.integers(1, 9)


@st.composite
def patterns(draw):
    n = draw(SIZES)
    cells = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    return n, tuple(sorted(set(draw(st.lists(cells, max_size=3 * n)))))


def run(program, arrays):
    """Evaluate a program's stores in plain NumPy."""
    table = {slot_symbol(name, i).name: v for name, row in arrays.items() for i, v in enumerate(row)}
    return np.array([float(v) for v in evaluate([node for _, node in program.stores], table)])


@given(patterns(), st.integers(0, 2**32), st.floats(0.0, 0.5))
@settings(max_examples=80)
def test_factors_solve_the_system_of_any_pattern(case, seed, c):
    n, pattern = case
    dice = np.random.default_rng(seed)
    # rows kept dominated by their diagonal, since nothing pivots
    entries = dice.uniform(-1.0, 1.0, len(pattern)) / (n + 1.0)
    jacobian = np.zeros((n, n))
    for (i, j), value in zip(pattern, entries, strict=True):
        jacobian[i, j] = value
    elimination = eliminate(n, pattern)
    factors = run(factor_program(pattern, elimination), {"J": entries, "c": [c]})
    b = dice.normal(size=n)
    x = run(solve_program(elimination), {"LU": factors, "x": b})
    np.testing.assert_allclose((np.eye(n) - c * jacobian) @ x, b, rtol=1e-12, atol=1e-12)


def test_an_arrow_that_points_down_makes_no_fill():
    n = 12
    pattern = tuple([(i, i) for i in range(n)] + [(0, j) for j in range(1, n)] + [(i, 0) for i in range(1, n)])
    elimination = eliminate(n, pattern)
    assert elimination.size == len(pattern)
    assert 0 in elimination.pivots[-2:]  # the hub goes last; with one other left the order is of no account


def test_every_pivot_is_taken_once():
    elimination = eliminate(5, ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0)))
    assert sorted(elimination.pivots) == list(range(5))
    assert {(k, k) for k in range(5)} <= set(elimination.rows)
