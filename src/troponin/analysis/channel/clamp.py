"""A clamped patch: its states over time at a potential that stands still, exactly where its equations are linear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel import flow as exact
from troponin.analysis.channel.linear import Linear, flow, linear, nonlinear_in
from troponin.analysis.channel.numerical import Bench, open_bench, solved
from troponin.analysis.channel.patch import Patch, isolate
from troponin.errors import ModelError, require_kind
from troponin.model.model import Model
from troponin.simulation.course import Method
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen

__all__ = ["SOLVER", "Clamp", "at_rest", "end_of", "open_clamp", "states_along", "states_at"]

Floats = NDArray[np.float64]

SOLVER: Final = Rosenbrock(rtol=1e-9)

_FOREVER: Final = 1e5
"""ms for which a patch that has no closed form is held before its first step."""


@dataclass(frozen=True, slots=True, eq=False)
class Clamp:
    """A patch and how it is solved: by its linear form, or by a solver, and why so."""

    patch: Patch
    form: Linear | None = field(repr=False)
    bench: Bench | None = field(repr=False)
    why: str

    @property
    def method(self) -> str:
        """How it is solved, as text."""
        if self.bench is None:
            return "exact"
        settings = ", ".join(
            f"{name}={value}" for name, value in asdict(self.bench.method).items() if value is not None
        )
        return f"{type(self.bench.method).__name__}({settings})"


def open_clamp(
    model: Model, name: str, free: Sequence[str], held: Sequence[str], solver: Method | None = None
) -> Clamp:
    """The clamped patch of a current; `solver` None solves it exactly where its equations are linear."""
    require_kind(solver, (BDF, Rosenbrock, RushLarsen, type(None)), "solver", "a solver, such as BDF(rtol=1e-9)")
    patch = isolate(model, name, free, held)
    if solver is not None:
        return Clamp(patch, None, open_bench(patch, solver), "the solver was asked for")
    why = nonlinear_in(patch)
    if why:
        return Clamp(patch, None, open_bench(patch, SOLVER), why)
    return Clamp(patch, linear(patch), None, "every rate is linear in the states at a constant potential")


def at_rest(clamp: Clamp, v: Floats) -> Floats:
    """The states after holding potentials `v` in mV (shape [lane]) for ever, shape [lane, state].

    Without a closed form: after 100 s from the initial state.  Raises `ModelError` for a gate that never comes to rest.
    """
    start = np.tile(clamp.patch.initial, (len(v), 1))
    if not clamp.patch.states:
        return start
    if clamp.form is None:
        return states_at(clamp, v, start, np.array([0.0, _FOREVER]))[:, -1]
    system = flow(clamp.form, v)
    found = exact.rest(system, start)
    _require_rest(clamp.patch, clamp.form, v, found)
    # a chain that falls apart at some potential has no single rest: what is held long enough to be there
    if not np.isnan(found).any():
        return found
    return np.where(np.isnan(found), exact.after(system, start, np.full(len(v), _FOREVER)), found)


def _require_rest(patch: Patch, form: Linear, v: Floats, found: Floats) -> None:
    for block in form.blocks:
        lost = np.isnan(found[:, block[0]])
        if len(block) == 1 and lost.any():
            raise ModelError(
                f"{patch.states[block[0]]} does not come to rest at {', '.join(f'{x:g}' for x in v[lost])} mV: its time"
                " constant there is below zero, or infinite",
                where=f"model {patch.model.name}",
                remedy="Hold and step where the model's equations are meant to hold.",
            )


def states_along(clamp: Clamp, v: Floats, start: Floats, steps: exact.Steps) -> Floats:
    """The states at the sample times of `steps`, shape [lane, time, state], from `start`, shape [lane, state]."""
    times = exact.sample_times(steps)
    if not clamp.patch.states:
        return np.zeros((len(v), len(times), 0))
    if clamp.form is None:
        return states_at(clamp, v, start, times)
    return exact.along(flow(clamp.form, v), start, steps)


def end_of(clamp: Clamp, v: Floats, start: Floats, duration: float) -> Floats:
    """The states after a step of `duration` in ms, shape [lane, state]."""
    return states_along(clamp, v, start, [(duration, 1)])[:, -1]


def states_at(clamp: Clamp, v: Floats, start: Floats, times: Floats) -> Floats:
    """The states that the solver of a clamp without a linear form gives at `times` in ms, shape [lane, time, state]."""
    assert clamp.bench is not None
    return solved(clamp.bench, v, start, times)
