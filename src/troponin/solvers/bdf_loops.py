"""The vector work of a BDF step as fused loops over rows of states.

phi[j]  row j of the modified divided differences of the past, phi[0] = y_n
beta    the factors that carry phi to the new step: phi*[j] = beta[j] phi[j]
slope   the factors of the predictor's time derivative: y0' = sum_j slope[j] phi[j]
e       y - y0, corrector minus predictor
w       the reciprocal weights 1 / (atol + rtol |y|); zero in the padding
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator, misc"

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types

from troponin.solvers.address import emitted
from troponin.solvers.lanes import Lanes, Loop, fold, generated
from troponin.solvers.method import MAX_ORDER

__all__ = [
    "advance",
    "combine",
    "correct_first",
    "correct_more",
    "first_residual",
    "predict",
    "residual",
    "row_norm",
    "weigh",
]

_A, _X = types.int64, types.float64  # an address or a count; a number
_I: Final = ir.IntType(64)


def _rows(loop: Loop, table: ir.Value, count: int, blocks: ir.Value) -> list[ir.Value]:
    """The addresses of the first rows of a table."""
    return [loop.row(table, ir.Constant(_I, j), blocks) for j in range(count)]


def _factors(loop: Loop, table: ir.Value, count: int) -> list[Lanes]:
    """The first doubles of a table, each in every lane."""
    return [loop.scalar(table, ir.Constant(_I, j)) for j in range(count)]


@emitted
def predict(typingctx, blocks, order, phi, beta, slope, y, derivative):
    """y = sum_j beta[j] phi[j] and derivative = sum_j slope[j] phi[j] for j = 0..order."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, order, phi, beta, slope, y, derivative = args
        for k in loop.each(order, 1, MAX_ORDER):
            rows = _rows(loop, phi, k + 1, blocks)
            values, slopes = _factors(loop, beta, k + 1), _factors(loop, slope, k + 1)
            with loop.over(blocks) as i:
                past = [loop.get(row, i) for row in rows]
                # beta[0] is 1 and slope[0] is 0
                value, change = past[0] + values[1] * past[1], slopes[1] * past[1]
                for j in range(2, k + 1):
                    value, change = value + values[j] * past[j], change + slopes[j] * past[j]
                loop.put(y, i, value)
                loop.put(derivative, i, change)

    return types.void(*[_A] * 7), generated("predict", body)


@emitted
def residual(typingctx, blocks, c, rate, derivative, e, r):
    """r = c (f - y0') - e, the right-hand side of a Newton iteration; `rate` holds f."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, c, rate, derivative, e, r = args
        factor = loop.spread(c)
        with loop.over(blocks) as i:
            loop.put(r, i, factor * (loop.get(rate, i) - loop.get(derivative, i)) - loop.get(e, i))

    return types.void(_A, _X, *[_A] * 4), generated("residual", body)


@emitted
def first_residual(typingctx, blocks, c, rate, derivative, r):
    """r = c (f - y0'), the residual at the predictor, where e = 0."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, c, rate, derivative, r = args
        factor = loop.spread(c)
        with loop.over(blocks) as i:
            loop.put(r, i, factor * (loop.get(rate, i) - loop.get(derivative, i)))

    return types.void(_A, _X, *[_A] * 3), generated("first_residual", body)


def _correct(loop: Loop, args: Any, *, first: bool) -> ir.Value:
    """The corrector and the norms of the three differences that the choice of the order needs."""
    blocks, width, order, scale, r, w, e, y, phi, beta, out = args
    factor = loop.spread(scale)
    higher = loop.builder.add(order, ir.Constant(_I, 1))
    kept, raised = loop.scalar(beta, order), loop.scalar(beta, higher)
    row, next_row = loop.row(phi, order, blocks), loop.row(phi, higher, blocks)
    totals = [loop.cell(loop.constant(0.0)) for _ in range(4)]
    with loop.over(blocks) as i:
        change, weight = factor * loop.get(r, i), loop.get(w, i)
        error = change if first else loop.get(e, i) + change
        loop.put(e, i, error)
        loop.put(y, i, loop.get(y, i) + change)
        lower = kept * loop.get(row, i) + error
        upper = error - raised * loop.get(next_row, i)
        differences = (error, lower, upper) if first else (error, lower, upper, change)
        for total, difference in zip(totals, differences, strict=False):
            scaled = difference * weight
            total.put(total.get() + scaled * scaled)
    for index, total in enumerate(totals[:3]):
        loop.set_scalar(out, index, fold(total.get(), width))
    return fold(totals[0 if first else 3].get(), width)


@emitted
def correct_first(typingctx, blocks, width, order, scale, r, w, e, y, phi, beta, out):
    """e = scale r and y += scale r; returns the worst lane's sum of (scale r w)^2.

    Into out[0..2] go the worst-lane sums of squares of the new differences of orders k+1, k and k+2:
    e, phi*[k] + e and e - phi*[k+1].
    """

    def body(loop: Loop, *args: Any) -> ir.Value:
        return _correct(loop, args, first=True)

    return _X(_A, _A, _A, _X, *[_A] * 7), generated("correct_first", body)


@emitted
def correct_more(typingctx, blocks, width, order, scale, r, w, e, y, phi, beta, out):
    """The same for a later iteration: e += scale r."""

    def body(loop: Loop, *args: Any) -> ir.Value:
        return _correct(loop, args, first=False)

    return _X(_A, _A, _A, _X, *[_A] * 7), generated("correct_more", body)


@emitted
def advance(typingctx, blocks, order, phi, beta, e, atol, rtol, freedom, mask, w):
    """Carry phi to the accepted point, phi[k+1] = e and phi[j] = phi*[j] + phi[j+1], and weigh it anew.

    No weight rises by more than the factor `freedom`.
    """

    def body(loop: Loop, *args: Any) -> None:
        blocks, order, phi, beta, e, atol, rtol, freedom, mask, w = args
        relative, rise = loop.spread(rtol), loop.spread(freedom)
        for k in loop.each(order, 1, MAX_ORDER):
            rows, factors = _rows(loop, phi, k + 2, blocks), _factors(loop, beta, k + 1)
            with loop.over(blocks) as i:
                running = loop.get(e, i)
                loop.put(rows[k + 1], i, running)
                for j in range(k, 0, -1):
                    running = factors[j] * loop.get(rows[j], i) + running
                    loop.put(rows[j], i, running)
                running = loop.get(rows[0], i) + running
                loop.put(rows[0], i, running)
                weight = loop.get(mask, i) / (loop.get(atol, i) + relative * abs(running))
                loop.put(w, i, weight.at_most(rise * loop.get(w, i)))

    return types.void(*[_A] * 6, _X, _X, _A, _A), generated("advance", body)


@emitted
def weigh(typingctx, blocks, y, atol, rtol, mask, w):
    """w = mask / (atol + rtol |y|)."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, y, atol, rtol, mask, w = args
        relative = loop.spread(rtol)
        with loop.over(blocks) as i:
            loop.put(w, i, loop.get(mask, i) / (loop.get(atol, i) + relative * abs(loop.get(y, i))))

    return types.void(_A, _A, _A, _X, _A, _A), generated("weigh", body)


@emitted
def row_norm(typingctx, blocks, width, x, w):
    """The worst lane's sum of (x w)^2."""

    def body(loop: Loop, *args: Any) -> ir.Value:
        blocks, width, x, w = args
        total = loop.cell(loop.constant(0.0))
        with loop.over(blocks) as i:
            scaled = loop.get(x, i) * loop.get(w, i)
            total.put(total.get() + scaled * scaled)
        return fold(total.get(), width)

    return _X(*[_A] * 4), generated("row_norm", body)


@emitted
def combine(typingctx, blocks, rows, table, factors, out):
    """out = sum_j factors[j] table[j] over the first `rows` rows."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, rows, table, factors, out = args
        with loop.over(blocks) as i:
            value = loop.cell(loop.constant(0.0))
            with loop.over(rows) as j:
                value.put(value.get() + loop.scalar(factors, j) * loop.get(loop.row(table, j, blocks), i))
            loop.put(out, i, value.get())

    return types.void(*[_A] * 5), generated("combine", body)
