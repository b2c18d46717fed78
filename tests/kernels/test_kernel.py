"""Kernels against plain NumPy evaluation of the same equations: rates, Jacobian, factors, lanes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troponin.errors import KernelError, ModelError, UnknownNameError
from troponin.expr.calculus import jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import absolute, exp
from troponin.expr.nodes import Symbol
from troponin.kernels.kernel import compile_model
from troponin.model.model import Role
from troponin.model.structure import flatten

from .machine import Cell
from .models import branching, driven, hodgkin_huxley, many_gates, model

MODELS = [hodgkin_huxley(), many_gates(), branching(), driven()]
LANES = [1, 2, 4, 8]


def initial(cell):
    return np.array([s.initial for s in cell.states])


def values(cell, y, t=0.0, inputs=None, parameters=None):
    """What NumPy needs to evaluate the equations of a model."""
    table = {s.name: v for s, v in zip(cell.states, y, strict=True)}
    table |= {p.name: p.value for p in cell.parameters} | (parameters or {})
    driven_to = inputs or {}
    return table | {i.name: t if i.role == Role.TIME else driven_to.get(i.name, 0.0) for i in cell.inputs}


def expected_rates(cell, y, **given):
    return np.array([float(r) for r in evaluate(flatten(cell).rates, values(cell, y, **given))])


def expected_jacobian(cell, y, **given):
    rows = jacobian(flatten(cell).rates, [Symbol(s.name) for s in cell.states])
    matrix = np.zeros((len(rows), len(rows)))
    column = {Symbol(s.name): j for j, s in enumerate(cell.states)}
    for i, row in enumerate(rows):
        for symbol, node in row.items():
            matrix[i, column[symbol]] = float(evaluate([node], values(cell, y, **given))[0])
    return matrix


def states_near(cell, seed, count):
    dice = np.random.default_rng(seed)
    return initial(cell) * dice.uniform(0.7, 1.3, (count, len(cell.states))) + dice.uniform(0.0, 0.2, len(cell.states))


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("cell", MODELS, ids=lambda m: m.name)
def test_rates_are_those_of_plain_evaluation(cell, lanes):
    machine = Cell(compile_model(cell, lanes=lanes), initial(cell))
    for y in states_near(cell, 1, 5):
        machine.y[:] = y[:, None]
        expected = expected_rates(cell, y)
        scale = 1e-12 * (np.abs(expected) + np.abs(y)).max()
        np.testing.assert_allclose(machine.rates(), np.tile(expected[:, None], lanes), rtol=1e-12, atol=scale)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("cell", MODELS, ids=lambda m: m.name)
def test_the_jacobian_is_the_derivative_of_the_rates(cell, lanes):
    machine = Cell(compile_model(cell, lanes=lanes), initial(cell))
    for y in states_near(cell, 2, 5):
        machine.y[:] = y[:, None]
        rates, entries, _ = machine.jacobian()
        expected = expected_jacobian(cell, y)
        for lane in range(lanes):
            np.testing.assert_allclose(machine.dense(entries, lane), expected, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(rates, machine.rates(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("cell", [hodgkin_huxley(), many_gates()], ids=lambda m: m.name)
def test_the_jacobian_agrees_with_differences_of_fourth_order(cell):
    machine = Cell(compile_model(cell), initial(cell))
    _, entries, _ = machine.jacobian()
    y = machine.y.copy()
    differences = np.zeros((machine.kernel.n, machine.kernel.n))
    for j in range(machine.kernel.n):
        h = 1e-3 * max(1.0, abs(y[j, 0]))
        samples = []
        for step in (-2, -1, 1, 2):
            machine.y[:] = y
            machine.y[j] += step * h
            samples.append(machine.rates()[:, 0])
        differences[:, j] = (samples[0] - 8 * samples[1] + 8 * samples[2] - samples[3]) / (12 * h)
    np.testing.assert_allclose(machine.dense(entries), differences, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("cell", MODELS, ids=lambda m: m.name)
def test_factor_and_solve_solve_the_newton_system_of_every_lane(cell, lanes):
    machine = Cell(compile_model(cell, lanes=lanes), initial(cell))
    dice = np.random.default_rng(3)
    machine.y *= dice.uniform(0.8, 1.2, machine.y.shape)
    _, entries, _ = machine.jacobian()
    c, b = dice.uniform(0.0, 5.0, lanes), dice.normal(size=machine.y.shape)
    x = machine.solve(entries, c, b)
    for lane in range(lanes):
        matrix = np.eye(machine.kernel.n) - c[lane] * machine.dense(entries, lane)
        np.testing.assert_allclose(x[:, lane], np.linalg.solve(matrix, b[:, lane]), rtol=1e-8, atol=1e-10)


def test_a_step_of_no_length_leaves_the_right_hand_side_as_it_is():
    machine = Cell(compile_model(many_gates(), lanes=4), initial(many_gates()))
    _, entries, _ = machine.jacobian()
    b = np.random.default_rng(4).normal(size=machine.y.shape)
    np.testing.assert_array_equal(machine.solve(entries, np.zeros(4), b), b)


@given(st.lists(st.floats(0.5, 1.5), min_size=8, max_size=8))
@settings(max_examples=30)
def test_each_lane_of_eight_is_a_cell_of_its_own(scales):
    cell = many_gates()
    wide, single = compile_model(cell, lanes=8), compile_model(cell)
    y = initial(cell)[:, None] * np.array(scales)
    together = Cell(wide, y).rates()
    for lane in range(8):
        alone = Cell(single, y[:, lane]).rates()[:, 0]
        np.testing.assert_allclose(together[:, lane], alone, rtol=1e-12, atol=1e-12)


def test_the_result_of_a_lane_does_not_depend_on_its_neighbours():
    cell = many_gates()
    kernel = compile_model(cell, lanes=8)
    y = initial(cell)[:, None] * np.linspace(0.7, 1.3, 8)
    swapped = Cell(kernel, y[:, ::-1]).rates()[:, ::-1]
    np.testing.assert_array_equal(Cell(kernel, y).rates(), swapped)


def test_nan_in_one_lane_stays_in_that_lane():
    cell = hodgkin_huxley()
    machine = Cell(compile_model(cell, lanes=8), initial(cell))
    clean = machine.rates()
    machine.y[0, 3] = np.nan
    rates = machine.rates()
    assert np.isnan(rates[:, 3]).all()
    np.testing.assert_array_equal(np.delete(rates, 3, 1), np.delete(clean, 3, 1))


@pytest.mark.parametrize("lanes", LANES)
def test_a_branch_that_is_not_taken_may_be_nan(lanes):
    cell = branching()
    machine = Cell(compile_model(cell, lanes=lanes), initial(cell))
    rates, entries, _ = machine.jacobian()
    assert np.isfinite(rates).all()
    assert np.isfinite(entries).all()


@pytest.mark.parametrize("lanes", LANES)
def test_inputs_follow_their_cubic_and_time_their_segment(lanes):
    cell = driven()
    machine = Cell(compile_model(cell, lanes=lanes), np.array([2.0]))
    machine.u[:] = [1e9, 0.5, -1.0, 0.25, 2.0]  # starts at t = 1e9; u = 0.5 - tau + tau^2/4 + 2 tau^3
    machine.tau[:] = np.linspace(0.0, 1.5, lanes)
    rates, entries, slope = machine.jacobian()
    tau, x, a = machine.tau, 2.0, 3.0
    u = 0.5 - tau + 0.25 * tau**2 + 2.0 * tau**3
    du = -1.0 + 0.5 * tau + 6.0 * tau**2
    np.testing.assert_allclose(rates[0], -a * x + u**2 + (1e9 + tau) * x, rtol=1e-15)
    np.testing.assert_allclose(entries[0], -a + 1e9 + tau, rtol=1e-15)
    np.testing.assert_allclose(slope[0], 2.0 * u * du + x, rtol=1e-13)


def test_other_values_of_parameters_need_no_other_code():
    cell = hodgkin_huxley()
    kernel = compile_model(cell)
    changed = cell.with_values({"gNa": 60.0, "ENa": 50.0})
    machine = Cell(kernel, initial(cell), k=kernel.constants({"gNa": 60.0, "ENa": 50.0}))
    np.testing.assert_allclose(machine.rates()[:, 0], expected_rates(changed, initial(cell)), rtol=1e-12)
    again = compile_model(changed)
    assert again.code == kernel.code


def test_a_parameter_that_decides_a_branch_is_part_of_the_code():
    kernel = compile_model(branching())
    assert dict(kernel.settled) == {"kind": 1.0, "n": 2.3}
    with pytest.raises(KernelError, match="kind"):
        kernel.constants({"kind": 2.0})
    other = branching().with_values({"kind": 2.0})
    machine = Cell(compile_model(other), initial(other))
    np.testing.assert_allclose(machine.rates()[:, 0], expected_rates(other, initial(other)), rtol=1e-13)


@pytest.mark.parametrize("lanes", LANES)
def test_varied_parameters_differ_from_lane_to_lane(lanes):
    cell = branching()
    kernel = compile_model(cell, lanes=lanes, varied=["k", "n", "kind"])
    assert not kernel.settled
    dice = np.random.default_rng(5)
    varied = {
        "k": dice.uniform(0.5, 2.0, lanes),
        "n": dice.uniform(1.0, 4.0, lanes),
        "kind": dice.integers(1, 3, lanes),
    }
    machine = Cell(kernel, initial(cell), q=kernel.lane_constants(None, varied))
    rates, entries, _ = machine.jacobian()
    for lane in range(lanes):
        own = {name: float(v[lane]) for name, v in varied.items()}
        np.testing.assert_allclose(rates[:, lane], expected_rates(cell, initial(cell), parameters=own), rtol=1e-13)
        exact = expected_jacobian(cell, initial(cell), parameters=own)
        np.testing.assert_allclose(machine.dense(entries, lane), exact, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("lanes", LANES)
def test_monitors_are_states_parameters_inputs_and_intermediates(lanes):
    cell = hodgkin_huxley()
    kernel = compile_model(cell, lanes=lanes, monitors=["I", "v", "gNa", "stim", "time"])
    machine = Cell(kernel, initial(cell))
    machine.u[:2], machine.tau[:] = [100.0, -7.0], 3.0
    current = float(evaluate([flatten(cell).values["I"]], values(cell, initial(cell)))[0])
    expected = np.array([current, -60.0, 120.0, -7.0, 103.0])
    np.testing.assert_allclose(machine.monitors(), np.tile(expected[:, None], lanes), rtol=1e-12)


def test_code_is_the_same_after_the_singular_point_of_a_rate():
    cell = hodgkin_huxley()
    machine = Cell(compile_model(cell), initial(cell))
    for v in (-35.0, -35.0 + 1e-9, -50.0, -50.0 - 1e-7):
        machine.y[0] = v
        exact = expected_jacobian(cell, machine.y[:, 0])
        np.testing.assert_allclose(machine.dense(machine.jacobian()[1]), exact, rtol=1e-12, atol=1e-13)


def test_a_model_with_one_state_and_nothing_else_compiles():
    decay = model("decay", {"x": (1.0, -Symbol("x"))})
    np.testing.assert_array_equal(Cell(compile_model(decay), np.array([2.0])).rates(), [[-2.0]])


def test_a_constant_rate_has_an_empty_jacobian():
    steady = model("steady", {"x": (1.0, 2.0)})
    kernel = compile_model(steady)
    assert kernel.nnz == 0
    machine = Cell(kernel, np.array([1.0]))
    np.testing.assert_array_equal(machine.rates(), [[2.0]])
    np.testing.assert_array_equal(machine.solve(np.empty((0, 1)), np.ones(1), np.array([[4.0]])), [[4.0]])


def test_a_long_chain_of_costly_operations_compiles():
    x, y = Symbol("x"), Symbol("y")
    a, b = x, y
    for _ in range(400):
        a, b = exp(-absolute(a)), exp(-absolute(b))
    chain = model("chain", {"x": (0.5, a), "y": (0.2, b)})
    machine = Cell(compile_model(chain), initial(chain))
    np.testing.assert_allclose(machine.rates()[:, 0], expected_rates(chain, initial(chain)), rtol=1e-13)


def test_wrong_requests_are_refused_with_a_reason():
    cell = hodgkin_huxley()
    with pytest.raises(KernelError, match="lanes"):
        compile_model(cell, lanes=3)
    with pytest.raises(UnknownNameError, match="gNa"):
        compile_model(cell, varied=["gNna"])
    with pytest.raises(ModelError, match="only parameters"):
        compile_model(cell, varied=["m"])
    with pytest.raises(UnknownNameError):
        compile_model(cell, monitors=["I_Nothing"])
    with pytest.raises(UnknownNameError, match="gNa"):
        compile_model(cell).constants({"gNaa": 1.0})
    with pytest.raises(KernelError, match="gK"):
        compile_model(cell, varied=["gK"]).lane_constants(None, {})
