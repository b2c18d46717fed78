"""What peers are given are the model's own equations."""

import numpy as np
import pytest
from peers.equations import identifiers, listing, named_once
from peers.gcc_kernels import rows_of

from troponin.expr.evaluate import evaluate
from troponin.expr.functions import exp
from troponin.expr.graph import symbols
from troponin.expr.nodes import Apply, Node, Symbol
from troponin.library.catalogue import load_library
from troponin.model.derivatives import derivatives
from troponin.model.model import Model, Role


@pytest.fixture(params=["beeler-reuter-1977", "tomek-2020"])
def model(request) -> Model:
    return load_library(request.param)


def given(model: Model) -> dict[str, float]:
    values = {s.name: s.initial for s in model.states} | {p.name: p.value for p in model.parameters}
    return values | {i.name: i.value for i in model.inputs}


def test_a_listing_evaluated_from_first_to_last_has_the_models_derivatives(model: Model) -> None:
    source, values = listing(model), given(model)
    for name, root in (*source.constants, *source.equations):
        values[name] = float(evaluate([root], values)[0])
    rates = {name: float(evaluate([root], values)[0]) for name, root in source.rates}
    expected = derivatives(model)
    largest = max(abs(float(value)) for value in expected.values())
    for name, rate in rates.items():
        assert rate == pytest.approx(float(expected[name]), rel=1e-9, abs=1e-12 * largest)


def test_constants_of_a_listing_depend_on_parameters_alone(model: Model) -> None:
    source = listing(model)
    known = {p.name for p in model.parameters}
    for name, root in source.constants:
        assert {s.name for s in symbols(root)} <= known
        known.add(name)


def test_rows_for_a_compiler_have_no_parameters_and_the_models_derivatives(model: Model) -> None:
    states = {s.name: s.initial for s in model.states}
    rows = rows_of(model, "rhs")
    free = {s.name for s in symbols(*rows)}
    assert free <= {*states, Role.STIMULUS, Role.TIME}
    found = np.array(evaluate(rows, states | {Role.STIMULUS: 0.0, Role.TIME: 0.0}), dtype=float)
    expected = np.array([float(rate) for rate in derivatives(model).values()])
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())


def test_what_is_used_twice_is_computed_once() -> None:
    x = Symbol("x")
    growth = exp(x)
    shared, rows = named_once([growth + 1.0, 2.0 * growth])
    assert list(shared.values()) == [growth]
    name = Symbol(next(iter(shared)))
    assert [_arguments(row) for row in rows] == [{name}, {name}]


def _arguments(row: Node) -> set[Node]:
    assert isinstance(row, Apply)
    return {arg for arg in row.args if isinstance(arg, Symbol)}


def test_names_that_differ_only_in_a_point_stay_apart() -> None:
    assert len(set(identifiers(["a.b", "a_b", "a-b"]).values())) == 3
