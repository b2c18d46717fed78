"""The compiled side of events: what is watched, sign changes, and the next guess for a root."""
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from troponin.solvers.address import load, store
from troponin.solvers.compilation import compiled
from troponin.solvers.events import EventPlan, Seen
from troponin.solvers.extremes import ENTRIES, ExtremePlan, Extremes
from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.workspace import Arena, padded_blocks, view

__all__ = [
    "LAST_NODE",
    "MOST_GUESSES",
    "SHARES",
    "Watch",
    "crosses",
    "difference",
    "extremes",
    "make_watch",
    "next_guess",
    "node_row",
    "note",
    "pass_on",
    "peak_place",
    "seen",
    "small_enough",
]

MOST_GUESSES: Final = 100
"""Guesses after which a root is taken as found; bisection alone needs some fifty."""

_INNER: Final = 0.5 * np.sqrt(3.0 / 7.0)
SHARES: Final = np.array([0.0, 0.5 - _INNER, 0.5, 0.5 + _INNER, 1.0])
"""Where within a step the monitors are looked at: the nodes of Lobatto's quadrature."""

LAST_NODE: Final = 4

_SHARE: Final = 1e-13  # of the step, to which a root is located


class Watch(NamedTuple):
    """What is watched, and the log of what was seen, as counts and addresses of doubles.

    Arrays would have their references counted wherever the watch is handed on, at every step.
    """

    events: int
    """how many events are looked for"""
    wanted: int
    """how many monitors' extremes are wanted"""
    inside: bool
    """whether events are looked for at the inner nodes too"""
    monitors: int
    """row of the monitor of each event"""
    levels: int
    """[event, lane]"""
    directions: int
    peaks: int
    """row of each monitor whose extremes are wanted"""
    size: int
    """doubles in the monitors of one point"""
    nodes: int
    """monitors at the nodes of the step; the first node is the last of the step before"""
    values: int
    """monitors at a guess"""
    probe: int
    """a row for the state at a guess"""
    spans: int
    """start, length and end of every lane's step, where lanes have steps of their own; length zero: no step"""
    record: int
    """[monitor of `peaks`, entry, lane]"""
    room: int
    """events for which there is room in the log"""
    log: int
    """cell, event, segment, rising and time of every event seen"""
    number: int
    """of events seen; goes on when the log is full"""


_NOTED: Final = 5
_NOTHING: Final = Watch(0, 0, False, *[0] * 13)


def make_watch(arena: Arena, kernel: KernelAddresses, plan: EventPlan, wanted: ExtremePlan, room: int) -> Watch:
    """Memory for watching a plan's events, with room for so many, and for the extremes that are wanted."""
    events, peaks = plan.monitors.size, wanted.monitors.size
    if events + peaks == 0:
        return _NOTHING
    width, size = kernel.width, kernel.monitors * kernel.width
    kept = room if events else 0
    return Watch(
        events=events,
        wanted=peaks,
        inside=plan.inside,
        monitors=arena.hold(plan.monitors),
        levels=arena.hold(plan.table(width)),
        directions=arena.hold(plan.directions),
        peaks=arena.hold(wanted.monitors),
        size=size,
        nodes=arena.reserve(SHARES.size * size),
        values=arena.reserve(size),
        probe=arena.rows(1, padded_blocks(kernel.states * width)),
        spans=arena.reserve(3 * width),
        record=arena.reserve(peaks * ENTRIES * width),
        room=kept,
        log=arena.reserve(_NOTED * kept),
        number=arena.reserve(1),
    )


def seen(watch: Watch) -> Seen:
    """What a loop has written into the log."""
    if watch.events == 0:
        return Seen.nothing()
    count = int(view(watch.number, 1)[0])
    kept = min(count, watch.room)
    log = view(watch.log, _NOTED * kept).reshape(kept, _NOTED).copy()
    return Seen(log[:, :4].astype(np.int64), log[:, 4], count)


def extremes(watch: Watch, lanes: int) -> Extremes:
    """The extremes that a loop has written down."""
    if watch.wanted == 0:
        return Extremes.nothing(lanes)
    shape = (watch.wanted, ENTRIES, lanes)
    return Extremes.of(view(watch.record, math.prod(shape)).reshape(shape))


@compiled
def node_row(watch: Watch, node: int) -> int:
    """The address of the monitors at a node."""
    return watch.nodes + 8 * node * watch.size


@compiled
def difference(watch: Watch, event: int, lane: int, width: int, row: int) -> float:
    """Monitor minus level of an event and lane, from the monitors at an address."""
    value: float = load(row, int(load(watch.monitors, event)) * width + lane)
    value -= load(watch.levels, event * width + lane)
    return value


@compiled
def peak_place(watch: Watch, peak: int, lane: int, width: int) -> int:
    """Where in the monitors of a point the one is whose extremes are wanted."""
    return int(load(watch.peaks, peak)) * width + lane


@compiled
def crosses(before: float, now: float, direction: float) -> bool:
    """Whether a difference passes zero in a direction that is asked for."""
    rises, falls = before < 0.0 and now >= 0.0, before >= 0.0 and now < 0.0
    passed: bool = (rises and direction >= 0.0) or (falls and direction <= 0.0)
    return passed


@compiled
def pass_on(watch: Watch, lane: int, width: int) -> None:
    """Make one lane's monitors at the end of a step those at the start of the next."""
    last = node_row(watch, LAST_NODE)
    for i in range(lane, watch.size, width):
        store(watch.nodes, i, load(last, i))


@compiled
def note(watch: Watch, lane: int, event: int, segment: int, tau: float, rising: bool) -> None:
    """Write an event into the log."""
    row = int(load(watch.number, 0))
    if row < watch.room:
        entry = watch.log + 8 * _NOTED * row
        store(entry, 0, float(lane))
        store(entry, 1, float(event))
        store(entry, 2, float(segment))
        store(entry, 3, 1.0 if rising else 0.0)
        store(entry, 4, tau)
    store(watch.number, 0, row + 1.0)


@compiled
def small_enough(left: float, right: float) -> bool:
    """Whether a bracket, in shares of a step, locates its root."""
    return right - left <= _SHARE


@compiled
def next_guess(left: float, at_left: float, right: float, at_right: float, guess: int) -> float:
    """The chord's zero; every third time the middle, so that the bracket shrinks whatever the function does."""
    if guess % 3 == 2:
        return 0.5 * (left + right)
    share = at_left / (at_left - at_right)
    return left + min(max(share, 1e-3), 1.0 - 1e-3) * (right - left)
