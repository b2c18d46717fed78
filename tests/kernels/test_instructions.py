"""Every operation has its machine code, and it does what NumPy does."""

import numpy as np
import pytest

from troponin.expr.evaluate import NUMPY
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.kernels.instructions import INSTRUCTIONS, REWRITTEN

from .machine import apply


def test_every_operation_has_instructions_or_is_rewritten():
    assert set(INSTRUCTIONS) | REWRITTEN == set(Operation)
    assert not set(INSTRUCTIONS) & REWRITTEN


RANGES = {"acosh": (1.0, 9.0), "asin": (-1.0, 1.0), "acos": (-1.0, 1.0), "atanh": (-1.0, 1.0)}


def arguments_of(operation):
    dice = np.random.default_rng(7)
    if operation in LOGICAL:
        return list(dice.integers(0, 2, (operation.arity, 24)).astype(float))
    if operation is Operation.SELECT:
        return [dice.integers(0, 2, 24).astype(float), *dice.uniform(-1.0, 1.0, (2, 24))]
    if operation in COMPARISONS:
        return list(dice.integers(-2, 3, (2, 24)).astype(float))
    return list(dice.uniform(*RANGES.get(operation.spelling, (0.1, 5.0)), (operation.arity, 24)))


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
@pytest.mark.parametrize("operation", sorted(INSTRUCTIONS, key=lambda op: op.spelling), ids=lambda op: op.spelling)
def test_an_operation_computes_what_numpy_computes(operation, lanes):
    arguments = [np.asarray(a, dtype=float) for a in arguments_of(operation)]
    flags = [a.astype(bool) if operation in LOGICAL else a for a in arguments]
    if operation is Operation.SELECT:
        flags[0] = arguments[0].astype(bool)
    expected = np.asarray(NUMPY[operation](*flags), dtype=float)
    np.testing.assert_allclose(apply(operation, *arguments, lanes=lanes), expected, rtol=1e-15)


@pytest.mark.parametrize("operation", [Operation.MIN, Operation.MAX])
def test_the_smaller_and_the_larger_of_nan_and_a_number_are_nan(operation):
    x = np.array([np.nan, 1.0, np.nan])
    y = np.array([1.0, np.nan, np.nan])
    assert np.isnan(apply(operation, x, y, lanes=4)).all()


def test_the_remainder_has_the_sign_of_its_first_argument():
    got = apply(Operation.REMAINDER, np.array([5.5, -5.5, 5.5, -5.5]), np.array([2.0, 2.0, -2.0, -2.0]))
    np.testing.assert_array_equal(got, [1.5, -1.5, 1.5, -1.5])
