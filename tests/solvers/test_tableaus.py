"""The Rosenbrock tableaus and the conditions they check themselves."""

import dataclasses

import numpy as np
import pytest

from troponin.errors import SolverError, UnknownNameError
from troponin.solvers.method import TABLEAU_NAMES
from troponin.solvers.tableaus import TABLEAUS, density, tableau_named, trees, vertices


def test_the_settings_and_the_tableaus_know_the_same_methods():
    assert tuple(TABLEAUS) == TABLEAU_NAMES


@pytest.mark.parametrize("name", TABLEAU_NAMES)
def test_a_method_meets_the_order_conditions_it_claims_and_no_more(name):
    tableau = tableau_named(name)
    with pytest.raises(SolverError, match="order"):
        dataclasses.replace(tableau, order=tableau.order + 1)


# The error of the other two is their last stage, and any multiple of it meets the conditions.
TABLES = [(name, field) for name in TABLEAU_NAMES for field in "acmh"] + [("ROS34PW2", "e")]


@pytest.mark.parametrize(("name", "field"), TABLES)
def test_a_wrong_digit_in_any_table_is_noticed(name, field):
    tableau = tableau_named(name)
    table = getattr(tableau, field).copy()
    place = np.unravel_index(np.argmax(abs(table)), table.shape)
    table[place] *= 1 + 1e-7
    with pytest.raises(SolverError, match=name):
        dataclasses.replace(tableau, **{field: table})


@pytest.mark.parametrize("name", TABLEAU_NAMES)
def test_a_method_damps_what_is_infinitely_stiff(name):
    # R(infinity) = 1 - b beta^-1 1 of the untransformed method vanishes for L-stable ones
    tableau = tableau_named(name)
    alpha = tableau.a @ tableau.mixing
    b = tableau.m @ tableau.mixing
    remains = 1 - b @ np.linalg.solve(alpha + tableau.mixing, np.ones(tableau.stages))
    assert abs(remains) < 1e-9


@pytest.mark.parametrize("name", TABLEAU_NAMES)
def test_the_dense_output_ends_at_the_step_itself(name):
    tableau = tableau_named(name)
    np.testing.assert_array_equal(tableau.weights(0.0), 0.0)
    np.testing.assert_array_equal(tableau.weights(1.0), tableau.m)


def test_rooted_trees_are_counted_as_in_the_books():
    assert [len(trees(size)) for size in range(1, 7)] == [1, 1, 2, 4, 9, 20]


def test_the_density_of_the_tall_tree_is_a_factorial():
    tall = ((((),),),)
    assert vertices(tall) == 4
    assert density(tall) == 24


def test_an_unknown_method_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="Rodas4"):
        tableau_named("Rodas")
