"""LU factors of I - c J without pivoting, unrolled: the order, the fill, and the two programs.

Pivots are taken from the diagonal in Markowitz's order (Management Science 3, 255, 1957): at each step the
one that can make the fewest new entries.  With B = c J the factors are

    d_k  = 1 / (1 - B_kk - ...)           the reciprocal pivots,
    m_ik = B_ik d_k                       the multipliers, minus the L of the textbooks,
    u_kj = B_kj + sum_l m_kl u_lj         minus the U of the textbooks,

so that eliminating and substituting are fused multiply-adds throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from troponin.expr.nodes import Apply, Node
from troponin.expr.operations import Operation
from troponin.expr.simplify import ONE, negative, product, sum_of
from troponin.kernels.program import Program, slot_symbol, stores

__all__ = ["Elimination", "eliminate", "factor_program", "solve_program"]

Position = tuple[int, int]
CHAINS: Final = 4
"""Sums of one entry that run side by side: as long as a multiply-add takes, in multiply-adds."""


@dataclass(frozen=True)
class Elimination:
    """The pivots in order, and the row of the LU array that holds each entry (k, k), (i, k) and (k, j)."""

    pivots: tuple[int, ...]
    rows: Mapping[Position, int]

    @property
    def size(self) -> int:
        """Entries of the factors."""
        return len(self.rows)


def side_by_side(positions: Iterable[Position]) -> list[Position]:
    """An order in which what is computed alike is stored alike, so that vectors of it are loaded whole.

    First the diagonal; then each entry among those of its column, or of its row where that has more.
    """
    entries = list(positions)
    in_row = Counter(i for i, j in entries if i != j)
    in_column = Counter(j for i, j in entries if i != j)

    def place(entry: Position) -> tuple[int, int, int]:
        i, j = entry
        if i == j:
            return 0, 0, i
        return (2, i, j) if in_row[i] > in_column[j] else (1, j, i)

    return sorted(entries, key=place)


def eliminate(n: int, pattern: Iterable[Position]) -> Elimination:
    """Order the pivots of an n by n matrix with that pattern and a full diagonal."""
    below: dict[int, set[int]] = {k: set() for k in range(n)}  # rows with an entry in column k
    right: dict[int, set[int]] = {k: set() for k in range(n)}  # columns with an entry in row k
    for i, j in pattern:
        if i != j:
            below[j].add(i)
            right[i].add(j)
    pivots: list[int] = []
    entries: list[Position] = []
    left = set(range(n))
    while left:
        k = min(left, key=lambda p: (len(below[p]) * len(right[p]), len(below[p]) + len(right[p]), p))
        left.remove(k)
        pivots.append(k)
        entries += [(k, k), *((i, k) for i in below[k]), *((k, j) for j in right[k])]
        for i in below[k]:
            right[i].discard(k)
            right[i] |= right[k] - {i}
        for j in right[k]:
            below[j].discard(k)
            below[j] |= below[k] - {j}
    return Elimination(tuple(pivots), {entry: row for row, entry in enumerate(side_by_side(entries))})


def factor_program(pattern: tuple[Position, ...], elimination: Elimination) -> Program:
    """factor(J, c, LU): `pattern` gives the position of each row of J."""
    c = slot_symbol("c", 0)
    terms: dict[Position, list[Node]] = {(k, k): [ONE] for k in elimination.pivots}
    for row, (i, j) in enumerate(pattern):
        scaled = product(slot_symbol("J", row), c)
        terms.setdefault((i, j), []).append(negative(scaled) if i == j else scaled)
    total = _Totals()
    factors: dict[Position, Node] = {}
    for k in elimination.pivots:
        column, row_of_k = _neighbours(elimination, k)
        # the diagonal is kept with the textbooks' sign
        inverse = Apply(Operation.DIV, ONE, total.of(terms[k, k]))
        factors[k, k] = inverse
        for j in row_of_k:
            factors[k, j] = total.of(terms[k, j])
        for i in column:
            factors[i, k] = product(total.of(terms[i, k]), inverse)
            for j in row_of_k:
                change = product(factors[i, k], factors[k, j])
                terms.setdefault((i, j), []).append(negative(change) if i == j else change)
    ordered = sorted(elimination.rows, key=elimination.rows.__getitem__)
    return Program("factor", stores("LU", [factors[entry] for entry in ordered]))


def solve_program(elimination: Elimination) -> Program:
    """solve(LU, x): forward, then backward substitution in place."""
    terms: dict[int, list[Node]] = {k: [slot_symbol("x", k)] for k in elimination.pivots}
    lu = {entry: slot_symbol("LU", row) for entry, row in elimination.rows.items()}
    total = _Totals()
    for k in elimination.pivots:
        x = total.of(terms[k])
        for i in _neighbours(elimination, k)[0]:
            terms[i].append(product(lu[i, k], x))
    solution: dict[int, Node] = {}
    for k in reversed(elimination.pivots):
        right = [product(lu[k, j], solution[j]) for j in _neighbours(elimination, k)[1]]
        solution[k] = product(total.of([total.of(terms[k]), *right]), lu[k, k])
    return Program("solve", stores("x", [solution[k] for k in sorted(solution)]))


class _Totals:
    """Sums whose terms are added as they become ready, in several chains at once.

    The voltage couples to every gate: added one after the other, thirty products would keep the machine
    waiting for most of the time that a solve takes.
    """

    def __init__(self) -> None:
        self._depth: dict[Node, int] = {}

    def of(self, terms: Sequence[Node]) -> Node:
        """The sum of the terms."""
        chains: list[Node] = []
        for term in sorted(terms, key=self.depth):
            now = self.depth(term)
            chains.sort(key=self.depth)
            while len(chains) > 1 and self.depth(chains[1]) < now:  # two sums wait for nothing: join them
                chains = sorted([_joined(chains[0], chains[1]), *chains[2:]], key=self.depth)
            if chains and (self.depth(chains[0]) <= now or len(chains) == CHAINS):
                chains[0] = _joined(chains[0], term)
            else:
                chains.append(term)
        while len(chains) > 1:
            chains.sort(key=self.depth)
            chains = [_joined(chains[0], chains[1]), *chains[2:]]
        return chains[0]

    def depth(self, node: Node) -> int:
        """The longest chain of operations beneath a node."""
        if not isinstance(node, Apply):
            return 0
        if node not in self._depth:  # what it is made of has been asked for before, so this goes one step down
            self._depth[node] = 1 + max(map(self.depth, node.args))
        return self._depth[node]


def _joined(chain: Node, term: Node) -> Node:
    # a product is added by the fused multiply-add that makes it, so it stands last
    return sum_of(term, chain) if _is_product(chain) else sum_of(chain, term)


def _is_product(node: Node) -> bool:
    return isinstance(node, Apply) and node.operation in (Operation.MUL, Operation.NEG)


def _neighbours(elimination: Elimination, k: int) -> tuple[list[int], list[int]]:
    """The rows below pivot k and the columns to the right of it."""
    place = {pivot: order for order, pivot in enumerate(elimination.pivots)}
    later = [p for p in elimination.pivots if place[p] > place[k]]
    return [i for i in later if (i, k) in elimination.rows], [j for j in later if (k, j) in elimination.rows]
