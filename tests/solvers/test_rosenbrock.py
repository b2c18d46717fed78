"""Rosenbrock methods with a step of its own for every lane."""

import numpy as np
import pytest
from scipy.linalg import expm

from troponin.errors import SolverError
from troponin.solvers.integrate import integrate, trace_steps
from troponin.solvers.method import BDF, TABLEAU_NAMES, Rosenbrock
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status
from troponin.solvers.tableaus import tableau_named

from . import slow_rosenbrock
from .textbook import linear, make_problem, robertson, van_der_pol

OSCILLATION = ((0.0, 1.0), (-1.0, -0.1))


def quiet(length):
    return Segments(np.array([length]), np.zeros((1, 5)))


@pytest.fixture(scope="module")
def driven():
    """A van der Pol oscillator with an input: neither linear nor autonomous."""

    def rhs(t, y, u, k, q, dy):
        dy[0] = y[1]
        dy[1] = (1.0 - y[0] * y[0]) * y[1] - y[0] + u[2] * t + u[4] * t * t * t

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 1] = 1.0
        jac[1, 0], jac[1, 1] = -2.0 * y[0] * y[1] - 1.0, 1.0 - y[0] * y[0]
        ft[1] = u[2] + 3.0 * u[4] * t * t

    return make_problem(rhs, jacobian, [1.0, 0.5], inputs=1)


@pytest.mark.parametrize("name", TABLEAU_NAMES)
def test_fixed_steps_converge_at_least_with_the_order_of_the_method(name, driven):
    segments = Segments(np.array([2.0]), np.array([[0.0, 0.0, 2.0, 0.0, 1.0]]))
    truth = integrate(driven.kernel, BDF(rtol=1e-13, atol=1e-14), driven.y0, segments, driven.k).y
    rows = []
    for steps in (16, 24, 32, 48, 64):
        h = 2.0 / steps
        method = Rosenbrock(name, rtol=0.99, atol=1e3, max_step=h, first_step=h)
        outcome = integrate(driven.kernel, method, driven.y0, segments, driven.k)
        assert outcome.counters.steps == steps
        rows.append((np.log(h), np.log(np.linalg.norm(outcome.y - truth))))
    slope = np.polyfit(*np.array(rows).T, 1)[0]
    # that no tableau has a higher order is known from its trees; here Rodas4 is nearly of order 5
    assert slope > tableau_named(name).order - 0.25


@pytest.mark.parametrize("name", TABLEAU_NAMES)
@pytest.mark.parametrize("rtol", [1e-3, 1e-5])
def test_a_stiff_system_follows_the_matrix_exponential(name, rtol):
    matrix = ((-1.0, 0.4, 0.0), (0.5, -1000.0, 3.0), (0.0, 2.0, -1e5))
    y0 = (1.0, 2.0, -1.0)
    problem = linear(matrix, y0)
    outcome = integrate(problem.kernel, Rosenbrock(name, rtol=rtol), problem.y0, quiet(3.0), problem.k)
    assert abs(outcome.y - expm(3.0 * np.array(matrix)) @ y0).max() < 20 * rtol


@pytest.mark.parametrize("name", TABLEAU_NAMES)
def test_robertson_reaches_the_published_state(name):
    # Hairer and Wanner, IVtestset: y(1e11) of ROBER
    published = [0.2083340149701255e-07, 0.8333360770334713e-13, 0.9999999791665050]
    problem = robertson()
    method = Rosenbrock(name, rtol=1e-7, atol=(1e-14, 1e-18, 1e-12), keep_scale=False)
    outcome = integrate(problem.kernel, method, problem.y0, Segments.single(1e11), problem.k).require_done()
    np.testing.assert_allclose(outcome.y, published, rtol=1e-4)


@pytest.mark.parametrize("name", TABLEAU_NAMES)
@pytest.mark.parametrize("rtol", [1e-3, 1e-4, 1e-5])
def test_errors_and_steps_agree_with_the_slow_reference_at_every_tolerance(name, rtol):
    mu, length = 5.0, 20.0
    problem = van_der_pol(mu)
    times, states, _ = trace_steps(
        problem.kernel, Rosenbrock(name, rtol=rtol), problem.y0, Segments.single(length), problem.k
    )
    slow_times, slow_states = slow_rosenbrock.solve(
        lambda t, y: np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]),
        lambda t, y: np.array([[0, 1], [-2 * mu * y[0] * y[1] - 1, mu * (1 - y[0] ** 2)]]),
        problem.y0,
        length,
        rtol,
        tableau_named(name),
        times[1],
    )
    # the fast one chooses its steps by powers of four digits
    assert abs(times.size - slow_times.size) <= 2
    error, slow_error = (
        largest_error(problem, length, *points) for points in ((times, states), (slow_times, slow_states))
    )
    np.testing.assert_allclose(error, slow_error, rtol=0.2)
    np.testing.assert_allclose(states[:4], slow_states[:4], rtol=1e-4, atol=1e-6)


def largest_error(problem, length, times, states):
    save = SavePlan(times, columns=np.array([0, 1]))
    method = BDF(rtol=1e-12, atol=1e-13)
    truth = integrate(problem.kernel, method, problem.y0, Segments.single(length), problem.k, save=save)
    return abs(states - truth.require_done().saved).max(axis=0)


@pytest.mark.parametrize("name", TABLEAU_NAMES)
def test_dense_output_is_as_accurate_as_the_steps(name):
    problem = linear(OSCILLATION, (1.0, 0.0))
    times = np.linspace(0, 20, 301)
    save = SavePlan(times, columns=np.array([0, 1]))
    method = Rosenbrock(name, rtol=1e-5)
    outcome = integrate(problem.kernel, method, problem.y0, quiet(20.0), problem.k, save=save)
    exact = np.array([expm(t * np.array(OSCILLATION)) @ (1.0, 0.0) for t in times])
    points, states, _ = trace_steps(problem.kernel, method, problem.y0, quiet(20.0), problem.k)
    at_steps = max(
        abs(y - expm(t * np.array(OSCILLATION)) @ (1.0, 0.0)).max() for t, y in zip(points, states, strict=True)
    )
    assert abs(outcome.saved - exact).max() < 5 * at_steps
    np.testing.assert_array_equal(outcome.saved[0], problem.y0)
    np.testing.assert_array_equal(outcome.saved[-1], outcome.y)


def varied(width):
    """Oscillators whose frequency is q, with a pulse on the first state, watched by a monitor."""

    def rhs(t, y, u, k, q, dy):
        dy[0] = q[0] * y[1] - 0.1 * y[0] + u[1]
        dy[1] = -q[0] * y[0]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 0], jac[0, 1], jac[1, 0] = -0.1, q[0], -q[0]

    def monitor(t, y, u, out):
        out[0] = y[0] * y[0] + y[1] * y[1] + t

    return make_problem(rhs, jacobian, [1.0, 0.0], inputs=1, width=width, values=1, monitor=monitor, monitors=1)


PULSES = Segments(np.array([0.5, 6.0]), np.array([[0.0, 3.0, 0, 0, 0], [0.5, 0.0, 0, 0, 0]]))
SAVE = SavePlan(np.array([0.0, 0.5, 0.0, 2.2, 6.0]), np.array([0, 2, 5]), np.array([1]), monitors=True)


def run_lanes(problem, frequencies):
    width = problem.kernel.width
    y0 = np.repeat(problem.y0[:, np.newaxis], width, axis=1)
    q = np.array([frequencies], dtype=float)
    return integrate(problem.kernel, Rosenbrock(rtol=1e-5), y0, PULSES, problem.k, q, SAVE)


def test_a_lane_has_the_same_bits_whatever_its_neighbours_and_its_place():
    problem = varied(4)
    first = run_lanes(problem, [1.0, 30.0, 0.2, 5.0])
    second = run_lanes(problem, [5.0, 1.0, 1.0, 400.0])
    for one, other in ((0, 1), (0, 2), (3, 0)):
        np.testing.assert_array_equal(first.y[:, one], second.y[:, other])
        np.testing.assert_array_equal(first.saved[:, :, one], second.saved[:, :, other])


def test_lanes_follow_the_single_cell():
    frequencies = [1.0, 30.0, 0.2, 5.0, 7.0, 0.01, 2.0, 100.0]
    block = run_lanes(varied(8), frequencies)
    single = varied(1)
    for lane, frequency in enumerate(frequencies):
        alone = run_lanes(single, [frequency])
        np.testing.assert_allclose(block.y[:, lane], alone.y[:, 0], rtol=1e-9)
        np.testing.assert_allclose(block.saved[:, :, lane], alone.saved[:, :, 0], rtol=1e-9)


def test_monitors_see_each_lane_at_the_save_times():
    outcome = run_lanes(varied(2), [1.0, 3.0])
    local = np.array([0.0, 0.5, 0.0, 2.2, 6.0])
    radius = outcome.saved[:, 1] - local[:, np.newaxis]
    assert (radius >= outcome.saved[:, 0] ** 2).all()
    np.testing.assert_allclose(radius[-1], (outcome.y**2).sum(axis=0), rtol=1e-12)


def test_a_lane_that_fails_is_told_and_the_others_go_on():
    def rhs(t, y, u, k, q, dy):
        dy[0] = q[0] * y[0] * y[0]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 0] = 2 * q[0] * y[0]

    def monitor(t, y, u, out):
        out[0] = 2 * y[0]

    problem = make_problem(rhs, jacobian, [1.0], width=4, values=1, monitor=monitor, monitors=1)
    segments = Segments(np.array([1.0, 2.0]), np.array([[0.0], [1.0]]))
    save = SavePlan(np.array([1.0, 0.0, 1.5]), np.array([0, 1, 3]), np.array([0]), monitors=True)
    q = np.array([[-1.0, 0.5, 2.0, 0.1]])
    outcome = integrate(problem.kernel, Rosenbrock(rtol=1e-6), np.ones((1, 4)), segments, problem.k, q, save)
    assert [failure.cell for failure in outcome.failures] == [1, 2]
    late, early = outcome.failures
    assert (early.segment, late.segment) == (0, 1)
    assert early.tau == pytest.approx(0.5, abs=1e-3)
    assert late.tau == pytest.approx(1.0, abs=1e-3)
    assert early.status in (Status.STEP_TOO_SMALL, Status.NOT_FINITE)
    exact = 1 / (1 - q * np.array([[1.0], [1.0], [2.5]]))
    np.testing.assert_allclose(outcome.saved[:, 0, [0, 3]], exact[:, [0, 3]], rtol=1e-4)
    np.testing.assert_array_equal(outcome.saved[:, 1], 2 * outcome.saved[:, 0])
    assert np.isnan(outcome.saved[:, :, 2]).all()
    np.testing.assert_array_equal(np.isnan(outcome.saved[:, 0, 1]), [False, False, True])


def test_a_rate_that_is_not_finite_is_told_at_once():
    problem = van_der_pol(1.0)
    outcome = integrate(problem.kernel, Rosenbrock(), np.array([np.nan, 0.0]), Segments.single(1.0), problem.k)
    assert outcome.status is Status.NOT_FINITE


def test_too_many_steps_is_told():
    problem = robertson()
    outcome = integrate(problem.kernel, Rosenbrock(max_steps=5), problem.y0, Segments.single(1e4), problem.k)
    assert outcome.status is Status.TOO_MANY_STEPS


def test_parts_run_one_after_another_give_the_bits_of_one_run():
    problem = linear(OSCILLATION, (1.0, 0.0))
    segments = Segments(np.full(6, 2.5), np.column_stack([np.arange(6) * 2.5, *np.ones((4, 6))]))
    whole = integrate(problem.kernel, Rosenbrock(), problem.y0, segments, problem.k)
    y = problem.y0
    for first in range(0, 6, 2):
        y = integrate(problem.kernel, Rosenbrock(), y, segments.part(first, first + 2), problem.k).y
    np.testing.assert_array_equal(y, whole.y)


def test_lanes_have_no_common_step_points():
    problem = varied(2)
    with pytest.raises(SolverError, match="common"):
        trace_steps(problem.kernel, Rosenbrock(), np.ones((2, 2)), PULSES, problem.k, np.ones((1, 2)))
