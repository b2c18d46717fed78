"""How a batch gains from threads: python benchmarks/threads.py ohara-rudy-2011

The same batch through the public `simulate` with one thread, two, ... up to the processors there are, in turns; wall
time, since threads exist to save that.  Results are compared bit for bit: they may not depend on the threads.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from cases import Case, case_of
from contender import Timing, alternate
from population import draw

from troponin.protocol import pacing
from troponin.simulation.lanes import thread_count
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import Rosenbrock

__all__ = ["ThreadTime", "thread_times"]


@dataclass(frozen=True)
class ThreadTime:
    """Wall seconds of a batch per cell and beat with so many threads, and how many times faster than one."""

    model: str
    cells: int
    threads: int
    timing: Timing
    speedup: float
    identical: bool


def thread_times(
    case: Case, cells: int = 256, beats: int = 2, rounds: int = 3, most: int | None = None
) -> list[ThreadTime]:
    """The batch with 1, 2, 4, ... threads."""
    population = draw(case, cells)
    train = pacing.regular(f"{case.bcl:g} ms", beats=beats)
    most = thread_count() if most is None else most
    counts = sorted({*(2**i for i in range(most.bit_length()) if 2**i <= most), most})
    results: dict[int, np.ndarray] = {}

    def run_with(threads: int) -> Callable[[], object]:
        def run() -> object:
            found = simulate(
                case.model,
                train,
                solver=Rosenbrock("Rodas5P", rtol=1e-3),
                save=Save(["v"], every="10 ms"),
                values=population.values,
                threads=threads,
            )
            results[threads] = found["v"].values
            return found

        return run

    timings = alternate([run_with(n) for n in counts], rounds, visit=0.0, clock=time.perf_counter)
    return [
        ThreadTime(
            case.name,
            cells,
            n,
            Timing(tuple(s / (cells * beats) for s in timing.seconds)),
            timings[0].best / timing.best,
            bool(np.array_equal(results[n], results[1])),
        )
        for n, timing in zip(counts, timings, strict=True)
    ]


def main() -> None:
    from report import threads_table

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["ohara-rudy-2011"])
    parser.add_argument("--cells", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(
        threads_table([row for m in given.models for row in thread_times(case_of(m), given.cells, rounds=given.rounds)])
    )


if __name__ == "__main__":
    main()
