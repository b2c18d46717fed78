"""The flat system of a model: intermediates written out, cycles named, sparsity, digest."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.model.small import A_F, INF, SMALL, E, g, m, stim, v, with_equations
from troponin.errors import ModelError
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import exp
from troponin.expr.graph import postorder, symbols
from troponin.expr.nodes import Number, Symbol
from troponin.model.model import Equation, State
from troponin.model.structure import dependencies, digest, flatten, names_behind, sparsity
from troponin.units import DIMENSIONLESS, mV, parse_unit

ROOT = Path(__file__).parents[2]


def test_a_flat_rate_reads_states_parameters_and_inputs_only() -> None:
    flat = flatten(SMALL)
    assert flat.rates[0] is -(g * m * (v - E) + stim)
    given = {x.name for x in (*SMALL.states, *SMALL.parameters, *SMALL.inputs)}
    assert {s.name for s in symbols(*flat.rates, *flat.values.values())} <= given


def test_literals_of_a_flat_system_carry_no_units() -> None:
    numbers = [node for node in postorder(flatten(SMALL).rates) if isinstance(node, Number)]
    assert numbers
    assert all(number.unit is None for number in numbers)


def test_any_variable_has_a_flat_expression() -> None:
    flat = flatten(SMALL)
    assert flat.expression("IK.IK") is g * m * (v - E)
    assert flat.expression("membrane.v") is v


def test_equations_may_stand_in_any_order() -> None:
    chain = [Equation(f"c.{i}", DIMENSIONLESS, Symbol(f"c.{i + 1}") + 1.0) for i in range(50)]
    end = Equation("c.50", DIMENSIONLESS, m)
    first = flatten(with_equations(*chain, end)).expression("c.0")
    second = flatten(with_equations(end, *reversed(chain))).expression("c.0")
    assert first is second
    assert float(evaluate([first], {"IK.m": 0.5})[0]) == 50.5


def test_singular_points_are_whole_in_the_flat_system_even_across_equations() -> None:
    shifted = Equation("r.x", mV, v + Number(35.0, mV))
    rate = Equation(
        "r.a", DIMENSIONLESS, Symbol("r.x") / (1.0 - exp(-Symbol("r.x") / Number(10.0, mV))) / Number(10.0, mV)
    )
    alpha = flatten(with_equations(shifted, rate)).expression("r.a")
    assert float(evaluate([alpha], {"membrane.v": -35.0})[0]) == pytest.approx(1.0, rel=1e-15)


def test_equations_that_need_each_other_are_named_in_their_circle() -> None:
    a, b = Equation("c.a", DIMENSIONLESS, Symbol("c.b") + 1.0), Equation("c.b", DIMENSIONLESS, Symbol("c.a") * 2.0)
    with pytest.raises(ModelError, match=r"c\.a -> c\.b -> c\.a"):
        flatten(with_equations(a, b))


def test_a_name_that_nothing_defines_is_named() -> None:
    with pytest.raises(ModelError, match=r"names that nothing defines[\s\S]*nowhere\.x"):
        flatten(with_equations(Equation("c.a", DIMENSIONLESS, Symbol("nowhere.x") + m)))


def test_a_state_without_a_rate_is_named() -> None:
    lazy = replace(SMALL, states=(*SMALL.states, State("lazy.x", DIMENSIONLESS, 0.0, None)))
    with pytest.raises(ModelError, match=r"state 'lazy\.x' has no rate"):
        flatten(lazy)


def test_dependencies_are_what_stands_in_the_equation() -> None:
    assert dependencies(SMALL)["IK.IK"] == ("IK.gK", "IK.m", "membrane.v", "IK.E")


def test_sparsity_is_where_the_numerical_jacobian_is_not_zero() -> None:
    flat = flatten(SMALL)
    at = {x.name: x.value for x in (*SMALL.parameters, *SMALL.inputs)} | {s.name: s.initial for s in SMALL.states}
    base = np.array(evaluate(flat.rates, at), dtype=float)
    touched = set()
    for j, state in enumerate(SMALL.states):
        moved = np.array(evaluate(flat.rates, at | {state.name: at[state.name] + 0.01}), dtype=float)
        touched |= {(int(i), j) for i in np.flatnonzero(moved != base)}
    assert set(sparsity(flat)) == touched == {(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)}
    assert list(sparsity(flat)) == sorted(touched)


def test_the_digest_follows_what_decides_the_numbers_and_nothing_else() -> None:
    first = digest(SMALL)
    assert digest(SMALL.with_values({"IK.gK": 0.5})) == first
    assert digest(replace(SMALL, name="renamed", meanings={})) == first
    changed = [
        SMALL.with_values({"IK.gK": 0.5000000000000001}),
        SMALL.with_values({"v": -80.1}),
        SMALL.with_values({"stimulus": -1.0}),
        with_equations(Equation("c.a", DIMENSIONLESS, m)),
        replace(SMALL, equations=(SMALL.equations[0], replace(SMALL.equations[1], expression=INF + 0.0))),
        replace(SMALL, states=SMALL.states[:2]),
    ]
    assert len({first, *map(digest, changed)}) == len(changed) + 1


def test_the_digest_does_not_depend_on_how_a_unit_is_spelled() -> None:
    slope = parse_unit("mV/ms")
    assert slope == A_F
    assert str(slope) != str(A_F)
    model, same = (
        replace(SMALL, equations=(replace(SMALL.equations[0], unit=unit), SMALL.equations[1]), inputs=inputs)
        for unit, inputs in (
            (A_F, SMALL.inputs),
            (slope, (SMALL.inputs[0], replace(SMALL.inputs[1], unit=slope))),
        )
    )
    assert digest(model) == digest(same)


def test_the_digest_is_the_same_in_every_process() -> None:
    script = "from tests.model.small import SMALL; from troponin.model.structure import digest; print(digest(SMALL))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {digest(SMALL)}


def test_the_names_behind_an_expression_go_through_equations_and_stop_at_circles() -> None:
    a, b = Symbol("a"), Symbol("b")
    needs = {"a": ("b", "x"), "b": ("a", "y"), "alone": ("z",)}
    assert names_behind(2.0 * a, needs) == {"a", "b", "x", "y"}
    assert names_behind(b + Symbol("free"), {}) == {"b", "free"}
