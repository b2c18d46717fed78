"""Pacing: trains of stimuli; and, handed on for the user, every other course of an input and how courses are joined."""

from __future__ import annotations

from numbers import Integral

from troponin.errors import ProtocolError
from troponin.protocol.shapes import driven_value, level, pulse, ramp, steps
from troponin.protocol.timeline import (
    OwnStimulus,
    Piece,
    Protocol,
    Repeat,
    Train,
    Wave,
    constant,
    exact_time,
    repeated,
    rest,
    sequence,
    shifted,
    time_text,
    together,
)
from troponin.units import Quantity

__all__ = [
    "level",
    "pulse",
    "ramp",
    "regular",
    "repeated",
    "rest",
    "sequence",
    "shifted",
    "steps",
    "together",
]


def regular(
    bcl: Quantity | str,
    beats: int = 1,
    *,
    start: Quantity | str = "0 ms",
    amplitude: Quantity | str | None = None,
    duration: Quantity | str | None = None,
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
    count = _whole(beats)
    delay = exact_time(start, "the start of the stimulus")
    length = None if duration is None else exact_time(duration, "the stimulus duration")
    if length is not None and length <= 0:
        raise ProtocolError("a stimulus must last", got=time_text(length), expected="more than 0 ms")
    level = None if amplitude is None else driven_value(amplitude, "stimulus")
    if level is None or length is None:
        wave: Wave | OwnStimulus = OwnStimulus(level, length)
    else:
        wave = Wave(level.unit, (Piece(length, constant(level, level.unit)),))
    if delay >= period:
        raise ProtocolError(
            f"a stimulus that starts at {time_text(delay)} is outside its beat of {time_text(period)}",
            remedy="Let it start within the beat.",
        )
    train = Train("stimulus", wave, delay, (Repeat(period, count),))
    return Protocol(period * count, (train,))


def _whole(beats: object) -> int:
    if isinstance(beats, bool) or not isinstance(beats, Integral):
        raise ProtocolError("the number of beats must be whole", got=repr(beats), expected="1, 2, 3, ...")
    if beats < 1:
        raise ProtocolError("the number of beats must be positive", got=beats, expected="1 or more")
    return int(beats)
