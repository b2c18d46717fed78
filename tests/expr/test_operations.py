"""Every pass over expressions has a row for every operation: a forgotten one fails here, not in a cell."""

from __future__ import annotations

from collections.abc import Mapping

import mpmath
import numpy as np
import pytest

from tests.expr.oracle import MPMATH
from troponin.expr.calculus import PARTIALS
from troponin.expr.dimensions import UNITS
from troponin.expr.evaluate import NUMPY
from troponin.expr.infix import FUNCTIONS, INFIX, PREFIX
from troponin.expr.nodes import Apply, Node, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.kernels.instructions import INSTRUCTIONS, REWRITTEN

TABLES: dict[str, Mapping[Operation, object]] = {
    "derivatives": PARTIALS,
    "units": UNITS,
    "NumPy": NUMPY,
    "infix": INFIX | PREFIX | FUNCTIONS,
    "instructions": INSTRUCTIONS | dict.fromkeys(REWRITTEN),
    "mpmath, the tests' own": MPMATH,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_table_has_a_row_for_every_operation(table: Mapping[Operation, object]) -> None:
    missing = [operation.name for operation in Operation if operation not in table]
    assert not missing
    assert len(table) == len(Operation)


def test_spellings_are_unique() -> None:
    assert len({operation.spelling for operation in Operation}) == len(Operation)


def test_logic_and_comparisons_are_operations_of_their_own() -> None:
    assert not COMPARISONS & LOGICAL
    assert {operation.arity for operation in COMPARISONS} == {2}


@pytest.mark.parametrize("operation", Operation, ids=lambda operation: operation.spelling)
def test_there_is_a_partial_derivative_for_each_argument(operation: Operation) -> None:
    node = Apply(operation, *(Symbol(name) for name in "abc"[: operation.arity]))
    partials = PARTIALS[operation](node)
    assert len(partials) == operation.arity
    assert all(isinstance(partial, Node) for partial in partials)


@pytest.mark.parametrize("operation", Operation, ids=lambda operation: operation.spelling)
def test_numpy_takes_arrays_of_every_operation(operation: Operation) -> None:
    start = 1.5 if operation is Operation.ACOSH else 0.5
    arguments = [np.linspace(start, start + 0.4, 7)] * operation.arity
    assert np.shape(NUMPY[operation](*arguments)) == (7,)


@pytest.mark.parametrize("operation", Operation, ids=lambda operation: operation.spelling)
@pytest.mark.parametrize("at", [0.25, 0.625, 1.5, -0.75, -1.25])
def test_numpy_agrees_with_mpmath(operation: Operation, at: float) -> None:
    if operation in {Operation.ASIN, Operation.ACOS, Operation.ATANH}:
        at = at / 2.0
    elif operation in {Operation.LOG, Operation.LOG10, Operation.SQRT, Operation.POW}:
        at = abs(at)
    elif operation is Operation.ACOSH:
        at = 1.0 + abs(at)
    arguments = [at, 0.8125, -0.6875][: operation.arity]
    expected = MPMATH[operation](*(mpmath.mpf(argument) for argument in arguments))
    assert float(NUMPY[operation](*arguments)) == pytest.approx(float(expected), rel=2e-15)
