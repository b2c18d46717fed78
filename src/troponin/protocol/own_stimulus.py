"""What a protocol leaves to the model: its own stimulus, put in when the model is known."""

from __future__ import annotations

from dataclasses import replace

from troponin.protocol.timeline import OwnStimulus, Piece, Protocol, Train, Wave, constant, exact_time
from troponin.units import Quantity

__all__ = ["needs_stimulus", "with_stimulus"]


def needs_stimulus(protocol: Protocol) -> bool:
    """Whether some part is left to the model's own stimulus (see `with_stimulus`)."""
    return any(isinstance(train.wave, OwnStimulus) for train in protocol.trains)


def with_stimulus(protocol: Protocol, amplitude: Quantity, duration: Quantity | str) -> Protocol:
    """A copy in which every "model's own stimulus" is the pulse of that amplitude and duration.

    Raises:
        ProtocolError: if a beat is shorter than that pulse.
    """
    trains = tuple(_resolved(train, amplitude, duration) for train in protocol.trains)
    return replace(protocol, trains=trains)


def _resolved(train: Train, amplitude: Quantity, duration: Quantity | str) -> Train:
    own = train.wave
    if isinstance(own, Wave):
        return train
    length = exact_time(duration, "the stimulus duration") if own.given_length is None else own.given_length
    level = amplitude if own.amplitude is None else own.amplitude
    return replace(train, wave=Wave(level.unit, (Piece(length, constant(level, level.unit)),)))
