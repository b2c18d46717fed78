"""How a batch gains from threads: python benchmarks/threads.py ohara-rudy-2011

The same batch through the public `simulate` with one thread, two, ... up to the processors there are, in turns.  Wall
time is what threads exist to save, but it says little where others use the machine: the cores that the run got tell
that, and the CPU time per cell tells what the threads cost each other.  Results are compared bit for bit.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
from cases import Case, case_of
from contender import Timing
from population import draw

from troponin.protocol import pacing
from troponin.simulation.lanes import thread_count
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import Rosenbrock

__all__ = ["ThreadTime", "thread_times"]


@dataclass(frozen=True)
class ThreadTime:
    """A batch with so many threads: wall and CPU seconds per cell and beat, and whether its bits are those of one."""

    model: str
    cells: int
    threads: int
    wall: Timing
    cpu: Timing
    identical: bool

    @property
    def cores(self) -> float:
        """Processors that the run got, at its best."""
        return max(c / w for c, w in zip(self.cpu.seconds, self.wall.seconds, strict=True))


def thread_times(
    case: Case, cells: int = 256, beats: int = 2, rounds: int = 3, most: int | None = None
) -> list[ThreadTime]:
    """The batch with 1, 2, 4, ... threads."""
    population = draw(case, cells)
    train = pacing.regular(f"{case.bcl:g} ms", beats=beats)
    most = thread_count() if most is None else most
    counts = sorted({*(2**i for i in range(most.bit_length()) if 2**i <= most), most})
    results: dict[int, np.ndarray] = {}

    def run(threads: int) -> tuple[float, float]:
        began, used = time.perf_counter(), time.process_time()
        found = simulate(
            case.model,
            train,
            solver=Rosenbrock("Rodas5P", rtol=1e-3),
            save=Save(["v"], every="10 ms"),
            values=population.values,
            threads=threads,
        )
        spent = time.perf_counter() - began, time.process_time() - used
        results[threads] = found["v"].values
        return spent[0] / (cells * beats), spent[1] / (cells * beats)

    run(1)  # compiles, where that has not been done
    spent: dict[int, list[tuple[float, float]]] = {n: [] for n in counts}
    for _ in range(rounds):
        for n in counts:
            spent[n].append(run(n))
    return [
        ThreadTime(
            case.name,
            cells,
            n,
            Timing(tuple(wall for wall, _ in spent[n])),
            Timing(tuple(cpu for _, cpu in spent[n])),
            bool(np.array_equal(results[n], results[1])),
        )
        for n in counts
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
