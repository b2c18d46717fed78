"""Events and extremes of a Rosenbrock method, located on each lane's dense output."""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

from troponin.solvers.address import call6, load, store
from troponin.solvers.bdf_loops import combine
from troponin.solvers.compilation import compiled
from troponin.solvers.peaks import (
    CLOSER,
    HIGHEST,
    LOWEST,
    hump,
    improve,
    sign_of,
    sum_up,
    take_start,
    vertex,
    within_step,
)
from troponin.solvers.rosenbrock_lanes import Lanes
from troponin.solvers.rosenbrock_loops import add_stage
from troponin.solvers.rosenbrock_output import dense_weights
from troponin.solvers.rosenbrock_space import Numbers, RowSpace
from troponin.solvers.watch import (
    LAST_NODE,
    MOST_GUESSES,
    SHARES,
    Watch,
    crosses,
    difference,
    next_guess,
    node_row,
    note,
    pass_on,
    peak_place,
    small_enough,
)
from troponin.solvers.workspace import Calls

__all__ = ["remember_step", "watch_round", "watch_start"]

_DONE = 0


@compiled
def watch_start(calls: Calls, space: RowSpace, watch: Watch, lanes: Lanes, segment: int) -> None:
    """Remember where every monitor stands at the start of a segment."""
    for lane in range(calls.width):
        store(space.tau, lane, 0.0)
        store(watch.spans, calls.width + lane, 0.0)
    call6(calls.monitor, space.tau, space.y, space.u, space.k, space.q, watch.nodes)
    for lane in range(calls.width):
        if lanes.status[lane] == _DONE:
            take_start(watch, lane, calls.width, segment)


@compiled
def remember_step(calls: Calls, watch: Watch, lane: int, start: float, h: float, end: float) -> None:
    """Remember one lane's accepted step, to be looked at with those of the other lanes."""
    store(watch.spans, lane, start)
    store(watch.spans, calls.width + lane, h)
    store(watch.spans, 2 * calls.width + lane, end)


@compiled
def time_at(calls: Calls, watch: Watch, lane: int, share: float) -> float:
    """The local time of one lane a share of the way into its step."""
    if share == 1.0:
        end: float = load(watch.spans, 2 * calls.width + lane)
        return end
    inside: float = load(watch.spans, lane) + share * load(watch.spans, calls.width + lane)
    return inside


@compiled
def look(calls: Calls, space: RowSpace, numbers: Numbers, watch: Watch, share: float, target: int) -> None:
    """The monitors of all lanes a share of the way into their steps; of a lane that took none they mean nothing."""
    state = space.trial
    if share < 1.0:
        state = watch.probe
        dense_weights(numbers, share)
        combine(calls.blocks, numbers.stages, space.stages, numbers.weights, state)
        add_stage(calls.blocks, space.y, state)
    for lane in range(calls.width):
        store(space.tau, lane, time_at(calls, watch, lane, share))
    call6(calls.monitor, space.tau, state, space.u, space.k, space.q, target)


@compiled
def watch_round(calls: Calls, space: RowSpace, numbers: Numbers, watch: Watch, segment: int) -> None:
    """Find and log the events and extremes of the steps that were accepted in this round, before y is replaced."""
    stride = 1 if watch.inside or watch.wanted > 0 else LAST_NODE
    for node in range(stride, LAST_NODE + 1, stride):
        look(calls, space, numbers, watch, SHARES[node], node_row(watch, node))
    for lane in range(calls.width):
        start, h = load(watch.spans, lane), load(watch.spans, calls.width + lane)
        if h == 0.0:
            continue
        find_events(calls, space, numbers, watch, segment, lane)
        sum_up(watch, lane, calls.width, segment, start, h, time_at(calls, watch, lane, 1.0))
        for peak in range(watch.wanted):
            climb(calls, space, numbers, watch, segment, lane, peak, HIGHEST)
            climb(calls, space, numbers, watch, segment, lane, peak, LOWEST)
        pass_on(watch, lane, calls.width)
    for lane in range(calls.width):
        store(watch.spans, calls.width + lane, 0.0)


@compiled
def find_events(calls: Calls, space: RowSpace, numbers: Numbers, watch: Watch, segment: int, lane: int) -> None:
    """Find and log the events of one lane within its step."""
    stride = 1 if watch.inside else LAST_NODE
    for event in range(watch.events):
        before = difference(watch, event, lane, calls.width, watch.nodes)
        for node in range(stride, LAST_NODE + 1, stride):
            now = difference(watch, event, lane, calls.width, node_row(watch, node))
            if crosses(before, now, load(watch.directions, event)):
                left, right = SHARES[node - stride], SHARES[node]
                share = locate(calls, space, numbers, watch, event, lane, left, before, right, now)
                note(watch, lane, event, segment, time_at(calls, watch, lane, share), before < 0.0)
            before = now


@compiled
def locate(
    calls: Calls,
    space: RowSpace,
    numbers: Numbers,
    watch: Watch,
    event: int,
    lane: int,
    left: float,
    at_left: float,
    right: float,
    at_right: float,
) -> float:
    """The share of the step at which the lane's monitor is at the event's level."""
    for guess in range(MOST_GUESSES):
        if small_enough(left, right) or at_right == 0.0:
            break
        share = next_guess(left, at_left, right, at_right, guess)
        look(calls, space, numbers, watch, share, watch.values)
        value = difference(watch, event, lane, calls.width, watch.values)
        if (value < 0.0) == (at_left < 0.0):
            left, at_left = share, value
        else:
            right, at_right = share, value
    return right


@compiled
def climb(
    calls: Calls, space: RowSpace, numbers: Numbers, watch: Watch, segment: int, lane: int, peak: int, extreme: int
) -> None:
    """Find and record one lane's extreme within its step, where it may be beyond all before."""
    top, apart = hump(watch, peak, extreme, lane, calls.width)
    if apart == 0.0:
        return
    sign, place = sign_of(extreme), peak_place(watch, peak, lane, calls.width)
    for closer in CLOSER:
        step = within_step(top, closer * apart)
        look(calls, space, numbers, watch, top - step, watch.values)
        before = sign * load(watch.values, place)
        look(calls, space, numbers, watch, top, watch.values)
        at_top = sign * load(watch.values, place)
        look(calls, space, numbers, watch, top + step, watch.values)
        top += step * vertex(before, at_top, sign * load(watch.values, place))
    look(calls, space, numbers, watch, top, watch.values)
    improve(
        watch, peak, extreme, lane, calls.width, load(watch.values, place), segment, time_at(calls, watch, lane, top)
    )
