"""The timeline: what drives each input of a model over time, with exact breakpoints.

    Piece      a cubic in local time, for a while
    Wave       pieces one after the other, in one unit
    Train      a wave on one input, repeated: every p1, n1 times, and that every p2, n2 times, ...
    Protocol   trains together, for a duration

Where waves on one input overlap they add up; where none is, the input rests at its own value.  Times are
fractions of a millisecond, exactly as the user wrote them, so that the millionth beat starts where a
million beats end.  A protocol is a value: it says what happens and holds no list of beats; `segments.py`
walks along it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from troponin.errors import ProtocolError, UnitError, require_kind
from troponin.units import Quantity, Unit, as_quantity, exact_value, ms

__all__ = [
    "Cubic",
    "OwnStimulus",
    "Piece",
    "Protocol",
    "Repeat",
    "Train",
    "Wave",
    "constant",
    "exact_time",
    "needs_stimulus",
    "repeated",
    "rest",
    "sequence",
    "shifted",
    "time_text",
    "together",
    "with_stimulus",
]

Cubic: TypeAlias = tuple[Fraction, Fraction, Fraction, Fraction]
"""c0 + c1 t + c2 t^2 + c3 t^3 with t in ms."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A cubic in the time since its own start, for a length in ms."""

    length: Fraction
    cubic: Cubic

    def __post_init__(self) -> None:
        if self.length <= 0:
            raise ProtocolError(
                "a piece of a protocol must last", got=time_text(self.length), expected="more than 0 ms"
            )


@dataclass(frozen=True, slots=True)
class Wave:
    """Pieces one after the other, with values in one unit."""

    unit: Unit
    pieces: tuple[Piece, ...]

    @property
    def length(self) -> Fraction:
        """How long it lasts, in ms."""
        return sum((piece.length for piece in self.pieces), Fraction(0))


@dataclass(frozen=True, slots=True)
class OwnStimulus:
    """The model's own stimulus pulse, not yet known; an amplitude or a length in ms that is given replaces its own."""

    amplitude: Quantity | None = None
    given_length: Fraction | None = None

    @property
    def length(self) -> Fraction:
        """The part of its length that is known, in ms."""
        return self.given_length or Fraction(0)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Again after each period (in ms), `count` times in all."""

    period: Fraction
    count: int

    def __post_init__(self) -> None:
        if isinstance(self.count, bool) or not isinstance(self.count, int) or self.count < 1:
            raise ProtocolError("a repetition needs a whole number of times", got=self.count, expected="1 or more")
        if self.period <= 0:
            raise ProtocolError("a period must be positive", got=time_text(self.period), expected="more than 0 ms")


@dataclass(frozen=True, slots=True)
class Train:
    """A wave on the input that plays a role, from a start in ms, repeated; the outermost repetition first."""

    role: str
    wave: Wave | OwnStimulus
    start: Fraction
    repeats: tuple[Repeat, ...] = ()

    def __post_init__(self) -> None:
        if self.start < 0:
            raise ProtocolError("a wave cannot start before the protocol", where=self.role, got=time_text(self.start))
        span = self.wave.length
        for repeat in reversed(self.repeats):
            if span > repeat.period:
                raise ProtocolError(
                    f"a beat of {time_text(repeat.period)} is shorter than its {self.role} of {time_text(span)}",
                    remedy=f"Give a cycle length of at least {time_text(span)}, or a shorter {self.role}.",
                )
            span += (repeat.count - 1) * repeat.period

    @property
    def end(self) -> Fraction:
        """When its last wave ends, in ms."""
        return self.start + sum((r.count - 1) * r.period for r in self.repeats) + self.wave.length


@dataclass(frozen=True, slots=True)
class Protocol:
    """Trains together, for a duration in ms."""

    duration: Fraction
    trains: tuple[Train, ...] = ()

    def __post_init__(self) -> None:
        if self.duration <= 0:
            raise ProtocolError(
                "a protocol must last", got=time_text(self.duration), expected="a duration of more than 0 ms"
            )
        for train in self.trains:
            if train.end > self.duration:
                raise ProtocolError(
                    f"the {train.role} ends at {time_text(train.end)}, after the end at {time_text(self.duration)}",
                    remedy=f"Let the protocol (or its beat) last longer, or start or end the {train.role} earlier.",
                )
        _ = self.units  # raises where two waves on one input do not fit together

    @property
    def units(self) -> dict[str, Unit]:
        """The unit in which each driven input's values count; UnitError where two waves on one do not fit."""
        units: dict[str, Unit] = {}
        for train in self.trains:
            if isinstance(train.wave, Wave):
                unit = units.setdefault(train.role, train.wave.unit)
                if unit.dimension != train.wave.unit.dimension:
                    raise UnitError(
                        f"two waves on the {train.role} do not fit together", got=train.wave.unit, expected=unit
                    )
        return units

    def __add__(self, other: Protocol) -> Protocol:
        return together(self, other)


def exact_time(value: Quantity | str, what: str) -> Fraction:
    """The exact milliseconds of what a user gives for a time, such as "0.1 ms" or `2 * s`.

    Raises:
        UnitError: for a bare number, and for a quantity that is not a time.
    """
    return exact_value(as_quantity(value, ms, what=what), ms)


def time_text(time: Fraction) -> str:
    """A time in ms as text: `1000 ms`, `0.1 ms`, `1/3 ms`."""
    decimal = float(time)
    return f"{decimal!r} ms".replace(".0 ms", " ms") if Fraction(repr(decimal)) == time else f"{time} ms"


def rest(duration: Quantity | str) -> Protocol:
    """Nothing, for a duration."""
    return Protocol(exact_time(duration, "the duration"))


def together(*protocols: Protocol) -> Protocol:
    """All of them at once; it lasts as long as the longest, and what drives one input adds up."""
    _require_protocols(protocols)
    trains = tuple(train for protocol in protocols for train in protocol.trains)
    return Protocol(max(protocol.duration for protocol in protocols), trains)


def shifted(protocol: Protocol, by: Quantity | str) -> Protocol:
    """The same after a rest."""
    return _shifted(protocol, exact_time(by, "the shift"))


def sequence(*protocols: Protocol) -> Protocol:
    """One after the other."""
    _require_protocols(protocols)
    parts, elapsed = [], Fraction(0)
    for protocol in protocols:
        parts.append(_shifted(protocol, elapsed))
        elapsed += protocol.duration
    return together(*parts)


def repeated(protocol: Protocol, times: int) -> Protocol:
    """The same again and again, as often as `times` says."""
    again = Repeat(protocol.duration, times)
    trains = tuple(replace(train, repeats=(again, *train.repeats)) for train in protocol.trains)
    return Protocol(protocol.duration * times, trains)


def with_stimulus(protocol: Protocol, amplitude: Quantity, duration: Quantity | str) -> Protocol:
    """A copy in which every "model's own stimulus" is the pulse of that amplitude and duration.

    Raises:
        ProtocolError: if a beat is shorter than that pulse.
    """
    length = exact_time(duration, "the stimulus duration")
    return replace(protocol, trains=tuple(_resolved(train, amplitude, length) for train in protocol.trains))


def needs_stimulus(protocol: Protocol) -> bool:
    """Whether some part is left to the model's own stimulus (see `with_stimulus`)."""
    return any(isinstance(train.wave, OwnStimulus) for train in protocol.trains)


def constant(value: Quantity, unit: Unit) -> Cubic:
    """The cubic that stays at a value, counted in a unit."""
    return exact_value(value, unit), Fraction(0), Fraction(0), Fraction(0)


def _require_protocols(protocols: tuple[Protocol, ...]) -> None:
    if not protocols:
        raise ProtocolError("there is nothing to join", remedy='Give protocols, such as rest("10 ms").')
    for protocol in protocols:
        require_kind(protocol, Protocol, "protocol", 'a protocol, such as rest("10 ms")')


def _resolved(train: Train, amplitude: Quantity, length: Fraction) -> Train:
    own = train.wave
    if isinstance(own, Wave):
        return train
    level = amplitude if own.amplitude is None else own.amplitude
    piece = Piece(length if own.given_length is None else own.given_length, constant(level, level.unit))
    return replace(train, wave=Wave(level.unit, (piece,)))


def _shifted(protocol: Protocol, by: Fraction) -> Protocol:
    trains: Iterable[Train] = (replace(train, start=train.start + by) for train in protocol.trains)
    return Protocol(protocol.duration + by, tuple(trains))
