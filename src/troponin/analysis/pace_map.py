"""The pace map: a cell's state at the beginning of a beat -> its state at the beginning of the next.

    G(y) = y(T),    dy/dt = f(t, y),    y(0) = y,    f periodic in t with the beat's length T

A beat-to-beat steady state is a fixed point of G, alternans is a fixed point of G o G.  Everything is in the
model's own units and in the order of its states.

For a cell that beats by itself T is not given: it is the time T(y) until its voltage passes a level again, on its way
up (`passage.py`), so that G takes points of that level to points of that level (a Poincare map).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.cycle.passage import Passage, time_to_passage
from troponin.errors import ModelError, SolverError
from troponin.kernels.kernel import Kernel, compile_model
from troponin.kernels.target import natural_lanes
from troponin.model.derivatives import derivatives
from troponin.model.model import Model, Role
from troponin.model.structure import dependencies, names_behind
from troponin.protocol.table import tabulate
from troponin.protocol.timeline import Protocol
from troponin.simulation.addresses import addresses
from troponin.simulation.course import Method, failure
from troponin.simulation.settle import settle
from troponin.solvers.integrate import Outcome, integrate, trace_steps
from troponin.solvers.method import BDF, Rosenbrock
from troponin.solvers.segments import Segments
from troponin.units import ms

__all__ = [
    "Adaptive",
    "PaceMap",
    "adaptive",
    "beat_from",
    "initial_state",
    "open_pace_map",
    "pace",
    "pace_apart",
    "require_autonomous",
    "segments_of",
    "started",
    "traced_beat",
    "until_passage",
    "with_beat",
]

Floats = NDArray[np.float64]

Adaptive: TypeAlias = BDF | Rosenbrock
"""A method that keeps to a tolerance."""


@dataclass(frozen=True, slots=True, eq=False)
class PaceMap:
    """A model compiled for one beat that begins again and again.

    `segments` are the stretches of one beat, whose time is local to the beat; `beat` is the settled protocol.
    With a `passage` the cell beats by itself: nothing drives it, and each beat lasts until the next passage.
    """

    model: Model
    beat: Protocol
    method: Adaptive
    kernel: Kernel
    segments: Segments = field(repr=False)
    constants: Floats = field(repr=False)
    passage: Passage | None = None

    @property
    def effort(self) -> int:
        """Beats that it takes to go on by one: a passage is first found, then gone to."""
        return 1 if self.passage is None else 2

    @property
    def length(self) -> float:
        """The length of a beat, in the model's unit of time."""
        return float(self.beat.duration * ms.scale / self.model.time_unit.scale)


def open_pace_map(model: Model, beat: Protocol, method: Method) -> PaceMap:
    """The pace map of a model under a protocol that lasts one beat.

    Raises `ModelError` for a model whose equations depend on time itself: its beats are not alike; and `SolverError`
    for a method without a tolerance.
    """
    require_autonomous(model)
    settled = settle(model, beat, None)
    kernel = compile_model(model)
    constants = kernel.constants([p.value for p in model.parameters])
    return PaceMap(model, settled, adaptive(method), kernel, segments_of(model, settled), constants)


def until_passage(paced: PaceMap, y: Floats) -> PaceMap:
    """The same map with the length that the beat from this state has."""
    if paced.passage is None:
        return paced
    inputs = paced.segments.inputs
    length = time_to_passage(addresses(paced.kernel), paced.method, y, inputs, paced.constants, paced.passage)
    exact = Fraction(length * paced.model.time_unit.scale / ms.scale)
    return replace(paced, beat=Protocol(exact), segments=Segments(np.array([length]), inputs))


def beat_from(paced: PaceMap, y: Floats, beats: int) -> Protocol:
    """The beat from a state; of a cell that beats by itself, one of the mean length of so many."""
    if paced.passage is None:
        return paced.beat
    total = Fraction(0)
    for _ in range(beats):
        one = until_passage(paced, y)
        total += one.beat.duration
        y = pace(replace(one, passage=None), y)
    return Protocol(total / beats)


def with_beat(paced: PaceMap, beat: Protocol) -> PaceMap:
    """The same cell under another beat."""
    settled = settle(paced.model, beat, None)
    return replace(paced, beat=settled, segments=segments_of(paced.model, settled))


def adaptive(method: Method) -> Adaptive:
    """The method, where it is one that keeps to a tolerance; else `SolverError`."""
    if isinstance(method, BDF | Rosenbrock):
        return method
    raise SolverError(
        "a method with a fixed step does not tell how exact it is",
        where=type(method).__name__,
        expected="BDF or Rosenbrock",
        remedy="Use BDF(rtol=1e-9).",
    )


def initial_state(model: Model) -> Floats:
    """The model's initial state, shape [state]."""
    return np.array([state.initial for state in model.states])


def started(model: Model, y: Floats) -> Model:
    """The model with another initial state."""
    return replace(model, states=tuple(replace(s, initial=float(x)) for s, x in zip(model.states, y, strict=True)))


def pace(paced: PaceMap, y: Floats, beats: int = 1) -> Floats:
    """The state `beats` beats later.  Raises `SolverError` with time, state and remedy."""
    for _ in range(beats):
        one = until_passage(paced, y)
        y = _done(one, integrate(addresses(one.kernel), one.method, y, one.segments, one.constants)).y
    return y


def traced_beat(paced: PaceMap, y: Floats) -> tuple[Floats, Floats]:
    """The times and states of one beat at the steps that the solver takes, shapes [step] and [step, state]."""
    paced = until_passage(paced, y)
    time, states, outcome = trace_steps(addresses(paced.kernel), paced.method, y, paced.segments, paced.constants)
    _done(paced, outcome)
    return time, states


def pace_apart(paced: PaceMap, y: Floats, shifts: Floats, beats: int = 1) -> tuple[Floats, int]:
    """G(y + s) - G(y) for small shifts s, and the beats it took; both shapes [shift, state].

    The cells of a block share the solver's steps, so that its error is the same function of each and cancels in
    the difference: the difference is exact to rounding, and not to the solver's tolerance.  Cells that beat by
    themselves run for the same time, and what moves them along the beat is taken out of their differences.
    """
    if paced.passage is not None:
        return _returned_apart(paced, y, shifts, beats)
    lanes = natural_lanes()
    if lanes == 1:
        base = pace(paced, y, beats)
        return np.array([pace(paced, y + s, beats) - base for s in shifts]), beats * (len(shifts) + 1)
    kernel = compile_model(paced.model, lanes=lanes)
    method = paced.method if isinstance(paced.method, BDF) else BDF(rtol=paced.method.rtol, atol=paced.method.atol)
    k = kernel.constants([p.value for p in paced.model.parameters])
    q = kernel.lane_constants([p.value for p in paced.model.parameters], {})
    rows = []
    for first in range(0, len(shifts), lanes - 1):
        part = shifts[first : first + lanes - 1]
        block = np.repeat(y[:, np.newaxis], lanes, axis=1)
        block[:, 1 : 1 + len(part)] += part.T
        for _ in range(beats):
            block = _done(paced, integrate(addresses(kernel), method, block, paced.segments, k, q)).y
        rows.append((block[:, 1 : 1 + len(part)] - block[:, :1]).T)
    return np.concatenate(rows), beats * lanes * len(rows)


def _returned_apart(paced: PaceMap, y: Floats, shifts: Floats, beats: int) -> tuple[Floats, int]:
    """Differences between passages, from differences d at one time: d - (d_v / f_v) f with the rates f there."""
    assert paced.passage is not None
    parts, taken = [y], beats * paced.effort
    lengths = []
    for _ in range(beats):
        one = until_passage(paced, parts[-1])
        lengths.append(one.segments.lengths[0])
        parts.append(pace(replace(one, passage=None), parts[-1]))
    whole = Segments(np.array([sum(lengths)]), paced.segments.inputs)
    apart, cost = pace_apart(replace(paced, segments=whole, passage=None), y, shifts)
    rates = np.array(list(derivatives(replace(started(paced.model, parts[-1]), pacing=None)).values()))
    column = paced.passage.column
    return apart - np.outer(apart[:, column] / rates[column], rates), taken + cost * beats


def segments_of(model: Model, beat: Protocol) -> Segments:
    """The stretches of a settled beat, as the solvers take them."""
    driven = [given for given in model.inputs if given.role != Role.TIME]
    table = tabulate(beat, driven, model.time_unit)
    return Segments(table.length, table.u)


def _done(paced: PaceMap, outcome: Outcome) -> Outcome:
    if outcome.failures:
        found = outcome.failures[0]
        at = float(paced.segments.inputs[found.segment, 0]) + found.tau
        raise failure(paced.model, at, found.state, found.status)
    return outcome


def require_autonomous(model: Model) -> None:
    """Raise `ModelError` for a model whose equations depend on time itself, naming the states."""
    clocks = {given.name for given in model.inputs if given.role == Role.TIME}
    needs = dependencies(model)
    timed = [s.name for s in model.states if s.rate is not None and clocks & names_behind(s.rate, needs)]
    if timed:
        raise ModelError(
            "the equations depend on time itself, so that no two beats are alike",
            where=f"model {model.name}",
            complaints=timed,
            remedy="Drive what changes with time by an input.",
        )
