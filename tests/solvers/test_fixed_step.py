"""Fixed steps taken by the kernel: the clock, the output, the failures."""

from dataclasses import replace

import numpy as np
import pytest
from numba import carray, cfunc, types

from troponin.errors import SolverError
from troponin.solvers.integrate import integrate, trace_steps
from troponin.solvers.method import RushLarsen
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status

from .textbook import make_problem

_P = types.CPointer(types.float64)
RATE = 2.0


def stepping(width=1):
    """dy0/dt = q y0 + b(t), exact over a step of constant b; dy1/dt = t by the midpoint rule."""

    def rhs(t, y, u, k, q, dy):
        dy[0], dy[1] = q[0] * y[0] + u[1], t

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 0], ft[1] = q[0], 1.0

    def monitor(t, y, u, out):
        out[0] = y[0] + t

    problem = make_problem(rhs, jacobian, [1.0, 0.0], inputs=1, width=width, values=1, monitor=monitor, monitors=1)

    @cfunc(types.void(_P, _P, _P, _P, _P, _P))
    def step(tau, y, u, k, q, h):
        ys, qs = carray(y, (2, width)), carray(q, (1, width))
        for lane in range(width):
            a, dt = qs[0, lane], h[lane]
            growth = np.exp(a * dt)
            ys[0, lane] = growth * ys[0, lane] + (growth - 1) / a * u[1]
            ys[1, lane] += dt * (tau[lane] + 0.5 * dt)

    kernel = replace(problem.kernel, step=step.address)
    return replace(problem, kernel=kernel, alive=(*problem.alive, step))


def run(problem, method, segments, q, save=None):
    y0 = np.repeat(problem.y0[:, np.newaxis], problem.kernel.width, axis=1)
    return integrate(problem.kernel, method, y0, segments, problem.k, np.array([q]), save)


QUIET = Segments(np.array([1.0, 0.35]), np.array([[0.0, 0, 0, 0, 0], [1.0, 3.0, 0, 0, 0]]))


def test_an_exact_step_gives_the_exact_solution_and_the_clock_is_exact():
    outcome = run(stepping(), RushLarsen(step=0.1), QUIET, [-RATE])
    fall = np.exp(-RATE * 0.35)
    assert outcome.y[0, 0] == pytest.approx(np.exp(-RATE) * fall + 1.5 * (1 - fall), rel=1e-13)
    assert outcome.y[1, 0] == pytest.approx(0.5 + 0.5 * 0.35**2, rel=1e-13)


def test_a_segment_is_cut_into_the_fewest_equal_steps():
    assert run(stepping(), RushLarsen(step=0.1), QUIET, [-RATE]).counters.steps == 10 + 4
    times, states, _ = trace_steps(
        stepping().kernel, RushLarsen(step=0.1), np.array([1.0, 0.0]), QUIET, np.zeros(0), np.array([[-RATE]])
    )
    np.testing.assert_allclose(np.diff(times[:11]), 0.1, rtol=1e-12)
    np.testing.assert_allclose(np.diff(times[10:]), 0.35 / 4, rtol=1e-12)
    assert times[10] == 1.0
    assert times[-1] == 1.35
    np.testing.assert_allclose(states[:11, 0], np.exp(-RATE * times[:11]), rtol=1e-12)


def test_the_end_of_a_long_run_is_met_exactly():
    long = Segments(np.array([1000.1]), np.zeros((1, 5)))
    times, _, _ = trace_steps(
        stepping().kernel, RushLarsen(step=0.01), np.array([1.0, 0.0]), long, np.zeros(0), np.array([[-1.0]])
    )
    assert times[-1] == 1000.1
    assert np.ptp(np.diff(times)) < 1e-12


def test_output_is_exact_at_steps_and_linear_between():
    times = np.array([0.0, 0.1, 0.25, 1.0])
    save = SavePlan(times, np.array([0, 4, 4]), np.array([0]), monitors=True)
    outcome = run(stepping(), RushLarsen(step=0.1), QUIET, [-RATE], save)
    exact = np.exp(-RATE * times)
    np.testing.assert_allclose(outcome.saved[[0, 1, 3], 0, 0], exact[[0, 1, 3]], rtol=1e-13)
    middle = 0.5 * (np.exp(-RATE * 0.2) + np.exp(-RATE * 0.3))
    assert outcome.saved[2, 0, 0] == pytest.approx(middle, rel=1e-12)
    np.testing.assert_array_equal(outcome.saved[:, 1], outcome.saved[:, 0] + times[:, np.newaxis])


def test_lanes_do_not_touch_each_other():
    together = run(stepping(4), RushLarsen(step=0.1), QUIET, [-1.0, -2.0, -3.0, -0.1])
    for lane, rate in enumerate([-1.0, -2.0, -3.0, -0.1]):
        alone = run(stepping(), RushLarsen(step=0.1), QUIET, [rate])
        np.testing.assert_allclose(together.y[:, lane], alone.y[:, 0], rtol=1e-14)


def test_a_lane_that_overflows_ends_with_its_last_finite_state():
    segments = Segments(np.array([100.0, 50.0]), np.zeros((2, 5)))
    save = SavePlan(np.array([1.0, 99.0, 50.0]), np.array([0, 2, 3]), np.array([0]), monitors=True)
    outcome = run(stepping(2), RushLarsen(step=0.1), segments, [-1.0, 10.0], save)
    (failure,) = outcome.failures
    assert failure.cell == 1
    assert failure.status is Status.NOT_FINITE
    assert failure.segment == 0
    # e^(10 t) overflows at 70.98; the states are looked at every 64 steps of 0.1
    assert 70.98 - 6.4 < failure.tau <= 70.98
    assert failure.state[0] == pytest.approx(np.exp(10 * failure.tau), rel=1e-9)
    assert np.isnan(outcome.saved[1:, :, 1]).all()
    np.testing.assert_allclose(outcome.saved[:, 0, 0], np.exp([-1.0, -99.0, -150.0]), rtol=1e-10)


def test_a_kernel_without_a_fixed_step_is_refused():
    problem = stepping()
    bare = replace(problem, kernel=replace(problem.kernel, step=0))
    with pytest.raises(SolverError, match="grl1"):
        run(bare, RushLarsen(scheme="grl1"), QUIET, [-1.0])
