"""A beat: what a signal tells of itself between one stimulus and the next, however it is measured."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Beat"]


class Beat(Protocol):
    """One signal over one beat, from `start` to `end` (ms), however it is measured."""

    @property
    def start(self) -> float:
        """When the beat begins, with its stimulus, in ms."""

    @property
    def end(self) -> float:
        """When the next beat begins, or the run ends, in ms."""

    @property
    def pushed(self) -> float:
        """What the stimulus alone adds to a membrane potential, in mV; 0 where it is not known, or of other signals."""

    @property
    def first(self) -> float:
        """The value at the start."""

    @property
    def last(self) -> float:
        """The value at the end."""

    @property
    def highest(self) -> tuple[float, float]:
        """The time and the value of the maximum."""

    @property
    def lowest(self) -> tuple[float, float]:
        """The time and the value of the minimum."""

    @property
    def steepest_rise(self) -> tuple[float, float]:
        """The time and the slope, per ms, of the steepest rise."""

    @property
    def steepest_fall(self) -> tuple[float, float]:
        """The time and the slope, per ms, of the steepest fall: a negative slope."""

    @property
    def integral(self) -> float:
        """The integral over the beat, value times ms."""

    def falls_to(self, level: float, *, after: float) -> float:
        """The first time after `after` at which the signal passes a level downwards; NaN where it does not."""

    def rises_to(self, level: float, *, before: float) -> float:
        """The last time before `before` at which the signal passes a level upwards; NaN where it does not."""
