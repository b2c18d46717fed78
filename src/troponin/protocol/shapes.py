"""Single shapes on an input: a pulse, a ramp, steps, levels and baselines, each a protocol that adds to others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from troponin.errors import ProtocolError, UnitError, require_kind
from troponin.protocol.timeline import Piece, Protocol, Train, Wave, constant, exact_time, together
from troponin.units import Quantity, exact_value, parse_quantity

__all__ = ["driven_value", "family", "level", "on_baseline", "once", "pulse", "ramp", "steps"]


def pulse(
    amplitude: Quantity | str, duration: Quantity | str, *, at: Quantity | str = "0 ms", role: str = "stimulus"
) -> Protocol:
    """A constant value on an input for a duration, from a time on; then the protocol ends."""
    return steps([(amplitude, duration)], at=at, role=role)


def level(value: Quantity | str, duration: Quantity | str, *, role: str) -> Protocol:
    """An input held at a value for a duration."""
    return steps([(value, duration)], role=role)


def steps(
    values: Sequence[tuple[Quantity | str, Quantity | str]], *, at: Quantity | str = "0 ms", role: str
) -> Protocol:
    """Constant values one after the other, each given with its duration."""
    if not values:
        raise ProtocolError("steps need at least one value", where=role)
    levels = [driven_value(value, role) for value, _ in values]
    unit = levels[0].unit
    lengths = [exact_time(duration, "the duration of a step") for _, duration in values]
    pieces = tuple(Piece(length, constant(value, unit)) for value, length in zip(levels, lengths, strict=True))
    return once(Wave(unit, pieces), exact_time(at, "the start"), role)


def ramp(
    first: Quantity | str,
    last: Quantity | str,
    duration: Quantity | str,
    *,
    at: Quantity | str = "0 ms",
    role: str = "stimulus",
) -> Protocol:
    """An input that goes from one value to another in a straight line."""
    begin, end = driven_value(first, role), driven_value(last, role)
    length = exact_time(duration, "the duration of the ramp")
    if length <= 0:
        raise ProtocolError("a ramp must last", where=role, got=duration, expected="more than 0 ms")
    origin = exact_value(begin, begin.unit)
    slope = (exact_value(end, begin.unit) - origin) / length
    piece = Piece(length, (origin, slope, Fraction(0), Fraction(0)))
    return once(Wave(begin.unit, (piece,)), exact_time(at, "the start"), role)


def driven_value(value: Quantity | str, role: str) -> Quantity:
    """The quantity that a user gives for the value of an input; UnitError for a bare number."""
    if isinstance(value, Quantity):
        return value
    if not isinstance(value, str):
        raise UnitError(f"a value of the {role} needs a unit", got=value, remedy="Give a unit, such as '-53 A/F'.")
    return parse_quantity(value)


def on_baseline(protocol: Protocol, value: Quantity | str, *, role: str = "stimulus") -> Protocol:
    """A protocol on top of a value that an input has from its beginning to its end; on the stimulus, no beat begins.

    What the protocol drives the same input with is added to it.
    """
    require_kind(protocol, Protocol, "protocol", 'a protocol, such as rest("10 ms")')
    level = driven_value(value, role)
    wave = Wave(level.unit, (Piece(protocol.duration, constant(level, level.unit)),))
    return together(once(wave, Fraction(0), role, background=True), protocol)


def family(
    tests: Sequence[Quantity | str],
    *,
    holding: Quantity | str,
    before: Quantity | str = "100 ms",
    length: Quantity | str = "500 ms",
    tail: Quantity | str | None = None,
    after: Quantity | str = "100 ms",
    role: str = "v",
) -> list[Protocol]:
    """A family of steps, one protocol for each test value: holding, test, tail (holding where not given).

    before, length, after   how long holding, test and tail last
    """
    last = holding if tail is None else tail
    return [steps([(holding, before), (test, length), (last, after)], role=role) for test in tests]


def once(wave: Wave, start: Fraction, role: str, *, background: bool = False) -> Protocol:
    """The protocol of one wave, from a start in ms to its end."""
    train = Train(role, wave, start, background=background)
    return Protocol(train.end, (train,))
