"""Times at equal error, and what counts as lost: the arithmetic behind every ratio that is reported."""

import math

import pytest
from accuracy import Errors
from baselines import lost, read, store
from contender import Timing, alternate
from curve import Point, cost_at, front


def point(error: float, seconds: float) -> Point:
    return Point("tool", "", Errors(error, 0.0, 0.0, 1), Timing((seconds,)), beats=1)


def test_a_setting_that_another_beats_in_both_is_no_part_of_the_front() -> None:
    assert front([point(1.0, 1.0), point(0.1, 2.0), point(0.5, 3.0)]) == [(1.0, 1.0), (0.1, 2.0)]


def test_at_the_error_of_a_setting_the_cost_is_that_of_the_setting() -> None:
    curve = [point(1.0, 1.0), point(0.01, 4.0)]
    assert cost_at(0.01, curve) == pytest.approx(4.0, rel=1e-15)


def test_between_two_settings_the_cost_lies_on_a_straight_line_in_log_log() -> None:
    curve = [point(1.0, 1.0), point(0.01, 4.0)]
    assert cost_at(0.1, curve) == pytest.approx(2.0, rel=1e-14)


def test_nothing_is_extrapolated_beyond_the_most_accurate_setting() -> None:
    assert cost_at(1e-3, [point(1.0, 1.0), point(0.01, 4.0)]) is None


def test_a_tool_that_is_always_more_accurate_is_charged_its_cheapest_setting() -> None:
    assert cost_at(10.0, [point(1.0, 1.0), point(0.01, 4.0)]) == 1.0


def test_a_setting_without_a_finite_error_does_not_count() -> None:
    assert front([point(math.nan, 0.1), point(1.0, 1.0)]) == [(1.0, 1.0)]


def test_runs_are_timed_in_turns_and_each_as_often_as_the_others() -> None:
    order: list[str] = []
    timings = alternate([lambda: order.append("a"), lambda: order.append("b")], rounds=3, visit=0.0)
    assert order == ["a", "a", "b", "b"] * 3  # once untimed, once timed
    assert [len(timing.seconds) for timing in timings] == [3, 3]


def test_more_than_a_fifth_below_the_stored_ratio_is_a_loss() -> None:
    assert lost({"x": 7.9, "y": 8.1, "new": 1.0}, {"x": 10.0, "y": 10.0, "gone": 5.0}) == [
        "x: 7.90 times the peer, 10.00 before"
    ]


def test_storing_keeps_the_ratios_that_a_run_did_not_measure(tmp_path) -> None:
    path = tmp_path / "baselines.json"
    store({"x": 1.0, "y": 2.0}, "a machine", path)
    store({"y": 3.0}, "a machine", path)
    assert read(path) == {"x": 1.0, "y": 3.0}
