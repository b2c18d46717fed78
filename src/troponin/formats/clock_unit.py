"""Time in a unit that is one: a file may count it in plain numbers, or in nonsense."""

from __future__ import annotations

from dataclasses import replace

from troponin.errors import FormatError
from troponin.formats.source import Note, Source
from troponin.model.model import Model, Role
from troponin.units import DIMENSIONLESS, ms

__all__ = ["with_time_in_a_unit"]


def with_time_in_a_unit(model: Model, source: Source) -> tuple[Model, list[Note]]:
    """The model with time in a unit of time: plain numbers count as milliseconds, which is noted.

    Raises `FormatError` for any other unit that is not one of time.
    """
    if model.time_unit.dimension == ms.dimension:
        return model, []
    clock = next((i for i in model.inputs if i.role == Role.TIME), None)
    name = clock.name if clock is not None else "time"
    if model.time_unit.dimension != DIMENSIONLESS.dimension:
        raise FormatError(f"'{name}' is no time", where=source.place(1), got=model.time_unit, expected="such as ms")
    inputs = tuple(replace(i, unit=ms) if i is clock else i for i in model.inputs)
    note = Note(source.place(1), f"'{name}' has no unit: its numbers are taken to be milliseconds")
    return replace(model, time_unit=ms, inputs=inputs), [note]
