"""Trains of stimuli: regular, at given intervals, with premature beats, and with changing cycle lengths.

Every beat begins with its stimulus, or `start` after the beat does, and lasts until the next one begins.  An amplitude
or a duration that is not given is that of the model's own stimulus.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from numbers import Integral, Real
from typing import TypeAlias

from troponin.errors import ProtocolError, require_kind
from troponin.protocol.shapes import driven_value
from troponin.protocol.timeline import (
    Moments,
    OwnStimulus,
    Piece,
    Protocol,
    Repeat,
    Train,
    Wave,
    constant,
    exact_time,
    sequence,
    time_text,
)
from troponin.units import Quantity

__all__ = ["Time", "at_intervals", "dynamic", "intervals", "ramped", "regular", "s1s2", "stimulus", "whole"]

Time: TypeAlias = Quantity | str
"""What a user gives for a time or another quantity: "300 ms", or a Quantity."""


def regular(
    bcl: Time, beats: int = 1, *, start: Time = "0 ms", amplitude: Time | None = None, duration: Time | None = None
) -> Protocol:
    """A regular train: a stimulus in every beat, for `beats` cycles of the basic cycle length.

    The stimulus begins `start` after the beat does.  An amplitude or a duration that is not given is that
    of the model's own stimulus.  The whole lasts beats x bcl.

    Raises:
        ProtocolError: for a cycle length or a number of beats that is not positive, and for a beat that
            is shorter than its stimulus.
        UnitError: for a bare number, and for a quantity of the wrong dimension.
    """
    period = exact_time(bcl, "the cycle length")
    if period <= 0:
        raise ProtocolError("the cycle length must be positive", got=time_text(period), expected="more than 0 ms")
    count = whole(beats, "beats")
    delay = exact_time(start, "the start of the stimulus")
    wave = stimulus(amplitude, duration)
    if delay >= period:
        raise ProtocolError(
            f"a stimulus that starts at {time_text(delay)} is outside its beat of {time_text(period)}",
            remedy="Let it start within the beat.",
        )
    train = Train("stimulus", wave, delay, (Repeat(period, count),))
    return Protocol(period * count, (train,))


def intervals(
    lengths: Sequence[Time] | Sequence[float],
    unit: str | None = None,
    *,
    amplitude: Time | None = None,
    duration: Time | None = None,
) -> Protocol:
    """A train with recorded intervals, such as the RR intervals of an electrocardiogram: each is one beat's length.

    lengths   quantities or text with a unit; or plain numbers, of which `unit` says what they count

    Raises `ProtocolError` for intervals that are not positive, and for none.
    """
    if isinstance(lengths, str | Quantity):
        lengths = [lengths]
    require_kind(lengths, Iterable, "intervals", 'several, such as ["800 ms", "900 ms"]')
    found = [exact_time(_with_unit(length, unit), "an interval") for length in lengths]
    return at_intervals(found, stimulus(amplitude, duration))


def at_intervals(lengths: Sequence[Fraction], wave: Wave | OwnStimulus, origin: str = "") -> Protocol:
    """A train in which beat after beat lasts so many ms; `origin` says where they come from."""
    wrong = [time_text(length) for length in lengths if length <= 0]
    if wrong or not lengths:
        raise ProtocolError(
            "a train needs intervals longer than 0 ms", got=", ".join(wrong[:4]) or "none", expected="one or more"
        )
    starts = tuple(accumulate(lengths[:-1], initial=Fraction(0)))
    return Protocol(sum(lengths, Fraction(0)), (Train("stimulus", wave, Fraction(0), (Moments(starts, origin),)),))


def s1s2(
    bcl: Time,
    coupling: Time | Sequence[Time],
    *,
    beats: int = 10,
    after: Time | None = None,
    amplitude: Time | None = None,
    duration: Time | None = None,
) -> Protocol:
    """S1 beats at a cycle length, then one premature beat, or several: S2, S3, ...

    coupling   the interval from the last S1 to the S2, or the intervals before S2, S3, ...
    beats      how many S1 beats
    after      how long the last beat lasts; by default one cycle length

    Raises what `regular` raises.
    """
    require_kind(coupling, (Iterable, Quantity), "s1s2", 'an interval or several, such as "300 ms"')
    early = [coupling] if isinstance(coupling, str | Quantity) else list(coupling)
    count = whole(beats, "beats")
    last = bcl if after is None else after
    lengths = [(bcl, count - 1), *((interval, 1) for interval in early), (last, 1)]
    parts = [regular(t, n, amplitude=amplitude, duration=duration) for t, n in lengths if n]
    return sequence(*parts)


def dynamic(
    cycle_lengths: Sequence[Time], beats: int, *, amplitude: Time | None = None, duration: Time | None = None
) -> Protocol:
    """The protocol of dynamic restitution: so many beats at each cycle length in turn, without a pause between."""
    if isinstance(cycle_lengths, str | Quantity):
        cycle_lengths = [cycle_lengths]
    require_kind(cycle_lengths, Iterable, "dynamic", 'cycle lengths, such as ["400 ms", "300 ms"]')
    return sequence(*(regular(bcl, beats, amplitude=amplitude, duration=duration) for bcl in cycle_lengths))


def ramped(
    first: Time, last: Time, beats: int, *, amplitude: Time | None = None, duration: Time | None = None
) -> Protocol:
    """A train whose cycle length goes from one to another in equal steps from beat to beat: a ramp of the rate."""
    begin, end = exact_time(first, "the first cycle length"), exact_time(last, "the last cycle length")
    count = whole(beats, "beats")
    if count < 2:
        raise ProtocolError("a ramp of the cycle length needs two beats or more", got=count)
    lengths = [begin + (end - begin) * turn / (count - 1) for turn in range(count)]
    origin = f"cycle length from {time_text(begin)} to {time_text(end)}"
    return at_intervals(lengths, stimulus(amplitude, duration), origin)


def stimulus(amplitude: Time | None, duration: Time | None) -> Wave | OwnStimulus:
    """The pulse of a train: what is not given is the model's own."""
    length = None if duration is None else exact_time(duration, "the stimulus duration")
    if length is not None and length <= 0:
        raise ProtocolError("a stimulus must last", got=time_text(length), expected="more than 0 ms")
    level = None if amplitude is None else driven_value(amplitude, "stimulus")
    if level is None or length is None:
        return OwnStimulus(level, length)
    return Wave(level.unit, (Piece(length, constant(level, level.unit)),))


def whole(count: object, what: str) -> int:
    """A positive whole number.  Raises `ProtocolError` for anything else."""
    if isinstance(count, bool) or not isinstance(count, Integral):
        raise ProtocolError(f"the number of {what} must be whole", got=repr(count), expected="1, 2, 3, ...")
    if count < 1:
        raise ProtocolError(f"the number of {what} must be positive", got=count, expected="1 or more")
    return int(count)


def _with_unit(length: object, unit: str | None) -> Time:
    if isinstance(length, Real) and unit is not None:
        return f"{float(length)!r} {unit}"
    return length  # type: ignore[return-value]  # a bare number is refused with what to write
