"""Sines and sweeps of a sine, as cubics that stay within a stated bound of it.

    x(t) = offset + A sin(phi(t))

    sine            phi = phase + 2 pi f t
    linear sweep    phi' = 2 pi (f0 + (f1 - f0) t/T)
    log sweep       phi' = 2 pi f0 (f1/f0)^(t/T)

On a piece of length h the cubic with the sine's values and slopes at both ends is wrong by at most h^4/384 times the
largest fourth derivative there (cubic Hermite interpolation).  Pieces are as long as this allows; each end is an edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import Final

from troponin.errors import ProtocolError, UnknownNameError, require_kind
from troponin.protocol.shapes import driven_value
from troponin.protocol.timeline import Piece, Protocol, Repeat, Train, Wave, exact_time, time_text
from troponin.units import Quantity, Unit, as_quantity, exact_value, parse_unit

__all__ = ["sine", "sweep"]

_HERMITE: Final = 384
_PER_MS: Final = parse_unit("1/ms")
_GRAIN: Final = 2**20
_SLOWEST: Final = Fraction(1, 10**20)  # cycles in a ms
_MOST_CYCLES: Final = 1e4
"""Pieces of a sweep end at whole multiples of a millionth of a ms, so that their ends stay short numbers."""

_Phase = Callable[[float], tuple[float, float, float, float, float]]
"""The phase and its first four derivatives by time (ms) at a time; each derivative's size is monotone in time."""


@dataclass(frozen=True, slots=True)
class _Sine:
    """What is approximated: amplitude and offset as plain numbers, and how closely, relative to the amplitude."""

    amplitude: float
    offset: float
    phase: _Phase
    tolerance: float

    def at(self, t: float) -> tuple[float, float]:
        """Value and slope at a time in ms."""
        phi, rate, *_ = self.phase(t)
        return self.offset + self.amplitude * math.sin(phi), self.amplitude * rate * math.cos(phi)

    def error(self, t: float, h: float) -> float:
        """A bound of a piece's error, relative to the amplitude."""
        ends = self.phase(t), self.phase(t + h)
        p1, p2, p3, p4 = (max(abs(a), abs(b)) for a, b in zip(ends[0][1:], ends[1][1:], strict=True))
        # Faa di Bruno: the derivatives of a sine are at most 1
        return h**4 / _HERMITE * (p1**4 + 6 * p1**2 * p2 + 3 * p2**2 + 4 * p1 * p3 + p4)


def sine(
    amplitude: Quantity | str,
    frequency: Quantity | str,
    duration: Quantity | str,
    *,
    role: str,
    offset: Quantity | str | None = None,
    phase: float = 0.0,
    tolerance: float = 1e-5,
) -> Protocol:
    """A sine on an input: offset + amplitude sin(2 pi frequency t + phase).

    frequency   such as "1 Hz"
    offset      around which it swings, zero where it is not given
    phase       at the start, in radians: pi/2 makes it a cosine
    tolerance   the largest error, relative to the amplitude

    On the stimulus it is a background that begins no beat.  Raises `ProtocolError` and `UnitError`.
    """
    per_ms = _frequency(frequency)
    period, length = 1 / per_ms, _length(duration)
    shape, unit = _shape(
        amplitude,
        offset,
        lambda t: (phase + math.tau * float(per_ms) * t, math.tau * float(per_ms), 0, 0, 0),
        tolerance,
        role,
    )
    count = max(4, math.ceil(math.tau * (_HERMITE * tolerance) ** -0.25))
    step = period / count
    cycle = tuple(_piece(shape, step * turn, step) for turn in range(count))
    whole, part = divmod(length, period)
    trains = []
    if whole:
        trains.append(Train(role, Wave(unit, cycle), Fraction(0), (Repeat(period, int(whole)),), background=True))
    if part:
        full = int(part / step)
        last = part - full * step
        pieces = (*cycle[:full], Piece(last, cycle[full].cubic)) if last else cycle[:full]
        trains.append(Train(role, Wave(unit, pieces), whole * period, background=True))
    return Protocol(length, tuple(trains))


def sweep(
    amplitude: Quantity | str,
    first: Quantity | str,
    last: Quantity | str,
    duration: Quantity | str,
    *,
    role: str,
    kind: str = "linear",
    offset: Quantity | str | None = None,
    tolerance: float = 1e-5,
) -> Protocol:
    """A sine whose frequency goes from one to another: a chirp, as for impedance or dynamic stiffness.

    first, last   frequencies at the beginning and at the end
    kind          "linear": it grows as fast in every second; "log": by the same factor in every second
    offset, tolerance   as in `sine`

    On the stimulus it is a background that begins no beat.  Raises `ProtocolError`, `UnitError`, `UnknownNameError`.
    """
    kinds = {"linear": _linear, "log": _logarithmic}
    require_kind(kind, str, "sweep", 'a kind, "linear" or "log"')
    if kind not in kinds:
        raise UnknownNameError("kind of sweep", kind, kinds, where="sweep")
    begin, end, length = _frequency(first), _frequency(last), _length(duration)
    shape, unit = _shape(amplitude, offset, kinds[kind](float(begin), float(end), float(length)), tolerance, role)
    cycles = float(max(begin, end) * length)
    if cycles > _MOST_CYCLES:
        raise ProtocolError(
            "a sweep of so many cycles is too long to be written out",
            where=role,
            got=f"up to {cycles:.3g} cycles",
            expected=f"at most {_MOST_CYCLES:g}",
        )
    pieces, now = [], Fraction(0)
    while now < length:
        step = min(_step(shape, float(now)), length - now)
        pieces.append(_piece(shape, now, step))
        now += step
    return Protocol(length, (Train(role, Wave(unit, tuple(pieces)), Fraction(0), background=True),))


def _linear(begin: float, end: float, length: float) -> _Phase:
    growth = math.tau * (end - begin) / length

    def phase(t: float) -> tuple[float, float, float, float, float]:
        return t * (math.tau * begin + 0.5 * growth * t), math.tau * begin + growth * t, growth, 0.0, 0.0

    return phase


def _logarithmic(begin: float, end: float, length: float) -> _Phase:
    k = math.log(end / begin) / length

    def phase(t: float) -> tuple[float, float, float, float, float]:
        rate = math.tau * begin * math.exp(k * t)
        # expm1(x)/x goes to 1 where the frequency hardly changes
        turned = math.tau * begin * t * (math.expm1(k * t) / (k * t) if k * t else 1.0)
        return turned, rate, k * rate, k**2 * rate, k**3 * rate

    return phase


def _step(shape: _Sine, now: float) -> Fraction:
    """The longest step that keeps the tolerance, nearly."""
    h = (shape.tolerance / shape.error(now, 1e-9)) ** 0.25 * 1e-9
    while shape.error(now, h) > shape.tolerance:
        h *= 0.95
    return Fraction(max(1, math.floor(h * _GRAIN)), _GRAIN)


def _piece(shape: _Sine, start: Fraction, length: Fraction) -> Piece:
    """The cubic with the sine's values and slopes at both ends."""
    (y0, s0), (y1, s1), h = shape.at(float(start)), shape.at(float(start + length)), float(length)
    second = (3.0 * (y1 - y0) / h - 2.0 * s0 - s1) / h
    third = (s0 + s1 - 2.0 * (y1 - y0) / h) / h**2
    return Piece(length, (Fraction(y0), Fraction(s0), Fraction(second), Fraction(third)))


def _shape(
    amplitude: Quantity | str, offset: Quantity | str | None, phase: _Phase, tolerance: float, role: str
) -> tuple[_Sine, Unit]:
    size = driven_value(amplitude, role)
    rest = 0.0 if offset is None else driven_value(offset, role).to(size.unit).value
    require_kind(tolerance, Real, role, "a tolerance, such as 1e-5")
    if not 1e-10 <= tolerance < 1.0:
        raise ProtocolError("a tolerance lies between 1e-10 and 1", where=role, got=tolerance)
    return _Sine(size.value, rest, phase, tolerance), size.unit


def _frequency(given: Quantity | str) -> Fraction:
    """Cycles in a ms, exactly."""
    found = exact_value(as_quantity(given, _PER_MS, what="the frequency"), _PER_MS)
    if found <= 0:
        raise ProtocolError("a frequency must be positive", got=given, expected="more than 0 Hz")
    if not _SLOWEST <= found <= 1 / _SLOWEST:
        raise ProtocolError("a frequency is beyond all reason", got=given, expected="from 1e-17 Hz to 1e23 Hz")
    return found


def _length(duration: Quantity | str) -> Fraction:
    length = exact_time(duration, "the duration")
    if length <= 0:
        raise ProtocolError("a sine must last", got=time_text(length), expected="more than 0 ms")
    return length
