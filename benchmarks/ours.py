"""Troponin as a contender: one cell, one solver, arrays in and arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from cases import Case
from contender import Contender, Doubles

from troponin.simulation.addresses import addresses
from troponin.solvers.integrate import integrate, trace_steps
from troponin.solvers.method import BDF, Rosenbrock
from troponin.solvers.segments import SavePlan

__all__ = ["contender", "contenders", "plan_at", "sample_with"]

BDF_TOLERANCES = (1e-2, 1e-3, 3e-4, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
ROSENBROCK_TOLERANCES = (1e-2, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)


def contenders(case: Case, methods: Sequence[str] = ("BDF",)) -> list[Contender]:
    """One contender for each method ("BDF" or the name of a Rosenbrock tableau) and tolerance."""
    found = []
    for name in methods:
        if name == "BDF":
            found += [contender(case, name, BDF(rtol=rtol)) for rtol in BDF_TOLERANCES]
        else:
            found += [contender(case, name, Rosenbrock(name, rtol=rtol)) for rtol in ROSENBROCK_TOLERANCES]
    return found


def contender(case: Case, name: str, method: BDF | Rosenbrock) -> Contender:
    """One method at one tolerance on one case."""
    kernel, y0, segments, k, v = addresses(case.kernel), case.y0, case.segments, case.k, case.column("v")

    def run() -> object:
        return integrate(kernel, method, y0, segments, k).require_done(case.name)

    def steps() -> tuple[Doubles, Doubles]:
        times, states, outcome = trace_steps(kernel, method, y0, segments, k)
        outcome.require_done(case.name)
        last = (times >= case.last_start) & (times < case.end)
        return times[last], states[last, v]

    def sample(times: Doubles) -> tuple[Doubles, Doubles]:
        saved = sample_with(case, method, times, ("v", "cai"))
        return saved[:, 0], saved[:, 1]

    return Contender(f"Troponin {name}", f"{method.rtol:.0e}", run, steps, sample, method.rtol)


def sample_with(case: Case, method: BDF | Rosenbrock, times: Doubles, names: Sequence[str]) -> Doubles:
    """The states of these names at these times, by the method's own dense output, shape [times, names]."""
    plan = replace(plan_at(case, times), columns=np.array([case.column(name) for name in names]))
    order = np.argsort(times, kind="stable")
    outcome = integrate(addresses(case.kernel), method, case.y0, case.segments, case.k, save=plan)
    values = np.empty_like(outcome.require_done(case.name).saved)
    values[order] = outcome.saved
    return values


def plan_at(case: Case, times: Doubles) -> SavePlan:
    """A save plan for absolute times, each in the segment [start, end) that holds it."""
    ordered = np.sort(times, kind="stable")
    starts = case.table.start
    owner = np.clip(np.searchsorted(starts, ordered, side="right") - 1, 0, starts.size - 1)
    local = np.clip(ordered - starts[owner], 0.0, case.table.length[owner])
    offsets = np.searchsorted(owner, np.arange(starts.size + 1), side="left")
    return SavePlan(local, offsets)
