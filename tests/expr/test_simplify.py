"""Folding constructors: what they build has the value of what they are asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.oracle import X, Y
from troponin.expr.evaluate import evaluate
from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation
from troponin.expr.simplify import (
    ONE,
    ZERO,
    difference,
    is_number,
    negative,
    product,
    quotient,
    raised,
    sum_of,
)
from troponin.units import mV

PAIRS: dict[Operation, Callable[[Node, Node], Node]] = {
    Operation.ADD: sum_of,
    Operation.SUB: difference,
    Operation.MUL: product,
    Operation.DIV: quotient,
}
numbers = st.sampled_from([0.0, 1.0, -1.0, 2.5, -3.0, 0.1])
operands = st.one_of(st.sampled_from([X, Y, -X, X * Y, -(X + Y)]), numbers.map(Number))


@pytest.mark.parametrize("operation", PAIRS, ids=lambda operation: operation.spelling)
@given(a=operands, b=operands, x=st.floats(0.5, 2.0), y=st.floats(0.5, 2.0))
def test_folding_does_not_change_the_value(operation: Operation, a: Node, b: Node, x: float, y: float) -> None:
    if operation is Operation.DIV and is_number(b, 0.0):
        return
    folded, plain = evaluate([PAIRS[operation](a, b), Apply(operation, a, b)], {"x": x, "y": y})
    assert float(folded) == float(plain)


@given(a=operands, n=st.sampled_from([0.0, 1.0, 2.0, 3.5]), x=st.floats(0.5, 2.0), y=st.floats(0.5, 2.0))
def test_folding_a_power_does_not_change_its_value(a: Node, n: float, x: float, y: float) -> None:
    base = a * a
    folded, plain = evaluate([raised(base, Number(n)), base**n], {"x": x, "y": y})
    assert float(folded) == float(plain)


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (sum_of(ZERO, X), X),
        (sum_of(X, -Y), X - Y),
        (difference(X, ZERO), X),
        (difference(ZERO, X), -X),
        (difference(X, -Y), X + Y),
        (product(ZERO, X), ZERO),
        (product(X, ONE), X),
        (product(Number(-1.0), X), -X),
        (product(-X, -Y), X * Y),
        (quotient(X, ONE), X),
        (quotient(ZERO, X), ZERO),
        (negative(-X), X),
        (negative(Number(2.0)), Number(-2.0)),
        (raised(X, ONE), X),
        (raised(X, ZERO), ONE),
    ],
    ids=repr,
)
def test_zeros_ones_and_signs_disappear(built: Node, expected: Node) -> None:
    assert built is expected


def test_division_by_a_literal_zero_is_left_for_all_to_see() -> None:
    assert quotient(X, ZERO) is X / 0.0
    assert quotient(ZERO, ZERO) is ZERO / ZERO


def test_numbers_of_different_units_are_not_added_up() -> None:
    assert isinstance(sum_of(Number(1.0, mV), Number(2.0)), Apply)
    assert sum_of(Number(1.0, mV), Number(2.0, mV)) is Number(3.0, mV)


def test_a_one_with_a_unit_stays_for_it_converts() -> None:
    one = Number(1.0, mV)
    assert product(X, one) is not X
    assert product(one, X) is not X
    assert quotient(X, one) is not X
