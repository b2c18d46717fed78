"""Markov channels: a molecule that is in one of several states and jumps between them.

    dP/dt = sum over transitions a -> b of  rate_ab P_a  (leaves a, enters b),      sum P = 1

Thermodynamics asks that around any closed loop of states the product of the rates one way equals the product
the other way (microscopic reversibility): without work put in, nothing circulates in equilibrium.

Source: D. Colquhoun and A. G. Hawkes, Proc. R. Soc. Lond. B 199 (1977) 231, doi 10.1098/rspb.1977.0085.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from troponin.errors import ModelError, UnknownNameError
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import total
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.physiology.gate import v
from troponin.physiology.place import author_place

__all__ = ["Markov", "circulating", "loops", "net_rate"]


@dataclass(frozen=True, eq=False, slots=True)
class Markov:
    """A Markov chain: its states with initial occupancies, and the rates [1/ms, plain numbers of `v`] of its jumps.

        chain = Markov("IKr", states={"C": 0.9, "O": 0.1, "I": 0.0},
                       rates={("C", "O"): (a, b), ("O", "I"): (c, d)})         # (forward, backward)
        Channel("IKr", ion=k, conductance="0.05 mS/uF", open=chain["O"])

    A rate given alone, not as a pair, is of a jump without a way back.  All occupancies are kept as states, or
    `eliminate` names one that is 1 minus the others.  Initial occupancies must add up to 1.
    """

    name: str
    states: Mapping[str, float]
    rates: Mapping[tuple[str, str], tuple[NodeLike, NodeLike] | NodeLike]
    eliminate: str | None = None
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        named = [state for pair in self.rates for state in pair]
        for state in [*named, *([self.eliminate] if self.eliminate else [])]:
            if state not in self.states:
                raise UnknownNameError("Markov state", state, self.states, where=f"Markov chain {self.name}")
        whole = sum(self.states.values())
        if abs(whole - 1.0) > 1e-6 or min(self.states.values()) < 0.0:
            raise ModelError(
                "initial occupancies are fractions that add up to 1",
                where=f"Markov chain {self.name}",
                remedy=f"They add up to {whole:.9g} with a least one of {min(self.states.values()):.3g}.",
            )

    def __getitem__(self, state: str) -> Symbol:
        """The occupancy of a state, for use in expressions."""
        if state not in self.states:
            raise UnknownNameError("Markov state", state, self.states, where=f"Markov chain {self.name}")
        return Symbol(f"{self.name}.{state}", of=self)

    def transitions(self) -> Iterator[tuple[str, str, Node]]:
        """Every jump with a rate: from, to, rate as a plain number of 1/ms."""
        for (a, b), given in self.rates.items():
            if isinstance(given, tuple):
                yield a, b, as_node(given[0])
                yield b, a, as_node(given[1])
            else:
                yield a, b, as_node(given)


def net_rate(chain: Markov, state: str) -> Node:
    """dP/dt of one state: what enters less what leaves."""
    terms: list[Node] = []
    for a, b, rate in chain.transitions():
        if b == state:
            terms.append(rate * chain[a])
        elif a == state:
            terms.append(-(rate * chain[state]))
    return total(terms)


def loops(chain: Markov) -> list[tuple[tuple[str, ...], Node]]:
    """The independent closed loops of a chain, each with (product one way) / (product the other way).

    A loop with a jump that has no way back is left out: it cannot be in equilibrium at all.
    """
    rate: dict[tuple[str, str], Node] = {}
    for a, b, value in chain.transitions():
        rate[a, b] = rate[a, b] + value if (a, b) in rate else value
    edges = list(dict.fromkeys(tuple(sorted(pair)) for pair in rate if pair[::-1] in rate))
    parent: dict[str, str | None] = {}
    spare = _spanning_tree(list(chain.states), edges, parent)
    found = []
    for a, b in spare:
        path = _path(a, b, parent)
        around = list(zip(path, [*path[1:], path[0]], strict=True))
        forward, backward = as_node(1.0), as_node(1.0)
        for x, y in around:
            forward, backward = forward * rate[x, y], backward * rate[y, x]
        found.append((tuple(path), forward / backward))
    return found


def circulating(
    chain: Markov, values: Mapping[str, float] | None = None, voltages: tuple[float, ...] = (-100.0, -50.0, 0.0, 50.0)
) -> tuple[tuple[str, ...], ...]:
    """The loops that break microscopic reversibility at any of some voltages [mV].

    `values` gives the other symbols of the rates, if there are any.
    """
    broken: list[tuple[str, ...]] = []
    for states, ratio in loops(chain):
        at = [evaluate([ratio], {**(values or {}), v.name: voltage})[0] for voltage in voltages]
        if any(abs(float(x) - 1.0) > 1e-9 for x in at):
            broken.append(states)
    return tuple(broken)


def _spanning_tree(
    states: list[str], edges: list[tuple[str, ...]], parent: dict[str, str | None]
) -> list[tuple[str, ...]]:
    """Grow a forest over the edges into `parent`; return the edges that close a loop."""
    used: set[tuple[str, ...]] = set()
    for root in states:
        if root in parent:
            continue
        parent[root] = None
        reached = [root]
        for at in reached:
            for edge in edges:
                other = edge[1] if edge[0] == at else edge[0] if edge[1] == at else None
                if other is not None and other not in parent:
                    parent[other] = at
                    used.add(edge)
                    reached.append(other)
    return [edge for edge in edges if edge not in used]


def _path(a: str, b: str, parent: Mapping[str, str | None]) -> list[str]:
    """The states on the way from a to b along the tree."""
    up_a, up_b = _ancestors(a, parent), _ancestors(b, parent)
    meeting = next(state for state in up_a if state in up_b)
    return [*up_a[: up_a.index(meeting) + 1], *reversed(up_b[: up_b.index(meeting)])]


def _ancestors(state: str, parent: Mapping[str, str | None]) -> list[str]:
    line: list[str] = []
    at: str | None = state
    while at is not None:
        line.append(at)
        at = parent[at]
    return line
