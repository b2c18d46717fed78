"""Straight-line vector code under construction, written so that the code that builds it reads as algebra.

    n = nearest(x * LOG2_E)
    r = fma(n, -LN2_HIGH, x)

`Block` gathers instructions of LLVM's textual form; `Value` is the result of one, and its operators emit
the next.  A value is a vector of doubles, of 64-bit integers or of truth values, one for each lane, or a
scalar when there is one lane.  Python numbers mix in and stand for the same number in every lane.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from troponin.kernels.target import Target

__all__ = [
    "Block", "Kind", "Operand", "Value", "as_double", "as_integer", "broadcast", "extract", "fma", "insert",
    "intrinsic", "nan_safe_minimum", "permuted", "resized", "scale_by_power", "select", "shuffle",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value holds: `scalar` is double, i64 or i1; `lanes` how many of them."""

    scalar: str
    lanes: int

    def __str__(self) -> str:
        return self.scalar if self.lanes == 1 else f"<{self.lanes} x {self.scalar}>"

    @property
    def suffix(self) -> str:
        """How an intrinsic's name spells it: f64, v8f64."""
        scalar = {"double": "f64"}.get(self.scalar, self.scalar)
        return scalar if self.lanes == 1 else f"v{self.lanes}{scalar}"


class Block:
    """The instructions emitted so far, the declarations they need, and the processor they are for."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.lines: list[str] = []
        self.declarations: set[str] = set()
        # a product may be fused with the sum that uses it, and the sign of zero is of no account
        self.flags = " contract nsz"
        self._names = 0

    def emit(self, kind: Kind, instruction: str) -> Value:
        """Append an instruction and name its result."""
        self._names += 1
        name = f"%{self._names}"
        self.lines.append(f"  {name} = {instruction}")
        return Value(self, kind, name)

    def do(self, instruction: str) -> None:
        """Append an instruction without a result."""
        self.lines.append("  " + instruction)

    def number(self, value: float, lanes: int) -> Value:
        """A double, the same in every lane."""
        return Value(self, Kind("double", lanes), _splat("double", _hex(value), lanes), value)

    def numbers(self, values: Sequence[float]) -> Value:
        """A vector of given doubles."""
        if len(values) == 1 or len(set(map(_hex, values))) == 1:
            return self.number(values[0], len(values))
        inner = ", ".join(f"double {_hex(v)}" for v in values)
        return Value(self, Kind("double", len(values)), f"<{inner}>")

    @contextmanager
    def exact(self) -> Iterator[None]:
        """Within it every operation is rounded as written: for error-free transformations."""
        before, self.flags = self.flags, ""
        try:
            yield
        finally:
            self.flags = before


@dataclass(frozen=True, slots=True)
class Value:
    """The result of an instruction; operators on it emit more of them."""

    block: Block
    kind: Kind
    text: str
    constant: float | None = None
    """The number that it is in every lane, where that is known."""

    def __add__(self, other: Operand) -> Value:
        return _arithmetic("add", self, other)

    def __radd__(self, other: float) -> Value:
        return _arithmetic("add", _like(self, other), self)

    def __sub__(self, other: Operand) -> Value:
        return _arithmetic("sub", self, other)

    def __rsub__(self, other: float) -> Value:
        return _arithmetic("sub", _like(self, other), self)

    def __mul__(self, other: Operand) -> Value:
        return _arithmetic("mul", self, other)

    def __rmul__(self, other: float) -> Value:
        return _arithmetic("mul", _like(self, other), self)

    def __truediv__(self, other: Operand) -> Value:
        return _arithmetic("div", self, other)

    def __rtruediv__(self, other: float) -> Value:
        return _arithmetic("div", _like(self, other), self)

    def __neg__(self) -> Value:
        return self.block.emit(self.kind, f"fneg{self.block.flags} {self.kind} {self.text}")

    def compare(self, relation: str, other: Operand) -> Value:
        """A truth value for each lane; `relation` is LLVM's: olt, ole, oeq, une ... on doubles."""
        right = _like(self, other)
        return self.block.emit(Kind("i1", self.kind.lanes), f"fcmp {relation} {self.kind} {self.text}, {right.text}")

    def bits(self, operation: str, other: Operand) -> Value:
        """An operation on integers or truth values: and, or, xor, shl, lshr."""
        right = _like(self, other)
        return self.block.emit(self.kind, f"{operation} {self.kind} {self.text}, {right.text}")


Operand: TypeAlias = Value | float


def fma(a: Value, b: Operand, c: Operand) -> Value:
    """a b + c with one rounding."""
    return intrinsic("fma", a, _like(a, b), _like(a, c))


def select(condition: Value, if_true: Operand, if_false: Operand) -> Value:
    """One of two values in each lane; the other may be NaN."""
    some = if_true if isinstance(if_true, Value) else if_false
    assert isinstance(some, Value), "at least one branch decides the kind"
    one, other = _like(some, if_true), _like(some, if_false)
    c = condition
    return c.block.emit(some.kind, f"select {c.kind} {c.text}, {some.kind} {one.text}, {some.kind} {other.text}")


def nan_safe_minimum(x: Value, bound: float, relation: str = "olt") -> Value:
    """x or the bound, whichever is the smaller ("olt") or the larger ("ogt"); NaN stays NaN."""
    return select(_like(x, bound).compare(relation, x), bound, x)


def intrinsic(name: str, *args: Value) -> Value:
    """Call one of LLVM's functions of doubles, such as sqrt or fabs, in every lane."""
    block, kind = args[0].block, args[0].kind
    full = f"@llvm.{name}.{kind.suffix}"
    block.declarations.add(f"declare {kind} {full}({', '.join(str(a.kind) for a in args)})")
    return block.emit(kind, f"call{block.flags} {kind} {full}({', '.join(f'{a.kind} {a.text}' for a in args)})")


def scale_by_power(x: Value, n: Value) -> Value:
    """x 2^n in one instruction, where the target `scales`."""
    block, lanes = x.block, x.kind.lanes
    if lanes == 1:
        empty = Value(block, Kind("double", 2), "poison")
        both = scale_by_power(insert(empty, x, 0), insert(empty, n, 0))
        return extract(both, 0)
    name = f"@llvm.x86.avx512.mask.scalef.pd.{64 * lanes}"
    rounding = ", i32 4" if lanes == 8 else ""
    extra = ", i32" if lanes == 8 else ""
    block.declarations.add(f"declare {x.kind} {name}({x.kind}, {x.kind}, {x.kind}, i8{extra})")
    arguments = f"{x.kind} {x.text}, {x.kind} {n.text}, {x.kind} zeroinitializer, i8 -1{rounding}"
    return block.emit(x.kind, f"call {x.kind} {name}({arguments})")


def permuted(table: Value, index: Value) -> Value:
    """table[index mod 8] in each of eight lanes, where the target `scales`."""
    name = "@llvm.x86.avx512.permvar.df.512"
    table.block.declarations.add(f"declare {table.kind} {name}({table.kind}, {index.kind})")
    return table.block.emit(
        table.kind, f"call {table.kind} {name}({table.kind} {table.text}, {index.kind} {index.text})"
    )


def resized(x: Value, lanes: int) -> Value:
    """The first lanes of a vector, or the vector with lanes of no account behind it."""
    if lanes == x.kind.lanes:
        return x
    if x.kind.lanes == 1:
        return insert(Value(x.block, Kind(x.kind.scalar, lanes), "poison"), x, 0)
    return extract(x, 0) if lanes == 1 else shuffle(x, x, [i if i < x.kind.lanes else -1 for i in range(lanes)])


def as_integer(x: Value) -> Value:
    """The bits of doubles as integers."""
    return _bitcast(x, "i64")


def as_double(x: Value) -> Value:
    """Integers as the doubles that have these bits."""
    return _bitcast(x, "double")


def broadcast(x: Value, lanes: int) -> Value:
    """A scalar in every lane of a vector."""
    if lanes == 1:
        return x
    block, kind = x.block, Kind(x.kind.scalar, lanes)
    first = block.emit(kind, f"insertelement {kind} poison, {x.kind} {x.text}, i64 0")
    return shuffle(first, first, [0] * lanes)


def extract(x: Value, lane: int) -> Value:
    """One lane of a vector, as a scalar."""
    if x.kind.lanes == 1:
        return x
    return x.block.emit(Kind(x.kind.scalar, 1), f"extractelement {x.kind} {x.text}, i64 {lane}")


def insert(x: Value, scalar: Value, lane: int) -> Value:
    """The vector with one lane replaced."""
    if x.kind.lanes == 1:
        return scalar
    return x.block.emit(x.kind, f"insertelement {x.kind} {x.text}, {scalar.kind} {scalar.text}, i64 {lane}")


def shuffle(a: Value, b: Value, lanes: Sequence[int]) -> Value:
    """The lanes of two vectors in a new order: lane i of a counts as i, of b as i + lanes of a; -1 is any."""
    block, kind = a.block, Kind(a.kind.scalar, len(lanes))
    mask = ", ".join("i32 poison" if i < 0 else f"i32 {i}" for i in lanes)
    text = f"shufflevector {a.kind} {a.text}, {b.kind} {b.text}, <{len(lanes)} x i32> <{mask}>"
    return block.emit(kind, text)


def _bitcast(x: Value, scalar: str) -> Value:
    kind = Kind(scalar, x.kind.lanes)
    return x.block.emit(kind, f"bitcast {x.kind} {x.text} to {kind}")


def _arithmetic(name: str, left: Value, right: Operand) -> Value:
    block, kind = left.block, left.kind
    other = _like(left, right)
    operation = f"f{name}{block.flags}" if kind.scalar == "double" else name
    return block.emit(kind, f"{operation} {kind} {left.text}, {other.text}")


def _like(value: Value, other: Operand) -> Value:
    if isinstance(other, Value):
        return other
    lanes = value.kind.lanes
    if value.kind.scalar == "double":
        return value.block.number(other, lanes)
    return Value(value.block, value.kind, _splat(value.kind.scalar, str(int(other)), lanes))


def _splat(scalar: str, text: str, lanes: int) -> str:
    return text if lanes == 1 else f"splat ({scalar} {text})"


def _hex(value: float) -> str:
    return "0x" + struct.pack(">d", value).hex().upper()
