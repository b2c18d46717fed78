"""A run with feedback: window by window, each from an edge to where something is answered, or to the next edge.

A window is opened as far as an answer may be expected, and opened again twice as long where none comes; the part up
to the answer is what the run keeps.  Steps begin at edges of the protocol only, so that the protocol which results
gives the same numbers when it is run by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.protocol.timeline import Protocol
from troponin.simulation.answers import Answers
from troponin.simulation.course import Course
from troponin.simulation.triggers import Sense, first_sense
from troponin.simulation.window import Window, open_window
from troponin.solvers.integrate import Counters, Outcome

__all__ = ["respond"]

Doubles: TypeAlias = NDArray[np.float64]

_FIRST_WIDTH: Final = Fraction(250)
_LEAST_WIDTH: Final = Fraction(1)
"""ms that a window is opened for: as long as it took to the last answer, and a quarter more."""


def respond(course: Course, answers: Answers, y0: Doubles, k: Doubles) -> Iterator[tuple[Fraction, Outcome]]:
    """The run from its beginning, piece by piece: the time in ms that was reached and the outcome; a failure ends it.

    What is answered is written into `answers`.
    """
    rows = {name: row for row, name in enumerate(course.kernel.monitors)}
    senses = [first_sense(loop.trigger, course.model, rows) for loop in answers.loops]
    now, y, width = Fraction(0), y0, _FIRST_WIDTH
    while now < course.protocol.duration:
        ahead = answers.ahead(now)
        window, stop = _until_answered(course, answers, senses, ahead, (now, y), k, width)
        for number, sense in enumerate(senses):
            senses[number], times = _through(answers, number, sense, window, stop)
            answers.times[number] += [time for time in times if time < course.protocol.duration]
        failed = bool(window.outcome.failures) and stop == window.end
        outcome = window.keep(ahead, window.table.segments[0].end if failed else stop)
        yield stop, replace(outcome, counters=window.counters)
        if outcome.failures:
            return
        if stop < window.end:
            width = max(_LEAST_WIDTH, (stop - now) * Fraction(5, 4))
        now, y = stop, outcome.y


def _until_answered(
    course: Course,
    answers: Answers,
    senses: list[Sense],
    ahead: Protocol,
    mark: tuple[Fraction, Doubles],
    k: Doubles,
    width: Fraction,
) -> tuple[Window, Fraction]:
    """A window from a mark (time in ms, state), and where the run goes on anew: at the first answer, or at an edge."""
    now, y = mark
    spent = Counters()
    later = bisect_right(course.cuts, now)
    limit = min([course.protocol.duration, *course.cuts[later : later + 1]])
    looks = [look for sense in senses for look in sense.looks]
    while True:
        until = min(now + width, limit)
        window = open_window(course, ahead, y, k, now, until, looks)
        planned = [
            time
            for number, sense in enumerate(senses)
            for time in _through(answers, number, sense, window, window.end)[1]
        ]
        stop = min(planned, default=window.end)
        window.counters = window.counters.plus(spent)
        if stop < window.end or window.outcome.failures or window.end < until or until == limit:
            return window, min(stop, window.end)
        spent, width = window.counters, 2 * width


def _through(
    answers: Answers, number: int, sense: Sense, window: Window, until: Fraction
) -> tuple[Sense, list[Fraction]]:
    """A loop's sense at a time, and when its responses begin that were triggered by then."""
    earliest = answers.earliest(number)
    if earliest is None:
        return sense, []
    sense, came = sense.through(window, until, earliest)
    return sense, answers.allowed(number, came)
