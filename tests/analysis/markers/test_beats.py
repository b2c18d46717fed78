"""Beats of runs that nothing paces: where they begin, and which of them the run holds to their end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.analysis.runs import Signal, corners, course_of
from troponin.analysis.disturbances import REGULAR, disturbances
from troponin.analysis.markers.beats import beats_of
from troponin.units import mV

PERIOD, START = 350.0, 100.0
FOOT, PEAK = -70.0, 20.0
ROSE, TOP = 205.0, 210.0
"""Since the lowest potential: when v passes the middle of its range upwards, and its peak."""

BACK = TOP + 0.9 * (PERIOD - TOP)
"""When v has come to within a tenth of its foot."""


def rhythm(time: np.ndarray) -> np.ndarray:
    """A cell that beats by itself, in straight lines: lowest every 350 ms from 100 ms on, then a slow rise, a beat."""
    local = (time - START) % PERIOD
    return np.interp(local, [0.0, 200.0, TOP, PERIOD], [FOOT, FOOT, PEAK, FOOT]) + 5.0 * np.interp(
        local, [0.0, 200.0, ROSE, PERIOD], [0.0, 1.0, 0.0, 0.0]
    )


def edges(signal: Signal, duration: float) -> list[tuple[float, float]]:
    run = course_of({"v": signal}, duration=duration)
    return [(beat.start, beat.end) for beat in beats_of(run, "v", mV)[0]]


@given(st.integers(600, 2500))
def test_a_last_beat_counts_where_the_run_holds_it_to_its_end(end: int) -> None:
    since = (end - START) % PERIOD
    assume(all(abs(since - each) > 2.0 for each in (0.0, ROSE, TOP, BACK, PERIOD)))
    begun = int((end - START) // PERIOD) + (since > ROSE)  # upstrokes that the run holds
    whole = begun if since > BACK or since < ROSE else begun - 1
    found = edges(rhythm, end)
    assert len(found) == max(whole, 1)
    starts = [START + PERIOD * i for i in range(len(found))]
    assert [start for start, _ in found] == pytest.approx(starts, abs=0.5)
    assert found[-1][1] == pytest.approx(end if whole == begun or begun == 1 else starts[-1] + PERIOD, abs=0.5)
    assert set(disturbances(course_of({"v": rhythm}, duration=end))["verdict"].to_numpy().tolist()) <= (
        {REGULAR} if begun > 1 else {REGULAR, "no repolarisation"}
    )


@given(st.integers(320, 1000))
def test_a_cell_that_beats_once_and_stops_keeps_its_beat(end: int) -> None:
    once = corners((0.0, -60.0), (100.0, FOOT), (300.0, -65.0), (310.0, PEAK), (450.0, FOOT), (1000.0, FOOT))
    found = edges(once, end)
    assert len(found) == 1
    assert found[0] == pytest.approx((100.0, end), abs=0.5)


def test_a_cell_that_stops_keeps_its_last_beat_and_one_that_stays_up_too() -> None:
    two = ((0.0, FOOT), (10.0, FOOT - 1.0), (50.0, PEAK), (200.0, FOOT - 1.0), (240.0, PEAK))
    assert len(edges(corners(*two, (400.0, FOOT), (1000.0, FOOT)), 1000.0)) == 2
    stays = corners(*two, (300.0, -30.0), (1000.0, -31.0))
    assert len(edges(stays, 1000.0)) == 2
    assert len(edges(stays, 300.0)) == 1


def test_a_run_that_begins_up_and_only_comes_down_is_one_beat() -> None:
    assert edges(corners((0.0, PEAK), (200.0, FOOT)), 300.0) == [(0.0, 300.0)]


def test_a_notch_is_no_end_of_a_beat() -> None:
    notched = corners(
        (0.0, -60.0), (10.0, FOOT), (50.0, PEAK), (200.0, FOOT), (240.0, PEAK), (250.0, 0.0), (300.0, 5.0)
    )
    assert len(edges(notched, 300.0)) == 1
