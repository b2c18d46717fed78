"""Events of a Rosenbrock method, located on each lane's dense output."""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

from troponin.solvers.address import call6, load, store
from troponin.solvers.compilation import compiled
from troponin.solvers.rosenbrock_lanes import Lanes
from troponin.solvers.rosenbrock_output import dense, dense_weights
from troponin.solvers.rosenbrock_space import Numbers, RowSpace
from troponin.solvers.watch import MOST_GUESSES, Watch, crosses, next_guess, note, remember, small_enough
from troponin.solvers.workspace import Calls

__all__ = ["watch_lane", "watch_start"]


@compiled
def watch_start(calls: Calls, space: RowSpace, watch: Watch) -> None:
    """Remember where every monitor stands at the start of a segment."""
    if watch.levels.size > 0:
        for lane in range(calls.width):
            store(space.tau, lane, 0.0)
        call6(calls.monitor, space.tau, space.y, space.u, space.k, space.q, watch.values)
        remember(watch, calls.width)


@compiled
def look(calls: Calls, space: RowSpace, numbers: Numbers, watch: Watch, lanes: Lanes, lane: int, theta: float) -> None:
    """The monitors of one lane a share `theta` into its step, before y is replaced; the others' are not used."""
    for i in range(calls.states * calls.width):
        store(watch.probe, i, load(space.y, i))
    if theta < 1.0:
        dense_weights(numbers, theta)
    for state in range(calls.states):
        value = dense(calls, space, numbers, state, lane, theta < 1.0)
        store(watch.probe, state * calls.width + lane, value)
    for other in range(calls.width):
        store(space.tau, other, lanes.t[other])
    store(space.tau, lane, lanes.t[lane] + theta * lanes.h[lane])
    call6(calls.monitor, space.tau, watch.probe, space.u, space.k, space.q, watch.values)


@compiled
def watch_lane(
    calls: Calls, space: RowSpace, numbers: Numbers, watch: Watch, lanes: Lanes, lane: int, reached: float
) -> None:
    """Find and log the events of one lane's accepted step, whose end is `reached`."""
    for event in range(watch.levels.size):
        look(calls, space, numbers, watch, lanes, lane, 1.0)
        place = watch.monitors[event] * calls.width + lane
        before = load(watch.before, event * calls.width + lane)
        now = load(watch.values, place) - watch.levels[event]
        if crosses(watch, event, lane, calls.width):
            share = locate(calls, space, numbers, watch, lanes, event, lane, before, now)
            tau = reached if share == 1.0 else lanes.t[lane] + share * lanes.h[lane]
            note(watch, lane, event, lanes.segment[lane], tau, before < 0.0)
        store(watch.before, event * calls.width + lane, now)


@compiled
def locate(
    calls: Calls,
    space: RowSpace,
    numbers: Numbers,
    watch: Watch,
    lanes: Lanes,
    event: int,
    lane: int,
    before: float,
    now: float,
) -> float:
    """The share of the step at which the lane's monitor is at the event's level."""
    place = watch.monitors[event] * calls.width + lane
    left, at_left, right, at_right = 0.0, before, 1.0, now
    for guess in range(MOST_GUESSES):
        if small_enough(left, right, 1.0) or at_right == 0.0:
            break
        theta = next_guess(left, at_left, right, at_right, guess)
        look(calls, space, numbers, watch, lanes, lane, theta)
        value = load(watch.values, place) - watch.levels[event]
        if (value < 0.0) == (at_left < 0.0):
            left, at_left = theta, value
        else:
            right, at_right = theta, value
    return right
