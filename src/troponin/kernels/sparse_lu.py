"""LU factors of I - c J without pivoting, unrolled: the order, the fill, and the two programs.

Pivots are taken from the diagonal in Markowitz's order (Management Science 3, 255, 1957): at each step the
one that can make the fewest new entries.  With B = c J the factors are

    d_k  = 1 / (1 - B_kk - ...)           the reciprocal pivots,
    m_ik = B_ik d_k                       the multipliers, minus the L of the textbooks,
    u_kj = B_kj + sum_l m_kl u_lj         minus the U of the textbooks,

so that eliminating and substituting are fused multiply-adds throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from troponin.expr.nodes import Apply, Node
from troponin.expr.operations import Operation
from troponin.expr.simplify import ONE, difference, product, sum_of
from troponin.kernels.program import Program, slot_symbol, stores

__all__ = ["Elimination", "eliminate", "factor_program", "solve_program"]

Position = tuple[int, int]


@dataclass(frozen=True)
class Elimination:
    """The pivots in order, and the row of the LU array that holds each entry (k, k), (i, k) and (k, j)."""

    pivots: tuple[int, ...]
    rows: Mapping[Position, int]

    @property
    def size(self) -> int:
        """Entries of the factors."""
        return len(self.rows)


def eliminate(n: int, pattern: Iterable[Position]) -> Elimination:
    """Order the pivots of an n by n matrix with that pattern and a full diagonal."""
    below: dict[int, set[int]] = {k: set() for k in range(n)}  # rows with an entry in column k
    right: dict[int, set[int]] = {k: set() for k in range(n)}  # columns with an entry in row k
    for i, j in pattern:
        if i != j:
            below[j].add(i)
            right[i].add(j)
    pivots: list[int] = []
    rows: dict[Position, int] = {}
    left = set(range(n))
    while left:
        k = min(left, key=lambda p: (len(below[p]) * len(right[p]), len(below[p]) + len(right[p]), p))
        left.remove(k)
        pivots.append(k)
        for entry in [(k, k), *((i, k) for i in sorted(below[k])), *((k, j) for j in sorted(right[k]))]:
            rows[entry] = len(rows)
        for i in below[k]:
            right[i].discard(k)
            right[i] |= right[k] - {i}
        for j in right[k]:
            below[j].discard(k)
            below[j] |= below[k] - {j}
    return Elimination(tuple(pivots), rows)


def factor_program(pattern: tuple[Position, ...], elimination: Elimination) -> Program:
    """factor(J, c, LU): `pattern` gives the position of each row of J."""
    c = slot_symbol("c", 0)
    entries: dict[Position, Node] = {(k, k): ONE for k in elimination.pivots}
    for row, (i, j) in enumerate(pattern):
        scaled = Apply(Operation.MUL, slot_symbol("J", row), c)
        entries[i, j] = ONE - scaled if i == j else scaled
    factors: dict[Position, Node] = {}
    for k in elimination.pivots:
        inverse = Apply(Operation.DIV, ONE, entries[k, k])
        factors[k, k] = inverse
        column, row_of_k = _neighbours(elimination, k)
        for j in row_of_k:
            factors[k, j] = entries[k, j]
        for i in column:
            multiplier = product(entries[i, k], inverse)
            factors[i, k] = multiplier
            for j in row_of_k:
                change = product(multiplier, entries[k, j])
                if i == j:  # the diagonal is kept with the textbooks' sign
                    entries[i, i] = difference(entries[i, i], change)
                else:
                    entries[i, j] = sum_of(entries[i, j], change) if (i, j) in entries else change
    ordered = sorted(elimination.rows, key=elimination.rows.__getitem__)
    return Program("factor", stores("LU", [factors[entry] for entry in ordered]))


def solve_program(elimination: Elimination) -> Program:
    """solve(LU, x): forward, then backward substitution in place."""
    place = {k: order for order, k in enumerate(elimination.pivots)}
    x: dict[int, Node] = {k: slot_symbol("x", k) for k in place}
    lu = {entry: slot_symbol("LU", row) for entry, row in elimination.rows.items()}
    for k in elimination.pivots:
        for i in _neighbours(elimination, k)[0]:
            x[i] = sum_of(x[i], product(lu[i, k], x[k]))
    for k in reversed(elimination.pivots):
        for j in sorted(_neighbours(elimination, k)[1], key=lambda j: -place[j]):
            x[k] = sum_of(x[k], product(lu[k, j], x[j]))
        x[k] = product(x[k], lu[k, k])
    return Program("solve", stores("x", [x[k] for k in sorted(place)]))


def _neighbours(elimination: Elimination, k: int) -> tuple[list[int], list[int]]:
    """The rows below pivot k and the columns to the right of it."""
    place = {pivot: order for order, pivot in enumerate(elimination.pivots)}
    later = [p for p in elimination.pivots if place[p] > place[k]]
    return [i for i in later if (i, k) in elimination.rows], [j for j in later if (k, j) in elimination.rows]
