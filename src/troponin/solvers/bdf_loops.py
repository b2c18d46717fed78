"""The vector work of a BDF step as six fused loops over rows of states.

phi[j]  row j of the modified divided differences of the past, phi[0] = y_n
beta    the factors that carry phi to the new step: phi*[j] = beta[j] phi[j]
slope   the factors of the predictor's time derivative: y0' = sum_j slope[j] phi[j]
e       y - y0, corrector minus predictor
w       the reciprocal weights 1 / (atol + rtol |y|); zero in the padding
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator, misc"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from troponin.solvers.address import emitted
from troponin.solvers.lanes import Loop, fold, generated

__all__ = ["advance", "combine", "correct", "difference_norms", "predict", "residual", "row_norm", "weigh"]

_A, _X = types.int64, types.float64  # an address or a count; a number


@emitted
def predict(typingctx, blocks, order, phi, beta, slope, y, derivative, e):
    """y = sum_j beta[j] phi[j] and derivative = sum_j slope[j] phi[j] for j = 0..order; e = 0."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, order, phi, beta, slope, y, derivative, e = args
        rows = loop.builder.add(order, ir.Constant(order.type, 1))
        with loop.over(blocks) as i:
            value, change = loop.cell(loop.constant(0.0)), loop.cell(loop.constant(0.0))
            with loop.over(rows) as j:
                past = loop.get(loop.row(phi, j, blocks), i)
                value.put(value.get() + loop.scalar(beta, j) * past)
                change.put(change.get() + loop.scalar(slope, j) * past)
            loop.put(y, i, value.get())
            loop.put(derivative, i, change.get())
            loop.put(e, i, loop.constant(0.0))

    return types.void(*[_A] * 8), generated(body)


@emitted
def residual(typingctx, blocks, c, rate, derivative, e, r):
    """r = c (f - y0') - e, the right-hand side of a Newton iteration; `rate` holds f."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, c, rate, derivative, e, r = args
        factor = loop.spread(c)
        with loop.over(blocks) as i:
            loop.put(r, i, factor * (loop.get(rate, i) - loop.get(derivative, i)) - loop.get(e, i))

    return types.void(_A, _X, *[_A] * 4), generated(body)


@emitted
def correct(typingctx, blocks, width, scale, r, w, e, y):
    """e += scale r and y += scale r; returns the worst lane's sum of (scale r w)^2."""

    def body(loop: Loop, *args: Any) -> ir.Value:
        blocks, width, scale, r, w, e, y = args
        factor, total = loop.spread(scale), loop.cell(loop.constant(0.0))
        with loop.over(blocks) as i:
            change = factor * loop.get(r, i)
            loop.put(e, i, loop.get(e, i) + change)
            loop.put(y, i, loop.get(y, i) + change)
            scaled = change * loop.get(w, i)
            total.put(total.get() + scaled * scaled)
        return fold(total.get(), width)

    return _X(_A, _A, _X, *[_A] * 4), generated(body)


@emitted
def difference_norms(typingctx, blocks, width, order, phi, beta, e, w, out):
    """Worst-lane sums of squares of the new differences of orders k+1, k, k+2, into out[0..2].

    The new difference of order k+1 is e, of order k phi*[k] + e, of order k+2 e - phi*[k+1].
    """

    def body(loop: Loop, *args: Any) -> None:
        blocks, width, order, phi, beta, e, w, out = args
        higher = loop.builder.add(order, ir.Constant(order.type, 1))
        kept, raised = loop.scalar(beta, order), loop.scalar(beta, higher)
        row, next_row = loop.row(phi, order, blocks), loop.row(phi, higher, blocks)
        totals = [loop.cell(loop.constant(0.0)) for _ in range(3)]
        with loop.over(blocks) as i:
            change, weight = loop.get(e, i), loop.get(w, i)
            lower = kept * loop.get(row, i) + change
            upper = change - raised * loop.get(next_row, i)
            for total, difference in zip(totals, (change, lower, upper), strict=True):
                scaled = difference * weight
                total.put(total.get() + scaled * scaled)
        for index, total in enumerate(totals):
            loop.set_scalar(out, index, fold(total.get(), width))

    return types.void(*[_A] * 8), generated(body)


@emitted
def advance(typingctx, blocks, order, phi, beta, e, atol, rtol, mask, w):
    """Carry phi to the accepted point, phi[k+1] = e and phi[j] = phi*[j] + phi[j+1], and weigh it anew."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, order, phi, beta, e, atol, rtol, mask, w = args
        rows = loop.builder.add(order, ir.Constant(order.type, 1))
        relative = loop.spread(rtol)
        with loop.over(blocks) as i:
            running = loop.cell(loop.get(e, i))
            loop.put(loop.row(phi, rows, blocks), i, running.get())
            with loop.over(rows) as down:
                j = loop.builder.sub(order, down)
                row = loop.row(phi, j, blocks)
                running.put(loop.scalar(beta, j) * loop.get(row, i) + running.get())
                loop.put(row, i, running.get())
            weight = loop.get(atol, i) + relative * abs(running.get())
            loop.put(w, i, loop.get(mask, i) / weight)

    return types.void(*[_A] * 6, _X, _A, _A), generated(body)


@emitted
def weigh(typingctx, blocks, y, atol, rtol, mask, w):
    """w = mask / (atol + rtol |y|)."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, y, atol, rtol, mask, w = args
        relative = loop.spread(rtol)
        with loop.over(blocks) as i:
            loop.put(w, i, loop.get(mask, i) / (loop.get(atol, i) + relative * abs(loop.get(y, i))))

    return types.void(_A, _A, _A, _X, _A, _A), generated(body)


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

    return _X(*[_A] * 4), generated(body)


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

    return types.void(*[_A] * 5), generated(body)
