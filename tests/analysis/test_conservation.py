"""What a model conserves is found from its equations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.forced import buffered, linear
from troponin.analysis.conservation import Conserved, conserved_quantities, hold
from troponin.errors import ModelError
from troponin.expr.calculus import jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import substitute
from troponin.expr.nodes import Node, Symbol
from troponin.library.catalogue import load_library
from troponin.model.derivatives import derivatives
from troponin.model.model import Invariant, Model, State
from troponin.model.structure import flatten
from troponin.units import DIMENSIONLESS, ms


def start(model: Model) -> np.ndarray:
    return np.array([state.initial for state in model.states])


def charge_gradient(model: Model, y: np.ndarray) -> np.ndarray:
    """The gradient of the declared charge, by symbolic differentiation of the paper's own sum."""
    flat = flatten(model)
    written: dict[Node, Node] = {Symbol(name): node for name, node in flat.values.items()}
    (charge,) = [substitute(x.expression, written) for x in model.invariants if x.name == "charge"]
    row = jacobian([charge], [Symbol(s.name) for s in model.states])[0]
    known = {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs}
    known |= {s.name: float(value) for s, value in zip(model.states, y, strict=True)}
    return np.array(
        [float(evaluate([row[Symbol(s.name)]], known)[0]) if Symbol(s.name) in row else 0.0 for s in model.states]
    )


def test_a_rapid_buffer_is_integrated_to_the_total_concentration() -> None:
    (total,) = conserved_quantities(buffered())
    assert total.states == ("cell.c", "store.s")

    def by_hand(c: float, s: float) -> float:
        return c + 2.0 * c / (0.5 + c) + 3.0 * s

    for c, s in ((0.01, 0.7), (0.3, 0.2), (2.0, 1.0)):
        change = total.value(np.array([c, s])) - total.value(np.array([0.3, 0.7]))
        np.testing.assert_allclose(change, by_hand(c, s) - by_hand(0.3, 0.7), rtol=1e-12)


def test_a_matrix_without_relations_between_its_rows_conserves_nothing() -> None:
    matrix = np.array([[-0.1, 0.02], [0.03, -0.2]])
    assert conserved_quantities(linear(matrix, np.array([1.0, 0.5]), np.ones(2))) == ()


def test_an_exchange_without_loss_conserves_its_sum_unless_the_stimulus_adds_to_it() -> None:
    exchange = np.array([[-0.1, 0.02], [0.1, -0.02]])
    (total,) = conserved_quantities(linear(exchange, np.array([1.0, -1.0]), np.ones(2)))
    np.testing.assert_allclose(total.gradient(np.ones(2)), [1.0, 1.0], rtol=1e-12)
    assert conserved_quantities(linear(exchange, np.array([1.0, 0.0]), np.ones(2))) == ()


@pytest.mark.parametrize("name", ["ten-tusscher-panfilov-2006", "ohara-rudy-2011", "tomek-2020"])
def test_the_charge_that_the_equations_conserve_is_the_one_that_the_model_declares(name: str) -> None:
    model = load_library(name)
    found = [q for q in conserved_quantities(model) if "membrane.v" in q.states]
    assert len(found) == 1
    y = start(model) * np.linspace(0.8, 1.2, len(model.states))
    declared, mine = charge_gradient(model, y), found[0].gradient(y)
    v = [s.name for s in model.states].index("membrane.v")
    np.testing.assert_allclose(mine / mine[v], declared / declared[v], rtol=1e-9, atol=1e-9)


def test_the_occupancies_of_a_markov_chain_add_up() -> None:
    model = load_library("torord-land")
    (chain,) = conserved_quantities(model)
    assert {name.partition(".")[0] for name in chain.states} == {"IKr"}
    slopes = chain.gradient(start(model))
    np.testing.assert_allclose(slopes[slopes != 0.0], 1.0, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 7), st.integers(0, 10_000))
def test_of_a_closed_network_every_conserved_amount_is_found(pools: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    exchange = np.zeros((pools, pools))
    for _ in range(pools - 1):
        i, j = dice.choice(pools, 2, replace=False)
        forth, back = dice.uniform(0.01, 1.0, 2)
        exchange[[i, j], i] += [-forth, forth]
        exchange[[i, j], j] += [back, -back]
    y = dice.uniform(0.5, 2.0, pools)
    found = conserved_quantities(linear(exchange, np.zeros(pools), y))
    rows = np.array([quantity.gradient(y) for quantity in found])
    assert len(found) == pools - np.linalg.matrix_rank(exchange)
    assert np.linalg.matrix_rank(rows) == len(found)
    np.testing.assert_allclose(rows @ exchange, 0.0, atol=1e-9)


def oscillator(declared: str) -> Model:
    """x' = y, y' = -x, which conserves x^2 + y^2 and nothing that is linear."""
    x, y = Symbol("ring.x"), Symbol("ring.y")
    quantity = {"circle": x * x + y * y, "ellipse": x * x + 2.0 * y * y}[declared]
    states = (State(x.name, DIMENSIONLESS, 0.6, 1.0 * y), State(y.name, DIMENSIONLESS, 0.8, -x))
    return Model("ring", ms, states=states, invariants=(Invariant(declared, DIMENSIONLESS, quantity),))


def test_what_a_model_declares_is_held_where_it_is_true_and_no_sum_of_states() -> None:
    (circle,) = conserved_quantities(oscillator("circle"))
    assert circle.states == ("ring.x", "ring.y")
    back = hold((circle,), np.array([1.0]), np.array([0.5, 0.8]), np.ones(2))
    np.testing.assert_allclose(np.sum(back**2), 1.0, rtol=1e-14)
    assert conserved_quantities(oscillator("ellipse")) == ()


def test_models_of_gates_alone_conserve_nothing() -> None:
    assert conserved_quantities(load_library("beeler-reuter-1977")) == ()
    assert conserved_quantities(load_library("hodgkin-huxley-1952")) == ()


def test_along_the_flow_a_conserved_quantity_does_not_change() -> None:
    model = load_library("ohara-rudy-2011")
    state = {s.name: s.initial * f for s, f in zip(model.states, np.linspace(0.9, 1.1, len(model.states)), strict=True)}
    rates = derivatives(model, state | {"stimulus": -20.0})
    y, rate = np.array(list(state.values())), np.array([rates[s.name] for s in model.states])
    (charge,) = conserved_quantities(model)
    terms = charge.gradient(y) * rate
    assert abs(terms.sum()) < 1e-12 * np.abs(terms).sum()


def test_a_state_is_put_back_on_what_is_conserved_and_hardly_moved() -> None:
    model = load_library("ten-tusscher-panfilov-2006")
    conserved: tuple[Conserved, ...] = conserved_quantities(model)
    y = start(model)
    amounts = np.array([q.value(y) for q in conserved])
    scale = np.abs(y)
    moved = y * (1.0 + 1e-4 * np.random.default_rng(3).normal(size=len(y)))
    back = hold(conserved, amounts, moved, scale)
    terms = np.abs(conserved[0].gradient(y) * y).sum()
    assert abs(conserved[0].value(back) - amounts[0]) < 1e-15 * terms
    assert np.abs((back - moved) / scale).max() < 3e-4
    np.testing.assert_array_equal(hold((), np.zeros(0), moved, scale), moved)


def test_a_model_without_finite_rates_is_told_so() -> None:
    model = load_library("beeler-reuter-1977").with_values({"membrane.v": 1e5})
    with pytest.raises(ModelError, match="no finite numbers anywhere near the initial state"):
        conserved_quantities(model)
