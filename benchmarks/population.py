"""A varied population, per cell: python benchmarks/population.py ohara-rudy-2011 --peer myokit

Up to ten conductances and permeabilities differ from cell to cell, log-normal with sigma 0.2.  Ours runs in blocks of
lanes on one thread; Myokit runs the same cells one after the other.  The error is the worst of a few cells, each
against a reference of its own, at the step points of the method; a lane takes the steps that the cell takes alone,
and how far the two end apart is printed as a check.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from accuracy import Errors, Reference
from cases import DEFAULT_MODELS, Case, case_of
from contender import Contender, Doubles, Timing, alternate
from curve import Point
from ours import contender as our_contender
from peers import myokit_cvodes
from peers.catalogue import missing
from work_precision import Comparison

from troponin.errors import SolverError
from troponin.kernels.kernel import Kernel, compile_model
from troponin.kernels.target import natural_lanes
from troponin.simulation.addresses import addresses
from troponin.solvers.integrate import integrate
from troponin.solvers.method import BDF, Rosenbrock

__all__ = ["METHODS", "Block", "Population", "compare_population", "draw"]

METHODS: Mapping[str, Sequence[float]] = {
    "ROS34PW2": (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5),
    "Rodas4": (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6),
    "Rodas5P": (1e-1, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7),
    "BDF": (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8),
}
"""The methods for blocks of lanes and their tolerances; BDF shares one step among the lanes of a block."""

_CONDUCTANCE = re.compile(r"^(g|G|P)(_?[A-Z]\w*|to|ncx)$|^Pnak$|^Jrel\w*$|^P_?NaK$")


@dataclass(frozen=True)
class Population:
    """A paced model whose parameters differ from cell to cell: `values[name]` has shape [cells]."""

    case: Case
    values: Mapping[str, Doubles]

    @property
    def cells(self) -> int:
        """The number of cells."""
        return len(next(iter(self.values.values())))

    def cell(self, number: int) -> Case:
        """The case of one cell alone."""
        own = {name: float(column[number]) for name, column in self.values.items()}
        return replace(self.case, model=self.case.model.with_values(own))


@dataclass(frozen=True)
class Block:
    """As many cells as the kernel has lanes, ready to run."""

    case: Case
    kernel: Kernel
    k: Doubles
    q: Doubles

    def run(self, method: BDF | Rosenbrock) -> Doubles:
        """The state after all beats, shape [states, lanes]."""
        y0 = np.repeat(self.case.y0[:, np.newaxis], self.kernel.lanes, axis=1)
        found = integrate(addresses(self.kernel), method, y0, self.case.segments, self.k, self.q)
        return found.require_done(self.case.name).y


def draw(case: Case, cells: int, *, most: int = 10, sigma: float = 0.2, seed: int = 2026) -> Population:
    """A population whose conductances are those of the case times log-normal factors."""
    names = [p.name for p in case.model.parameters if _CONDUCTANCE.match(p.name.rpartition(".")[2]) and p.value > 0]
    if not names:
        raise SystemExit(f"{case.name}: no parameter looks like a conductance.")
    dice = np.random.default_rng(seed)
    return Population(
        case, {name: case.model[name].value * np.exp(dice.normal(0.0, sigma, cells)) for name in names[:most]}
    )


def blocks(population: Population, lanes: int | None = None) -> list[Block]:
    """The population cut into blocks; a kernel in which the varied parameters are lanes' own."""
    case, width = population.case, natural_lanes() if lanes is None else lanes
    kernel = compile_model(case.model, lanes=width, varied=population.values)
    k, found = kernel.constants(), []
    for first in range(0, population.cells, width):
        own = {name: column[first : first + width] for name, column in population.values.items()}
        found.append(Block(case, kernel, k, kernel.lane_constants(None, own)))
    return found


def _method(name: str, rtol: float) -> BDF | Rosenbrock:
    return BDF(rtol=rtol) if name == "BDF" else Rosenbrock(name, rtol=rtol)


def compare_population(
    population: Population, methods: Sequence[str], peers: Sequence[str], *, sample: int = 4, rounds: int = 3
) -> Comparison:
    """Cost per cell and beat against the worst error of a sample of cells, ours and Myokit's in one run."""
    case, all_blocks = population.case, blocks(population)
    chosen = list(range(0, population.cells, max(1, population.cells // sample)))[:sample]
    own_cases = [population.cell(number) for number in chosen]
    references = [Reference(own) for own in own_cases]
    entries: list[tuple[str, str, Errors, Callable[[], object], int]] = []
    for name in methods:
        for rtol in METHODS[name]:
            method = _method(name, rtol)
            alone = [our_contender(own, name, method) for own in own_cases]
            run = _all_blocks(all_blocks, method)
            try:
                run()
                errors = _worst([r.errors(c) for r, c in zip(references, alone, strict=True)])
            except SolverError as fault:  # too coarse for some cell: no point of the curve
                print(f"{name} at {rtol:.0e} is left out: {fault}", file=sys.stderr)
                continue
            entries.append((f"Troponin {name}", f"{rtol:.0e}", errors, run, population.cells))
    if "myokit" in peers and missing("myokit") is None:
        entries += _myokit_entries(population, chosen, references)
    timings = alternate([run for *_, run, _ in entries], rounds, visit=0.0)
    points = tuple(
        Point(tool, setting, errors, Timing(tuple(s / cells for s in timing.seconds)), case.beats)
        for (tool, setting, errors, _, cells), timing in zip(entries, timings, strict=True)
    )
    return Comparison(case, points, max(r.doubt for r in references))


def apart(population: Population, method: Rosenbrock) -> float:
    """The largest relative difference between the end of a cell in its block and its end alone."""
    block = blocks(population)[0]
    together = block.run(method)
    worst = 0.0
    for lane in range(min(block.kernel.lanes, population.cells)):
        own = population.cell(lane)
        alone = integrate(addresses(own.kernel), method, own.y0, own.segments, own.k).y
        worst = max(worst, float(np.max(np.abs(together[:, lane] - alone) / (np.abs(alone) + 1e-6))))
    return worst


def _all_blocks(all_blocks: Sequence[Block], method: BDF | Rosenbrock) -> Callable[[], object]:
    return lambda: [block.run(method) for block in all_blocks]


def _myokit_entries(
    population: Population, chosen: Sequence[int], references: Sequence[Reference]
) -> list[tuple[str, str, Errors, Callable[[], object], int]]:
    sim = myokit_cvodes.simulation(population.case)
    own = [{name: float(column[number]) for name, column in population.values.items()} for number in chosen]
    rows = [myokit_cvodes.contenders(population.case, sim, values) for values in own]
    found = []
    for column in zip(*rows, strict=True):  # one setting, all chosen cells
        errors = _worst([r.errors(c) for r, c in zip(references, column, strict=True)])
        found.append((column[0].tool, column[0].setting, errors, _one_by_one(column), len(chosen)))
    return found


def _one_by_one(cells: Sequence[Contender]) -> Callable[[], object]:
    return lambda: [cell.run() for cell in cells]


def _worst(found: Sequence[Errors]) -> Errors:
    steps = round(float(np.mean([e.steps for e in found])))
    return Errors(max(e.v for e in found), max(e.apd90 for e in found), max(e.calcium for e in found), steps)


def main() -> None:
    from report import print_comparison

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(DEFAULT_MODELS))
    parser.add_argument("--cells", type=int, default=32)
    parser.add_argument("--method", action="append", choices=sorted(METHODS))
    parser.add_argument("--peer", action="append", choices=["myokit"])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for name in given.models:
        population = draw(case_of(name), given.cells)
        found = compare_population(population, given.method or list(METHODS), given.peer or [], rounds=given.rounds)
        print(f"\n{population.cells} cells in blocks of {natural_lanes()}; varied: {', '.join(population.values)}")
        print(f"a cell in its block and alone end {apart(population, Rosenbrock(rtol=1e-4)):.1e} apart")
        print_comparison(found)


if __name__ == "__main__":
    main()
