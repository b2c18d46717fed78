"""Feedback: what is done to a cell depends on what the cell does.

    Trigger    what is waited for: a share of repolarisation, a passage through a level, a silence
    Loop       a trigger, and what is done when it comes, after a delay, again not before a while, so many times at most
    Feedback   loops together, on top of a protocol whose times are known beforehand

    rescue = on_demand("1500 ms")                                a pacemaker, inhibited by the cell's own beats
    simulate(cell, rescue, duration="10 s")
    simulate(cell, regular("2 s", beats=5) + on_repolarisation(90, delay="20 ms", limit=1))

Times are found by the solver where its own interpolant says; the protocol that results is kept with the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import Final, TypeAlias

from troponin.errors import ProtocolError, UnknownNameError, require_kind
from troponin.protocol.shapes import driven_value
from troponin.protocol.timeline import OwnStimulus, Protocol, Train, Wave, exact_time, time_text, together
from troponin.protocol.trains import stimulus, whole
from troponin.units import Quantity, mV

__all__ = [
    "DIRECTIONS",
    "Crossing",
    "Feedback",
    "Loop",
    "Repolarisation",
    "Silence",
    "Trigger",
    "on_crossing",
    "on_demand",
    "on_repolarisation",
]

Given: TypeAlias = Quantity | str

DIRECTIONS: Final = {"rising": 1, "falling": -1, "either": 0}
"""How a variable may pass a level."""


@dataclass(frozen=True, slots=True)
class Repolarisation:
    """The membrane potential has come down from its peak by so many percent of the way to where the beat began.

    A beat begins where the potential rises through `threshold`; its peak is the highest value since then, and it began
    from the lowest value since the beat before.
    """

    percent: float
    threshold: Quantity

    def __str__(self) -> str:
        return f"at {self.percent:g}% repolarisation"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A variable passes a level, rising, falling or either way."""

    name: str
    level: Quantity
    direction: str

    def __str__(self) -> str:
        how = "passing" if self.direction == "either" else self.direction + " through"
        return f"when {self.name} is {how} {self.level}"


@dataclass(frozen=True, slots=True)
class Silence:
    """For so long (ms) the membrane potential has not risen through `threshold`, nor has this loop answered."""

    interval: Fraction
    threshold: Quantity

    def __str__(self) -> str:
        return f"after {time_text(self.interval)} without a beat"


Trigger: TypeAlias = Repolarisation | Crossing | Silence
"""Whatever can be waited for."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What is done when a trigger comes.

    response     a protocol that starts then; or the model's own stimulus
    delay        from the trigger to the response, in ms
    refractory   from one response to the next at least, in ms; None for as long as the response lasts
    limit        how many responses at most; None for any number
    """

    trigger: Trigger
    response: Protocol | OwnStimulus
    delay: Fraction = Fraction(0)
    refractory: Fraction | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        lasts = self.response.duration if isinstance(self.response, Protocol) else self.response.length
        if self.delay < 0:
            raise ProtocolError("a response cannot come before its trigger", got=time_text(self.delay))
        if self.refractory is not None and self.refractory < lasts:
            raise ProtocolError(
                "the next response would come before this one ends",
                got=f"a refractory time of {time_text(self.refractory)}",
                expected=f"{time_text(lasts)} or more",
            )

    def __str__(self) -> str:
        what = "the model's own stimulus" if self.response == OwnStimulus() else f"stimulus {self.response}"
        what = str(self.response) if isinstance(self.response, Protocol) else what
        delay = f"{time_text(self.delay)} later " if self.delay else ""
        limit = "" if self.limit is None else f", at most {self.limit} times"
        again = "" if self.refractory is None else f", again after {time_text(self.refractory)} at the earliest"
        return f"{self.trigger} {delay}[{what}]{again}{limit}"


@dataclass(frozen=True, slots=True, repr=False)
class Feedback:
    """Loops together, on top of a protocol; `+` adds further loops and protocols."""

    loops: tuple[Loop, ...]
    protocol: Protocol | None = None

    def __add__(self, other: Feedback | Protocol) -> Feedback:
        if isinstance(other, Protocol):
            other = Feedback((), other)
        if not isinstance(other, Feedback):
            return NotImplemented
        parts = [part for part in (self.protocol, other.protocol) if part is not None]
        return Feedback((*self.loops, *other.loops), together(*parts) if parts else None)

    def __radd__(self, other: Protocol) -> Feedback:
        return Feedback((), other) + self if isinstance(other, Protocol) else NotImplemented

    def __repr__(self) -> str:
        return f"<Feedback {self}>"

    def __str__(self) -> str:
        parts = [str(loop) for loop in self.loops]
        return "; ".join(parts if self.protocol is None else [*parts, str(self.protocol)])


def on_repolarisation(
    percent: float,
    *,
    response: Protocol | None = None,
    amplitude: Given | None = None,
    duration: Given | None = None,
    delay: Given = "0 ms",
    refractory: Given | None = None,
    limit: int | None = None,
    threshold: Given = "-40 mV",
) -> Feedback:
    """A stimulus when the potential has come down by so many percent of the way from its peak to where the beat began.

    response     a protocol that is done instead of one stimulus
    amplitude    and duration of the stimulus, by default those of the model's own
    delay        after that moment
    refractory   the shortest time between two responses
    limit        how many responses at most
    threshold    a beat begins where the potential rises through it, and may answer once; the peak is looked for after

    A loop answers beats and begins none: add a first stimulus.  At 90% many cells are still refractory, and a stimulus
    that does not capture is the last: a delay of 20 ms or more lets them recover.

    Raises `ProtocolError` and `UnitError`.
    """
    if isinstance(percent, bool) or not isinstance(percent, Real) or not 0.0 < percent < 100.0:
        raise ProtocolError("a percentage lies between 0 and 100", where="on_repolarisation", got=percent)
    trigger = Repolarisation(float(percent), _voltage(threshold))
    return _feedback(trigger, response, amplitude, duration, delay, refractory, limit)


def on_crossing(
    name: str,
    level: Given,
    direction: str = "rising",
    *,
    response: Protocol | None = None,
    amplitude: Given | None = None,
    duration: Given | None = None,
    delay: Given = "0 ms",
    refractory: Given | None = None,
    limit: int | None = None,
) -> Feedback:
    """A stimulus when any variable passes a level, "rising", "falling" or "either" way.

    Two passages within one step of the solver are not seen, and a jump with an edge of the protocol is none.
    The other arguments are those of `on_repolarisation`.
    """
    require_kind(name, str, "on_crossing", 'the name of a variable, such as "v"')
    require_kind(direction, str, "on_crossing", f"one of {', '.join(DIRECTIONS)}")
    if direction not in DIRECTIONS:
        raise UnknownNameError("direction", direction, DIRECTIONS, where="on_crossing")
    trigger = Crossing(name, driven_value(level, name), direction)
    return _feedback(trigger, response, amplitude, duration, delay, refractory, limit)


def on_demand(
    interval: Given,
    *,
    response: Protocol | None = None,
    amplitude: Given | None = None,
    duration: Given | None = None,
    refractory: Given | None = None,
    limit: int | None = None,
    threshold: Given = "-40 mV",
) -> Feedback:
    """A demand pacemaker: a stimulus when for so long (its escape interval) there has been no beat and no stimulus.

    A beat is where the potential rises through `threshold`.  The other arguments are those of `on_repolarisation`.
    """
    escape = exact_time(interval, "the escape interval")
    if escape <= 0:
        raise ProtocolError("an escape interval must last", where="on_demand", got=time_text(escape))
    return _feedback(Silence(escape, _voltage(threshold)), response, amplitude, duration, "0 ms", refractory, limit)


def _feedback(
    trigger: Trigger,
    response: Protocol | None,
    amplitude: Given | None,
    duration: Given | None,
    delay: Given,
    refractory: Given | None,
    limit: int | None,
) -> Feedback:
    done: Protocol | OwnStimulus
    if response is not None:
        require_kind(response, Protocol, "response", 'a protocol, such as pulse("-53 A/F", "1 ms")')
        if amplitude is not None or duration is not None:
            raise ProtocolError(
                "a response says itself how strong and how long it is", got="an amplitude or a duration"
            )
        done = response
    else:
        wave = stimulus(amplitude, duration)
        done = Protocol(wave.length, (Train("stimulus", wave, Fraction(0)),)) if isinstance(wave, Wave) else wave
    pause = None if refractory is None else exact_time(refractory, "the refractory time")
    most = None if limit is None else whole(limit, "responses")
    return Feedback((Loop(trigger, done, exact_time(delay, "the delay"), pause, most),))


def _voltage(threshold: Given) -> Quantity:
    found = driven_value(threshold, "threshold")
    return found.to(mV)
