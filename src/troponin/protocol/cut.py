"""A protocol cut off: what it does until a time, and no longer."""

from __future__ import annotations

from fractions import Fraction

from troponin.protocol.segments import segments
from troponin.protocol.timeline import Piece, Protocol, Train, Wave

__all__ = ["cut"]


def cut(protocol: Protocol, end: Fraction) -> Protocol:
    """What a protocol does in its first `end` ms: on each input, one wave for every time without a break.

    Raises `ProtocolError` for an empty time and for a protocol that waits for the model's own stimulus.
    """
    units = protocol.units
    beats = {train.role for train in protocol.trains if not train.background}
    runs: dict[str, list[tuple[Fraction, list[Piece]]]] = {role: [] for role in units}
    for segment in segments(protocol, until=end):
        for role, cubic in segment.drives.items():
            pieces = runs[role]
            begin, last = pieces[-1] if pieces else (Fraction(-1), [])
            if not pieces or begin + sum((piece.length for piece in last), Fraction(0)) != segment.start:
                pieces.append((segment.start, []))
            pieces[-1][1].append(Piece(segment.length, cubic))
    trains = [
        Train(role, Wave(units[role], tuple(pieces)), start, background=role not in beats)
        for role, found in runs.items()
        for start, pieces in found
    ]
    return Protocol(end, tuple(trains))
