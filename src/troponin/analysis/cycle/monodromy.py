"""The derivative of the pace map: whole, or as much of it as is not forgotten within a beat.

    M = dG/dy,    M v ~ (G(y + e v) - G(y)) / e

Most of a cell's states follow the others within a beat: M of fifty states has some ten directions in which anything is
left one beat later.  A block Arnoldi process finds these from a few products M v, so that

    M ~ (M Q) Q',    Q orthonormal,    what M Q has outside Q is small

and its modes, multipliers and Newton steps are those of M.

Source: Y. Saad, Numerical Methods for Large Eigenvalue Problems, 2nd ed., SIAM 2011, chapter 6,
doi 10.1137/1.9781611970739.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from troponin.analysis.pace_map import PaceMap, pace_apart
from troponin.errors import SolverError
from troponin.kernels.target import natural_lanes

__all__ = ["Linearised", "leading", "linearise"]

Floats = NDArray[np.float64]

_SHIFT: Final = 1e-5
"""Length of a shift of one state, in scaled units: between rounding (1e-15) and curvature."""

_ALL_AT_ONCE: Final = 1e-7
"""Length of a shift of all states together, whose products bend the map more."""

_ROUNDING: Final = 1e-11

_FORGOTTEN: Final = 1e-6
"""Length to which a unit vector shrinks that is none of a basis any more."""

_KNOWN: Final = 0.02
"""By how much a multiplier may be moved by what was not asked of M, as a fraction of 1 - mu."""

_LEFT: Final = 0.02
"""Size of a multiplier below which nothing is left of its mode after a period."""

_ALONE: Final = 8
"""Cells of a block where the machine has no lanes."""


@dataclass(frozen=True, slots=True, eq=False)
class Linearised:
    """The pace map near a point, in scaled units, and the gradients of what is conserved.

    matrix      dG/dy, shape [state, state]
    gradients   shape [conserved, state], rows of length one
    beats       beats of single cells that it took
    known       directions in which the derivative was taken; it is zero in all others
    """

    matrix: Floats
    gradients: Floats
    beats: int
    known: int


def linearise(paced: PaceMap, y: Floats, scale: Floats, gradients: Floats, beats: int = 1) -> Linearised:
    """The derivative of `beats` beats at a point, by differences between cells that share their steps.

    gradients   of the conserved quantities, in the model's units, shape [conserved, state]
    """
    sizes = _SHIFT * scale * np.where(y > 0.5 * scale, -1.0, 1.0)
    changes, taken = pace_apart(paced, y, np.diag(sizes), beats)
    matrix = (changes / sizes[:, np.newaxis] / scale).T * scale
    # what is below rounding is zero; left in, it misleads the balancing of an eigenvalue solver
    matrix[np.abs(matrix) < _ROUNDING] = 0.0
    return Linearised(matrix, _unit_rows(gradients * scale), taken, len(y))


def leading(
    paced: PaceMap, y: Floats, scale: Floats, gradients: Floats, directions: Floats, beats: int = 1
) -> Linearised:
    """The derivative of `beats` beats in the directions in which something is left after them.

    gradients    of the conserved quantities, in the model's units, shape [conserved, state]
    directions   in which slow modes are looked for first, in scaled units, shape [direction, state]
    """
    rows = _unit_rows(gradients * scale)
    free = len(y) - len(rows)
    width = (natural_lanes() if natural_lanes() > 1 else _ALONE) - 1
    if free <= 2 * width:
        return linearise(paced, y, scale, gradients, beats)
    dice = np.random.default_rng(len(y))  # the same for the same model: an experiment can be repeated
    inside = np.eye(len(y)) - np.linalg.pinv(rows) @ rows if len(rows) else np.eye(len(y))
    wanted = _unit_rows(np.vstack([directions, dice.normal(size=(width, len(y)))]) @ inside)
    basis, images, taken = np.zeros((len(y), 0)), np.zeros((len(y), 0)), 0
    fresh = _beside(basis, wanted.T)[:, :width]
    while fresh.shape[1]:
        try:
            changes, cost = pace_apart(paced, y, _ALL_AT_ONCE * fresh.T * scale, beats)
        except SolverError:  # a state that must not be negative was shifted below zero
            whole = linearise(paced, y, scale, gradients, beats)
            return replace(whole, beats=whole.beats + taken)
        taken += cost
        basis = np.hstack([basis, fresh])
        images = np.hstack([images, inside @ (changes / _ALL_AT_ONCE / scale).T])
        outside = images - basis @ (basis.T @ images)
        if _is_known(basis, images, outside):
            break
        left, sizes, _ = np.linalg.svd(outside, full_matrices=False)
        fresh = _beside(basis, (left * sizes)[:, :width])
    return Linearised(images @ basis.T, rows, taken, basis.shape[1])


def _is_known(basis: Floats, images: Floats, outside: Floats) -> bool:
    """Whether the multipliers are those of M: what M does to each mode beyond the basis moves 1 - mu by little."""
    values, left, right = scipy.linalg.eig(basis.T @ images, left=True, right=True)
    # how much a multiplier may move for what is left out: modes that are nearly parallel move one another's
    condition = 1.0 / np.maximum(np.abs(np.sum(left.conj() * right, axis=0)), 1e-12)
    moved = condition * np.linalg.norm(outside @ right, axis=0)
    return bool((moved <= _KNOWN * np.abs(1.0 - values))[np.abs(values) > _LEFT].all())


def _beside(basis: Floats, columns: Floats) -> Floats:
    """An orthonormal basis of what columns have outside a basis, the first columns first."""
    known = basis.shape[1]
    for column in columns.T:
        v = column
        for _ in range(2):  # once is not enough for a column that is nearly inside
            v = v - basis @ (basis.T @ v)
        size = np.linalg.norm(v)
        if size > _FORGOTTEN:
            basis = np.column_stack([basis, v / size])
    return basis[:, known:]


def _unit_rows(rows: Floats) -> Floats:
    sizes = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(sizes > 0.0, sizes, 1.0))
