"""Events: passages of a monitor through a level, located on the method's interpolant."""

from dataclasses import replace

import numpy as np
import pytest

from troponin.errors import SolverError
from troponin.solvers.events import EventPlan
from troponin.solvers.integrate import integrate
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen
from troponin.solvers.segments import SavePlan, Segments

from .textbook import make_problem

METHODS = [BDF(rtol=1e-9), *(Rosenbrock(name, rtol=1e-8) for name in ("ROS34PW2", "Rodas4", "Rodas5P"))]


def circle(width=1):
    """cos and sin of q t; the monitors are both and the time."""

    def rhs(t, y, u, k, q, dy):
        dy[0], dy[1] = -q[0] * y[1], q[0] * y[0]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 1], jac[1, 0] = -q[0], q[0]

    def monitor(t, y, u, out):
        out[0], out[1], out[2] = y[0], y[1], u[0] + t

    return make_problem(rhs, jacobian, [1.0, 0.0], width=width, values=1, monitor=monitor, monitors=3)


def find(problem, method, plan, speeds=(1.0,), lengths=(20.0,)):
    starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    y0 = np.repeat(problem.y0[:, np.newaxis], problem.kernel.width, axis=1)
    segments = Segments(np.array(lengths), starts[:, np.newaxis])
    return integrate(problem.kernel, method, y0, segments, problem.k, np.array([speeds]), events=plan)


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_zeros_of_a_cosine_are_found_in_both_directions(method):
    log = find(circle(), method, EventPlan([0], [0.0], [0])).events
    exact = np.pi / 2 + np.pi * np.arange(6)
    np.testing.assert_allclose(log.tau, exact, atol=1e-5)
    np.testing.assert_array_equal(log.rising, [False, True] * 3)


@pytest.mark.parametrize("method", METHODS[::2], ids=str)
def test_directions_and_levels_are_told_apart(method):
    log = find(circle(), method, EventPlan([0, 1, 1], [0.5, 0.0, -0.25], [1, -1, 0]), lengths=(6.5,)).events
    expected = {
        0: [2 * np.pi - np.pi / 3],
        1: [np.pi],
        2: [np.pi + np.arcsin(0.25), 2 * np.pi - np.arcsin(0.25)],
    }
    for event, times in expected.items():
        np.testing.assert_allclose(log.tau[log.event == event], times, atol=1e-5)


@pytest.mark.parametrize("method", [BDF(rtol=1e-3), Rosenbrock(rtol=1e-3)], ids=str)
def test_an_event_of_the_clock_is_located_to_rounding(method):
    log = find(circle(), method, EventPlan([2], [7.3], [1]), lengths=(5.0, 5.0)).events
    assert log.segment.tolist() == [1]
    assert log.tau[0] == pytest.approx(2.3, abs=1e-11)


def test_looking_for_events_does_not_change_the_numbers():
    for method in (BDF(), Rosenbrock()):
        watched = find(circle(), method, EventPlan([0, 1], [0.3, -0.2], [0, 0]))
        plain = find(circle(), method, None)
        np.testing.assert_array_equal(watched.y, plain.y)
        assert plain.events is None


@pytest.mark.parametrize("method", [BDF(rtol=1e-8), Rosenbrock(rtol=1e-8)], ids=str)
def test_every_lane_has_its_own_events(method):
    speeds = (1.0, 2.0, 0.1, 3.0)
    log = find(circle(4), method, EventPlan([0], [0.0], [0]), speeds).events
    for cell, speed in enumerate(speeds):
        exact = (np.pi / 2 + np.pi * np.arange(100)) / speed
        np.testing.assert_allclose(log.tau[log.cell == cell], exact[exact < 20.0], atol=1e-5)


@pytest.mark.parametrize("method", [BDF(), Rosenbrock()], ids=str)
def test_more_events_than_there_was_room_for_are_all_found(method):
    log = find(circle(), method, EventPlan([0], [0.0], [0]), lengths=(300.0, 700.0)).events
    exact = np.pi / 2 + np.pi * np.arange(318)
    np.testing.assert_allclose(log.tau + 300.0 * log.segment, exact, atol=1e-2)


@pytest.mark.parametrize("method", [BDF(rtol=1e-8), Rosenbrock(rtol=1e-8)], ids=str)
def test_levels_may_differ_from_lane_to_lane_and_be_missing(method):
    levels = [[0.1, 0.5, np.nan, -0.3], [0.9, np.nan, -0.9, 0.2]]
    log = find(circle(4), method, EventPlan([1, 1], levels, [1, -1]), (1.0,) * 4, lengths=(6.5,)).events
    for cell in range(4):
        here = log.cell == cell
        for event, row in enumerate(levels):
            level = row[cell]
            rise = [np.arcsin(level) + turns * 2 * np.pi for turns in (0, 1)]
            exact = [t for t in (rise if event == 0 else [np.pi - np.arcsin(level)]) if 0.0 < t < 6.5]
            np.testing.assert_allclose(log.tau[here & (log.event == event)], exact, atol=1e-5)


def test_the_plan_of_some_cells_has_their_levels():
    plan = EventPlan([0, 1], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [0, 1], inside=True)
    part = plan.of_cells(np.array([2, 0, 0]))
    np.testing.assert_array_equal(part.levels, [[3.0, 1.0, 1.0], [6.0, 4.0, 4.0]])
    assert part.inside
    shared = EventPlan([0], [0.5], [0])
    assert shared.of_cells(np.array([1])) is shared


@pytest.mark.parametrize("method", [BDF(rtol=1e-2), Rosenbrock(rtol=1e-4)], ids=str)
def test_two_passages_within_a_step_are_seen_by_a_plan_that_looks_inside(method):
    times = np.linspace(0.0, 60.0, 60_001)
    problem = circle()
    save = SavePlan(times, columns=np.array([0]))
    trace = integrate(problem.kernel, method, problem.y0, Segments.single(60.0), problem.k, np.ones((1, 1)), save)
    y = trace.saved[:, 0]
    levels = [y.max() - share for share in (0.05, 0.1, 0.15)]
    plan = EventPlan([0] * 3, levels, [0] * 3, inside=True)
    found = find(problem, method, plan, lengths=(60.0,)).events
    for event, level in enumerate(levels):
        passages = times[1:][np.diff((y < level).astype(int)) != 0]
        np.testing.assert_allclose(found.tau[found.event == event], passages, atol=1.01e-3)
    at_ends = find(problem, method, replace(plan, inside=False), lengths=(60.0,)).events
    assert at_ends.tau.size < found.tau.size


def test_a_plan_that_does_not_fit_is_refused():
    with pytest.raises(SolverError, match="NaN where a cell has none"):
        EventPlan([0], [[np.inf, 0.0]], [1])
    with pytest.raises(SolverError, match="levels: got 3 cells, expected 1"):
        find(circle(), BDF(), EventPlan([0], [[0.0, 0.0, 0.0]], [1]))
    with pytest.raises(SolverError, match="levels"):
        EventPlan([0], [np.nan], [1])
    with pytest.raises(SolverError, match="one number"):
        EventPlan([0, 1], [0.0], [0])
    with pytest.raises(SolverError, match="directions"):
        EventPlan([0], [np.nan], [2])
    with pytest.raises(SolverError, match="events"):
        find(circle(), BDF(), EventPlan([3], [0.0], [0]))


def test_fixed_steps_refuse_events():
    problem = circle()
    problem = replace(problem, kernel=replace(problem.kernel, step=problem.kernel.rhs))
    with pytest.raises(SolverError, match="interpolant"):
        find(problem, RushLarsen(), EventPlan([0], [0.0], [0]))
