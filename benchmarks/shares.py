"""Where the time goes: what share of a run is spent in each kernel, and what is left for the solver around them.

python benchmarks/shares.py ohara-rudy-2011

    share = calls of the kernel in the run x its time per call / time of the run
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from cases import DEFAULT_MODELS, Case, case_of
from contender import alternate
from kernels import kernel_times

from troponin.kernels.kernel import compile_model
from troponin.kernels.target import natural_lanes
from troponin.simulation.addresses import addresses
from troponin.solvers.integrate import Counters, integrate
from troponin.solvers.method import BDF, Rosenbrock

__all__ = ["Shares", "shares"]

_METHODS = (BDF(rtol=1e-4), BDF(rtol=1e-6), Rosenbrock("Rodas5P", rtol=1e-3))


@dataclass(frozen=True)
class Shares:
    """One method on one model: steps a beat, microseconds a step, and the share of the time in each kernel."""

    model: str
    method: str
    lanes: int
    steps: float
    per_step: float
    kernels: dict[str, float]

    @property
    def rest(self) -> float:
        """The share of everything that is no kernel."""
        return 1.0 - sum(self.kernels.values())


def shares(case: Case, rounds: int = 5) -> list[Shares]:
    """The shares of our methods on one cell and on the natural block of equal cells."""
    cost = {(t.function, t.lanes): t.timing.best for t in kernel_times(case, rounds)}
    found: list[tuple[int, BDF | Rosenbrock, Counters]] = []
    runs: list[Callable[[], object]] = []
    for lanes in (1, natural_lanes()):
        for method in _METHODS:
            run = _run(case, lanes, method)
            found.append((lanes, method, run()))
            runs.append(run)
    timings = alternate(runs, rounds)
    return [
        _shares(case, lanes, method, counters, timing.best, cost)
        for (lanes, method, counters), timing in zip(found, timings, strict=True)
    ]


def _run(case: Case, lanes: int, method: BDF | Rosenbrock) -> Callable[[], Counters]:
    kernel = compile_model(case.model, lanes=lanes)
    places, k = addresses(kernel), kernel.constants()
    y0 = np.repeat(case.y0[:, np.newaxis], lanes, axis=1)
    q = np.zeros((max(kernel.n_q, 1), lanes))

    def run() -> Counters:
        # the kernel is named here so that its code stays in memory
        return integrate(places, method, y0, case.segments, k, q).require_done(kernel.states[0]).counters

    return run


def _shares(
    case: Case,
    lanes: int,
    method: BDF | Rosenbrock,
    counters: Counters,
    seconds: float,
    cost: dict[tuple[str, int], float],
) -> Shares:
    # the Jacobian's kernel computes the rates too
    calls = {"rhs": counters.rhs, "jac": counters.jacobians, "factor": counters.factors, "solve": counters.solves}
    name = "BDF" if isinstance(method, BDF) else method.tableau
    return Shares(
        case.name,
        f"{name} {method.rtol:.0e}",
        lanes,
        counters.steps / case.beats,
        seconds / max(counters.steps, 1),
        {kernel: number * cost[kernel, lanes] / seconds for kernel, number in calls.items()},
    )


def main() -> None:
    from report import shares_table

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(DEFAULT_MODELS))
    given: Sequence[str] = parser.parse_args().models
    print(shares_table([row for name in given for row in shares(case_of(name))]))


if __name__ == "__main__":
    main()
