from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.errors import ProtocolError, UnitError
from troponin.protocol import pacing
from troponin.protocol.grid import Grid, grid, grid_times, local_times, save_points
from troponin.protocol.segments import segments
from troponin.protocol.timeline import Protocol
from troponin.units import s


def paced(bcl: str = "1000 ms", beats: int = 3) -> Protocol:
    return pacing.regular(bcl, beats, amplitude="-53 A/F", duration="1 ms")


def test_a_grid_covers_the_whole_run_and_its_end() -> None:
    assert grid_times(grid("250 ms", Fraction(1000))).tolist() == [0, 250, 500, 750, 1000]
    assert grid_times(grid("300 ms", Fraction(1000))).tolist() == [0, 300, 600, 900, 1000]
    assert grid_times(grid("3 s", Fraction(1000))).tolist() == [0, 1000]


def test_a_grid_may_cover_the_last_part_only() -> None:
    points = grid("300 ms", Fraction(3000), last="1000 ms")
    assert grid_times(points).tolist() == [2000, 2300, 2600, 2900, 3000]
    assert grid_times(points, s).tolist() == [2, 2.3, 2.6, 2.9, 3]
    assert grid_times(grid("1 ms", Fraction(3000), last="0 ms")).tolist() == [3000]


def test_a_point_at_an_edge_belongs_to_the_segment_that_starts_there() -> None:
    walk = list(segments(paced()))
    points = grid("500 ms", Fraction(3000))
    assert [local_times(points, segment).tolist() for segment in walk] == [[0], [499], [0], [499], [0], [499, 999]]


@given(
    every=st.fractions(min_value=Fraction(1, 7), max_value=400, max_denominator=60),
    last=st.fractions(min_value=0, max_value=1, max_denominator=9),
    start=st.fractions(min_value=0, max_value=90, max_denominator=9),
)
def test_each_point_is_saved_once_at_its_exact_time(every: Fraction, last: Fraction, start: Fraction) -> None:
    protocol = pacing.regular("100 ms", 5, start=f"{float(start)!r} ms", amplitude="1 A/F", duration="3 ms")
    points = Grid(protocol.duration * (1 - last), every, protocol.duration)
    walk = list(segments(protocol))
    local, offsets = save_points(points, walk)
    absolute, k = [], 0
    while points.first + k * every < points.end:
        absolute.append(points.first + k * every)
        k += 1
    absolute.append(points.end)
    assert points.size == len(absolute) == len(local) == offsets[-1]
    assert grid_times(points).tolist() == [float(time) for time in absolute]
    for segment, begin, end in zip(walk, offsets, offsets[1:], strict=False):
        expected = [float(time - segment.start) for time in absolute[begin:end]]
        assert local[begin:end].tolist() == expected
        assert all(0 <= time <= float(segment.length) for time in expected)


def test_the_grid_of_a_long_run_does_not_drift() -> None:
    protocol = paced("333.3 ms", 10**6)
    points = grid("0.1 ms", protocol.duration, last="333.3 ms")
    walk = list(segments(protocol, start=protocol.duration - Fraction("333.3")))
    local, offsets = save_points(points, walk)
    assert offsets.tolist() == [0, 10, 3334]
    assert np.array_equal(local[:10], [float(Fraction(k, 10)) for k in range(10)])
    assert local[-1] == 332.3
    assert grid_times(points)[-2] == float(protocol.duration - Fraction("0.1"))


def test_denominators_past_the_doubles_are_still_exact() -> None:
    points = Grid(Fraction(1, 3**40), Fraction(1, 7), Fraction(5))
    expected = [float(points.first + k * points.every) for k in range(35)] + [5.0]
    assert grid_times(points).tolist() == expected


def test_a_part_without_segments_has_no_points() -> None:
    local, offsets = save_points(grid("1 ms", Fraction(10)), [])
    assert len(local) == 0
    assert offsets.tolist() == [0]


def test_a_grid_that_cannot_be_is_refused() -> None:
    with pytest.raises(ProtocolError, match="must be positive; got 0 ms"):
        grid("0 ms", Fraction(10))
    with pytest.raises(ProtocolError, match="the last 20 ms cannot be saved of a run of 10 ms"):
        grid("1 ms", Fraction(10), last="20 ms")
    with pytest.raises(UnitError, match="the time between saved points needs a unit"):
        grid(1, Fraction(10))  # type: ignore[arg-type]
