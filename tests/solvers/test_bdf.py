"""The BDF method on textbook problems."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from troponin.solvers.integrate import integrate, trace_steps
from troponin.solvers.method import BDF
from troponin.solvers.segments import SavePlan, Segments

from .textbook import linear, robertson, van_der_pol

STIFF = ((-1.0, 0.4, 0.0), (0.5, -1000.0, 3.0), (0.0, 2.0, -1e5))


def run(problem, method, length, **options):
    return integrate(problem.kernel, method, problem.y0, Segments.single(length), problem.k, **options)


def test_robertson_reaches_the_published_state():
    # Hairer and Wanner, Solving ODEs II, IVtestset: y(1e11) of ROBER
    published = [0.2083340149701255e-07, 0.8333360770334713e-13, 0.9999999791665050]
    outcome = run(robertson(), BDF(rtol=1e-10, atol=(1e-16, 1e-20, 1e-14), keep_scale=False), 1e11).require_done()
    np.testing.assert_allclose(outcome.y, published, rtol=1e-6)


def test_a_state_that_decays_is_kept_to_its_largest_value_or_to_its_present_one_as_asked():
    problem = linear(((-1.0,),), (1.0,))
    errors = {}
    for keep in (True, False):
        method = BDF(rtol=1e-6, atol=1e-30, keep_scale=keep)
        segments = Segments(np.array([20.0]), np.zeros((1, 5)))
        outcome = integrate(problem.kernel, method, problem.y0, segments, problem.k)
        errors[keep] = abs(outcome.y[0] - np.exp(-20.0)), outcome.counters.steps
    assert errors[True][0] < 2e-5
    assert errors[False][0] < 2e-5 * np.exp(-20.0) * 20
    assert errors[True][1] < errors[False][1]


def test_robertson_conserves_mass_to_rounding():
    outcome = run(robertson(), BDF(rtol=1e-4, atol=1e-9), 1e4).require_done()
    assert abs(outcome.y.sum() - 1) < 1e-12


def test_van_der_pol_reaches_the_published_state():
    # IVtestset: y(2) of VDPOL with mu = 1e3 in slow time, that is y(2000) here
    outcome = run(van_der_pol(1000.0), BDF(rtol=1e-9), 2000.0).require_done()
    assert outcome.y[0] == pytest.approx(1.706167732170469, rel=2e-7)


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-7, 1e-9])
def test_a_stiff_linear_system_follows_the_matrix_exponential(rtol):
    y0 = (1.0, 2.0, -1.0)
    problem = linear(STIFF, y0)
    segments = Segments(np.array([3.0]), np.zeros((1, 5)))
    outcome = integrate(problem.kernel, BDF(rtol=rtol), problem.y0, segments, problem.k)
    exact = expm(3.0 * np.array(STIFF)) @ y0
    assert abs(outcome.y - exact).max() < 50 * rtol


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_the_error_falls_with_the_steps_as_the_order_says(order):
    matrix = ((0.0, 1.0), (-1.0, -0.02))
    problem = linear(matrix, (1.0, 0.0))
    exact = expm(60.0 * np.array(matrix)) @ (1.0, 0.0)
    rows = []
    for rtol in np.logspace(-5, -9, 13) if order > 1 else np.logspace(-4, -6, 13):
        method = BDF(rtol=rtol, atol=rtol, max_order=order)
        segments = Segments(np.array([60.0]), np.zeros((1, 5)))
        outcome = integrate(problem.kernel, method, problem.y0, segments, problem.k)
        rows.append((np.log(outcome.counters.steps), np.log(np.linalg.norm(outcome.y - exact))))
    slope = np.polyfit(*np.array(rows).T, 1)[0]
    assert -slope == pytest.approx(order, abs=0.2)


def test_a_pulse_shorter_than_any_step_is_never_missed():
    # dy/dt = -1e-3 y + b(t): a pulse of 1e-3 in a quiet second adds its area
    problem = linear(((-1e-3,),), (0.0,))
    lengths = np.array([500.0, 1e-3, 499.999])
    inputs = np.array([[0.0, 0, 0, 0, 0], [500.0, 1e3, 0, 0, 0], [500.001, 0, 0, 0, 0]])
    outcome = integrate(problem.kernel, BDF(), problem.y0, Segments(lengths, inputs), problem.k)
    assert outcome.y[0] == pytest.approx(np.exp(-0.4999995), rel=1e-5)


def test_time_stays_exact_after_a_million_units():
    # the input ramps in local time; a solver that used absolute time would lose digits
    problem = linear(((-1.0,),), (0.0,))
    late = Segments(np.array([1.0]), np.array([[1e12, 0.0, 1.0, 0.0, 0.0]]))
    early = Segments(np.array([1.0]), np.array([[0.0, 0.0, 1.0, 0.0, 0.0]]))
    first = integrate(problem.kernel, BDF(), problem.y0, early, problem.k)
    second = integrate(problem.kernel, BDF(), problem.y0, late, problem.k)
    assert first.y[0] == second.y[0]
    assert first.y[0] == pytest.approx(np.exp(-1.0), rel=1e-5)


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_dense_output_is_as_accurate_as_the_steps(rtol):
    matrix = ((0.0, 1.0), (-1.0, -0.05))
    problem = linear(matrix, (1.0, 0.0))
    times = np.linspace(0, 20, 401)
    segments = Segments(np.array([20.0]), np.zeros((1, 5)))
    save = SavePlan(times, columns=np.array([0, 1]))
    outcome = integrate(problem.kernel, BDF(rtol=rtol), problem.y0, segments, problem.k, save=save)
    exact = np.array([expm(t * np.array(matrix)) @ (1.0, 0.0) for t in times])
    points, states, _ = trace_steps(problem.kernel, BDF(rtol=rtol), problem.y0, segments, problem.k)
    at_steps = max(abs(y - expm(t * np.array(matrix)) @ (1.0, 0.0)).max() for t, y in zip(points, states, strict=True))
    assert abs(outcome.saved - exact).max() < 1.5 * at_steps
    np.testing.assert_array_equal(outcome.saved[0], problem.y0)
    np.testing.assert_array_equal(outcome.saved[-1], outcome.y)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.floats(-50.0, -0.01), min_size=3, max_size=3),
    start=st.lists(st.floats(-10.0, 10.0), min_size=3, max_size=3),
    length=st.floats(1e-3, 100.0),
)
def test_any_decay_stays_within_the_tolerance_of_its_exponential(values, start, length):
    problem = DECAY
    k = np.array(values)
    outcome = integrate(problem.kernel, BDF(rtol=1e-6, atol=1e-8), np.array(start), Segments.single(length), k)
    exact = np.array(start) * np.exp(k * length)
    assert (abs(outcome.y - exact) <= 200 * (1e-8 + 1e-6 * abs(np.array(start)))).all()


def test_the_largest_step_is_respected():
    problem = linear(((-1.0,),), (1.0,))
    segments = Segments(np.array([50.0]), np.zeros((1, 5)))
    times, _, _ = trace_steps(problem.kernel, BDF(max_step=0.25), problem.y0, segments, problem.k)
    assert np.diff(times).max() <= 0.25 * (1 + 1e-12)


def test_more_orders_cost_fewer_steps():
    counts = [run(van_der_pol(1000.0), BDF(rtol=1e-6, max_order=order), 100.0).counters.steps for order in (1, 2, 5)]
    assert counts[0] > 2 * counts[1] > 2 * counts[2]


def test_a_nearly_exact_first_correction_is_not_checked_by_a_second():
    counters = run(van_der_pol(1000.0), BDF(rtol=1e-6), 2000.0).counters
    assert counters.rhs < 1.35 * (counters.steps + counters.rejected)


def decay():
    from .textbook import make_problem

    def rhs(t, y, u, k, q, dy):
        for i in range(3):
            dy[i] = k[i] * y[i]

    def jacobian(t, y, u, k, q, jac, ft):
        for i in range(3):
            jac[i, i] = k[i]

    return make_problem(rhs, jacobian, [1.0, 1.0, 1.0], constants=[-1.0, -1.0, -1.0])


DECAY = decay()
