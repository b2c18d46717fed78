"""A beat that is measured in the run: questions are noted until they are answered."""

from __future__ import annotations

import math

import numpy as np

from troponin.analysis.in_loop.located_beat import LocatedBeat
from troponin.analysis.markers.definitions import apd
from troponin.analysis.markers.marker import BEAT_MARKERS


def test_a_passage_that_is_not_known_is_asked_for_and_then_answered() -> None:
    beat = LocatedBeat(start=0.0, end=100.0)
    assert math.isnan(beat.falls_to(-60.0, after=10.0))
    assert math.isnan(beat.rises_to(-60.0, before=50.0))
    assert list(beat.asked) == [(-60.0, -1), (-60.0, 1)]
    beat.found[-60.0, -1], beat.found[-60.0, 1] = np.array([5.0, 20.0, 40.0]), np.array([2.0, 30.0, 60.0])
    assert beat.falls_to(-60.0, after=10.0) == 20.0
    assert beat.rises_to(-60.0, before=50.0) == 30.0
    assert math.isnan(beat.falls_to(-60.0, after=41.0))
    assert math.isnan(beat.rises_to(-60.0, before=1.0))


def test_a_level_that_is_no_number_is_not_looked_for() -> None:
    beat = LocatedBeat()
    assert math.isnan(beat.falls_to(math.nan, after=0.0))
    assert not beat.asked


def test_the_levels_of_a_duration_follow_from_extremes_alone() -> None:
    beat = LocatedBeat(
        start=0.0, end=500.0, first=-80.0, last=-80.0, highest=(2.0, 40.0), lowest=(0.0, -80.0), rise=(1.0, 200.0)
    )
    assert math.isnan(apd(beat, 90.0))
    assert {level for level, _ in beat.asked} == {40.0 - 0.9 * 120.0, 40.0 - 0.5 * 120.0}
    beat.found.update({passage: np.array([300.0]) for passage in beat.asked})
    assert apd(beat, 90.0) == 299.0


def test_a_beat_of_which_nothing_is_known_tells_who_needs_slopes() -> None:
    found = set()
    for marker in BEAT_MARKERS:
        beats = [LocatedBeat() for _ in marker.reads]
        assert math.isnan(marker.measure(*beats)), marker.name
        found |= {marker.name for beat in beats if "slope" in beat.uses}
    assert found >= {"apd30", "apd90", "triangulation90_30", "ta_fastest_rise", "ta_fastest_fall"}
    assert not found & {"v_peak", "ca_peak", "ca_duration80", "ta_rt50"}
