"""integrate and trace_steps: chunks, lanes, monitors, failures, refusals."""

import numpy as np
import pytest

from troponin.errors import SolverError
from troponin.solvers.integrate import integrate, trace_steps
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.method import BDF
from troponin.solvers.segments import SavePlan, Segments
from troponin.solvers.status import Status

from .textbook import linear, make_problem, robertson, van_der_pol


def pulses(count):
    lengths = np.tile([1.0, 9.0], count)
    starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    inputs = np.zeros((2 * count, 5))
    inputs[:, 0] = starts
    inputs[::2, 1] = 2.0
    return Segments(lengths, inputs)


def oscillator(width=1):
    return linear(((-0.2, 1.0), (-1.0, -0.2)), (1.0, 0.0), width)


def test_parts_run_one_after_another_give_the_numbers_of_one_run_bit_for_bit():
    problem, segments = oscillator(), pulses(6)
    times, offsets = np.tile([0.5, 1.0, 0.0, 3.3, 9.0], 6), np.arange(13) * 5 // 2
    offsets = np.concatenate([[0], np.cumsum(np.tile([2, 3], 6))])
    save = SavePlan(times, offsets, np.array([1, 0]))
    whole = integrate(problem.kernel, BDF(), problem.y0, segments, problem.k, save=save)
    y, saved = problem.y0, []
    for first in range(0, 12, 3):
        part = SavePlan(
            times[offsets[first] : offsets[first + 3]],
            offsets[first : first + 4] - offsets[first],
            save.columns,
        )
        piece = integrate(problem.kernel, BDF(), y, segments.part(first, first + 3), problem.k, save=part)
        y = piece.y
        saved.append(piece.saved)
    np.testing.assert_array_equal(np.concatenate(saved), whole.saved)
    np.testing.assert_array_equal(y, whole.y)


def test_a_run_repeated_gives_the_same_bits():
    problem = van_der_pol(1000.0)
    runs = [integrate(problem.kernel, BDF(), problem.y0, Segments.single(2000.0), problem.k).y for _ in range(2)]
    np.testing.assert_array_equal(runs[0], runs[1])


def test_asking_for_output_does_not_change_the_steps():
    problem, segments = oscillator(), pulses(3)
    quiet = integrate(problem.kernel, BDF(), problem.y0, segments, problem.k)
    save = SavePlan(np.linspace(0, 9, 500), np.array([0, 0, 500, 500, 500, 500, 500]), np.array([0]))
    loud = integrate(problem.kernel, BDF(), problem.y0, segments, problem.k, save=save)
    assert quiet.counters == loud.counters
    np.testing.assert_array_equal(quiet.y, loud.y)


@pytest.mark.parametrize("width", [2, 4, 8])
def test_equal_lanes_follow_the_single_cell(width):
    single, block = oscillator(), oscillator(width)
    segments = pulses(2)
    alone = integrate(single.kernel, BDF(), single.y0, segments, single.k)
    y0 = np.repeat(block.y0[:, np.newaxis], width, axis=1)
    together = integrate(block.kernel, BDF(), y0, segments, block.k)
    assert together.y.shape == (2, width)
    np.testing.assert_allclose(together.y, np.repeat(alone.y[:, np.newaxis], width, axis=1), rtol=1e-12)
    assert together.counters.steps == alone.counters.steps


def test_lanes_that_differ_are_all_within_tolerance():
    block = oscillator(4)
    y0 = np.array([[1.0, 2.0, -1.0, 0.1], [0.0, 1.0, 0.5, -0.3]])
    segments = Segments(np.array([7.0]), np.zeros((1, 5)))
    together = integrate(block.kernel, BDF(rtol=1e-7), y0, segments, block.k)
    turn = np.exp(-1.4) * np.array([[np.cos(7), np.sin(7)], [-np.sin(7), np.cos(7)]])
    np.testing.assert_allclose(together.y, turn @ y0, atol=2e-5 * abs(y0).max())


def test_monitors_are_computed_at_the_save_times():
    def rhs(t, y, u, k, q, dy):
        dy[0] = -y[0]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 0] = -1.0

    def monitor(t, y, u, out):
        out[0] = 10 * y[0] + t
        out[1] = u[0]

    problem = make_problem(rhs, jacobian, [1.0], monitor=monitor, monitors=2)
    times = np.array([0.0, 0.4, 2.0])
    segments = Segments(np.array([2.0]), np.array([[70.0]]))
    save = SavePlan(times, columns=np.array([0]), monitors=True)
    outcome = integrate(problem.kernel, BDF(rtol=1e-8), problem.y0, segments, problem.k, save=save)
    np.testing.assert_allclose(outcome.saved[:, 0], np.exp(-times), rtol=1e-6)
    np.testing.assert_array_equal(outcome.saved[:, 1], 10 * outcome.saved[:, 0] + times)
    np.testing.assert_array_equal(outcome.saved[:, 2], 70.0)


def test_step_points_join_the_segments_and_end_at_each_breakpoint_exactly():
    problem, segments = oscillator(), pulses(3)
    times, states, outcome = trace_steps(problem.kernel, BDF(), problem.y0, segments, problem.k)
    assert np.isin([0.0, 1.0, 10.0, 11.0, 20.0, 21.0, 30.0], times).all()
    assert (np.diff(times) > 0).all()
    assert states.shape == (times.size, 2)
    whole = integrate(problem.kernel, BDF(), problem.y0, segments, problem.k)
    np.testing.assert_array_equal(states[-1], whole.y)
    assert outcome.counters == whole.counters


def test_a_segment_with_more_steps_than_room_is_recorded_whole():
    problem = oscillator()
    segments = Segments(np.array([400.0]), np.zeros((1, 5)))
    times, _, outcome = trace_steps(problem.kernel, BDF(max_step=0.1), problem.y0, segments, problem.k)
    assert times.size > 4000
    assert outcome.counters.steps == times.size - 1


def explosion():
    def rhs(t, y, u, k, q, dy):
        dy[0] = y[0] * y[0]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 0] = 2 * y[0]

    return make_problem(rhs, jacobian, [1.0])


def test_a_solution_that_explodes_fails_at_its_pole():
    problem = explosion()
    outcome = integrate(problem.kernel, BDF(), problem.y0, Segments.single(2.0), problem.k)
    assert outcome.status in (Status.STEP_TOO_SMALL, Status.NOT_FINITE, Status.NO_CONVERGENCE)
    assert outcome.tau == pytest.approx(1.0, abs=1e-3)
    with pytest.raises(SolverError, match="local time"):
        outcome.require_done()


def test_a_rate_that_is_not_finite_is_told_at_once():
    problem = explosion()
    outcome = integrate(problem.kernel, BDF(), np.array([np.nan]), Segments.single(1.0), problem.k)
    assert outcome.status is Status.NOT_FINITE
    assert outcome.segment == 0
    assert outcome.tau == 0.0


def test_too_many_steps_is_a_status_with_a_remedy():
    problem = robertson()
    outcome = integrate(problem.kernel, BDF(max_steps=5), problem.y0, Segments.single(1e4), problem.k)
    assert outcome.status is Status.TOO_MANY_STEPS
    with pytest.raises(SolverError, match="max_steps"):
        outcome.require_done("cell 3")


def test_what_was_saved_before_a_failure_is_kept():
    problem = explosion()
    save = SavePlan(np.array([0.0, 0.5, 1.5]), columns=np.array([0]))
    outcome = integrate(problem.kernel, BDF(), problem.y0, Segments.single(2.0), problem.k, save=save)
    assert outcome.saved[1, 0] == pytest.approx(2.0, rel=1e-4)
    assert np.isnan(outcome.saved[2, 0])


def test_a_wrong_jacobian_ends_without_convergence_and_not_with_a_wrong_answer():
    def rhs(t, y, u, k, q, dy):
        dy[0] = -1e6 * (y[0] - np.cos(t))

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 0] = 1e6

    problem = make_problem(rhs, jacobian, [0.0])
    outcome = integrate(problem.kernel, BDF(max_steps=2000), problem.y0, Segments.single(1e3), problem.k)
    assert outcome.status is not Status.DONE


def test_arrays_that_do_not_fit_are_refused_all_at_once():
    problem = oscillator()
    save = SavePlan(np.array([0.0]), columns=np.array([7]), monitors=True)
    with pytest.raises(SolverError) as caught:
        integrate(problem.kernel, BDF(), np.zeros(3), Segments.single(1.0), problem.k, save=save)
    for part in ("y0", "inputs", "columns", "monitors"):
        assert part in str(caught.value)


def test_a_kernel_with_an_impossible_width_is_refused():
    with pytest.raises(SolverError, match="width"):
        KernelAddresses(rhs=1, jac=1, factor=1, solve=1, states=2, jacobian=4, lu=4, width=3)
