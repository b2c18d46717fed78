"""A protocol as text for a person and as plain data for a file; both exact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from numbers import Integral
from typing import Any, runtime_checkable
from typing import Protocol as Structure

from troponin.errors import ProtocolError, require_kind
from troponin.protocol.timeline import Cubic, Moments, OwnStimulus, Piece, Protocol, Repeat, Train, Wave
from troponin.units import parse_quantity, parse_unit

_DIGITS = 4
"""Of an exponent, with its sign: a number with more would fill the memory before it is refused."""

__all__ = ["describe", "exact_number", "from_dict", "of_run", "own_data", "own_stimulus", "to_dict"]


@runtime_checkable
class Recorded(Structure):
    """What carries attributes, as the Dataset of a run does."""

    @property
    def attrs(self) -> Mapping[Any, Any]:
        """The attributes, of which `protocol_data` is the protocol."""
        ...


def describe(protocol: Protocol) -> str:
    """The protocol in words: `stimulus of -53 A/F for 1 ms, 100 times every 1000 ms; 100000 ms in all`."""
    return str(protocol)


def to_dict(protocol: Protocol) -> dict[str, Any]:
    """The protocol as plain data that JSON can carry; times are exact fractions of a millisecond, as text."""
    return {"duration": str(protocol.duration), "trains": [_train_data(train) for train in protocol.trains]}


def from_dict(data: Mapping[str, Any]) -> Protocol:
    """The protocol that `to_dict` wrote.

    Raises:
        ProtocolError: if the data is not of that form.
    """
    try:
        return Protocol(exact_number(data["duration"]), tuple(_train(entry) for entry in data["trains"]))
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise ProtocolError(
            "this data is not a protocol", got=repr(fault), expected="what protocol.record.to_dict returns"
        ) from fault


def of_run(run: Recorded, cell: int | None = None) -> Protocol:
    """The protocol that a run went through, with every stimulus that feedback gave at its exact time.

    cell   which cell of a batch with feedback, where each has a protocol of its own

    Raises `ProtocolError` for a Dataset that holds none.
    """
    text = run.attrs.get("protocol_data") if isinstance(run, Recorded) else None
    if not isinstance(text, str):
        raise ProtocolError("this holds no protocol", got=type(run).__name__, expected="the Dataset of a run")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise ProtocolError("this run's protocol cannot be read", got=str(fault)) from fault
    if not isinstance(data, list):
        return from_dict(data)
    require_kind(cell, (Integral, type(None)), "of_run", "the number of a cell, such as 0")
    if cell is None or not -len(data) <= cell < len(data):
        raise ProtocolError(
            "each cell of this batch has a protocol of its own",
            got=f"cell {cell}",
            remedy=f"Name one of its {len(data)} cells: of_run(run, cell=0).",
        )
    return from_dict(data[cell])


def own_data(wave: OwnStimulus) -> dict[str, Any]:
    """A stimulus that is left to the model, as plain data."""
    return {
        "amplitude": None if wave.amplitude is None else str(wave.amplitude),
        "length": None if wave.given_length is None else str(wave.given_length),
    }


def own_stimulus(data: Mapping[str, Any]) -> OwnStimulus:
    """The stimulus that `own_data` wrote."""
    amplitude, length = data["amplitude"], data["length"]
    return OwnStimulus(
        None if amplitude is None else parse_quantity(amplitude), None if length is None else exact_number(length)
    )


def _train_data(train: Train) -> dict[str, Any]:
    data = {
        "role": train.role,
        "start": str(train.start),
        "repeats": [_repeat_data(repeat) for repeat in train.repeats],
        "wave": _wave_data(train.wave),
    }
    return data | {"background": True} if train.background else data


def _repeat_data(repeat: Repeat | Moments) -> list[Any] | dict[str, Any]:
    if isinstance(repeat, Repeat):
        return [str(repeat.period), repeat.count]
    return {"moments": [str(t) for t in repeat.offsets], "origin": repeat.origin}


def _wave_data(wave: Wave | OwnStimulus) -> dict[str, Any]:
    if isinstance(wave, OwnStimulus):
        return {"own_stimulus": own_data(wave)}
    pieces = [{"length": str(piece.length), "cubic": [str(c) for c in piece.cubic]} for piece in wave.pieces]
    return {"unit": str(wave.unit), "pieces": pieces}


def _train(entry: Mapping[str, Any]) -> Train:
    repeats = tuple(_repeat(repeat) for repeat in entry["repeats"])
    background = entry.get("background", False)
    if not isinstance(background, bool):
        raise TypeError(f"background is true or false, not {background!r}")
    return Train(str(entry["role"]), _wave(entry["wave"]), exact_number(entry["start"]), repeats, background)


def _repeat(entry: list[Any] | Mapping[str, Any]) -> Repeat | Moments:
    if isinstance(entry, Mapping):
        return Moments(tuple(exact_number(t) for t in entry["moments"]), str(entry.get("origin", "")))
    period, count = entry
    return Repeat(exact_number(period), count)


def _wave(entry: Mapping[str, Any]) -> Wave | OwnStimulus:
    own = entry.get("own_stimulus")
    if own is not None:
        return own_stimulus(own)
    pieces = tuple(Piece(exact_number(piece["length"]), _cubic(piece["cubic"])) for piece in entry["pieces"])
    return Wave(parse_unit(entry["unit"]), pieces)


def _cubic(entry: list[str]) -> Cubic:
    c0, c1, c2, c3 = (exact_number(c) for c in entry)
    return c0, c1, c2, c3


def exact_number(entry: object) -> Fraction:
    """A number as files hold it, text or whole.  Raises `TypeError`, `ValueError` and `ZeroDivisionError`."""
    if isinstance(entry, bool) or not isinstance(entry, str | int):
        raise TypeError(f"a number must be text or whole, to be exact, not {entry!r}")
    if isinstance(entry, str) and len(entry.lower().rpartition("e")[2]) > _DIGITS and "e" in entry.lower():
        raise ValueError(f"an exponent has at most {_DIGITS} digits, not {entry[:20]!r}")
    return Fraction(entry)
