"""Work and precision of one cell: python benchmarks/work_precision.py tomek-2020 --peer myokit

Every tool paces the model from its default initial state for five beats with exact stimulus edges; errors are those
of the last beat against a 1e-12 reference at each tool's own step points; times are CPU times of one thread, taken
in turns.  The table ends with the ratio of times at equal error.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from accuracy import Reference
from cases import DEFAULT_MODELS, Case, case_of
from contender import alternate
from curve import Point, cost_at
from ours import contenders as our_contenders
from peers.catalogue import PEERS, peer_contenders

__all__ = ["HEADLINES", "Comparison", "compare"]

HEADLINES = (1e-1, 1e-2, 1e-3, 1e-4)
"""Errors of the membrane potential, mV, at which tools are compared."""


@dataclass(frozen=True)
class Comparison:
    """The curves of all tools on one case."""

    case: Case
    points: tuple[Point, ...]
    doubt: float

    def of(self, tool: str) -> list[Point]:
        """The points of one tool."""
        return [p for p in self.points if p.tool == tool]

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools, in the order in which they were given."""
        return tuple(dict.fromkeys(p.tool for p in self.points))

    @property
    def ours(self) -> tuple[str, ...]:
        """Those of them that are Troponin."""
        return tuple(tool for tool in self.tools if tool.startswith("Troponin"))

    @property
    def peers(self) -> tuple[str, ...]:
        """Those of them that are not."""
        return tuple(tool for tool in self.tools if tool not in self.ours)

    def ratio(self, peer: str, tool: str, error: float, *, best: bool = False) -> float | None:
        """How many times faster `tool` reaches an error than `peer`; None where one of them does not reach it."""
        theirs, mine = cost_at(error, self.of(peer), best=best), cost_at(error, self.of(tool), best=best)
        return None if theirs is None or mine is None else theirs / mine

    def ratio_at(self, point: Point) -> float | None:
        """How many times faster we are, with our best method, at the error of a peer's point."""
        mine = cost_at(point.errors.v, [p for p in self.points if p.tool in self.ours])
        return None if mine is None else point.median / mine


def compare(case: Case, methods: Sequence[str], peers: Sequence[str], rounds: int = 5) -> Comparison:
    """Measure our methods and the peers on a case, in one run."""
    entries = [*our_contenders(case, methods), *(c for peer in peers for c in peer_contenders(peer, case))]
    reference = Reference(case)
    errors = [reference.errors(entry) for entry in entries]
    timings = alternate([entry.run for entry in entries], rounds)
    points = tuple(
        Point(e.tool, e.setting, error, timing, case.beats)
        for e, error, timing in zip(entries, errors, timings, strict=True)
    )
    return Comparison(case, points, reference.doubt)


def main() -> None:
    from report import print_comparison

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(DEFAULT_MODELS), help="library names or model files")
    parser.add_argument("--peer", action="append", choices=sorted(PEERS), help="may be given several times")
    parser.add_argument("--method", action="append", help="BDF, ROS34PW2, Rodas4 or Rodas5P; BDF by default")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for name in given.models:
        print_comparison(compare(case_of(name), given.method or ["BDF"], given.peer or [], given.rounds))


if __name__ == "__main__":
    main()
