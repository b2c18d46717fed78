"""Numbers and kernels behind raw addresses, as the compiled loops use them.

An array reaches a loop as the address of its first double.  Indexing a NumPy array inside a hot
loop costs reference counts (slices) and wrapped negative indices (no vectorisation); an address
costs nothing.  The caller keeps the arrays alive.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = ["call2", "call3", "call6", "call8", "emitted", "load", "store"]

_DOUBLE = ir.DoubleType()
_DOUBLES = ir.PointerType(_DOUBLE)


def emitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function that returns a signature and a code generator, for use inside compiled loops."""
    return intrinsic(function)


@emitted
def load(typingctx, address, index):
    """The double at `index` behind an address."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        pointer = builder.inttoptr(args[0], _DOUBLES)
        return builder.load(builder.gep(pointer, [args[1]]), align=8)

    return types.float64(types.int64, types.int64), build


@emitted
def store(typingctx, address, index, value):
    """Put a double at `index` behind an address."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        pointer = builder.inttoptr(args[0], _DOUBLES)
        builder.store(args[2], builder.gep(pointer, [args[1]]), align=8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.float64), build


def _build_call(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    """A C call of the function at args[0] with every other argument a pointer to double."""
    pointers = [builder.inttoptr(argument, _DOUBLES) for argument in args[1:]]
    kind = ir.FunctionType(ir.VoidType(), [_DOUBLES] * len(pointers))
    builder.call(builder.inttoptr(args[0], ir.PointerType(kind)), pointers)
    return context.get_dummy_value()


def _call_of(pointers: int) -> tuple[Any, Callable[..., ir.Value]]:
    return types.void(*[types.int64] * (1 + pointers)), _build_call


@emitted
def call2(typingctx, function, a, b):
    """Call solve(LU, x) by address."""
    return _call_of(2)


@emitted
def call3(typingctx, function, a, b, c):
    """Call factor(J, c, LU) by address."""
    return _call_of(3)


@emitted
def call6(typingctx, function, a, b, c, d, e, f):
    """Call rhs(tau, y, u, k, q, dy) or monitor(tau, y, u, k, q, out) by address."""
    return _call_of(6)


@emitted
def call8(typingctx, function, a, b, c, d, e, f, g, h):
    """Call jac(tau, y, u, k, q, dy, J, ft) by address."""
    return _call_of(8)
