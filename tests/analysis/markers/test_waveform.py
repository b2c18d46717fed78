"""Signals: crossings and peaks against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.analysis.markers.waveform import (
    falls_to,
    rises_to,
    smooth_peak,
    steepest_fall,
    steepest_rise,
    turning_points,
    upward_crossings,
)

STEP = 0.5
TIME = np.arange(0.0, 100.0, STEP)


@given(top=st.floats(20.0, 80.0), width=st.floats(5.0, 20.0), height=st.floats(0.1, 100.0))
def test_the_peak_of_a_smooth_bump_is_found_between_samples(top: float, width: float, height: float) -> None:
    time, value = smooth_peak(TIME, height * np.exp(-0.5 * ((TIME - top) / width) ** 2))
    # what a parabola leaves of a Gaussian: the next term of its series, with samples h apart
    assert time == pytest.approx(top, abs=0.5 * STEP * (STEP / width) ** 2)
    assert value == pytest.approx(height, rel=(STEP / width) ** 4)


@given(level=st.floats(0.05, 0.95))
def test_a_line_crosses_a_level_where_it_says(level: float) -> None:
    roof = np.minimum(TIME, 99.5 - TIME) / 49.75
    assert rises_to(TIME, roof, level, before=49.75) == pytest.approx(49.75 * level, abs=1e-9)
    assert falls_to(TIME, roof, level, after=49.75) == pytest.approx(99.5 - 49.75 * level, abs=1e-9)


def test_a_level_that_is_not_reached_has_no_time() -> None:
    flat = np.ones_like(TIME)
    assert math.isnan(falls_to(TIME, flat, 0.5, after=0.0))
    assert math.isnan(falls_to(TIME, flat, math.nan, after=0.0))
    assert math.isnan(rises_to(TIME, flat, 0.5, before=50.0))


def test_a_fall_before_the_time_asked_for_does_not_count() -> None:
    wave = np.cos(2 * np.pi * TIME / 40.0)
    assert falls_to(TIME, wave, 0.0, after=5.0) == pytest.approx(10.0)
    assert falls_to(TIME, wave, 0.0, after=20.0) == pytest.approx(50.0)
    assert falls_to(TIME, wave, 0.0, after=35.0) == pytest.approx(50.0)


@given(middle=st.floats(20.0, 80.0), width=st.floats(2.0, 10.0))
def test_the_steepest_rise_of_a_smooth_step_is_its_middle(middle: float, width: float) -> None:
    time, slope = steepest_rise(TIME, np.tanh((TIME - middle) / width))
    assert time == pytest.approx(middle, abs=0.03)
    # the slope between two samples is the mean over h, at most h/2 off the middle
    assert slope == pytest.approx(1.0 / width, rel=4 / 3 * (STEP / 2 / width) ** 2)


def test_one_sample_has_no_slope() -> None:
    assert all(math.isnan(x) for x in steepest_rise(np.zeros(1), np.zeros(1)))


def test_a_peak_at_an_end_is_the_sample_there() -> None:
    assert smooth_peak(TIME, TIME) == (99.5, 99.5)


def test_upward_crossings_count_a_swing_once() -> None:
    # the ripple crosses the level again and again, but only a return to rest arms the next crossing
    swing = np.sin(2 * np.pi * TIME / 50.0) + 0.2 * np.sin(2 * np.pi * TIME / 3.0)
    assert len(upward_crossings(TIME, swing, 0.0, rest=-0.7)) == 2


def test_two_samples_at_one_time_are_the_limits_at_an_edge_and_no_rise() -> None:
    time = np.array([0.0, 1.0, 2.0, 2.0, 3.0, 4.0])
    value = np.array([0.0, 1.0, 4.0, 4.0, 5.0, 4.0])
    assert steepest_rise(time, value) == steepest_rise(np.unique(time), value[[0, 1, 3, 4, 5]])
    assert smooth_peak(time, value) == smooth_peak(np.unique(time), value[[0, 1, 3, 4, 5]])


@given(
    swings=st.lists(st.floats(2.0, 50.0), min_size=2, max_size=12),
    ripple=st.floats(0.0, 0.2),
)
def test_turning_points_are_the_lows_and_highs_of_the_swings_that_count(swings: list[float], ripple: float) -> None:
    # a zigzag whose corners are known; a ripple on top goes up and down by less than counts
    corners = np.cumsum([0.0, *(s if k % 2 == 0 else -s for k, s in enumerate(swings))])
    time = np.arange(0.0, 20.0 * len(swings) + 0.5)
    value = np.interp(time, 20.0 * np.arange(len(corners)), corners)
    assert turning_points(value, 1.0) == [20 * k for k in range(len(corners))]
    rough = value + ripple * np.sin(2.1 * time)
    assert rough[turning_points(rough, 1.0)] == pytest.approx(corners, abs=2.0 * ripple + 1e-9)


def test_a_signal_that_hardly_moves_has_no_turning_points() -> None:
    assert turning_points(0.4 * np.sin(TIME), 1.0) == []
    assert turning_points(np.full(10, np.nan), 1.0) == []
    assert turning_points(np.zeros(1), 1.0) == []


def test_the_steepest_fall_is_the_steepest_rise_of_the_signal_upside_down() -> None:
    wave = np.exp(-TIME / 20.0) * np.sin(TIME / 5.0)
    when, slope = steepest_fall(TIME, wave)
    assert (when, -slope) == steepest_rise(TIME, -wave)
    assert slope < 0.0


@given(rise=st.floats(0.1, 0.49))
def test_the_peak_of_a_corner_is_its_highest_sample(rise: float) -> None:
    assert smooth_peak(TIME, np.interp(TIME, [0.0, 10.0, 10.0 + rise, 99.5], [0.0, 0.0, 1.0, 0.0]))[1] <= 1.0
