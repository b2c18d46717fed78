"""The arrays of the BDF solver, as addresses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.workspace import BLOCK, ROWS_OF_PHI, Arena, padded_blocks, view

__all__ = ["Space", "make_space"]


class Space(NamedTuple):
    """Addresses of the arrays of one block of cells; rows are padded to whole blocks."""

    tau: int
    """local time of every lane"""
    y: int
    """the iterate"""
    rate: int
    """f at the iterate"""
    derivative: int
    """the predictor's time derivative"""
    e: int
    """corrector minus predictor"""
    r: int
    """residual, then correction"""
    w: int
    """reciprocal weights"""
    atol: int
    mask: int
    """one for a state, zero in the padding"""
    phi: int
    """rows of modified divided differences"""
    psi: int
    """psi[i] = t_n - t_(n-1-i), the ages of the past points"""
    psi_next: int
    inverse: int
    """reciprocals of psi"""
    inverse_next: int
    beta: int
    slope: int
    even: int
    """even[j] turns a difference of order j over these points into one over equal steps h"""
    norms: int
    factors: int
    """weights of the interpolant"""
    c: int
    jacobian: int
    ft: int
    lu: int
    monitors: int
    u: int
    k: int
    q: int


def make_space(
    arena: Arena,
    kernel: KernelAddresses,
    atol: NDArray[np.float64],
    k: NDArray[np.float64],
    q: NDArray[np.float64],
    segment_size: int,
) -> Space:
    """Allocate and fill everything that does not change from segment to segment."""
    width, doubles = kernel.width, kernel.states * kernel.width
    blocks = padded_blocks(doubles)
    row = [arena.rows(1, blocks) for _ in range(8)]
    small = [arena.reserve(2 * BLOCK) for _ in range(9)]
    atol_row, mask_row = row[6], row[7]
    view(atol_row, blocks * BLOCK)[:] = 1.0
    view(atol_row, doubles)[:] = np.repeat(atol, width)
    view(mask_row, doubles)[:] = 1.0
    return Space(
        tau=arena.reserve(BLOCK),
        y=row[0],
        rate=row[1],
        derivative=row[2],
        e=row[3],
        r=row[4],
        w=row[5],
        atol=atol_row,
        mask=mask_row,
        phi=arena.rows(ROWS_OF_PHI, blocks),
        psi=small[0],
        psi_next=small[1],
        inverse=small[7],
        inverse_next=small[8],
        beta=small[2],
        slope=small[3],
        even=small[6],
        norms=small[4],
        factors=small[5],
        c=arena.reserve(BLOCK),
        jacobian=arena.reserve(max(1, kernel.jacobian) * width),
        ft=arena.rows(1, blocks),
        lu=arena.reserve(max(1, kernel.lu) * width),
        monitors=arena.reserve(max(1, kernel.monitors) * width),
        u=arena.reserve(segment_size),
        k=arena.hold(k),
        q=arena.hold(q),
    )
