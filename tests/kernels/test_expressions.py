"""Random expressions through normal form, packing and every width, against plain NumPy evaluation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troponin.expr.calculus import derivative
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import absolute, bernoulli, exp, expm1, log, maximum, minimum, power, sqrt, tanh, where
from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Number
from troponin.expr.operations import Operation
from troponin.kernels.normal_form import normal_form
from troponin.kernels.program import Program, slot_symbol, stores

from .machine import call, code_of, packed_code_of

ROWS = 6
SYMBOLS = [slot_symbol("y", i) for i in range(ROWS)]

# every operation is kept in a range where it is well conditioned, so that a rounding stays a rounding
UNARY = [
    lambda x: exp(-absolute(x)), lambda x: -x, lambda x: log(1.5 + absolute(x)), lambda x: sqrt(0.5 + absolute(x)),
    lambda x: 1.0 / (1.0 + absolute(x)), lambda x: bernoulli(tanh(x)), lambda x: expm1(tanh(x)), lambda x: x**3,
    lambda x: power(1.0 + absolute(x), -1.7), lambda x: (1.0 + absolute(x)) ** -2, lambda x: absolute(x) ** 0.5 + 0.1,
    lambda x: exp(0.1 * tanh(x) - 0.3),
]  # fmt: skip
BINARY = [
    lambda a, b: a + b, lambda a, b: a - 2.5 * b, lambda a, b: a * b, lambda a, b: a / (1.0 + absolute(b)),
    minimum, maximum, lambda a, b: where(a > 0.3, a, b), lambda a, b: -(a * 3.0) * (b / 7.0),
]  # fmt: skip


def expressions():
    leaves = st.sampled_from(SYMBOLS) | st.floats(-2.0, 2.0).map(Number)
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(lambda f, x: f(x), st.sampled_from(UNARY), inner)
            | st.builds(lambda f, a, b: f(a, b), st.sampled_from(BINARY), inner, inner)
        ),
        max_leaves=12,
    )


def sizes(root, values):
    """The largest number met on the way to a result: what its rounding is to be measured against."""
    nodes = [
        node for node in postorder([root]) if not (isinstance(node, Apply) and node.operation.spelling in ("lt", "gt"))
    ]
    met = np.array([float(v) for v in evaluate(nodes, values)])
    return max(1.0, np.abs(met[np.isfinite(met)]).max())


@given(st.lists(expressions(), min_size=1, max_size=12), st.sampled_from([1, 2, 4, 8]), st.integers(0, 2**32))
@settings(max_examples=60)
def test_code_computes_what_numpy_computes(roots, lanes, seed):
    rows = normal_form(roots)
    program = Program("monitor", stores("out", rows))
    dice = np.random.default_rng(seed)
    y, out, nothing = dice.uniform(-1.5, 1.5, (ROWS, lanes)), np.empty((len(rows), lanes)), np.zeros(8)
    code = code_of(program, lanes)
    call(code.address("monitor"), nothing, y, nothing, nothing, nothing, out)
    for lane in range(lanes):
        values = {s.name: y[i, lane] for i, s in enumerate(SYMBOLS)}
        for got, root in zip(out[:, lane], roots, strict=True):
            expected = float(evaluate([root], values)[0])
            assert got == pytest.approx(expected, rel=1e-12, abs=1e-13 * sizes(root, values))


@given(st.lists(expressions(), min_size=1, max_size=30), st.integers(0, 2**32))
@settings(max_examples=60)
def test_packed_code_computes_what_numpy_computes(roots, seed):
    rows = normal_form(roots)
    dice = np.random.default_rng(seed)
    y, out, nothing = dice.uniform(-1.5, 1.5, (ROWS, 1)), np.empty((len(rows), 1)), np.zeros(8)
    code = packed_code_of(Program("monitor", stores("out", rows)))
    call(code.address("monitor"), nothing, y, nothing, nothing, nothing, out)
    values = {s.name: y[i, 0] for i, s in enumerate(SYMBOLS)}
    for got, root in zip(out[:, 0], roots, strict=True):
        expected = float(evaluate([root], values)[0])
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-13 * sizes(root, values))


def count(rows, operation):
    return sum(isinstance(n, Apply) and n.operation is operation for n in postorder(rows))


def test_a_reciprocal_is_shared_by_all_that_divide_by_the_same():
    a, b, c = SYMBOLS[:3]
    rows = normal_form([a / (b + c), c / (b + c), 1.0 / (b + c)])
    assert count(rows, Operation.DIV) == 1


def test_constants_of_a_product_are_gathered_in_one():
    x, p, r = SYMBOLS[0], slot_symbol("p", 0), slot_symbol("p", 1)
    (row,) = normal_form([p * (x * x / r) * 2.0], ["p[0]", "p[1]"])
    square, constant = row.args
    assert square is x * x
    assert constant.operation is Operation.MUL


def test_a_negative_term_is_subtracted_and_no_sign_is_computed():
    a, b, c = SYMBOLS[:3]
    rows = normal_form([a + -b, -(a - b), a - -(b * c), -(2.0 * a)])
    assert count(rows, Operation.NEG) == 0


def test_whole_powers_are_products_and_half_powers_roots():
    x = SYMBOLS[0]
    rows = normal_form([x**3, x**-4, x**0.5, x**0.0])
    assert count(rows, Operation.POW) == 0
    assert count(rows, Operation.SQRT) == 1
    assert rows[3] is Number(1.0)


def test_a_power_and_its_derivative_need_one_general_power():
    x = SYMBOLS[0]
    rows = normal_form([power(x, 2.3), derivative(power(x, 2.3), x)])
    assert count(rows, Operation.POW) == 1


def test_an_exponential_of_a_line_is_brought_to_one_form():
    v = SYMBOLS[0]
    rows = normal_form([exp(-(v + 20.0) / 5.0), exp((10.0 - 2.0 * v) / 4.0), exp(0.1 * v)])
    for row in rows:
        product, constant = row.args[0].args
        assert row.args[0].operation is Operation.ADD
        assert product.args[0] is v
        assert isinstance(product.args[1], Number)
        assert isinstance(constant, Number)


def test_exponentials_of_one_slope_are_one():
    v = SYMBOLS[0]
    rows = normal_form([exp((v + 20.0) / 5.0), 3.0 * exp((v - 10.0) / 5.0), exp(0.2 * v), exp((v + 2000.0) / 5.0)])
    assert count(rows, Operation.EXP) == 2  # the last is too far away to share


def test_an_exponential_that_is_shared_keeps_its_digits():
    v = SYMBOLS[0]
    roots = [exp((v + 20.0) / 5.0), exp((v - 10.0) / 5.0), exp((v + 61.3) / 5.0)]
    for value in (-80.0, -1e-9, 33.3, 3000.0, -3400.0):
        expected, got = (np.array(evaluate(rows, {v.name: value})) for rows in (roots, normal_form(roots)))
        np.testing.assert_allclose(got, expected, rtol=4e-16 * (1.0 + abs(value) / 5.0))
