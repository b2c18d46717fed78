"""Every format can say every operation, in words of its own or spelt out, and spelt out it is the same function."""

from __future__ import annotations

import numpy as np
import pytest

from troponin.expr.evaluate import NUMPY, evaluate
from troponin.expr.nodes import Apply, Symbol
from troponin.expr.operations import Operation
from troponin.formats.easyml.write import NOTATION as EASYML
from troponin.formats.gotran.write import NOTATION as GOTRAN
from troponin.formats.latex import LATEX
from troponin.formats.mathml_write import TAGS, TAGS_2_0
from troponin.formats.mmt.write import NOTATION as MMT
from troponin.formats.numpy_script import NOTATION as SCRIPT
from troponin.formats.spelling import SPELLINGS, recognised, spelt

SPOKEN = {
    "cellml 1.1": frozenset({*TAGS, Operation.SELECT}),
    "cellml 2.0": frozenset({*TAGS_2_0, Operation.SELECT}),
    "mmt": MMT.spoken,
    "gotran": GOTRAN.spoken,
    "easyml": EASYML.spoken,
    "numpy": SCRIPT.spoken,
    "latex": frozenset(LATEX),
}


@pytest.mark.parametrize("format_name", SPOKEN)
@pytest.mark.parametrize("operation", Operation)
def test_every_format_says_every_operation(operation: Operation, format_name: str) -> None:
    node = Apply(operation, *(Symbol(name) for name in "abc"[: operation.arity]))
    (said,) = spelt([node], SPOKEN[format_name])
    assert isinstance(said, Apply)


@pytest.mark.parametrize("operation", SPELLINGS)
def test_a_spelling_is_the_same_function(operation: Operation) -> None:
    low, high = (1.1, 4.0) if operation is Operation.ACOSH else (0.05, 0.95)
    values = {"a": np.linspace(low, high, 7), "b": np.linspace(0.3, 0.7, 7)}
    if operation in (Operation.AND, Operation.OR):
        values = {"a": np.array([0.0, 0.0, 1.0, 1.0]), "b": np.array([0.0, 1.0, 0.0, 1.0])}
    arguments = [Symbol(name) for name in "ab"[: operation.arity]]
    (found,) = evaluate([SPELLINGS[operation](*arguments)], values)
    expected = NUMPY[operation](*(values[a.name] for a in arguments))
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=1e-12)


@pytest.mark.parametrize(
    "operation", [Operation.TANH, Operation.BERNOULLI, Operation.REMAINDER, Operation.ASINH, Operation.LOG10]
)
def test_what_was_spelt_out_is_recognised(operation: Operation) -> None:
    node = Apply(operation, *(Symbol(name) for name in "ab"[: operation.arity])) + 1.0
    assert recognised(spelt([node], GOTRAN.spoken)[0]) is node
