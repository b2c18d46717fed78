"""The memory of a solver, carved once from one allocation so that no step allocates."""

from __future__ import annotations

import ctypes
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.kernel_addresses import KernelAddresses

__all__ = ["BLOCK", "ROWS_OF_PHI", "Arena", "Calls", "padded_blocks"]

BLOCK: Final = 8
"""Doubles in a block of the fused loops; rows are padded to whole blocks."""

ROWS_OF_PHI: Final = 8
"""Rows of the difference table: orders 0 to 5, the error, and the error of the order above."""


_LINE: Final = 64
_PIECE: Final = 1 << 16


class Calls(NamedTuple):
    """The kernel inside a compiled loop: addresses of functions, then sizes."""

    rhs: int
    jac: int
    factor: int
    solve: int
    monitor: int
    step: int
    states: int
    width: int
    blocks: int
    entries: int

    @classmethod
    def of(cls, kernel: KernelAddresses) -> Calls:
        """The same facts without the names that a loop does not need."""
        functions = (kernel.rhs, kernel.jac, kernel.factor, kernel.solve, kernel.monitor, kernel.step)
        blocks = padded_blocks(kernel.states * kernel.width)
        return cls(*functions, kernel.states, kernel.width, blocks, kernel.jacobian * kernel.width)


class Arena:
    """Zeroed stretches of memory as addresses, cut from large pieces that live as long as the arena.

    One piece serves a whole integration: an allocation for every array would cost as much as a beat.
    """

    def __init__(self) -> None:
        self._held: list[NDArray[np.float64]] = []
        self._next = self._end = 0

    def reserve(self, doubles: int) -> int:
        """The address of a new stretch of zeros, aligned to a cache line."""
        needed = -(-8 * doubles // _LINE) * _LINE
        if self._next + needed > self._end:
            piece = np.zeros(max(needed, _PIECE) // 8 + _LINE // 8)
            self._held.append(piece)
            address = piece.ctypes.data
            self._next = address + -address % _LINE
            self._end = address + piece.nbytes
        address, self._next = self._next, self._next + needed
        return address

    def rows(self, count: int, blocks: int) -> int:
        """The address of `count` padded rows."""
        return self.reserve(count * blocks * BLOCK)

    def hold(self, values: NDArray[np.float64] | NDArray[np.int64]) -> int:
        """The address of a private copy of an array, padded with zeros to whole blocks."""
        flat = np.ascontiguousarray(values, dtype=np.float64)
        address = self.reserve(padded_blocks(flat.size) * BLOCK)
        ctypes.memmove(address, flat.ctypes.data, flat.nbytes)
        return address


def padded_blocks(doubles: int) -> int:
    """Blocks that hold so many doubles."""
    return -(-doubles // BLOCK)


def view(address: int, doubles: int) -> NDArray[np.float64]:
    """The memory behind an address as an array; valid only as long as its arena lives."""
    return np.ctypeslib.as_array(ctypes.cast(address, ctypes.POINTER(ctypes.c_double)), shape=(doubles,))
