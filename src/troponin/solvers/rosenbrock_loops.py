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
from troponin.solvers.lanes import Cell, Lanes, Loop, generated
from troponin.solvers.tableaus import MAX_STAGES

__all__ = [
    "add_stage",
    "finish",
    "finish_accurate",
    "select_lanes",
    "squares",
    "stage_point",
    "stage_right_side",
]


_A, _X = types.int64, types.float64  # an address or a count; a number


def _sum(loop: Loop, first: Lanes, count: int, blocks: ir.Value, i: ir.Value, *tables: ir.Value) -> Lanes:
    """first + sum_j factors[j] U_j over `count` stages, from the tables (factors, stages)."""
    factors, stages = tables
    for j in range(count):
        index = ir.Constant(blocks.type, j)
        first = first + loop.scalar(factors, index) * loop.get(loop.row(stages, index, blocks), i)
    return first


@emitted
def stage_point(typingctx, blocks, count, y, factors, stages, out):
    """out = y + sum_j factors[j] U_j over the first `count` stages."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, count, y, factors, stages, out = args
        for known in loop.each(count, 1, MAX_STAGES - 1):
            with loop.over(blocks) as i:
                loop.put(out, i, _sum(loop, loop.get(y, i), known, blocks, i, factors, stages))

    return types.void(*[_A] * 6), generated("stage_point", body)


@emitted
def add_stage(typingctx, blocks, stage, point):
    """point += U, for a stage whose coefficients are those of the one before and a 1."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, stage, point = args
        with loop.over(blocks) as i:
            loop.put(point, i, loop.get(point, i) + loop.get(stage, i))

    return types.void(*[_A] * 3), generated("add_stage", body)


@emitted
def stage_right_side(typingctx, blocks, count, rate, ft, gh, ghh, slope, factors, stages, out):
    """out = gh f + slope ghh df/dt + sum_j factors[j] U_j; gh and ghh are patterns, slope a number."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, count, rate, ft, gh, ghh, slope, factors, stages, out = args
        first = ir.Constant(blocks.type, 0)
        step, square = loop.get(gh, first), loop.get(ghh, first) * loop.spread(slope)
        for known in loop.each(count, 0, MAX_STAGES - 1):
            with loop.over(blocks) as i:
                value = step * loop.get(rate, i) + square * loop.get(ft, i)
                loop.put(out, i, _sum(loop, value, known, blocks, i, factors, stages))

    return types.void(*[_A] * 6, _X, *[_A] * 3), generated("stage_right_side", body)


@emitted
def finish(typingctx, blocks, count, y, m, e, stages, largest, atol, rtol, mask, trial, sums):
    """trial = y + sum_j m[j] U_j, and the pattern of sums of (error / (atol + rtol max(largest, |trial|)))^2."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, count, y, m, e, stages, largest, atol, rtol, mask, trial, sums = args
        first, relative = ir.Constant(blocks.type, 0), loop.spread(rtol)
        total = loop.cell(loop.constant(0.0))
        for known in loop.each(count, 1, MAX_STAGES):
            with loop.over(blocks) as i:
                before = loop.get(y, i)
                value = _sum(loop, before, known, blocks, i, m, stages)
                error = _sum(loop, loop.constant(0.0), known, blocks, i, e, stages)
                loop.put(trial, i, value)
                _weigh(loop, i, (value, error), (largest, atol, mask), relative, total)
        loop.put(sums, first, total.get())

    return types.void(*[_A] * 8, _X, *[_A] * 3), generated("finish", body)


@emitted
def finish_accurate(typingctx, blocks, last, largest, atol, rtol, mask, trial, sums):
    """The same for a stiffly accurate method: trial += U_s, which is the error too."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, last, largest, atol, rtol, mask, trial, sums = args
        first, relative = ir.Constant(blocks.type, 0), loop.spread(rtol)
        total = loop.cell(loop.constant(0.0))
        with loop.over(blocks) as i:
            error = loop.get(last, i)
            value = loop.get(trial, i) + error
            loop.put(trial, i, value)
            _weigh(loop, i, (value, error), (largest, atol, mask), relative, total)
        loop.put(sums, first, total.get())

    return types.void(*[_A] * 4, _X, *[_A] * 3), generated("finish_accurate", body)


def _weigh(
    loop: Loop,
    i: ir.Value,
    lanes: tuple[Lanes, Lanes],
    rows: tuple[ir.Value, ir.Value, ir.Value],
    relative: Lanes,
    total: Cell,
) -> None:
    """Add the square of a block's error, in tolerances, to the total."""
    after, error = lanes
    largest, atol, mask = rows
    size = loop.get(largest, i).at_least(abs(after))
    scaled = error * loop.get(mask, i) / (loop.get(atol, i) + relative * size)
    total.put(total.get() + scaled * scaled)


@emitted
def select_lanes(typingctx, blocks, chosen, keep, source, target, largest):
    """target = source and largest = max(keep largest, |source|) in the lanes where the pattern `chosen` is not zero."""

    def body(loop: Loop, *args: Any) -> None:
        blocks, chosen, keep, source, target, largest = args
        picked, kept = loop.get(chosen, ir.Constant(blocks.type, 0)), loop.spread(keep)
        with loop.over(blocks) as i:
            new, before = loop.get(source, i), loop.get(largest, i)
            loop.put(target, i, picked.nonzero(new, loop.get(target, i)))
            loop.put(largest, i, picked.nonzero((kept * before).at_least(abs(new)), before))

    return types.void(_A, _A, _X, *[_A] * 3), generated("select_lanes", body)


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
