"""The fast BDF against the slow one, tolerance by tolerance."""

import numpy as np
import pytest

from troponin.solvers.integrate import integrate, trace_steps
from troponin.solvers.method import BDF
from troponin.solvers.segments import SavePlan, Segments

from . import reference
from .textbook import van_der_pol

MU, LENGTH = 20.0, 30.0


def rate(t, y):
    return np.array([y[1], MU * (1 - y[0] ** 2) * y[1] - y[0]])


def jacobian(t, y):
    return np.array([[0.0, 1.0], [-2 * MU * y[0] * y[1] - 1, MU * (1 - y[0] ** 2)]])


def largest_error(times, states):
    """Over all the step points; at the end alone an error may be small by chance."""
    problem = van_der_pol(MU)
    save = SavePlan(times, columns=np.array([0, 1]))
    truth = integrate(
        problem.kernel, BDF(rtol=1e-12), problem.y0, Segments.single(LENGTH), problem.k, save=save
    ).require_done()
    return abs(states - truth.saved).max(axis=0)


@pytest.mark.parametrize("rtol", [1e-3, 1e-4, 1e-5, 1e-6, 1e-7])
def test_errors_and_steps_agree_with_the_slow_reference_at_every_tolerance(rtol):
    problem = van_der_pol(MU)
    times, states, outcome = trace_steps(problem.kernel, BDF(rtol=rtol), problem.y0, Segments.single(LENGTH), problem.k)
    slow_times, slow_states = reference.solve(rate, jacobian, problem.y0, LENGTH, rtol)
    ratio = largest_error(times, states) / largest_error(slow_times, slow_states)
    # The fast one leaves a tenth of the tolerance to Newton's iteration, the slow one nothing.
    assert (ratio > 1 / 4).all()
    assert (ratio < 4).all()
    assert abs(times.size - slow_times.size) < 0.15 * slow_times.size
    assert outcome.counters.steps == times.size - 1


def test_the_truth_used_here_agrees_with_the_slow_reference():
    times, states = reference.solve(rate, jacobian, np.array([2.0, 0.0]), 5.0, 1e-9)
    assert largest_error(times, states).max() < 1e-6


def test_the_first_steps_are_those_of_the_slow_reference():
    problem = van_der_pol(MU)
    times, _, _ = trace_steps(problem.kernel, BDF(rtol=1e-6), problem.y0, Segments.single(LENGTH), problem.k)
    slow_times, _ = reference.solve(rate, jacobian, problem.y0, LENGTH, 1e-6)
    np.testing.assert_allclose(times[1:3], slow_times[1:3], rtol=1e-4)
