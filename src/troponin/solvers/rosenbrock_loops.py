"""The vector work of a Rosenbrock step as fused loops over rows of states.

A *pattern* is a block of eight doubles that holds one number per lane, repeated to fill the block:
with it every lane has a step size of its own and the loops are the same for 1, 2, 4 and 8 lanes.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator, misc"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from troponin.solvers.address import emitted
from troponin.solvers.lanes import Loop, generated

__all__ = ["finish", "select_lanes", "squares", "stage_point", "stage_right_side"]

_A, _X = types.int64, types.float64  # an address or a count; a number


@emitted
def stage_point(typingctx, blocks, count, y, factors, stages, out):
    """out = y + sum_j factors[j] U_j over the first `count` stages."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, count, y, factors, stages, out = args
        with loop.over(blocks) as i:
            value = loop.cell(loop.get(y, i))
            with loop.over(count) as j:
                value.put(value.get() + loop.scalar(factors, j) * loop.get(loop.row(stages, j, blocks), i))
            loop.put(out, i, value.get())

    return types.void(*[_A] * 6), generated("stage_point", body)


@emitted
def stage_right_side(typingctx, blocks, count, rate, ft, gh, ghh, slope, factors, stages, out):
    """out = gh f + slope ghh df/dt + sum_j factors[j] U_j; gh and ghh are patterns, slope a number."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, count, rate, ft, gh, ghh, slope, factors, stages, out = args
        first = ir.Constant(blocks.type, 0)
        step, square = loop.get(gh, first), loop.get(ghh, first) * loop.spread(slope)
        with loop.over(blocks) as i:
            value = loop.cell(step * loop.get(rate, i) + square * loop.get(ft, i))
            with loop.over(count) as j:
                value.put(value.get() + loop.scalar(factors, j) * loop.get(loop.row(stages, j, blocks), i))
            loop.put(out, i, value.get())

    return types.void(*[_A] * 6, _X, *[_A] * 3), generated("stage_right_side", body)


@emitted
def finish(typingctx, blocks, count, y, m, e, stages, atol, rtol, mask, trial, sums):
    """trial = y + sum_j m[j] U_j, and the pattern of sums of (error / (atol + rtol max(|y|, |trial|)))^2."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, count, y, m, e, stages, atol, rtol, mask, trial, sums = args
        first, relative = ir.Constant(blocks.type, 0), loop.spread(rtol)
        total = loop.cell(loop.constant(0.0))
        with loop.over(blocks) as i:
            before = loop.get(y, i)
            value, error = loop.cell(before), loop.cell(loop.constant(0.0))
            with loop.over(count) as j:
                stage = loop.get(loop.row(stages, j, blocks), i)
                value.put(value.get() + loop.scalar(m, j) * stage)
                error.put(error.get() + loop.scalar(e, j) * stage)
            loop.put(trial, i, value.get())
            size = abs(before).at_least(abs(value.get()))
            scaled = error.get() * loop.get(mask, i) / (loop.get(atol, i) + relative * size)
            total.put(total.get() + scaled * scaled)
        loop.put(sums, first, total.get())

    return types.void(*[_A] * 7, _X, *[_A] * 3), generated("finish", body)


@emitted
def select_lanes(typingctx, blocks, chosen, source, target):
    """target = source in the lanes where the pattern `chosen` is not zero."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, chosen, source, target = args
        picked = loop.get(chosen, ir.Constant(blocks.type, 0))
        with loop.over(blocks) as i:
            loop.put(target, i, picked.nonzero(loop.get(source, i), loop.get(target, i)))

    return types.void(*[_A] * 4), generated("select_lanes", body)


@emitted
def squares(typingctx, blocks, x, w, sums):
    """The pattern of sums of (x w)^2."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, x, w, sums = args
        total = loop.cell(loop.constant(0.0))
        with loop.over(blocks) as i:
            scaled = loop.get(x, i) * loop.get(w, i)
            total.put(total.get() + scaled * scaled)
        loop.put(sums, ir.Constant(blocks.type, 0), total.get())

    return types.void(*[_A] * 4), generated("squares", body)
