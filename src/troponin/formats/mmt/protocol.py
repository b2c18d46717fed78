"""The protocol section of an mmt file: events that drive the pacing variable, as an expression of time."""

from __future__ import annotations

from dataclasses import dataclass

from troponin.errors import FormatError
from troponin.expr.functions import both, floor, total, where
from troponin.expr.nodes import Node, Number, Symbol
from troponin.formats.mathml_number import float_of
from troponin.formats.mmt.lines import Line
from troponin.formats.source import Source
from troponin.units import Unit

__all__ = ["Event", "pacing_of", "read_events"]


@dataclass(frozen=True, slots=True)
class Event:
    """A pulse: level, start and duration; repeated after each period, `multiplier` times (0: for ever)."""

    level: float
    start: float
    duration: float
    period: float
    multiplier: float


def read_events(lines: list[Line], source: Source) -> list[Event]:
    """The events of a protocol section; raises `FormatError` for lines that are none."""
    events: list[Event] = []
    for line in lines:
        place = source.place(line.number)
        parts = line.text.split()
        if len(parts) != 5:
            raise FormatError(
                "a pacing event has five numbers",
                where=place,
                got=line.text[:80],
                expected="level start length period multiplier",
            )
        if parts[1] == "next":
            if not events or events[-1].period:
                raise FormatError("'next' follows an event that does not repeat", where=place)
            parts[1] = repr(events[-1].start + events[-1].duration)
        event = Event(*(float_of(part, place) for part in parts))
        if event.duration <= 0 or event.start < 0 or event.period < 0 or event.multiplier < 0:
            raise FormatError("an event that cannot be", where=place, got=line.text[:80])
        if event.period and event.duration > event.period:
            raise FormatError("an event that is longer than its period", where=place, got=line.text[:80])
        if event.multiplier and not event.period:
            raise FormatError("an event with a multiplier needs a period", where=place, got=line.text[:80])
        events.append(event)
    return events


def pacing_of(events: list[Event], time: Symbol, time_unit: Unit, unit: Unit) -> Node | None:
    """The value of the pacing variable as an expression of time: the level of each event while it lasts."""
    if not events:
        return None
    return total([_of_event(event, time, time_unit, unit) for event in events])


def _of_event(event: Event, time: Symbol, time_unit: Unit, unit: Unit) -> Node:
    def at(value: float) -> Number:
        return Number(value, time_unit)

    since: Node = time - at(event.start) if event.start else time
    if event.period:
        phase = since - at(event.period) * floor(since / at(event.period))
    else:
        phase = since
    active = both(since >= at(0.0), phase < at(event.duration))
    if event.multiplier:
        active = both(active, since < at(event.multiplier * event.period))
    return where(active, Number(event.level, unit), Number(0.0, unit))
