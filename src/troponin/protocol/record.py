"""A protocol as text for a person and as plain data for a file; both exact."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from troponin.errors import ProtocolError
from troponin.protocol.timeline import Cubic, OwnStimulus, Piece, Protocol, Repeat, Train, Wave, time_text
from troponin.units import parse_quantity, parse_unit

__all__ = ["describe", "from_dict", "to_dict"]


def describe(protocol: Protocol) -> str:
    """The protocol in words: `stimulus of -53 A/F for 1 ms, 100 times every 1000 ms; 100000 ms in all`."""
    parts = [_described(train) for train in protocol.trains] or ["rest"]
    return "; ".join([*parts, f"{time_text(protocol.duration)} in all"])


def to_dict(protocol: Protocol) -> dict[str, Any]:
    """The protocol as plain data that JSON can carry; times are exact fractions of a millisecond, as text."""
    return {"duration": str(protocol.duration), "trains": [_train_data(train) for train in protocol.trains]}


def from_dict(data: Mapping[str, Any]) -> Protocol:
    """The protocol that `to_dict` wrote.

    Raises:
        ProtocolError: if the data is not of that form.
    """
    try:
        return Protocol(_exact(data["duration"]), tuple(_train(entry) for entry in data["trains"]))
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise ProtocolError(
            "this data is not a protocol", got=repr(fault), expected="what protocol.record.to_dict returns"
        ) from fault


def _described(train: Train) -> str:
    words = [f"{train.role} {_shape(train.wave)}"]
    if train.start:
        words.append(f"from {time_text(train.start)} on")
    words += [f"{r.count} times every {time_text(r.period)}" for r in reversed(train.repeats) if r.count > 1]
    return ", ".join(words)


def _shape(wave: Wave | OwnStimulus) -> str:
    if isinstance(wave, OwnStimulus):
        own = "the model's own"
        length = f"{own} duration" if wave.given_length is None else time_text(wave.given_length)
        return f"of {own} amplitude for {length}" if wave.amplitude is None else f"of {wave.amplitude} for {length}"
    return ", then ".join(_curve(piece, str(wave.unit)) for piece in wave.pieces)


def _curve(piece: Piece, unit: str) -> str:
    first, slope, second, third = (float(c) for c in piece.cubic)
    length = time_text(piece.length)
    if not (slope or second or third):
        return f"of {first:.12g} {unit} for {length}"
    last = first + float(piece.length) * (slope + float(piece.length) * (second + float(piece.length) * third))
    kind = "in a line" if not (second or third) else "along a cubic"
    return f"from {first:.12g} to {last:.12g} {unit} {kind} in {length}"


def _train_data(train: Train) -> dict[str, Any]:
    return {
        "role": train.role,
        "start": str(train.start),
        "repeats": [[str(repeat.period), repeat.count] for repeat in train.repeats],
        "wave": _wave_data(train.wave),
    }


def _wave_data(wave: Wave | OwnStimulus) -> dict[str, Any]:
    if isinstance(wave, OwnStimulus):
        return {
            "own_stimulus": {
                "amplitude": None if wave.amplitude is None else str(wave.amplitude),
                "length": None if wave.given_length is None else str(wave.given_length),
            }
        }
    pieces = [{"length": str(piece.length), "cubic": [str(c) for c in piece.cubic]} for piece in wave.pieces]
    return {"unit": str(wave.unit), "pieces": pieces}


def _train(entry: Mapping[str, Any]) -> Train:
    repeats = tuple(Repeat(_exact(period), count) for period, count in entry["repeats"])
    return Train(str(entry["role"]), _wave(entry["wave"]), _exact(entry["start"]), repeats)


def _wave(entry: Mapping[str, Any]) -> Wave | OwnStimulus:
    own = entry.get("own_stimulus")
    if own is not None:
        amplitude, length = own["amplitude"], own["length"]
        return OwnStimulus(
            None if amplitude is None else parse_quantity(amplitude), None if length is None else _exact(length)
        )
    pieces = tuple(Piece(_exact(piece["length"]), _cubic(piece["cubic"])) for piece in entry["pieces"])
    return Wave(parse_unit(entry["unit"]), pieces)


def _cubic(entry: list[str]) -> Cubic:
    c0, c1, c2, c3 = (_exact(c) for c in entry)
    return c0, c1, c2, c3


def _exact(entry: object) -> Fraction:
    if isinstance(entry, bool) or not isinstance(entry, str | int):
        raise TypeError(f"a number must be text or whole, to be exact, not {entry!r}")
    return Fraction(entry)
