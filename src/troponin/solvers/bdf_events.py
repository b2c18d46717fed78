"""Events and extremes of the BDF method, located on its interpolant."""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

from troponin.solvers.address import call6, load, store
from troponin.solvers.bdf_loops import combine
from troponin.solvers.bdf_space import Space
from troponin.solvers.compilation import compiled
from troponin.solvers.interpolant import interpolation_factors
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

__all__ = ["watch_start", "watch_step"]


@compiled
def look(calls: Calls, space: Space, watch: Watch, order: int, tau: float, h: float, share: float, target: int) -> None:
    """The monitors of all lanes a share of the way into the step that ended at tau."""
    now, state = tau, space.phi
    if share < 1.0:
        back = (share - 1.0) * h
        now, state = tau + back, watch.probe
        interpolation_factors(order, space.psi, back, space.factors)
        combine(calls.blocks, order + 1, space.phi, space.factors, state)
    for lane in range(calls.width):
        store(space.tau, lane, now)
    call6(calls.monitor, space.tau, state, space.u, space.k, space.q, target)


@compiled
def watch_start(calls: Calls, space: Space, watch: Watch, segment: int) -> None:
    """Remember where every monitor stands at the start of a segment."""
    look(calls, space, watch, 1, 0.0, 0.0, 1.0, watch.nodes)
    for lane in range(calls.width):
        take_start(watch, lane, calls.width, segment)


@compiled
def watch_step(calls: Calls, space: Space, watch: Watch, order: int, segment: int, tau: float, h: float) -> None:
    """Find and log the events and extremes of the step of length h that ended at tau."""
    stride = 1 if watch.inside or watch.wanted > 0 else LAST_NODE
    for node in range(stride, LAST_NODE + 1, stride):
        look(calls, space, watch, order, tau, h, SHARES[node], node_row(watch, node))
    for lane in range(calls.width):
        find_events(calls, space, watch, order, segment, lane, tau, h)
        sum_up(watch, lane, calls.width, segment, tau - h, h, tau)
        for peak in range(watch.wanted):
            climb(calls, space, watch, order, segment, lane, tau, h, peak, HIGHEST)
            climb(calls, space, watch, order, segment, lane, tau, h, peak, LOWEST)
        pass_on(watch, lane, calls.width)


@compiled
def find_events(
    calls: Calls, space: Space, watch: Watch, order: int, segment: int, lane: int, tau: float, h: float
) -> None:
    """Find and log the events of one lane within the step."""
    stride = 1 if watch.inside else LAST_NODE
    for event in range(watch.events):
        before = difference(watch, event, lane, calls.width, watch.nodes)
        for node in range(stride, LAST_NODE + 1, stride):
            now = difference(watch, event, lane, calls.width, node_row(watch, node))
            if crosses(before, now, load(watch.directions, event)):
                left, right = SHARES[node - stride], SHARES[node]
                root = locate(calls, space, watch, order, event, lane, tau, h, left, before, right, now)
                note(watch, lane, event, segment, root, before < 0.0)
            before = now


@compiled
def locate(
    calls: Calls,
    space: Space,
    watch: Watch,
    order: int,
    event: int,
    lane: int,
    tau: float,
    h: float,
    left: float,
    at_left: float,
    right: float,
    at_right: float,
) -> float:
    """The local time within the last step at which one lane's monitor is at the event's level."""
    for guess in range(MOST_GUESSES):
        if small_enough(left, right) or at_right == 0.0:
            break
        share = next_guess(left, at_left, right, at_right, guess)
        look(calls, space, watch, order, tau, h, share, watch.values)
        value = difference(watch, event, lane, calls.width, watch.values)
        if (value < 0.0) == (at_left < 0.0):
            left, at_left = share, value
        else:
            right, at_right = share, value
    return tau + (right - 1.0) * h


@compiled
def climb(
    calls: Calls,
    space: Space,
    watch: Watch,
    order: int,
    segment: int,
    lane: int,
    tau: float,
    h: float,
    peak: int,
    extreme: int,
) -> None:
    """Find and record one lane's extreme within the step, where it may be beyond all before."""
    top, apart = hump(watch, peak, extreme, lane, calls.width)
    if apart == 0.0:
        return
    sign, place = sign_of(extreme), peak_place(watch, peak, lane, calls.width)
    for closer in CLOSER:
        step = within_step(top, closer * apart)
        look(calls, space, watch, order, tau, h, top - step, watch.values)
        before = sign * load(watch.values, place)
        look(calls, space, watch, order, tau, h, top, watch.values)
        at_top = sign * load(watch.values, place)
        look(calls, space, watch, order, tau, h, top + step, watch.values)
        top += step * vertex(before, at_top, sign * load(watch.values, place))
    look(calls, space, watch, order, tau, h, top, watch.values)
    improve(watch, peak, extreme, lane, calls.width, load(watch.values, place), segment, tau + (top - 1.0) * h)
