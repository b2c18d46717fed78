"""The arrays of a Rosenbrock method, as addresses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troponin.solvers.kernel_addresses import KernelAddresses
from troponin.solvers.tableaus import Tableau
from troponin.solvers.workspace import BLOCK, Arena, padded_blocks, view

__all__ = ["Numbers", "RowSpace", "make_numbers", "make_row_space"]


class Numbers(NamedTuple):
    """The tableau inside a compiled loop: addresses of its tables, then its sizes."""

    a: int
    c: int
    """gamma C"""
    m: int
    e: int
    h: int
    alpha: int
    gammas: int
    increments: NDArray[np.int64]
    """see Tableau"""
    weights: int
    """weights of the stages in the dense output"""
    stages: int
    powers: int
    """rows of H"""
    gamma: float
    exponent: float
    """1 / (2 (order of the error estimate + 1)), for squares of errors"""


class RowSpace(NamedTuple):
    """Addresses of the arrays of one block of cells; rows are padded to whole blocks."""

    tau: int
    y: int
    trial: int
    first_rate: int
    """f at the start of the step, kept for a step that is tried again"""
    rate: int
    ft: int
    w: int
    largest: int
    """the scale |y| of every state"""
    atol: int
    mask: int
    stages: int
    gh: int
    """pattern of gamma h, also the c of the LU factors"""
    ghh: int
    """pattern of gamma h^2"""
    chosen: int
    """pattern of the accepted lanes"""
    sums: int
    jacobian: int
    lu: int
    u: int
    k: int
    q: int


def make_numbers(arena: Arena, tableau: Tableau) -> Numbers:
    """Put a tableau where a compiled loop can read it."""
    return Numbers(
        a=arena.hold(tableau.a),
        c=arena.hold(tableau.gamma * tableau.c),
        m=arena.hold(tableau.m),
        e=arena.hold(tableau.e),
        h=arena.hold(tableau.h),
        alpha=arena.hold(tableau.alpha),
        gammas=arena.hold(tableau.gammas),
        increments=tableau.increments,
        weights=arena.reserve(2 * BLOCK),
        stages=tableau.stages,
        powers=tableau.h.shape[0],
        gamma=tableau.gamma,
        exponent=0.5 / (tableau.embedded + 1),
    )


def make_row_space(
    arena: Arena,
    kernel: KernelAddresses,
    stages: int,
    atol: NDArray[np.float64],
    k: NDArray[np.float64],
    q: NDArray[np.float64],
    segment_size: int,
) -> RowSpace:
    """Allocate and fill everything that does not change from segment to segment."""
    width, doubles = kernel.width, kernel.states * kernel.width
    blocks = padded_blocks(doubles)
    row = [arena.rows(1, blocks) for _ in range(9)]
    pattern = [arena.reserve(BLOCK) for _ in range(5)]
    atol_row, mask_row = row[6], row[7]
    view(atol_row, blocks * BLOCK)[:] = 1.0
    view(atol_row, doubles)[:] = np.repeat(atol, width)
    view(mask_row, doubles)[:] = 1.0
    return RowSpace(
        tau=pattern[0],
        y=row[0],
        trial=row[1],
        first_rate=row[2],
        rate=row[3],
        ft=row[4],
        w=row[5],
        largest=row[8],
        atol=atol_row,
        mask=mask_row,
        stages=arena.rows(stages, blocks),
        gh=pattern[1],
        ghh=pattern[2],
        chosen=pattern[3],
        sums=pattern[4],
        jacobian=arena.reserve(max(1, kernel.jacobian) * width),
        lu=arena.reserve(max(1, kernel.lu) * width),
        u=arena.reserve(segment_size),
        k=arena.hold(k),
        q=arena.hold(q),
    )
