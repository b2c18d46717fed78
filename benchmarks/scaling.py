"""How cost grows: with the number of cells in a call of `simulate`, and with the size of the model.

python benchmarks/scaling.py --most 100000
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cases import DEFAULT_MODELS, Case, case_of
from contender import alternate
from population import draw

from troponin.protocol import pacing
from troponin.simulation.addresses import addresses
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.integrate import integrate
from troponin.solvers.method import BDF, Rosenbrock

__all__ = ["CrowdCost", "SizeCost", "crowd_costs", "size_costs"]


@dataclass(frozen=True)
class CrowdCost:
    """One beat of so many cells on one thread: seconds of CPU per cell, and bytes per cell at the peak.

    `kept` are the bytes per cell of what the run keeps, which no way of computing could avoid; the peak of the largest
    batches is not measured, since tracing the memory takes as long again.
    """

    model: str
    cells: int
    seconds: float
    memory: float | None
    kept: float


@dataclass(frozen=True)
class SizeCost:
    """One beat of one cell by the BDF at its default tolerance."""

    model: str
    states: int
    entries: int
    seconds: float


def crowd_costs(case: Case, sizes: Sequence[int]) -> list[CrowdCost]:
    """The cost per cell in batches of growing size, v kept every 10 ms."""
    return [_crowd_cost(case, cells) for cells in sizes]


def _crowd_cost(case: Case, cells: int) -> CrowdCost:
    population = draw(case, cells)
    train, save = pacing.regular(f"{case.bcl:g} ms"), Save(["v"], every="10 ms")

    def run() -> int:
        solver = Rosenbrock("Rodas5P", rtol=1e-3)
        return int(
            simulate(case.model, train, solver=solver, save=save, values=population.values, threads=1)["v"].nbytes
        )

    if cells <= 1000:
        run()  # compiles, where it has not been done
    began = time.process_time()
    kept = run()
    seconds = time.process_time() - began
    return CrowdCost(case.name, cells, seconds / cells, _peak(run) / cells if cells <= 10_000 else None, kept / cells)


def _peak(run: Callable[[], object]) -> int:
    """The most memory, bytes, that Python and NumPy held during a run: one of its own, since tracing slows it down."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def size_costs(cases: Sequence[Case], rounds: int = 3) -> list[SizeCost]:
    """The cost of a beat against the size of the model, in turns."""
    runs = [_single(case) for case in cases]
    timings = alternate(runs, rounds)
    return [
        SizeCost(case.name, case.kernel.n, case.kernel.nnz, timing.median / case.beats)
        for case, timing in zip(cases, timings, strict=True)
    ]


def _single(case: Case) -> Callable[[], object]:
    kernel, y0, k = addresses(case.kernel), case.y0, case.k
    return lambda: integrate(kernel, BDF(), y0, case.segments, k).require_done(case.name)


def main() -> None:
    from report import crowd_table, size_table

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="ohara-rudy-2011")
    parser.add_argument("--most", type=int, default=10_000, help="cells in the largest batch")
    given = parser.parse_args()
    sizes = [10**power for power in range(7) if 10**power <= given.most]
    print(crowd_table(crowd_costs(case_of(given.model), sizes)), end="\n\n")
    print(size_table(size_costs([case_of(name) for name in DEFAULT_MODELS])))


if __name__ == "__main__":
    main()
