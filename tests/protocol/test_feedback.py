from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocol.test_timeline import protocols
from troponin.errors import KindError, ProtocolError, UnitError, UnknownNameError
from troponin.protocol import pacing
from troponin.protocol.cut import cut
from troponin.protocol.feedback import Feedback
from troponin.protocol.segments import moved, segments
from troponin.protocol.timeline import Protocol

LOOPS = [
    pacing.on_repolarisation(90, delay="20 ms", limit=1),
    pacing.on_repolarisation(50.5, response=pacing.regular("300 ms", beats=3), refractory="1 s"),
    pacing.on_crossing("cai", "0.5 uM", "falling", amplitude="-50 A/F", duration="1 ms"),
    pacing.on_demand("1500 ms", amplitude="-50 A/F"),
]

feedbacks = st.lists(st.sampled_from(LOOPS), min_size=1, max_size=4).map(lambda some: sum(some[1:], some[0]))


@settings(max_examples=30)
@given(feedbacks, protocols())
def test_feedback_round_trips_through_json(loops: Feedback, protocol: Protocol) -> None:
    for one in (loops, loops + protocol):
        assert pacing.from_dict(json.loads(json.dumps(pacing.to_dict(one)))) == one


@settings(max_examples=30)
@given(feedbacks, feedbacks, protocols(), protocols())
def test_feedback_and_protocols_add_up_in_any_grouping(a: Feedback, b: Feedback, p: Protocol, q: Protocol) -> None:
    assert (p + a) + (q + b) == ((p + a) + q) + b == Feedback((*a.loops, *b.loops), p + q)
    assert p + (a + b) == (p + a) + b
    assert (a + p).protocol == p == (p + a).protocol


@settings(max_examples=30)
@given(protocols(), st.fractions(min_value=0, max_value=1, max_denominator=50).filter(lambda x: x > 0))
def test_what_is_cut_off_does_the_same_until_then(protocol: Protocol, part: Fraction) -> None:
    end = part * protocol.duration
    short = cut(protocol, end)
    assert short.duration == end
    edges = {s.start for s in segments(short)} | {s.start for s in segments(protocol, until=end)}
    for role in protocol.units:
        for edge in edges:
            assert at(short, role, edge) == at(protocol, role, edge)


def at(protocol: Protocol, role: str, time: Fraction) -> Fraction:
    segment = next(segments(protocol, start=time))
    return moved(segment.drives[role], Fraction(0))[0] if role in segment.drives else Fraction(0)


def test_feedback_prints_what_it_does() -> None:
    assert str(pacing.regular("1 s", amplitude="-50 A/F", duration="1 ms") + LOOPS[0] + LOOPS[2]) == (
        "at 90% repolarisation 20 ms later [the model's own stimulus], at most 1 times;"
        " when cai is falling through 0.5 uM [stimulus of -50 A/F for 1 ms; 1 ms in all];"
        " stimulus of -50 A/F for 1 ms; 1000 ms in all"
    )


@pytest.mark.parametrize(
    ("make", "fault", "message"),
    [
        (lambda: pacing.on_repolarisation(0), ProtocolError, "between 0 and 100"),
        (lambda: pacing.on_repolarisation("90"), ProtocolError, "between 0 and 100"),  # type: ignore[arg-type]
        (lambda: pacing.on_repolarisation(90, threshold="1 ms"), UnitError, "fit together"),
        (lambda: pacing.on_repolarisation(90, delay="-1 ms"), ProtocolError, "before its trigger"),
        (lambda: pacing.on_repolarisation(90, limit=0), ProtocolError, "responses must be positive"),
        (lambda: pacing.on_crossing("v", -20), UnitError, "needs a unit"),  # type: ignore[arg-type]
        (lambda: pacing.on_crossing("v", "-20 mV", "up"), UnknownNameError, "direction"),
        (lambda: pacing.on_crossing(3, "-20 mV"), KindError, "name of a variable"),  # type: ignore[arg-type]
        (lambda: pacing.on_demand("0 ms"), ProtocolError, "must last"),
        (lambda: pacing.on_demand("1 s", duration="2 ms", refractory="1 ms"), ProtocolError, "before this one ends"),
        (lambda: pacing.on_demand("1 s", response="pulse"), KindError, "protocol"),  # type: ignore[arg-type]
        (lambda: pacing.on_demand("1 s", response=pacing.rest("1 ms"), amplitude="1 mV"), ProtocolError, "itself"),
        (lambda: pacing.from_dict({"feedback": [{}], "protocol": None}), ProtocolError, "no feedback"),
        (lambda: pacing.on_demand("1 s") + 3, TypeError, "unsupported"),
    ],
)
def test_what_is_no_feedback_is_refused(make: object, fault: type[Exception], message: str) -> None:
    assert callable(make)
    with pytest.raises(fault, match=message):
        make()
