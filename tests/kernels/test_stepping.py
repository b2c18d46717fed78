"""Fixed steps by exponentials: exact where the equations are linear, of their stated order everywhere."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from troponin.errors import UnknownNameError
from troponin.expr.nodes import Symbol
from troponin.kernels.kernel import compile_model
from troponin.kernels.stepping import METHODS
from troponin.model.model import Role

from .machine import Cell, call
from .models import driven, hodgkin_huxley, many_gates, model

LANES = [1, 2, 4, 8]
x, y, u = Symbol("x"), Symbol("y"), Symbol("u")

TURNING = model(
    "turning",
    {"x": (1.0, -x * y - 0.3 * x * x * x), "y": (0.5, x * x - y * (1.0 + u))},
    inputs={"u": Role.STIMULUS},
)


def initial(cell):
    return np.array([s.initial for s in cell.states])


def machine(cell, method, lanes=1):
    return Cell(compile_model(cell, lanes=lanes, step=method), initial(cell))


def advance(cell, h, steps):
    """Take steps of the given lengths and return the state."""
    for i in range(steps):
        cell.tau[:] = i * h
        call(cell.kernel.step, cell.tau, cell.y, cell.u, cell.k, cell.q, np.full(cell.kernel.lanes, h))
    return cell.y


def reference(cell, end):
    plain = Cell(compile_model(cell), initial(cell))
    plain.u[1 : 1 + len(INPUT)] = INPUT

    def f(t, state):
        plain.tau[:], plain.y[:, 0] = t, state
        return plain.rates()[:, 0].copy()

    return solve_ivp(f, (0.0, end), initial(cell), method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]


INPUT = np.array([0.2, 1.5, -0.4])


@pytest.mark.parametrize(("method", "order"), [("rush_larsen", 1), ("grl1", 1), ("grl2", 2)])
def test_a_method_has_its_order(method, order):
    end, exact = 1.0, reference(TURNING, 1.0)
    counts = np.array([20, 40, 80, 160])
    errors = []
    for steps in counts:
        cell = machine(TURNING, method)
        cell.u[1 : 1 + len(INPUT)] = INPUT
        errors.append(np.abs(advance(cell, end / steps, steps)[:, 0] - exact).max())
    slope = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("method", METHODS)
def test_a_gate_under_a_clamped_voltage_is_exact_for_any_step(method, lanes):
    v = Symbol("v")
    inf, tau = 1.0 / (1.0 + v * v), 0.1 + 0.02 * v
    gate = model("gate", {"v": (2.0, 0.0), "m": (0.9, (inf - Symbol("m")) / tau), "n": (0.3, 3.0 - v * Symbol("n"))})
    cell = machine(gate, method, lanes)
    advance(cell, 5.0, 1)
    m = 0.2 + (0.9 - 0.2) * np.exp(-5.0 / 0.14)
    n = 1.5 + (0.3 - 1.5) * np.exp(-2.0 * 5.0)
    np.testing.assert_allclose(cell.y, np.tile([[2.0], [m], [n]], lanes), rtol=1e-14)


@pytest.mark.parametrize("method", ["grl1", "grl2"])
def test_every_variable_is_linearised_and_none_is_left_to_euler(method):
    stiff = model("stiff", {"x": (1.0, -1e6 * x * x * x), "y": (1.0, x - 1e5 * y * abs(y))})
    cell = machine(stiff, method)
    state = advance(cell, 1.0, 5)
    assert np.isfinite(state).all()
    assert (np.abs(state) <= 1.0).all()


def test_a_slope_of_zero_gives_eulers_step():
    level = model("level", {"x": (0.0, 3.0 - x * 0.0 * y), "y": (0.0, -x * y)})
    state = advance(machine(level, "grl1"), 0.5, 1)
    np.testing.assert_array_equal(state[:, 0], [1.5, 0.0])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cell", [hodgkin_huxley(), many_gates(), driven()], ids=lambda m: m.name)
def test_all_widths_take_the_same_step(cell, method):
    single = advance(machine(cell, method), 0.01, 20)
    for lanes in LANES[1:]:
        np.testing.assert_allclose(advance(machine(cell, method, lanes), 0.01, 20), np.tile(single, lanes), rtol=1e-11)


def test_each_lane_has_its_own_step():
    cell = machine(TURNING, "grl2", 2)
    call(cell.kernel.step, cell.tau, cell.y, cell.u, cell.k, cell.q, np.array([0.0, 0.1]))
    np.testing.assert_array_equal(cell.y[:, 0], initial(TURNING))
    np.testing.assert_array_equal(cell.y[:, 1], advance(machine(TURNING, "grl2"), 0.1, 1)[:, 0])


def test_an_unknown_method_is_refused_with_a_suggestion():
    with pytest.raises(UnknownNameError, match="grl1"):
        compile_model(TURNING, step="gr1")
