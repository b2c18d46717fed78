"""The timeline: what drives each input of a model over time, with exact breakpoints.

    Piece      a cubic in local time, for a while
    Wave       pieces one after the other, in one unit
    Train      a wave on one input, repeated: every p1, n1 times, and that at given moments, ...
    Protocol   trains together, for a duration

Where waves on one input overlap they add up; where none is, the input rests at its own value.  Times are
fractions of a millisecond, exactly as the user wrote them, so that the millionth beat starts where a
million beats end.  A protocol is a value: it says what happens and holds no list of beats; `segments.py`
walks along it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final, TypeAlias

from troponin.errors import ProtocolError, UnitError, require_kind
from troponin.units import DIMENSIONLESS, Quantity, Unit, as_quantity, exact_value, ms

__all__ = [
    "Cubic",
    "Moments",
    "OwnStimulus",
    "Piece",
    "Protocol",
    "Repeat",
    "Train",
    "Wave",
    "constant",
    "exact_time",
    "repeated",
    "rest",
    "sequence",
    "shifted",
    "shown_time",
    "time_text",
    "together",
]

Cubic: TypeAlias = tuple[Fraction, Fraction, Fraction, Fraction]
"""c0 + c1 t + c2 t^2 + c3 t^3 with t in ms."""

_PIECES_SHOWN: Final = 4
_LONGEST_TIME: Final = 18
_LONGEST_LINE: Final = 300


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

    def __str__(self) -> str:
        unit = "" if self.unit == DIMENSIONLESS else f" {self.unit}"
        if len(self.pieces) <= _PIECES_SHOWN:
            return ", then ".join(_curve(piece, unit) for piece in self.pieces)
        first, last = self.pieces[0].cubic[0], _end(self.pieces[-1])
        course = f"from {float(first):.12g} to {float(last):.12g}{unit}"
        return f"{course} along {len(self.pieces)} pieces in {time_text(self.length)}"


@dataclass(frozen=True, slots=True)
class OwnStimulus:
    """The model's own stimulus pulse, not yet known; an amplitude or a length in ms that is given replaces its own."""

    amplitude: Quantity | None = None
    given_length: Fraction | None = None

    @property
    def length(self) -> Fraction:
        """The part of its length that is known, in ms."""
        return self.given_length or Fraction(0)

    def __str__(self) -> str:
        own = "the model's own"
        length = f"{own} duration" if self.given_length is None else time_text(self.given_length)
        return f"of {own} amplitude for {length}" if self.amplitude is None else f"of {self.amplitude} for {length}"


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

    @property
    def shortest(self) -> Fraction | None:
        """The shortest time from one turn to the next, in ms."""
        return self.period

    def offset(self, turn: int) -> Fraction:
        """When a turn begins, in ms since the first."""
        return turn * self.period

    def turns_before(self, time: Fraction) -> int:
        """How many turns begin before a time, in ms since the first, all but the last of them."""
        return min(max(0, time // self.period), self.count)

    def __str__(self) -> str:
        return f"{self.count} times every {time_text(self.period)}"


@dataclass(frozen=True, slots=True)
class Moments:
    """Again at given moments, in ms since the first, which is 0; `origin` says where they come from."""

    offsets: tuple[Fraction, ...]
    origin: str = ""

    def __post_init__(self) -> None:
        if not self.offsets or self.offsets[0] != 0 or any(b <= a for a, b in pairwise(self.offsets)):
            raise ProtocolError(
                "moments must ascend from 0",
                got=", ".join(time_text(t) for t in self.offsets[:_PIECES_SHOWN]) or "none",
            )

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.offsets)

    @property
    def shortest(self) -> Fraction | None:
        """The shortest time from one to the next, in ms; None where there is only one."""
        return min((b - a for a, b in pairwise(self.offsets)), default=None)

    def offset(self, turn: int) -> Fraction:
        """When a turn begins, in ms since the first."""
        return self.offsets[turn]

    def turns_before(self, time: Fraction) -> int:
        """How many turns begin before a time, in ms since the first."""
        return bisect_left(self.offsets, time)

    def __str__(self) -> str:
        steps = [b - a for a, b in pairwise(self.offsets)]
        apart = f"{shown_time(min(steps))} to {shown_time(max(steps))} apart" if steps else "once"
        origin = f" ({self.origin})" if self.origin else ""
        return f"{self.count} times, {apart}{origin}"


@dataclass(frozen=True, slots=True)
class Train:
    """A wave on the input that plays a role, from a start in ms, repeated; the outermost repetition first.

    A wave on the stimulus begins a beat, unless it is a `background`.
    """

    role: str
    wave: Wave | OwnStimulus
    start: Fraction
    repeats: tuple[Repeat | Moments, ...] = ()
    background: bool = False

    def __post_init__(self) -> None:
        if self.start < 0:
            raise ProtocolError("a wave cannot start before the protocol", where=self.role, got=time_text(self.start))
        span = self.wave.length
        for repeat in reversed(self.repeats):
            shortest = repeat.shortest
            if shortest is not None and span > shortest:
                raise ProtocolError(
                    f"a beat of {time_text(shortest)} is shorter than its {self.role} of {time_text(span)}",
                    remedy=f"Give a cycle length of at least {time_text(span)}, or a shorter {self.role}.",
                )
            span += repeat.offset(repeat.count - 1)

    @property
    def end(self) -> Fraction:
        """When its last wave ends, in ms."""
        return self.start + sum(r.offset(r.count - 1) for r in self.repeats) + self.wave.length

    def __str__(self) -> str:
        words = [f"{self.role} {self.wave}"]
        if self.start:
            words.append(f"from {shown_time(self.start)} on")
        return ", ".join([*words, *(str(r) for r in reversed(self.repeats) if r.count > 1)])


@dataclass(frozen=True, slots=True, repr=False)
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
        if not isinstance(other, Protocol):
            return NotImplemented  # feedback adds itself to a protocol
        return together(self, other)

    def __repr__(self) -> str:
        text = str(self)
        # one line: a random train would fill the screen of whoever looks at a variable
        return f"<Protocol {text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE] + '…'}>"

    def __str__(self) -> str:
        parts = [str(train) for train in self.trains] or ["rest"]
        return "; ".join([*parts, f"{time_text(self.duration)} in all"])


def exact_time(value: Quantity | str, what: str) -> Fraction:
    """The exact milliseconds of what a user gives for a time, such as "0.1 ms" or `2 * s`.

    Raises:
        UnitError: for a bare number, and for a quantity that is not a time.
    """
    return exact_value(as_quantity(value, ms, what=what), ms)


def time_text(time: Fraction) -> str:
    """A time in ms as text: `1000 ms`, `0.1 ms`, `1/3 ms`."""
    try:
        decimal = float(time)
    except OverflowError:
        return f"{time} ms"
    return f"{decimal!r} ms".replace(".0 ms", " ms") if Fraction(repr(decimal)) == time else f"{time} ms"


def shown_time(time: Fraction) -> str:
    """A time for a reader: that of an event has as many digits as a double, of which a few are shown."""
    exact = time_text(time)
    return exact if len(exact) <= _LONGEST_TIME else f"{float(time):.6f} ms"


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
    _require_protocols((protocol,))
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
    _require_protocols((protocol,))
    again = Repeat(protocol.duration, times)
    trains = tuple(replace(train, repeats=(again, *train.repeats)) for train in protocol.trains)
    return Protocol(protocol.duration * times, trains)


def constant(value: Quantity, unit: Unit) -> Cubic:
    """The cubic that stays at a value, counted in a unit."""
    return exact_value(value, unit), Fraction(0), Fraction(0), Fraction(0)


def _require_protocols(protocols: tuple[Protocol, ...]) -> None:
    if not protocols:
        raise ProtocolError("there is nothing to join", remedy='Give protocols, such as rest("10 ms").')
    for protocol in protocols:
        require_kind(protocol, Protocol, "protocol", 'a protocol, such as rest("10 ms"); feedback is added with +')


def _shifted(protocol: Protocol, by: Fraction) -> Protocol:
    trains: Iterable[Train] = (replace(train, start=train.start + by) for train in protocol.trains)
    return Protocol(protocol.duration + by, tuple(trains))


def _curve(piece: Piece, unit: str) -> str:
    first, slope, second, third = piece.cubic
    length = time_text(piece.length)
    if not (slope or second or third):
        return f"of {float(first):.12g}{unit} for {length}"
    kind = "in a line" if not (second or third) else "along a cubic"
    return f"from {float(first):.12g} to {float(_end(piece)):.12g}{unit} {kind} in {length}"


def _end(piece: Piece) -> Fraction:
    c0, c1, c2, c3 = piece.cubic
    return c0 + piece.length * (c1 + piece.length * (c2 + piece.length * c3))
