"""A model run as its source wrote it: its own pacing as a protocol, and the other times at which it switches."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

from troponin.errors import ProtocolError
from troponin.model.model import Input, Model
from troponin.model.pacing import Pulse, paced_input, pulses, switches
from troponin.protocol.timeline import Piece, Protocol, Repeat, Train, Wave, constant
from troponin.units import Quantity, ms

__all__ = ["as_written", "switch_times"]

_WINDOW: Final = Fraction(60_000)  # in ms: a train that is regular here and at the end of the run is so between


def as_written(model: Model, duration: Fraction) -> Protocol:
    """The model's own pacing for a duration in ms; a rest for a model without any.

    Raises `ProtocolError` where the pacing is not made of constant pulses.
    """
    given = paced_input(model)
    if model.pacing is None or given is None:
        return Protocol(duration)
    per = ms.scale / model.time_unit.scale
    found = _pulses(model, Fraction(0), min(duration, _WINDOW) * per)
    if duration > _WINDOW:
        late = _pulses(model, (duration - _WINDOW) * per, duration * per)
        if _period(found) is None or _period(found) != _period(late) or found[0].value != late[0].value:
            found = _pulses(model, Fraction(0), duration * per)
        else:
            return Protocol(duration, _trains(found[:-1], given, per, duration, late))
    return Protocol(duration, _trains(found, given, per, duration, found))


def switch_times(model: Model, duration: Fraction) -> tuple[Fraction, ...]:
    """The times in ms inside (0, duration) at which the equations switch by the clock: the solver restarts there."""
    per = ms.scale / model.time_unit.scale
    return tuple(t / per for t in switches(model, Fraction(0), duration * per))


def _pulses(model: Model, start: Fraction, stop: Fraction) -> list[Pulse]:
    found = pulses(model, start, stop)
    if found is None:
        raise ProtocolError(
            "the model's own pacing is not made of constant pulses",
            where=f"model {model.name}",
            remedy='Give a protocol, such as pacing.regular("1000 ms", beats=10).',
        )
    return found


def _period(found: list[Pulse]) -> Fraction | None:
    """The time between pulses, where all are alike and equally far apart; the last may be cut off by the end."""
    if len(found) < 3:
        return None
    steps = {b.start - a.start for a, b in pairwise(found)}
    shapes = {(p.stop - p.start, p.value) for p in found[1:-1]}
    return steps.pop() if len(steps) == 1 and len(shapes) == 1 else None


def _trains(
    found: list[Pulse], given: Input, per: Fraction, duration: Fraction, late: list[Pulse]
) -> tuple[Train, ...]:
    """Pulses as trains: one where they are regular, else one each."""
    if not found:
        return ()
    period = _period(found)
    last = late[-1]
    if period is None:
        return tuple(_train(pulse, given, per) for pulse in found)
    whole = int((last.start - found[0].start) / period)
    shape = found[1].stop - found[1].start
    first = replace(found[0], stop=found[0].start + shape)
    trains = [_train(first, given, per, Repeat(period / per, whole)) if whole else _train(first, given, per)]
    return (*trains, _train(last, given, per)) if whole else tuple(trains)


def _train(pulse: Pulse, given: Input, per: Fraction, repeat: Repeat | None = None) -> Train:
    piece = Piece((pulse.stop - pulse.start) / per, constant(Quantity(pulse.value, given.unit), given.unit))
    return Train(given.role, Wave(given.unit, (piece,)), pulse.start / per, (repeat,) if repeat else ())
