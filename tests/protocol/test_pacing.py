from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
import xarray as xr

from troponin.errors import KindError, ProtocolError, UnitError
from troponin.protocol import pacing
from troponin.protocol.own_stimulus import needs_stimulus, with_stimulus
from troponin.protocol.segments import onsets, segments
from troponin.protocol.timeline import OwnStimulus, Protocol
from troponin.units import Quantity, mM, ms, parse_quantity, s

INWARD = parse_quantity("-53 A/F")


def paced(bcl: str, beats: int, start: str = "0 ms", duration: str = "1 ms") -> Protocol:
    return pacing.regular(bcl, beats, start=start, amplitude=INWARD, duration=duration)


def test_a_regular_train_alternates_stimulus_and_rest() -> None:
    walk = list(segments(paced("1000 ms", 3)))
    assert [piece.start for piece in walk] == [0, 1, 1000, 1001, 2000, 2001]
    assert [piece.length for piece in walk] == [1, 999] * 3
    assert [dict(piece.drives) for piece in walk] == [{"stimulus": (-53, 0, 0, 0)}, {}] * 3


def test_the_whole_lasts_beats_times_the_cycle_length() -> None:
    assert paced("0.1 ms", 10**6, duration="0.01 ms").duration == 100_000
    assert pacing.regular(0.5 * s, beats=3).duration == 1500
    assert pacing.regular("1000 ms").duration == 1000
    assert pacing.regular("1000 ms", beats=np.int64(7)).duration == 7000


def test_a_stimulus_may_start_late_in_its_beat() -> None:
    walk = list(segments(paced("100 ms", 2, start="10.5 ms")))
    assert [float(piece.start) for piece in walk] == [0, 10.5, 11.5, 110.5, 111.5]
    assert walk[-1].end == 200


def test_a_stimulus_that_fills_its_beat_leaves_no_rest() -> None:
    walk = list(segments(paced("1 ms", 3)))
    assert [piece.length for piece in walk] == [1, 1, 1]


def test_the_millionth_beat_starts_exactly_where_it_should() -> None:
    train = paced("333.3 ms", 10**6, start="0.1 ms", duration="0.7 ms")
    *_, edge, last = segments(train, start=train.duration - 400)
    assert edge.start == Fraction("0.1") + 999_999 * Fraction("333.3")
    assert edge.length == Fraction("0.7")
    assert last.end == train.duration == 333_300_000


def test_a_million_beats_are_walked_one_at_a_time() -> None:
    train = paced("1000 ms", 10**6)
    assert len(list(islice(segments(train), 10))) == 10
    assert len(list(segments(train, start=Fraction(999_999_000)))) == 2
    assert sys.getsizeof(train) + sys.getsizeof(train.trains) < 1000


def test_onsets_are_the_times_of_the_stimuli() -> None:
    train = paced("1000 ms", 5, start="50 ms")
    assert list(onsets(train)) == [50, 1050, 2050, 3050, 4050]
    assert list(onsets(train, start=Fraction(2050))) == [2050, 3050, 4050]
    assert list(onsets(train, start=Fraction(2051))) == [3050, 4050]
    assert list(onsets(train, role="stretch")) == []


def test_what_is_not_given_is_taken_from_the_model() -> None:
    train = pacing.regular("1000 ms", beats=2)
    assert needs_stimulus(train)
    assert train.trains[0].wave == OwnStimulus()
    assert with_stimulus(train, INWARD, "1 ms") == paced("1000 ms", 2)
    longer = pacing.regular("1000 ms", beats=2, duration="2 ms")
    assert with_stimulus(longer, INWARD, "1 ms") == paced("1000 ms", 2, duration="2 ms")
    weaker = pacing.regular("1000 ms", beats=2, amplitude="-20 A/F")
    weak = with_stimulus(weaker, INWARD, "1 ms")
    assert next(segments(weak)).drives == {"stimulus": (-20, 0, 0, 0)}
    assert not needs_stimulus(weak)
    with pytest.raises(ProtocolError, match="leaves the stimulus to the model"):
        next(segments(train))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"bcl": "0 ms"}, ProtocolError, "cycle length must be positive; got 0 ms"),
        ({"bcl": "-1000 ms"}, ProtocolError, "cycle length must be positive; got -1000 ms"),
        ({"bcl": "1000 mV"}, UnitError, "cycle length has the wrong unit; got 1000 mV; expected a quantity in ms"),
        ({"bcl": 5 * mM}, UnitError, "cycle length has the wrong unit"),
        ({"bcl": 1000}, UnitError, "cycle length needs a unit.*'1000 ms'"),
        ({"bcl": "1000"}, UnitError, "cycle length needs a unit.*'1000 ms'"),
        ({"bcl": "soon"}, UnitError, "not a number with a unit"),
        ({"bcl": None}, UnitError, "not a number with a unit"),
        ({"beats": 0}, ProtocolError, "number of beats must be positive; got 0"),
        ({"beats": -3}, ProtocolError, "number of beats must be positive; got -3"),
        ({"beats": 1.5}, ProtocolError, "number of beats must be whole; got 1.5"),
        ({"beats": 2.0}, ProtocolError, "number of beats must be whole"),
        ({"beats": True}, ProtocolError, "number of beats must be whole"),
        ({"amplitude": -53}, UnitError, "stimulus needs a unit"),
        ({"duration": 1}, UnitError, "stimulus duration needs a unit"),
        ({"duration": "0 ms"}, ProtocolError, "a stimulus must last"),
        ({"start": "1000 ms"}, ProtocolError, "outside its beat of 1000 ms"),
        ({"start": "-1 ms"}, ProtocolError, "cannot start before the protocol"),
        ({"duration": "1001 ms"}, ProtocolError, "a beat of 1000 ms is shorter than its stimulus of 1001 ms"),
        ({"start": "999.5 ms", "duration": "1 ms"}, ProtocolError, "ends at 1000.5 ms, after the end at 1000 ms"),
    ],
)
def test_a_train_that_cannot_be_is_refused(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    given = {"bcl": "1000 ms", "beats": 1} | arguments
    with pytest.raises(error, match=message):
        pacing.regular(**given)  # type: ignore[arg-type]


def test_a_beat_shorter_than_the_models_stimulus_says_both_numbers_and_the_remedy() -> None:
    with pytest.raises(ProtocolError, match=r"beat of 10 ms .* stimulus of 20 ms.*at least 20 ms"):
        with_stimulus(pacing.regular("10 ms", beats=5), INWARD, "20 ms")


def test_the_same_time_in_any_unit_makes_the_same_train() -> None:
    trains = [pacing.regular(bcl) for bcl in ("1 s", "1000 ms", 1 * s, Quantity(1000, ms), "1e6 us")]
    assert len(set(trains)) == 1


@pytest.mark.parametrize("place", ["duration", "start"])
def test_data_with_an_immense_exponent_is_refused_at_once(place: str) -> None:
    data = pacing.to_dict(paced("1000 ms", 3))
    (data if place == "duration" else data["trains"][0])[place] = "1e999999999"
    with pytest.raises(ProtocolError, match="exponent has at most"):
        pacing.from_dict(data)


def test_a_duration_beyond_all_doubles_has_a_text() -> None:
    assert str(Protocol(Fraction(10**400))) == f"rest; {10**400} ms in all"


@pytest.mark.parametrize(
    "make",
    [
        lambda: pacing.intervals(5, "ms"),  # type: ignore[arg-type]
        lambda: pacing.s1s2("1000 ms", 350),  # type: ignore[arg-type]
        lambda: pacing.dynamic(300, 3),  # type: ignore[arg-type]
        lambda: pacing.sweep("1", "1 Hz", "2 Hz", "1 s", role="stretch", kind=["log"]),  # type: ignore[arg-type]
        lambda: pacing.sine("1", "1 Hz", "1 s", role="stretch", tolerance="a"),  # type: ignore[arg-type]
        lambda: pacing.of_run(xr.Dataset(attrs={"protocol_data": "[1]"}), cell=0.5),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_the_wrong_kind_is_told(make: Callable[[], object]) -> None:
    with pytest.raises(KindError, match="wrong kind"):
        make()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"duration": ' + "9" * 5000 + "}"])
def test_a_damaged_protocol_of_a_run_is_told(text: str) -> None:
    with pytest.raises(ProtocolError, match="cannot be read"):
        pacing.of_run(xr.Dataset(attrs={"protocol_data": text}))
