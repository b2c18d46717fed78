"""Events of the BDF method, located on its interpolant."""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

from troponin.solvers.address import call6, load, store
from troponin.solvers.bdf_loops import combine
from troponin.solvers.bdf_space import Space
from troponin.solvers.compilation import compiled
from troponin.solvers.interpolant import interpolation_factors
from troponin.solvers.watch import MOST_GUESSES, Watch, crosses, next_guess, note, remember, small_enough
from troponin.solvers.workspace import Calls

__all__ = ["watch_start", "watch_step"]


@compiled
def look(calls: Calls, space: Space, watch: Watch, tau: float, state: int) -> None:
    """The monitors of all lanes at a time and state, into watch.values."""
    for lane in range(calls.width):
        store(space.tau, lane, tau)
    call6(calls.monitor, space.tau, state, space.u, space.k, space.q, watch.values)


@compiled
def watch_start(calls: Calls, space: Space, watch: Watch) -> None:
    """Remember where every monitor stands at the start of a segment."""
    if watch.levels.size > 0:
        look(calls, space, watch, 0.0, space.phi)
        remember(watch, calls.width)


@compiled
def watch_step(calls: Calls, space: Space, watch: Watch, order: int, segment: int, tau: float, h: float) -> None:
    """Find and log the events of the step of length h that ended at tau."""
    if watch.levels.size == 0:
        return
    for event in range(watch.levels.size):
        for lane in range(calls.width):
            look(calls, space, watch, tau, space.phi)
            if crosses(watch, event, lane, calls.width):
                rising = load(watch.before, event * calls.width + lane) < 0.0
                root = locate(calls, space, watch, order, event, lane, tau, h)
                note(watch, lane, event, segment, root, rising)
    look(calls, space, watch, tau, space.phi)
    remember(watch, calls.width)


@compiled
def locate(calls: Calls, space: Space, watch: Watch, order: int, event: int, lane: int, tau: float, h: float) -> float:
    """The local time within the last step at which one lane's monitor is at the event's level."""
    place = watch.monitors[event] * calls.width + lane
    left, at_left = -h, load(watch.before, event * calls.width + lane)
    right, at_right = 0.0, load(watch.values, place) - watch.levels[event]
    for guess in range(MOST_GUESSES):
        if small_enough(left, right, h) or at_right == 0.0:
            break
        back = next_guess(left, at_left, right, at_right, guess)
        interpolation_factors(order, space.psi, back, space.factors)
        combine(calls.blocks, order + 1, space.phi, space.factors, watch.probe)
        look(calls, space, watch, tau + back, watch.probe)
        value = load(watch.values, place) - watch.levels[event]
        if (value < 0.0) == (at_left < 0.0):
            left, at_left = back, value
        else:
            right, at_right = back, value
    return tau + right
