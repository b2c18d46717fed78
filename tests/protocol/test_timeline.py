from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troponin.errors import KindError, ProtocolError, UnitError
from troponin.protocol import pacing
from troponin.protocol.record import describe, from_dict, to_dict
from troponin.protocol.segments import Segment, moved, onsets, segments
from troponin.protocol.shapes import level, pulse, ramp, steps
from troponin.protocol.timeline import (
    Moments,
    OwnStimulus,
    Piece,
    Protocol,
    Repeat,
    Train,
    Wave,
    repeated,
    rest,
    sequence,
    shifted,
    time_text,
    together,
)
from troponin.units import mV, parse_quantity, parse_unit


def twelfths(least: int, most: int) -> st.SearchStrategy[Fraction]:
    return st.integers(least, most).map(lambda count: Fraction(count, 12))


moments = twelfths(0, 600)
lengths = twelfths(1, 240)
cubics = st.tuples(*[twelfths(-100, 100)] * 4)
waves = st.builds(
    Wave, st.just(parse_unit("A/F")), st.lists(st.builds(Piece, lengths, cubics), min_size=1, max_size=3).map(tuple)
)


@st.composite
def trains(draw: st.DrawFn) -> Train:
    wave = draw(waves)
    repeats: list[Repeat | Moments] = []
    span = wave.length
    for _ in range(draw(st.integers(0, 2))):
        steps = [span + pause for pause in draw(st.lists(moments, max_size=2))]
        regular = Repeat(span + draw(moments), draw(st.integers(1, 3)))
        irregular = Moments(tuple(accumulate(steps, initial=Fraction(0))), draw(st.sampled_from(["", "drawn"])))
        repeats.insert(0, draw(st.sampled_from([regular, irregular])))
        span += repeats[0].offset(repeats[0].count - 1)
    role = draw(st.sampled_from(["stimulus", "stretch"]))
    return Train(role, wave, draw(moments), tuple(repeats), background=draw(st.booleans()))


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    some = draw(st.lists(trains(), max_size=3))
    end = max((train.end for train in some), default=Fraction(1))
    return Protocol(end + draw(moments), tuple(some))


def starts(train: Train) -> Iterator[Fraction]:
    """Every start of a train by plain counting, the slow way."""
    found = [train.start]
    for repeat in train.repeats:
        found = [start + repeat.offset(turn) for start in found for turn in range(repeat.count)]
    return iter(sorted(found))


def value(protocol: Protocol, role: str, time: Fraction) -> Fraction:
    """What drives an input at a time, by summing over every wave, the slow way."""
    total = Fraction(0)
    for train in protocol.trains:
        assert isinstance(train.wave, Wave)
        for begin in starts(train) if train.role == role else ():
            for piece in train.wave.pieces:
                if begin <= time < begin + piece.length:
                    total += moved(piece.cubic, time - begin)[0]
                begin += piece.length
    return total


def at(segment: Segment, role: str, time: Fraction) -> Fraction:
    cubic = segment.drives.get(role)
    return Fraction(0) if cubic is None else moved(cubic, time - segment.start)[0]


@given(protocols())
def test_segments_follow_each_other_to_the_end(protocol: Protocol) -> None:
    walk = list(segments(protocol))
    assert walk[0].start == 0
    assert walk[-1].end == protocol.duration
    assert all(one.end == other.start for one, other in pairwise(walk))
    assert all(segment.length > 0 for segment in walk)


@given(protocols())
def test_no_edge_is_ever_inside_a_segment(protocol: Protocol) -> None:
    edges = set()
    for train in protocol.trains:
        assert isinstance(train.wave, Wave)
        for begin in starts(train):
            edges.add(begin)
            for piece in train.wave.pieces:
                begin += piece.length
                edges.add(begin)
    walk = list(segments(protocol))
    assert {segment.start for segment in walk} == (edges | {Fraction(0)}) - {protocol.duration}


@given(protocols(), st.fractions(min_value=0, max_value=1, max_denominator=7))
def test_a_segment_drives_what_the_waves_add_up_to(protocol: Protocol, part: Fraction) -> None:
    for segment in segments(protocol):
        time = segment.start + part * segment.length * Fraction(6, 7)
        for role in ("stimulus", "stretch"):
            assert at(segment, role, time) == value(protocol, role, time)


@settings(max_examples=50)
@given(protocols(), st.fractions(min_value=0, max_value=1, max_denominator=50).filter(lambda x: 0 < x < 1))
def test_a_walk_in_two_parts_drives_the_same(protocol: Protocol, part: Fraction) -> None:
    middle = part * protocol.duration
    halves = [*segments(protocol, until=middle), *segments(protocol, start=middle)]
    for segment in halves:
        for role in ("stimulus", "stretch"):
            assert at(segment, role, segment.start) == value(protocol, role, segment.start)
    assert {segment.start for segment in halves} == {segment.start for segment in segments(protocol)} | {middle}


@given(protocols(), moments)
def test_a_shift_moves_everything_and_changes_nothing_else(protocol: Protocol, by: Fraction) -> None:
    moved_on = shifted(protocol, f"{float(by)!r} ms")
    by = moved_on.duration - protocol.duration
    for segment in segments(moved_on):
        before = segment.start - by
        assert at(segment, "stimulus", segment.start) == (value(protocol, "stimulus", before) if before >= 0 else 0)


@settings(max_examples=50)
@given(protocols(), protocols())
def test_protocols_add_up(one: Protocol, other: Protocol) -> None:
    both = one + other
    assert both.duration == max(one.duration, other.duration)
    for segment in segments(both):
        assert at(segment, "stimulus", segment.start) == sum(
            value(part, "stimulus", segment.start) for part in (one, other)
        )


@settings(max_examples=30)
@given(protocols(), protocols(), protocols())
def test_together_and_one_after_the_other_need_no_brackets(a: Protocol, b: Protocol, c: Protocol) -> None:
    def walk(protocol: Protocol) -> list[tuple[Fraction, object]]:
        return [(s.start, s.drives) for s in segments(protocol)]

    assert walk((a + b) + c) == walk(a + (b + c)) == walk(c + (a + b))
    assert walk(sequence(sequence(a, b), c)) == walk(sequence(a, sequence(b, c))) == walk(sequence(a, b, c))
    assert walk(shifted(a + b, "7 ms")) == walk(shifted(a, "7 ms") + shifted(b, "7 ms"))
    assert walk(shifted(shifted(a, "3 ms"), "4 ms")) == walk(shifted(a, "7 ms")) == walk(sequence(rest("7 ms"), a))


@settings(max_examples=50)
@given(protocols())
def test_stimuli_are_where_waves_that_are_no_background_begin(protocol: Protocol) -> None:
    trains = [train for train in protocol.trains if train.role == "stimulus" and not train.background]
    assert list(onsets(protocol)) == sorted(start for train in trains for start in starts(train))


@given(protocols(), st.integers(1, 3))
def test_a_repetition_is_a_sequence_of_the_same(protocol: Protocol, times: int) -> None:
    again, after = repeated(protocol, times), sequence(*[protocol] * times)
    assert again.duration == after.duration == times * protocol.duration
    assert [(s.start, s.length, s.drives) for s in segments(again)] == [
        (s.start, s.length, s.drives) for s in segments(after)
    ]


@given(protocols())
def test_a_protocol_round_trips_through_json(protocol: Protocol) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(protocol)))) == protocol


def test_a_train_with_the_models_own_stimulus_round_trips_through_json() -> None:
    for wave in (OwnStimulus(), OwnStimulus(parse_quantity("-53 A/F"), Fraction(1, 3)), OwnStimulus(None, Fraction(2))):
        protocol = Protocol(Fraction(1000), (Train("stimulus", wave, Fraction(5), (Repeat(Fraction(100), 9),)),))
        assert from_dict(json.loads(json.dumps(to_dict(protocol)))) == protocol


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"duration": "10"},
        {"duration": "ten", "trains": []},
        {"duration": 0.1, "trains": []},
        {"duration": "1/0", "trains": []},
        {"duration": "-1", "trains": []},
        {"duration": "10", "trains": [{"role": "stimulus"}]},
        {"duration": "10", "trains": [[]]},
        {
            "duration": "10",
            "trains": [{"role": "x", "start": "0", "repeats": [["5", "2"]], "wave": {"own_stimulus": 1}}],
        },
    ],
)
def test_data_that_is_no_protocol_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        from_dict(data)


def test_a_protocol_describes_itself() -> None:
    train = pacing.regular("1000 ms", beats=100, amplitude="-53 A/F", duration="1 ms")
    assert describe(train) == "stimulus of -53 A/F for 1 ms, 100 times every 1000 ms; 100000 ms in all"
    own = pacing.regular("0.5 s", beats=2, start="10 ms", duration="2 ms")
    assert describe(own) == (
        "stimulus of the model's own amplitude for 2 ms, from 10 ms on, 2 times every 500 ms; 1000 ms in all"
    )
    stretch = ramp("1", "1.1", "5 ms", at="20 ms", role="stretch")
    assert describe(stretch) == "stretch from 1 to 1.1 in a line in 5 ms, from 20 ms on; 25 ms in all"
    assert describe(rest("1 s")) == "rest; 1000 ms in all"
    assert repr(rest("1 s")) == "<Protocol rest; 1000 ms in all>"
    assert len(repr(together(*[pulse("1 mV", f"{n} ms") for n in range(1, 99)]))) < 320


def test_s1_s2_is_a_sequence_of_trains() -> None:
    shape = {"amplitude": "-53 A/F", "duration": "1 ms"}
    train = pacing.regular("500 ms", beats=3, **shape) + shifted(pacing.regular("400 ms", **shape), "1300 ms")
    edges = [segment.start for segment in segments(train) if segment.drives]
    assert edges == [0, 500, 1000, 1300]


def test_a_ramp_is_a_line_between_its_ends() -> None:
    (segment,) = segments(ramp("-80 mV", "0.02 V", "50 ms", role="voltage"))
    assert segment.drives == {"voltage": (-80, 2, 0, 0)}
    assert at(segment, "voltage", Fraction(50)) == 20


def test_steps_follow_each_other_in_one_unit() -> None:
    clamp = steps([("-80 mV", "10 ms"), ("0.01 V", "20 ms"), (-40 * mV, "5 ms")], role="voltage")
    assert [segment.drives["voltage"][0] for segment in segments(clamp)] == [-80, 10, -40]
    assert clamp.duration == 35
    assert level("-80 mV", "10 ms", role="voltage") == steps([("-80 mV", "10 ms")], role="voltage")


def test_waves_on_one_input_must_fit_together() -> None:
    volts, amperes = pulse("1 mV", "1 ms"), pulse("1 A/F", "1 ms")
    with pytest.raises(UnitError, match="stimulus do not fit together; got A/F; expected mV"):
        together(volts, amperes)
    total = together(volts, pulse("1 V", "1 ms"))
    assert next(segments(total)).drives == {"stimulus": (1001, 0, 0, 0)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rest("0 ms"), "must last"),
        (lambda: pulse("1 mV", "0 ms"), "must last"),
        (lambda: ramp("1 mV", "2 mV", "0 ms"), "must last"),
        (lambda: steps([], role="voltage"), "at least one"),
        (lambda: repeated(rest("1 ms"), 0) + rest("1 ms"), "must last|whole number"),
        (lambda: list(segments(rest("1 ms"), start=Fraction(2))), "empty window"),
        (lambda: Protocol(Fraction(1), pulse("1 mV", "2 ms").trains), "ends at 2 ms, after the end at 1 ms"),
    ],
)
def test_what_cannot_be_done_is_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ProtocolError, match=message):
        make()


def test_after_its_end_a_protocol_rests() -> None:
    walk = list(segments(pulse("1 mV", "2 ms"), until=Fraction(10)))
    assert [(segment.start, segment.length, bool(segment.drives)) for segment in walk] == [(0, 2, True), (2, 8, False)]


@given(st.fractions(min_value=0, max_value=1000, max_denominator=999))
def test_a_time_prints_exactly(time: Fraction) -> None:
    assert Fraction(time_text(time).removesuffix(" ms")) == time


@pytest.mark.parametrize("join", [together, sequence])
def test_what_cannot_be_joined_is_refused_with_what_is_meant(join: Callable[..., Protocol]) -> None:
    with pytest.raises(ProtocolError, match=r"nothing to join\. Give protocols"):
        join()
    with pytest.raises(KindError, match="got '10 ms'; expected a protocol"):
        join(rest("1 ms"), "10 ms")
