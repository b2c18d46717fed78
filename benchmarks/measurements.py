"""Everything that one run of the benchmarks measures, and the ratios by which runs are compared."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cases import Case, case_of
from kernels import KernelTime, StepTime, kernel_times, step_times
from peers.catalogue import PEERS
from population import METHODS, compare_population, draw
from scaling import CrowdCost, SizeCost, crowd_costs, size_costs
from shares import Shares, shares
from threads import ThreadTime, thread_times
from work_precision import HEADLINES, Comparison, compare

T = TypeVar("T")

__all__ = ["Extent", "Measurements", "measure"]


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    models: Sequence[str]
    populations: Sequence[str]
    methods: Sequence[str]
    peers: Sequence[str]
    rounds: int
    cells: int
    most: int
    jax: bool

    @classmethod
    def full(cls, models: Sequence[str]) -> Extent:
        """Everything, for the docs: about twenty minutes on two cores."""
        methods = ("BDF", "ROS34PW2", "Rodas4", "Rodas5P")
        return cls(models, models, methods, tuple(PEERS), rounds=5, cells=32, most=100_000, jax=True)

    @classmethod
    def quick(cls, models: Sequence[str]) -> Extent:
        """A look in a minute or two: the largest model and the smallest, Myokit alone."""
        return cls(
            (models[0], models[-1]), (models[-1],), ("BDF",), ("myokit",), rounds=2, cells=16, most=100, jax=False
        )


@dataclass(frozen=True)
class Measurements:
    """The tables of one run."""

    single: Sequence[Comparison]
    varied: Sequence[Comparison]
    cells: int
    kernels: Sequence[KernelTime]
    steps: Sequence[StepTime]
    shares: Sequence[Shares]
    threads: Sequence[ThreadTime]
    crowds: Sequence[CrowdCost]
    sizes: Sequence[SizeCost]

    def ratios(self) -> dict[str, float]:
        """How many times faster than a peer of the same run, by what was compared."""
        return {name: round(value, 2) for name, value in self._ratios() if value is not None}

    def _ratios(self) -> Iterator[tuple[str, float | None]]:
        for kind, comparisons in (("one cell", self.single), ("varied population", self.varied)):
            for found in comparisons:
                for peer in found.peers:
                    for error in HEADLINES:
                        best = [found.ratio(peer, tool, error, best=True) for tool in found.ours]
                        known = [ratio for ratio in best if ratio is not None]
                        yield f"{kind}, {found.case.name}, {peer}, {error:g} mV", max(known, default=None)
        for k in self.kernels:
            if k.peer is not None:
                yield f"{k.function} of {k.lanes} lanes, {k.model}, gcc", k.peer.best / k.timing.best
        for s in self.steps:
            if "gcc" in s.timings:
                yield f"{s.method} of {s.cells} cells, {s.model}, gcc", s.timings["gcc"].best / s.timings["ours"].best


def measure(extent: Extent) -> Measurements:
    """Run all benchmarks, telling on the error stream where it is."""
    cases = [case_of(name) for name in extent.models]
    largest, sizes = cases[-1], [10**power for power in range(6) if 10**power <= extent.most]
    return Measurements(
        single=[_told("one cell", case, compare(case, extent.methods, extent.peers, extent.rounds)) for case in cases],
        varied=[_varied(case_of(name), extent) for name in extent.populations],
        cells=extent.cells,
        kernels=[row for case in cases for row in _told("kernels", case, kernel_times(case, extent.rounds))],
        steps=[
            _told("fixed steps", case, step_times(case, method, 10_000, extent.rounds, jax=extent.jax))
            for case in cases
            for method in ("rush_larsen", "grl1")
        ],
        shares=[row for case in cases for row in _told("shares", case, shares(case, extent.rounds))],
        threads=_told("threads", largest, thread_times(largest, rounds=extent.rounds)),
        crowds=_told("growth", largest, crowd_costs(largest, sizes)),
        sizes=size_costs(cases, extent.rounds),
    )


def _varied(case: Case, extent: Extent) -> Comparison:
    found = compare_population(draw(case, extent.cells), list(METHODS), extent.peers, rounds=extent.rounds)
    return _told("varied population", case, found)


def _told(what: str, case: Case, found: T) -> T:
    print(f"{what}: {case.name} done", file=sys.stderr)
    return found
