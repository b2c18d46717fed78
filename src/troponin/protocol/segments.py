"""The walk along a protocol: one segment after the other, each with a smooth drive of every input.

Segments are made one at a time, so that a million beats need no more memory than one; they begin and
end exactly where a piece of some wave does, so that a solver that stops there steps over no edge.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from troponin.errors import ProtocolError
from troponin.protocol.timeline import Cubic, Moments, OwnStimulus, Protocol, Repeat, Train, time_text
from troponin.units import Unit

__all__ = ["Segment", "moved", "onsets", "segments"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in ms without an edge, and the cubic in local time that drives each driven input.

    A cubic counts in the unit that `Protocol.units` gives for its input; an input that is missing rests.
    """

    start: Fraction
    length: Fraction
    drives: Mapping[str, Cubic]

    @property
    def end(self) -> Fraction:
        """Where the next segment starts, in ms."""
        return self.start + self.length


@dataclass(slots=True)
class _Active:
    """A piece that drives an input now: absolute start and end, and its cubic in the input's unit."""

    start: Fraction
    end: Fraction
    role: str
    cubic: Cubic


def segments(protocol: Protocol, *, start: Fraction = Fraction(0), until: Fraction | None = None) -> Iterator[Segment]:
    """The segments from `start` to `until` (the protocol's end), in order; after its end every input rests.

    Raises:
        ProtocolError: if the protocol still waits for the model's own stimulus, or the window is empty.
    """
    stop = protocol.duration if until is None else until
    if stop <= start or start < 0:
        raise ProtocolError("an empty window of time", got=f"{time_text(start)} to {time_text(stop)}")
    # a heap of the next piece of every train: when it starts, and the train's order to settle ties
    units = protocol.units
    streams = [_pieces(train, units.get(train.role), start) for train in protocol.trains]
    coming = [(piece.start, order, piece) for order, stream in enumerate(streams) if (piece := next(stream, None))]
    heapq.heapify(coming)
    active: list[_Active] = []
    now = start
    while now < stop:
        while coming and coming[0][0] <= now:
            _, order, piece = coming[0]
            active.append(piece)
            following = next(streams[order], None)
            if following is None:
                heapq.heappop(coming)
            else:
                heapq.heapreplace(coming, (following.start, order, following))
        edge = min((piece.end for piece in active), default=stop)
        edge = min(edge, coming[0][0], stop) if coming else min(edge, stop)
        yield Segment(now, edge - now, _sum(active, now))
        active = [piece for piece in active if piece.end > edge]
        now = edge


def onsets(protocol: Protocol, role: str = "stimulus", *, start: Fraction = Fraction(0)) -> Iterator[Fraction]:
    """The times in ms from `start` on at which a wave on an input begins, in order: the stimuli of a pacing.

    A background begins no beat.
    """
    trains = [train for train in protocol.trains if train.role == role and not train.background]
    return heapq.merge(*(_starts(train.start, train.repeats, Fraction(0), start) for train in trains))


def moved(cubic: Cubic, by: Fraction) -> Cubic:
    """The same curve in the time since a later origin: c(t + by)."""
    c0, c1, c2, c3 = cubic
    if not by or not (c1 or c2 or c3):
        return cubic
    return c0 + by * (c1 + by * (c2 + by * c3)), c1 + by * (2 * c2 + 3 * by * c3), c2 + 3 * by * c3, c3


def _sum(active: list[_Active], now: Fraction) -> dict[str, Cubic]:
    drives: dict[str, Cubic] = {}
    for piece in active:
        cubic = moved(piece.cubic, now - piece.start)
        if piece.role in drives:
            a, b = drives[piece.role], cubic
            cubic = a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]
        drives[piece.role] = cubic
    return drives


def _pieces(train: Train, unit: Unit | None, since: Fraction) -> Iterator[_Active]:
    """The pieces of a train that end after `since`, in order, in the unit of its input."""
    wave = train.wave
    if isinstance(wave, OwnStimulus) or unit is None:
        raise ProtocolError(
            "the protocol leaves the stimulus to the model, and it is not yet known",
            remedy="Give both: pacing.regular(..., amplitude='-53 A/F', duration='1 ms').",
        )
    factor = wave.unit.scale / unit.scale
    shape = [(piece.length, _scaled(piece.cubic, factor)) for piece in wave.pieces]
    for begin in _starts(train.start, train.repeats, wave.length, since):
        for length, cubic in shape:
            end = begin + length
            if end > since:
                yield _Active(begin, end, train.role, cubic)
            begin = end


def _starts(
    first: Fraction, repeats: tuple[Repeat | Moments, ...], length: Fraction, since: Fraction
) -> Iterator[Fraction]:
    """The starts of a repeated wave that ends at or after `since`, without counting through those before."""
    if not repeats:
        if first + length >= since:
            yield first
        return
    outer, inner = repeats[0], repeats[1:]
    span = length + sum(repeat.offset(repeat.count - 1) for repeat in inner)
    for turn in range(outer.turns_before(since - first - span), outer.count):
        yield from _starts(first + outer.offset(turn), inner, length, since)


def _scaled(cubic: Cubic, factor: Fraction) -> Cubic:
    return cubic if factor == 1 else (cubic[0] * factor, cubic[1] * factor, cubic[2] * factor, cubic[3] * factor)
