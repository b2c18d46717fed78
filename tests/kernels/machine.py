"""Calling machine code from tests: kernels by address, and single operations over arrays."""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np
from numpy.typing import NDArray

from troponin.expr.nodes import Apply, Node, Symbol
from troponin.expr.operations import Operation
from troponin.kernels.abi import segment_size
from troponin.kernels.engine import Code, compile_object, load_object
from troponin.kernels.kernel import Kernel
from troponin.kernels.lower import lower
from troponin.kernels.lower_packed import lower_packed
from troponin.kernels.program import Program, slot_symbol, stores
from troponin.kernels.target import Target, host

Array = NDArray[np.float64]


def call(address: int, *arrays: Array) -> None:
    """Call a kernel function."""
    for array in arrays:
        assert array.dtype == np.float64
        assert array.flags.c_contiguous
    ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays))(address)(*(a.ctypes.data for a in arrays))


def code_of(program: Program, lanes: int, target: Target | None = None) -> Code:
    """The machine code of one program, whose constants are numbers."""
    target = target or host()
    text, declarations = lower(program, lanes, target)
    return load_object(compile_object("\n".join([*sorted(declarations), text]), target), target)


def packed_code_of(program: Program) -> Code:
    """The machine code of one program for one cell, packed; it has no constants of parameters."""

    def no_row(_: tuple[Node, ...]) -> int:
        raise AssertionError("constants of parameters in a program without parameters")

    text, declarations = lower_packed(program, host(), no_row)
    return load_object(compile_object("\n".join([*sorted(declarations), text]), host()), host())


@cache
def _operation(operation: Operation, lanes: int, target: Target) -> Code:
    arguments = [slot_symbol("y", i) for i in range(operation.arity)]
    node: Node = Apply(operation, *arguments)
    if operation.spelling in ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"):
        node = Apply(Operation.SELECT, node, Apply(Operation.SUB, node, node) + 1.0, Apply(Operation.SUB, node, node))
    return code_of(Program("monitor", stores("out", [node])), lanes, target)


def apply(operation: Operation, *arguments: Array, lanes: int = 1, target: Target | None = None) -> Array:
    """An operation on arrays of one length, by machine code with that many lanes."""
    address = _operation(operation, lanes, target or host()).address("monitor")
    count = len(arguments[0])
    padded = np.ones((len(arguments), -(-count // lanes), lanes))
    for row, argument in zip(padded, arguments, strict=True):
        row.flat[:count] = argument
    result = np.empty((padded.shape[1], lanes))
    nothing = np.zeros(8)
    for block in range(padded.shape[1]):
        y = np.ascontiguousarray(padded[:, block])
        call(address, nothing, y, nothing, nothing, nothing, result[block])
    return result.ravel()[:count]


class Cell:
    """A kernel with the arrays that it works on, all lanes at the model's initial state."""

    def __init__(self, kernel: Kernel, y: Array, *, k: Array | None = None, q: Array | None = None) -> None:
        self.kernel = kernel
        lanes = kernel.lanes
        self.y = np.array(np.broadcast_to(np.reshape(y, (kernel.n, -1)), (kernel.n, lanes)), order="C")
        self.k = kernel.constants() if k is None else k
        self.q = np.zeros((max(kernel.n_q, 1), lanes)) if q is None else q
        self.u = np.zeros(segment_size(kernel.n_inputs))
        self.tau = np.zeros(lanes)

    def rates(self) -> Array:
        """dy/dt."""
        dy = np.full((self.kernel.n, self.kernel.lanes), np.nan)
        call(self.kernel.rhs, self.tau, self.y, self.u, self.k, self.q, dy)
        return dy

    def jacobian(self) -> tuple[Array, Array, Array]:
        """dy/dt, the entries of the Jacobian, and df/dt."""
        n, lanes = self.kernel.n, self.kernel.lanes
        dy, entries, slope = np.empty((n, lanes)), np.empty((self.kernel.nnz, lanes)), np.empty((n, lanes))
        call(self.kernel.jac, self.tau, self.y, self.u, self.k, self.q, dy, entries, slope)
        return dy, entries, slope

    def dense(self, entries: Array, lane: int = 0) -> Array:
        """The Jacobian of one lane as a full matrix."""
        matrix = np.zeros((self.kernel.n, self.kernel.n))
        for row, (i, j) in enumerate(self.kernel.pattern):
            matrix[i, j] = entries[row, lane]
        return matrix

    def solve(self, entries: Array, c: Array, b: Array) -> Array:
        """(I - diag(c) J)^-1 b, lane by lane."""
        factors = np.empty((self.kernel.nnz_lu, self.kernel.lanes))
        call(self.kernel.factor, entries, c, factors)
        x = b.copy()
        call(self.kernel.solve, factors, x)
        return x

    def monitors(self) -> Array:
        """The monitored rows."""
        out = np.empty((self.kernel.n_monitors, self.kernel.lanes))
        call(self.kernel.monitor, self.tau, self.y, self.u, self.k, self.q, out)
        return out


def named(*names: str) -> list[Symbol]:
    """Symbols of these names."""
    return [Symbol(name) for name in names]
