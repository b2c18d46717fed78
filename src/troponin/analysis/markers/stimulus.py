"""What the stimuli of a run do to the membrane potential by themselves, as far as the run tells."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troponin.errors import ProtocolError
from troponin.protocol.record import of_run
from troponin.protocol.timeline import Train, Wave
from troponin.units import Quantity, Unit, parse_quantity, parse_unit

if TYPE_CHECKING:
    import xarray as xr

    from troponin.protocol.timeline import Protocol

__all__ = ["NO_PULSE", "Pulse", "pulse_in", "pulse_of"]

_SPECIFIC_CAPACITANCE: Final = parse_quantity("1 uF/cm^2")
_RATE: Final = parse_unit("mV/ms")


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a stimulus adds to v where nothing else moves it, in mV, and how long it lasts, in ms."""

    push: float
    lasts: float


NO_PULSE: Final = Pulse(0.0, 0.0)


def pulse_of(run: xr.Dataset) -> Pulse:
    """The strongest stimulus that a run went through; none where the run does not tell."""
    for cell in (None, 0):  # with feedback each cell of a batch has a protocol, of the same pulses
        with suppress(ProtocolError):
            return pulse_in(of_run(run, cell))
    return NO_PULSE


def pulse_in(protocol: Protocol) -> Pulse:
    """The strongest stimulus of a protocol: the charge it brings in by the capacitance.

    A current per capacitance tells by itself; for one per area the capacitance is taken as 1 uF/cm^2; for any other
    nothing is known, and the push is 0.
    """
    waves = [train.wave for train in protocol.trains if _begins_beats(train) and isinstance(train.wave, Wave)]
    pushes = [abs(_charge(wave)) * _per_charge(wave.unit) for wave in waves]
    return Pulse(max(pushes, default=0.0), float(max((wave.length for wave in waves), default=0)))


def _begins_beats(train: Train) -> bool:
    return train.role == "stimulus" and not train.background


def _charge(wave: Wave) -> float:
    """The integral of a wave, in its unit times ms."""
    return float(sum(c * piece.length ** (k + 1) / (k + 1) for piece in wave.pieces for k, c in enumerate(piece.cubic)))


def _per_charge(unit: Unit) -> float:
    """What 1 ms of a current of 1 unit adds to v, in mV; 0 where its unit does not tell."""
    for capacitance in (Quantity(1.0, parse_unit("1")), _SPECIFIC_CAPACITANCE):
        given = Quantity(1.0, unit) / capacitance
        if given.unit.dimension == _RATE.dimension:
            return given.to(_RATE).value
    return 0.0
