"""Lanes: eight doubles at a time, so that the fused vector loops of the solvers read like algebra.

A *row* is n * W doubles, padded with zeros to a whole number of blocks of eight.  `Lanes` is a block
of a row inside a loop that is being generated; its operators emit the instructions.  A loop over a
few dozen states written plainly ends in a scalar remainder that costs as much as the loop.
"""
# mypy: disable-error-code="no-untyped-call, no-any-return"

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils

__all__ = ["BLOCK", "Lanes", "Loop", "fold"]

BLOCK: Final = 8
"""Doubles in a block: one AVX-512 register, two of AVX2, four of NEON."""

_DOUBLE = ir.DoubleType()
_VECTOR = ir.VectorType(_DOUBLE, BLOCK)
_INDEX = ir.IntType(64)
# Multiplications and additions may be contracted to fused ones; nothing is reordered.
_FLAGS = ("contract",)


@dataclass(frozen=True, slots=True)
class Lanes:
    """A block of eight doubles in the loop under construction."""

    builder: ir.IRBuilder
    value: ir.Value

    def __add__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fadd(self.value, other.value, flags=_FLAGS))

    def __sub__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fsub(self.value, other.value, flags=_FLAGS))

    def __mul__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fmul(self.value, other.value, flags=_FLAGS))

    def __truediv__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fdiv(self.value, other.value))

    def __abs__(self) -> Lanes:
        return Lanes(self.builder, _call(self.builder, "llvm.fabs", self.value))

    def nonzero(self, chosen: Lanes, other: Lanes) -> Lanes:
        """`chosen` where this block is not zero, `other` where it is."""
        zero = ir.Constant(_VECTOR, [0.0] * BLOCK)
        picked = self.builder.fcmp_unordered("!=", self.value, zero)
        return Lanes(self.builder, self.builder.select(picked, chosen.value, other.value))

    def at_most(self, other: Lanes) -> Lanes:
        """The smaller of two blocks; NaN when either is."""
        return Lanes(self.builder, _call(self.builder, "llvm.minimum", self.value, other.value))

    def at_least(self, other: Lanes) -> Lanes:
        """The larger of two blocks; NaN when either is, so that a failure is never hidden."""
        return Lanes(self.builder, _call(self.builder, "llvm.maximum", self.value, other.value))


@dataclass(frozen=True, slots=True)
class Loop:
    """The place where a fused loop is being generated."""

    builder: ir.IRBuilder

    def constant(self, number: float) -> Lanes:
        """The same number in every lane."""
        return Lanes(self.builder, ir.Constant(_VECTOR, [number] * BLOCK))

    def spread(self, scalar: ir.Value) -> Lanes:
        """A run-time scalar in every lane."""
        builder = self.builder
        first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), BLOCK), [0] * BLOCK)
        return Lanes(builder, builder.shuffle_vector(first, first, mask))

    def get(self, row: ir.Value, block: ir.Value) -> Lanes:
        """Block number `block` of the row at an address."""
        return Lanes(self.builder, self.builder.load(self._pointer(row, block), align=8))

    def put(self, row: ir.Value, block: ir.Value, lanes: Lanes) -> None:
        """Store a block into the row at an address."""
        self.builder.store(lanes.value, self._pointer(row, block), align=8)

    def scalar(self, row: ir.Value, index: ir.Value) -> Lanes:
        """One double of a table, in every lane."""
        pointer = self.builder.inttoptr(row, ir.PointerType(_DOUBLE))
        return self.spread(self.builder.load(self.builder.gep(pointer, [index]), align=8))

    def set_scalar(self, row: ir.Value, index: int, value: ir.Value) -> None:
        """Store one double into a table."""
        pointer = self.builder.inttoptr(row, ir.PointerType(_DOUBLE))
        self.builder.store(value, self.builder.gep(pointer, [ir.Constant(_INDEX, index)]), align=8)

    def row(self, table: ir.Value, index: ir.Value, blocks: ir.Value) -> ir.Value:
        """The address of row number `index` of a table of rows."""
        size = ir.Constant(_INDEX, 8 * BLOCK)
        return self.builder.add(table, self.builder.mul(self.builder.mul(index, blocks), size))

    def each(self, number: ir.Value, first: int, last: int) -> Iterator[int]:
        """Generate the code that follows once for each value that a run-time number may have.

        The number is then a constant of the generated code: sums over it are unrolled, and their factors
        stay in registers.
        """
        builder = self.builder
        done = builder.append_basic_block("done")
        cases = [builder.append_basic_block(f"case{value}") for value in range(first, last + 1)]
        choice = builder.switch(number, done)
        for value, case in zip(range(first, last + 1), cases, strict=True):
            choice.add_case(ir.Constant(number.type, value), case)
            builder.position_at_end(case)
            yield value
            builder.branch(done)
        builder.position_at_end(done)

    @contextmanager
    def over(self, count: ir.Value) -> Iterator[ir.Value]:
        """Generate a loop over 0 .. count-1."""
        with cgutils.for_range(self.builder, count) as inner:
            yield inner.index

    def cell(self, lanes: Lanes) -> Cell:
        """A variable that keeps a block from one round of a loop to the next."""
        place = cgutils.alloca_once(self.builder, _VECTOR)
        self.builder.store(lanes.value, place)
        return Cell(self.builder, place)

    def _pointer(self, row: ir.Value, block: ir.Value) -> ir.Value:
        builder = self.builder
        return builder.gep(builder.inttoptr(row, ir.PointerType(_VECTOR)), [block])


@dataclass(frozen=True, slots=True)
class Cell:
    """A variable of the loop under construction."""

    builder: ir.IRBuilder
    place: ir.Value

    def get(self) -> Lanes:
        """Its present value."""
        return Lanes(self.builder, self.builder.load(self.place))

    def put(self, lanes: Lanes) -> None:
        """Replace its value."""
        self.builder.store(lanes.value, self.place)


def fold(lanes: Lanes, width: ir.Value) -> ir.Value:
    """The largest of the `width` lane sums held in a block, where lane l owns every width-th double.

    Halves are added while they belong to the same lanes and compared once they do not, so one
    straight piece of code serves W = 2, 4 and 8; a single cell takes the shorter way.
    """
    builder = lanes.builder
    single = builder.icmp_signed("==", width, ir.Constant(_INDEX, 1))
    with builder.if_else(single, likely=True) as (then, otherwise):
        with then:
            alone = _halve(lanes, lambda low, high, half: builder.fadd(low, high))
            then_end = builder.block
        with otherwise:

            def join(low: ir.Value, high: ir.Value, half: int) -> ir.Value:
                same_lane = builder.icmp_signed("<=", width, ir.Constant(_INDEX, half))
                larger = _call(builder, "llvm.maximum", low, high)
                return builder.select(same_lane, builder.fadd(low, high), larger)

            worst = _halve(lanes, join)
            other_end = builder.block
    result = builder.phi(_DOUBLE)
    result.add_incoming(alone, then_end)
    result.add_incoming(worst, other_end)
    return result


def _halve(lanes: Lanes, join: Callable[[ir.Value, ir.Value, int], ir.Value]) -> ir.Value:
    """Join the halves of a block until one double is left."""
    builder, value = lanes.builder, lanes.value
    half = BLOCK // 2
    while half >= 1:
        value = join(_half(builder, value, half, 0), _half(builder, value, half, half), half)
        half //= 2
    return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))


def _half(builder: ir.IRBuilder, value: ir.Value, size: int, start: int) -> ir.Value:
    mask = ir.Constant(ir.VectorType(ir.IntType(32), size), list(range(start, start + size)))
    return builder.shuffle_vector(value, value, mask)


def _call(builder: ir.IRBuilder, name: str, *operands: ir.Value) -> ir.Value:
    """Call an LLVM intrinsic on vectors or doubles, declared once in the module."""
    kind = operands[0].type
    full = f"{name}.v{kind.count}f64"
    function = builder.module.globals.get(full)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(kind, [kind] * len(operands)), full)
    return builder.call(function, operands)


def generated(name: str, body: Callable[..., Any]) -> Callable[..., ir.Value]:
    """Turn `body(loop, *arguments)` into the code generator that an intrinsic returns.

    The loop becomes a function of its own, never inlined: inlined into the step it would have to share
    sixteen registers with everything else there.  The body returns the IR value of its result, or None
    when it only stores.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        result = context.get_value_type(signature.return_type)
        returns = isinstance(result, ir.DoubleType)
        kind = ir.FunctionType(result if returns else ir.VoidType(), [argument.type for argument in args])
        full = f"troponin_{name}"
        function = builder.module.globals.get(full)
        if function is None:
            function = ir.Function(builder.module, kind, full)
            function.linkage = "linkonce_odr"
            function.attributes.add("noinline")
            inner = ir.IRBuilder(function.append_basic_block("entry"))
            value = body(Loop(inner), *function.args)
            if returns:
                inner.ret(value)
            else:
                inner.ret_void()
        called = builder.call(function, args)
        return called if returns else context.get_dummy_value()

    return build
