"""Triggers at work: each looks through a window of the run and says when it comes.

    a sense = what a trigger remembers from one window to the next, and how it goes on through one

Going on is a pure function of memory and window, so that a window may be opened again, longer or shorter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from troponin.errors import ModelError, UnitError
from troponin.expr.nodes import Node
from troponin.model.model import Equation, Model, State
from troponin.protocol.feedback import DIRECTIONS, Crossing, Repolarisation, Silence, Trigger
from troponin.simulation.window import Look, Window
from troponin.units import Quantity

__all__ = ["RATE", "Sense", "first_sense", "watched", "with_rate"]

RATE: Final = "feedback.v_rate"
"""The rate of the membrane potential as a variable: it is zero where the potential is highest or lowest."""


@dataclass(frozen=True, slots=True)
class BeatSense:
    """Repolarisation: the lowest potential since the last beat and, while one lasts (`up`), its peak."""

    percent: float
    v: int
    rate: int
    threshold: float
    lowest: float = math.inf
    peak: float = -math.inf
    up: bool = False

    @property
    def looks(self) -> list[Look]:
        """What it wants to be looked for from the beginning."""
        known = [(self.v, self.level, -1)] if self.up and math.isfinite(self.peak) else []
        return [(self.rate, 0.0, 0), (self.v, self.threshold, 1), *known]

    @property
    def level(self) -> float:
        """The potential at which the beat has repolarised by so many percent."""
        return self.peak - self.percent / 100.0 * (self.peak - self.lowest)

    def through(self, window: Window, until: Fraction, earliest: Fraction) -> tuple[BeatSense, list[Fraction]]:
        """The sense at a time, and when the trigger came before it, not before the earliest time."""
        turns, ups = window.passages((self.rate, 0.0, 0)), window.passages((self.v, self.threshold, 1))
        times = sorted(time for time in {window.start, *turns, *ups} if time <= until)
        values = window.values(self.v, times)
        sense, came = self, []
        for number, (time, value) in enumerate(zip(times, values, strict=True)):
            if not sense.up and time in ups:
                sense = replace(sense, up=True, peak=value)
            elif sense.up:
                sense = replace(sense, peak=max(sense.peak, value))
            else:
                sense = replace(sense, lowest=min(sense.lowest, value))
            last = number + 1 == len(times)
            following = until if last else times[number + 1]
            # between two of these times the potential only rises or only falls
            may_fall = sense.up and following > time and (last or values[number + 1] < sense.level)
            falls = window.passages((sense.v, sense.level, -1)) if may_fall else []
            down = next((fall for fall in falls if time < fall <= following), None)
            if down is not None:
                if down >= earliest:
                    came.append(down)
                sense = replace(sense, up=False, lowest=sense.level, peak=-math.inf)
        return sense, came


@dataclass(frozen=True, slots=True)
class LevelSense:
    """Crossing: nothing to remember."""

    look: Look

    @property
    def looks(self) -> list[Look]:
        """What it wants to be looked for from the beginning."""
        return [self.look]

    def through(self, window: Window, until: Fraction, earliest: Fraction) -> tuple[LevelSense, list[Fraction]]:
        """The sense at a time, and when the trigger came before it, not before the earliest time."""
        return self, [time for time in window.passages(self.look) if earliest <= time <= until]


@dataclass(frozen=True, slots=True)
class SilenceSense:
    """Silence: when the last beat or response was."""

    interval: Fraction
    look: Look
    last: Fraction = Fraction(0)

    @property
    def looks(self) -> list[Look]:
        """What it wants to be looked for from the beginning."""
        return [self.look]

    def through(self, window: Window, until: Fraction, earliest: Fraction) -> tuple[SilenceSense, list[Fraction]]:
        """The sense at a time, and when the trigger came before it, not before the earliest time."""
        last = self.last
        for up in [time for time in window.passages(self.look) if time <= until]:
            if up > max(last + self.interval, earliest):
                break
            last = up
        due = max(last + self.interval, earliest)
        return (replace(self, last=due), [due]) if due <= until else (replace(self, last=last), [])


Sense: TypeAlias = BeatSense | LevelSense | SilenceSense
"""A trigger at work."""


def watched(model: Model, triggers: Sequence[Trigger]) -> tuple[str, ...]:
    """The variables that some triggers look at, by qualified name.

    Raises `ModelError` and `UnknownNameError` for what the model does not have, and `UnitError` for a level that does
    not fit.
    """
    found: list[str] = []
    for trigger in triggers:
        name = model.qualified(trigger.name) if isinstance(trigger, Crossing) else _potential(model).name
        _in_unit(trigger.level if isinstance(trigger, Crossing) else trigger.threshold, model, name)
        found.append(name)
        if isinstance(trigger, Repolarisation):
            found.append(RATE)
    return tuple(dict.fromkeys(found))


def with_rate(model: Model) -> Model:
    """The model with the rate of its potential as a further variable."""
    v = _potential(model)
    rate: Node | None = v.rate
    assert rate is not None  # the model was compiled
    return replace(model, equations=(*model.equations, Equation(RATE, v.unit / model.time_unit, rate)))


def first_sense(trigger: Trigger, model: Model, rows: dict[str, int]) -> Sense:
    """The sense of a trigger when a run begins; `rows` gives the row of the kernel's monitors of each variable."""
    if isinstance(trigger, Crossing):
        name = model.qualified(trigger.name)
        return LevelSense((rows[name], _in_unit(trigger.level, model, name), DIRECTIONS[trigger.direction]))
    v = _potential(model).name
    threshold = _in_unit(trigger.threshold, model, v)
    if isinstance(trigger, Silence):
        return SilenceSense(trigger.interval, (rows[v], threshold, 1))
    return BeatSense(trigger.percent, rows[v], rows[RATE], threshold)


def _potential(model: Model) -> State:
    v = model.variables.get(model.meanings.get("v", ""))
    if not isinstance(v, State):
        raise ModelError(
            "feedback needs a membrane potential that is free",
            where=f"model {model.name}",
            remedy="Watch another variable with pacing.on_crossing.",
        )
    return v


def _in_unit(level: Quantity, model: Model, name: str) -> float:
    unit = model.variables[name].unit
    if level.unit.dimension != unit.dimension:
        raise UnitError(f"the level of {name} has the wrong unit", where="feedback", got=level, expected=unit)
    return level.to(unit).value
