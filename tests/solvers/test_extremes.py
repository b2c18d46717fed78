"""Extremes and integrals of monitors, without a trace: textbook problems with closed forms."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troponin.errors import SolverError
from troponin.solvers.events import EventPlan
from troponin.solvers.extremes import ExtremePlan
from troponin.solvers.integrate import integrate
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen
from troponin.solvers.segments import SavePlan, Segments

from .textbook import make_problem

METHODS = [BDF(rtol=1e-10), *(Rosenbrock(name, rtol=1e-9) for name in ("ROS34PW2", "Rodas4", "Rodas5P"))]
EXACT = [BDF(rtol=1e-10), Rosenbrock("Rodas5P", rtol=1e-9)]


@cache
def circle(width=1):
    """x = cos(q t), y = sin(q t); the monitors are x, y, y squared, the time and the number 3."""

    def rhs(t, y, u, k, q, dy):
        dy[0], dy[1] = -q[0] * y[1], q[0] * y[0]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 1], jac[1, 0] = -q[0], q[0]

    def monitor(t, y, u, out):
        out[0], out[1], out[2], out[3], out[4] = y[0], y[1], y[1] * y[1], u[0] + t, 3.0

    return make_problem(rhs, jacobian, [1.0, 0.0], width=width, values=1, monitor=monitor, monitors=5)


@cache
def driven():
    """dy/dt = u - y, u a cubic in each segment; the monitors are y, its rate and u."""

    def rhs(t, y, u, k, q, dy):
        dy[0] = u[1] + t * (u[2] + t * (u[3] + t * u[4])) - y[0]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 0] = -1.0
        ft[0] = u[2] + t * (2.0 * u[3] + t * 3.0 * u[4])

    def monitor(t, y, u, out):
        now = u[1] + t * (u[2] + t * (u[3] + t * u[4]))
        out[0], out[1], out[2] = y[0], now - y[0], now

    return make_problem(rhs, jacobian, [0.0], inputs=1, monitor=monitor, monitors=3)


def turn(method, monitors, *, speeds=(1.0,), lengths=(20.0,), events=None):
    problem = circle(len(speeds))
    starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    y0 = np.repeat(problem.y0[:, np.newaxis], len(speeds), axis=1)
    segments, plan = Segments(np.array(lengths), starts[:, np.newaxis]), ExtremePlan(monitors)
    q = np.array([speeds])
    return integrate(problem.kernel, method, y0, segments, problem.k, q, events=events, extremes=plan)


def drive(method, pieces, start=0.0):
    """Run through pieces (length, constant, slope)."""
    lengths = np.array([p[0] for p in pieces])
    starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    u = np.array([[t, c, s, 0.0, 0.0] for t, (_, c, s) in zip(starts, pieces, strict=True)])
    plan = ExtremePlan([0, 1, 2])
    problem = driven()
    return integrate(problem.kernel, method, np.array([start]), Segments(lengths, u), problem.k, extremes=plan).extremes


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_a_harmonic_oscillator_is_highest_and_lowest_where_the_sine_is(method):
    found = turn(method, [1], lengths=(2.0, 3.0, 1.0)).extremes
    assert found.highest.value[0, 0] == pytest.approx(1.0, abs=1e-6)
    assert found.highest.segment[0, 0] == 0
    assert found.highest.tau[0, 0] == pytest.approx(np.pi / 2, abs=1e-4)
    assert found.lowest.value[0, 0] == pytest.approx(-1.0, abs=1e-6)
    assert found.lowest.segment[0, 0] == 1
    assert found.lowest.tau[0, 0] == pytest.approx(3 * np.pi / 2 - 2.0, abs=1e-4)
    assert found.first[0, 0] == 0.0
    assert found.last[0, 0] == pytest.approx(np.sin(6.0), abs=1e-6)


@given(
    st.sampled_from(["BDF", "ROS34PW2", "Rodas4", "Rodas5P"]),
    st.floats(-7.0, -2.0),
    st.floats(0.5, 30.0),
    st.floats(0.2, 3.0),
)
@settings(deadline=None, max_examples=40)
def test_a_peak_inside_a_coarse_step_is_the_top_of_the_interpolant(name, exponent, length, speed):
    """As many points of the same interpolant as one likes are never higher, and the highest not much lower."""
    rtol = 10.0**exponent
    method = BDF(rtol=rtol) if name == "BDF" else Rosenbrock(name, rtol=rtol)
    problem, times = circle(), np.linspace(0.0, length, 20_001)
    plan, q = SavePlan(times, columns=np.array([0, 1])), np.array([[speed]])
    wanted = ExtremePlan([0, 1])
    run = integrate(problem.kernel, method, problem.y0, Segments.single(length), problem.k, q, plan, extremes=wanted)
    between = 0.2 * (speed * length / 20_000) ** 2 + 1e-12  # what a sine may rise between two points
    for monitor in (0, 1):
        trace, high, low = run.saved[:, monitor], run.extremes.highest, run.extremes.lowest
        assert trace.max() - 1e-12 <= high.value[monitor, 0] <= trace.max() + between
        assert trace.min() - between <= low.value[monitor, 0] <= trace.min() + 1e-12


@pytest.mark.parametrize("method", EXACT, ids=str)
def test_of_equal_extremes_the_first_is_kept_and_a_constant_has_its_own_value(method):
    found = turn(method, [4], lengths=(5.0, 5.0)).extremes
    for extreme in (found.highest, found.lowest):
        assert (extreme.value[0, 0], extreme.segment[0, 0], extreme.tau[0, 0]) == (3.0, 0, 0.0)
    assert found.integral[0, 0] == pytest.approx(30.0, rel=1e-14)


@pytest.mark.parametrize("method", EXACT, ids=str)
def test_integrals_are_those_of_the_closed_form(method):
    found = turn(method, [0, 1, 2, 3], lengths=(4.0, 6.0)).extremes.integral[:, 0]
    exact = [np.sin(10.0), 1.0 - np.cos(10.0), 5.0 - np.sin(20.0) / 4.0, 50.0]
    np.testing.assert_allclose(found, exact, atol=1e-6)


@given(st.lists(st.floats(0.05, 5.0), min_size=4, max_size=4), st.floats(1.0, 30.0))
@settings(deadline=None, max_examples=20)
def test_every_lane_has_the_extremes_of_its_own_frequency(speeds, length):
    for method in EXACT:
        found = turn(method, [1], speeds=tuple(speeds), lengths=(length,)).extremes
        for lane, speed in enumerate(speeds):
            angle = speed * length
            top = 1.0 if angle >= np.pi / 2 else np.sin(angle)
            bottom = -1.0 if angle >= 3 * np.pi / 2 else min(0.0, np.sin(angle))
            assert found.highest.value[0, lane] == pytest.approx(top, abs=1e-5)
            assert found.lowest.value[0, lane] == pytest.approx(bottom, abs=1e-5)
            assert found.integral[0, lane] == pytest.approx((1 - np.cos(angle)) / speed, abs=1e-4)


@given(
    st.lists(
        st.tuples(st.floats(0.1, 4.0), st.floats(-2.0, 2.0), st.sampled_from([0.0, 0.5, -1.0])), min_size=1, max_size=4
    ),
    st.floats(-1.0, 1.0),
)
@settings(deadline=None, max_examples=30)
def test_both_sides_of_every_jump_of_a_driven_equation_count(pieces, start):
    """y = c + s (t - 1) + (y0 - c + s) e^-t in each piece; u itself is highest and lowest at the ends of pieces."""
    y, values, rates, inputs, area = start, [start], [], [], 0.0
    for length, c, s in pieces:
        t = np.linspace(0.0, length, 4001)
        course = c + s * (t - 1.0) + (y - c + s) * np.exp(-t)
        rates += list(c + s * t - course)
        inputs += [c, c + s * length]
        values += list(course)
        area += (c - s) * length + 0.5 * s * length**2 + (y - c + s) * (1.0 - np.exp(-length))
        y = course[-1]
    for method in EXACT:
        found = drive(method, pieces, start)
        for row, exact in enumerate((values, rates, inputs)):
            assert found.highest.value[row, 0] == pytest.approx(max(exact), abs=1e-5)
            assert found.lowest.value[row, 0] == pytest.approx(min(exact), abs=1e-5)
        assert found.first[:, 0] == pytest.approx([start, rates[0], inputs[0]], abs=1e-9)
        assert found.last[:, 0] == pytest.approx([y, rates[-1], inputs[-1]], abs=1e-5)
        assert found.integral[0, 0] == pytest.approx(area, abs=1e-5)


@pytest.mark.parametrize("method", EXACT, ids=str)
def test_a_jump_belongs_to_the_segment_in_which_the_value_is_taken(method):
    found = drive(method, [(1.0, 0.0, 0.0), (1.0, 2.0, 0.0), (1.0, -1.0, 0.0)])
    assert (found.highest.segment[2, 0], found.highest.tau[2, 0]) == (1, 0.0)
    assert (found.lowest.segment[2, 0], found.lowest.tau[2, 0]) == (2, 0.0)
    y = 2.0 * (1.0 - np.exp(-1.0))  # which is highest at the end of the push
    assert found.highest.value[0, 0] == pytest.approx(y, abs=1e-6)
    assert found.highest.tau[0, 0] + found.highest.segment[0, 0] == pytest.approx(2.0, abs=1e-6)


def test_looking_for_extremes_does_not_change_the_numbers():
    for method in (BDF(), Rosenbrock()):
        watched = turn(method, [0, 1, 2], speeds=(1.0, 3.0), events=EventPlan([1], [[0.3, -0.2]], [0], inside=True))
        plain = turn(method, [], speeds=(1.0, 3.0))
        np.testing.assert_array_equal(watched.y, plain.y)
        assert plain.extremes.first.size == 0


def test_the_extremes_do_not_depend_on_how_the_run_is_cut():
    for method in EXACT:
        whole = turn(method, [1, 2], lengths=(9.0,)).extremes
        parts = turn(method, [1, 2], lengths=(2.5, 0.5, 6.0)).extremes
        np.testing.assert_allclose(parts.highest.value, whole.highest.value, atol=1e-6)
        np.testing.assert_allclose(parts.lowest.value, whole.lowest.value, atol=1e-6)
        np.testing.assert_allclose(parts.integral, whole.integral, atol=1e-6)


def test_what_does_not_fit_is_refused():
    with pytest.raises(SolverError, match="extremes: got monitors"):
        turn(BDF(), [5])
    with pytest.raises(SolverError, match="row of numbers"):
        ExtremePlan([[0, 1]])
    from dataclasses import replace

    problem = circle()
    stepped = replace(problem.kernel, step=problem.kernel.rhs)
    with pytest.raises(SolverError, match="no interpolant"):
        integrate(
            stepped, RushLarsen(), problem.y0, Segments.single(1.0), problem.k, np.ones((1, 1)),
            extremes=ExtremePlan([0]),
        )  # fmt: skip
