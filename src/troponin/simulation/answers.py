"""The answers that feedback gave in a run, and the protocol that they make together with the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from troponin.errors import ProtocolError
from troponin.protocol.cut import cut
from troponin.protocol.feedback import Loop
from troponin.protocol.timeline import Moments, Protocol, Train

__all__ = ["Answers"]


@dataclass(slots=True)
class Answers:
    """What some loops have answered: for each loop the times in ms at which its responses begin, in order.

    timeline   the protocol beneath, which says how long the run is
    loops      settled: their responses are protocols
    """

    timeline: Protocol
    loops: tuple[Loop, ...]
    times: list[list[Fraction]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.times = [[] for _ in self.loops]

    def earliest(self, number: int) -> Fraction | None:
        """From when on a trigger may be answered again, in ms; None where it may be no more."""
        loop, given = self.loops[number], self.times[number]
        if loop.limit is not None and len(given) >= loop.limit:
            return None
        return given[-1] + _pause(loop) - loop.delay if given else Fraction(0)

    def allowed(self, number: int, came: Sequence[Fraction]) -> list[Fraction]:
        """When a loop answers triggers that came at some times in ms: each time neither too early nor too often."""
        loop, given = self.loops[number], self.times[number]
        latest = given[-1] if given else None
        found: list[Fraction] = []
        for time in came:
            answer = time + loop.delay
            early = latest is not None and answer < latest + _pause(loop)
            if not early and (loop.limit is None or len(given) + len(found) < loop.limit):
                found.append(answer)
                latest = answer
        return found

    @property
    def silent(self) -> tuple[Loop, ...]:
        """The loops that have answered nothing."""
        return tuple(loop for loop, given in zip(self.loops, self.times, strict=True) if not given)

    def ahead(self, now: Fraction) -> Protocol:
        """What is known to be done from a time in ms on: the timeline, and responses that are not over."""
        trains = list(self.timeline.trains)
        for loop, given in zip(self.loops, self.times, strict=True):
            for time in reversed(given):  # the last few at most
                if time + _response(loop).duration <= now:
                    break
                trains += _placed(loop, [time], self.timeline.duration)
        return replace(self.timeline, trains=tuple(trains))

    def protocol(self, reached: Fraction | None = None) -> Protocol:
        """The protocol that resulted by a time in ms (the end): running it does the same without feedback."""
        trains = list(self.timeline.trains)
        for loop, times in zip(self.loops, self.times, strict=True):
            given = [time for time in times if reached is None or time < reached]
            lasts = _response(loop).duration
            whole = [time for time in given if time + lasts <= self.timeline.duration]
            trains += _placed(loop, whole, self.timeline.duration)
            for time in given[len(whole) :]:
                trains += _placed(loop, [time], self.timeline.duration)
        return replace(self.timeline, trains=tuple(trains))


def _placed(loop: Loop, times: list[Fraction], end: Fraction) -> list[Train]:
    """The trains of a response at some times; cut off at the end of the run."""
    if not times or times[0] >= end:
        return []
    response = _response(loop)
    if times[0] + response.duration > end:
        response = cut(response, end - times[0])
    again = (Moments(tuple(time - times[0] for time in times), str(loop.trigger)),) if len(times) > 1 else ()
    return [replace(t, start=times[0] + t.start, repeats=(*again, *t.repeats)) for t in response.trains]


def _pause(loop: Loop) -> Fraction:
    return _response(loop).duration if loop.refractory is None else loop.refractory


def _response(loop: Loop) -> Protocol:
    if not isinstance(loop.response, Protocol):
        raise ProtocolError("the response is left to the model, and it is not yet known")
    return loop.response
