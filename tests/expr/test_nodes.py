"""Expression nodes: interned, immutable, built as written."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.oracle import X, Y, expressions
from troponin.errors import ExpressionError
from troponin.expr import nodes
from troponin.expr.functions import equal, exp, total, where
from troponin.expr.nodes import Apply, Node, Number, Symbol, as_node
from troponin.expr.operations import Operation
from troponin.units import Quantity, mV


def test_nodes_built_alike_are_one_object() -> None:
    assert exp(X + 2.0) * Y is exp(X + 2) * Y
    assert Symbol("x") is X
    assert Number(5.4) is Number(5.4)


def test_a_number_with_another_unit_is_another_number() -> None:
    assert Number(5.0, mV) is not Number(5.0)
    assert as_node(5.0 * mV) is Number(5.0, mV)


def test_zero_and_minus_zero_are_kept_apart() -> None:
    assert Number(0.0) is not Number(-0.0)


def test_operators_build_what_is_written_and_reorder_nothing() -> None:
    node = 0.1 * (X + 40.0) / (1.0 - exp(-X))
    assert isinstance(node, Apply)
    assert node.operation is Operation.DIV
    product, difference = node.args
    assert product is Apply(Operation.MUL, Number(0.1), Apply(Operation.ADD, X, Number(40.0)))
    assert difference is Apply(Operation.SUB, Number(1.0), exp(Apply(Operation.NEG, X)))
    assert X + Y is not Y + X
    assert (X + 1e16) - 1e16 is not X


@pytest.mark.parametrize(
    ("built", "operation"),
    [
        (X < 1.0, Operation.LT),
        (X <= 1.0, Operation.LE),
        (X > 1.0, Operation.GT),
        (X >= 1.0, Operation.GE),
        (equal(X, 1.0), Operation.EQ),
        (X**2, Operation.POW),
        (2.0**X, Operation.POW),
        (3.0 - X, Operation.SUB),
        (3.0 / X, Operation.DIV),
        (3.0 + X, Operation.ADD),
        (abs(X), Operation.ABS),
        (3.0 * mV - X, Operation.SUB),
        (3.0 * mV * X, Operation.MUL),
        (np.float64(3.0) * X, Operation.MUL),
        (where(X > 0.0, X, Y), Operation.SELECT),
    ],
    ids=repr,
)
def test_python_operators_build_operations(built: Node, operation: Operation) -> None:
    assert isinstance(built, Apply)
    assert built.operation is operation


@pytest.mark.parametrize("number", [3, 3.0, Fraction(3), np.float64(3.0), np.int64(3), np.float32(3.0)], ids=repr)
def test_every_kind_of_real_number_can_stand_in_an_expression(number: float) -> None:
    assert as_node(number) is Number(3.0)


@pytest.mark.parametrize("thing", [True, "x", None, [1.0], 1j, np.array([1.0, 2.0])], ids=repr)
def test_what_is_no_expression_is_refused_by_name(thing: object) -> None:
    with pytest.raises(ExpressionError, match="cannot stand in an expression"):
        as_node(thing)  # type: ignore[arg-type]


def test_an_array_times_an_expression_is_refused_not_spread() -> None:
    with pytest.raises(ExpressionError, match="cannot stand in an expression"):
        np.array([1.0, 2.0]) * X


def test_nan_cannot_stand_in_an_expression() -> None:
    with pytest.raises(ExpressionError, match="NaN"):
        Number(float("nan"))


def test_an_expression_has_no_truth_value() -> None:
    with pytest.raises(ExpressionError, match="where"):
        bool(X > 0.0)
    with pytest.raises(ExpressionError, match="truth value"):
        0.0 < X < 1.0  # noqa: B015


def test_the_number_of_arguments_is_checked() -> None:
    with pytest.raises(ExpressionError, match="'exp' takes 1 arguments; got 2; expected 1"):
        Apply(Operation.EXP, X, Y)


@pytest.mark.parametrize("node", [X, Number(1.0), X + Y], ids=repr)
def test_a_node_cannot_be_changed(node: Node) -> None:
    for name in ("value", "name", "args", "operation", "anything"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(node, name, 3)
        with pytest.raises(AttributeError, match="immutable"):
            delattr(node, name)


@given(root=expressions)
def test_pickling_and_copying_give_back_the_same_node(root: Node) -> None:
    assert pickle.loads(pickle.dumps(root)) is root
    assert copy.deepcopy(root) is root
    assert copy.copy(root) is root


def test_units_survive_pickling() -> None:
    root = X / (2.0 * mV) + Quantity(3.0, mV) / (1.0 * mV)
    assert pickle.loads(pickle.dumps(root)) is root


def test_a_sum_of_ten_thousand_terms_is_not_too_deep() -> None:
    root = total([X * float(i) for i in range(10_000)])
    assert pickle.loads(pickle.dumps(root)) is root
    assert len(repr(root)) < 1000
    assert copy.deepcopy({"rate": root})["rate"] is root


def test_nodes_that_nobody_holds_are_let_go() -> None:
    gc.collect()
    before = len(nodes._interned)
    root = total([exp(Symbol(f"only here {i}")) for i in range(100)])
    assert len(nodes._interned) >= before + 299
    del root
    gc.collect()
    assert len(nodes._interned) <= before


def test_threads_that_build_the_same_symbol_end_with_one() -> None:
    for trial in range(20):
        meet = threading.Barrier(8)
        built: list[Node] = []

        def build(meet: threading.Barrier = meet, trial: int = trial, built: list[Node] = built) -> None:
            meet.wait()
            built.append(exp(Symbol(f"raced {trial}")))

        crowd = [threading.Thread(target=build) for _ in range(8)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        assert len(set(map(id, built))) == 1


def test_a_node_shows_itself_in_functional_form_and_breaks_off_when_deep() -> None:
    assert repr(exp(X) + 5.4 * mV) == "add(exp(x), 5.4000000000000004 [mV])"
    assert repr(2.0 * X) == "mul(2, x)"
    deep = total([X] * 10)
    assert "..." in repr(deep)


def test_a_symbol_remembers_what_it_stands_for() -> None:
    gate = object()
    assert Symbol("m", of=gate).of is gate
    assert Symbol("m", of=gate) is Symbol("m", of=gate)
    assert Symbol("m", of=gate) is not Symbol("m")


@given(st.floats(allow_nan=False))
def test_a_number_keeps_every_bit_of_its_value(value: float) -> None:
    assert Number(value).value.hex() == value.hex()


def test_a_scalar_of_numpy_is_a_number_on_either_side() -> None:
    two = np.float64(2.0)
    assert two * X is 2.0 * X
    assert two - X is 2.0 - X
    assert two / X is 2.0 / X
    assert two**X is 2.0**X
    assert X + two is X + 2.0
    assert (two < X) is Apply(Operation.LT, Number(2.0), X)


@pytest.mark.parametrize("function", [np.exp, np.log, np.sqrt, np.sin])
def test_a_function_of_numpy_is_answered_with_the_one_to_use(function: np.ufunc) -> None:
    with pytest.raises(ExpressionError, match=r"Use the functions of troponin\.expr\.functions"):
        function(X)


def test_a_number_of_numpy_is_no_expression() -> None:
    assert (np.float64(1.0) == X) is False
    assert (np.float64(1.0) != X) is True
