from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troponin.errors import KindError, ProtocolError, UnitError
from troponin.protocol import pacing
from troponin.protocol.chance import Distribution, Exponential, Normal, Uniform
from troponin.protocol.record import from_dict, to_dict
from troponin.protocol.segments import onsets, segments
from troponin.protocol.timeline import Moments, Protocol, Repeat, Train, Wave

PULSE = {"amplitude": "-53 A/F", "duration": "1 ms"}

ascending = st.lists(st.fractions(min_value=1, max_value=900, max_denominator=1000), min_size=1, max_size=12)


def starts(protocol: Protocol) -> list[Fraction]:
    return list(onsets(protocol))


def test_recorded_intervals_are_the_lengths_of_the_beats() -> None:
    train = pacing.intervals(["812.5 ms", "0.79 s", "805 ms"])
    assert starts(train) == [0, Fraction("812.5"), Fraction("1602.5")]
    assert train.duration == Fraction("2407.5")
    assert pacing.intervals([0.8125, 0.79, 0.805], "s") == train


def test_s1_s2_s3_come_at_their_intervals() -> None:
    train = pacing.s1s2("1000 ms", ["300 ms", "250 ms"], beats=3, **PULSE)
    assert starts(train) == [0, 1000, 2000, 2300, 2550]
    assert train.duration == 3550
    assert starts(pacing.s1s2("500 ms", "320 ms", beats=1, after="2 s")) == [0, 320]


def test_dynamic_pacing_goes_from_one_cycle_length_to_the_next() -> None:
    assert starts(pacing.dynamic(["400 ms", "300 ms"], 2)) == [0, 400, 800, 1100]


def test_a_ramp_of_the_rate_changes_every_interval_by_the_same() -> None:
    train = pacing.ramped("1 s", "400 ms", 4)
    assert [b - a for a, b in pairwise(starts(train))] == [1000, 800, 600]
    assert train.duration == 2800
    assert str(train) == (
        "stimulus of the model's own amplitude for the model's own duration, 4 times, 600 ms to 1000 ms apart"
        " (cycle length from 1000 ms to 400 ms); 2800 ms in all"
    )


@pytest.mark.parametrize("law", [Uniform("300 ms", "900 ms"), Normal("600 ms", "80 ms", "350 ms"),
                                 Exponential("500 ms", "250 ms")])  # fmt: skip
def test_random_intervals_follow_their_distribution_and_keep_to_their_grain(law: Distribution) -> None:
    train = pacing.random(law, 4000, seed=3)
    lengths = [b - a for a, b in pairwise(starts(train))]
    mean = float(sum(lengths)) / len(lengths)
    expected = {"Uniform": 600.0, "Normal": 600.0, "Exponential": 500.0}[type(law).__name__]
    assert mean == pytest.approx(expected, abs=15.0)  # 173 ms / sqrt(4000) = 2.7 ms, and the cut of the normal
    assert min(lengths) >= {"Uniform": 300, "Normal": 350, "Exponential": 250}[type(law).__name__]
    assert all((length * 1000).denominator == 1 for length in lengths)
    below = sum(length < 520 for length in lengths) / len(lengths)
    shares = {"Uniform": 0.3667, "Normal": 0.1587, "Exponential": 0.6604}
    assert below == pytest.approx(shares[type(law).__name__], abs=0.03)


def test_the_same_seed_gives_the_same_train_and_another_seed_another() -> None:
    law = Uniform("300 ms", "900 ms")
    one, same, other = (pacing.random(law, 20, seed=seed) for seed in (7, 7, 8))
    assert one == same
    assert one != other
    assert starts(one)[:3] == [0, Fraction("494.3"), Fraction("884.81")]  # what random.Random(7) will ever give
    assert "uniform from 300 ms to 900 ms, seed 7" in str(one)
    assert from_dict(json.loads(json.dumps(to_dict(one)))) == one


@settings(max_examples=30)
@given(ascending, st.integers(0, 11))
def test_given_intervals_are_kept_exactly_and_a_walk_may_begin_anywhere(lengths: list[Fraction], part: int) -> None:
    train = pacing.intervals([f"{float(length)!r} ms" for length in lengths], duration="0.5 ms", amplitude="-1 A/F")
    begin = train.duration * part / 12
    edges = [onset for onset in starts(train) if onset >= begin]
    walk = [segment.start for segment in segments(train, start=begin) if segment.drives]
    assert [start for start in walk if start > begin] == [edge for edge in edges if edge > begin]
    assert from_dict(json.loads(json.dumps(to_dict(train)))) == train


@settings(max_examples=30)
@given(ascending)
def test_moments_at_equal_distances_are_a_repetition(lengths: list[Fraction]) -> None:
    period, count = lengths[0], len(lengths)
    regular = pacing.regular(f"{float(period)!r} ms", **PULSE).trains[0]
    period = regular.repeats[0].period if isinstance(regular.repeats[0], Repeat) else period
    moments = Moments(tuple(period * turn for turn in range(count)))
    end = period * count
    one = Protocol(end, (Train("stimulus", regular.wave, Fraction(0), (moments,)),))
    other = Protocol(end, (Train("stimulus", regular.wave, Fraction(0), (Repeat(period, count),)),))
    assert list(segments(one)) == list(segments(other))
    assert list(segments(one, start=end / 3)) == list(segments(other, start=end / 3))


def test_a_background_begins_no_beat() -> None:
    train = pacing.on_baseline(pacing.regular("100 ms", beats=3, **PULSE), "0.5 A/F")
    assert starts(train) == [0, 100, 200]
    values = [segment.drives["stimulus"][0] for segment in segments(train)]
    assert values == [Fraction("-52.5"), Fraction("0.5")] * 3
    assert from_dict(json.loads(json.dumps(to_dict(train)))) == train


def test_a_family_is_one_protocol_for_each_test() -> None:
    steps = pacing.family(["-40 mV", "0 mV"], holding="-80 mV", tail="-50 mV", before="10 ms", length="20 ms")
    assert [[s.drives["v"][0] for s in segments(p)] for p in steps] == [[-80, -40, -50], [-80, 0, -50]]
    assert steps[0].duration == 130


@pytest.mark.parametrize(
    ("make", "fault", "message"),
    [
        (lambda: pacing.intervals([]), ProtocolError, "got none"),
        (lambda: pacing.intervals(["1 ms", "0 ms"]), ProtocolError, "longer than 0 ms; got 0 ms"),
        (lambda: pacing.intervals([800.0]), UnitError, "an interval needs a unit"),
        (lambda: pacing.ramped("1 s", "2 s", 1), ProtocolError, "two beats"),
        (lambda: pacing.random("1 s", 3, seed=1), KindError, "Uniform"),  # type: ignore[arg-type]
        (lambda: pacing.random(Uniform("1 s", "2 s"), 3, seed=0.5), ProtocolError, "whole"),  # type: ignore[arg-type]
        (lambda: pacing.random(Uniform("1 s", "2 s"), 0, seed=1), ProtocolError, "positive"),
        (lambda: Uniform("2 s", "1 s"), ProtocolError, "longer than the shortest"),
        (lambda: Normal("1 s", "0 s", "1 ms"), ProtocolError, "deviation"),
        (lambda: Moments((Fraction(0), Fraction(0))), ProtocolError, "ascend"),
        (lambda: pacing.intervals(["5 ms", "2 ms"], amplitude="1 mV", duration="3 ms"), ProtocolError, "ends at 8 ms"),
        (lambda: pacing.of_run({}), ProtocolError, "holds no protocol"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_train_is_refused(make: object, fault: type[Exception], message: str) -> None:
    assert callable(make)
    with pytest.raises(fault, match=message):
        make()


def test_a_thousand_irregular_beats_are_one_train() -> None:
    train = pacing.random(Uniform("300 ms", "900 ms"), 1000, seed=1)
    assert len(train.trains) == 1
    assert isinstance(pacing.random(Uniform("1 ms", "2 ms"), 2, seed=1, **PULSE).trains[0].wave, Wave)
