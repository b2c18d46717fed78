"""Floquet multipliers: what becomes of small disturbances of a periodic orbit from one period to the next.

    M = dG/dy at the fixed point,    M v = mu v

The orbit attracts where every |mu| < 1.  Conserved quantities have mu = 1, which says nothing of stability: they are
left out.  A real mu < -1 is the onset of alternans, mu near 1 a mode that takes 1 / (1 - mu) beats to settle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from troponin.analysis.cycle.monodromy import Linearised

__all__ = ["Slow", "beats_to_settle", "correction", "mode_of", "multipliers", "slow_modes"]

Floats = NDArray[np.float64]


_GONE: Final = 1e-3
"""Size of a multiplier below which a disturbance is gone after a period or two."""


@dataclass(frozen=True, slots=True, eq=False)
class Slow:
    """Modes too slow to be followed.

    positions     where a state lies along each, shape [mode, state]
    modes         the states that move along each, shape [state, mode]; positions @ modes = 1
    multipliers   shape [mode]
    """

    positions: Floats
    modes: Floats
    multipliers: Floats

    def part(self, change: Floats) -> Floats:
        """The part of a change along these modes."""
        return np.asarray(self.modes @ (self.positions @ change))


def multipliers(near: Linearised) -> NDArray[np.complex128]:
    """The multipliers within the surface of constant conserved quantities, the largest magnitude first.

    Those of modes of which nothing is left after one period may be missing.
    """
    values = np.asarray(np.linalg.eigvals(_inside(near)[0]), dtype=np.complex128)
    return values[np.argsort(-np.abs(values), kind="stable")][: near.known]


def mode_of(near: Linearised, multiplier: complex) -> Floats:
    """The disturbance that belongs to a real multiplier, in scaled units, its largest component one."""
    matrix, basis = _inside(near)
    values, vectors = np.linalg.eig(matrix)
    v = np.real(basis @ vectors[:, int(np.argmin(np.abs(values - multiplier)))])
    return np.asarray(v / np.abs(v).max())


def beats_to_settle(near: Linearised, away: Floats, within: float) -> float:
    """The periods after which a disturbance has come within a distance of the orbit, mode by mode, as far as M tells.

    away     the disturbance, in scaled units
    within   the largest component that may be left of each mode, in the same units

    n = max over modes of ln(|a| / within) / -ln(|mu|), where away = sum a v with the largest component of each v one;
    infinite where a mode that does not decay is disturbed, zero where all is near enough already.
    """
    matrix, basis = _inside(near)
    values, vectors = np.linalg.eig(matrix)
    modes = basis @ vectors
    amounts = np.abs(np.linalg.lstsq(modes, away.astype(complex), rcond=None)[0]) * np.abs(modes).max(axis=0)
    sizes = np.abs(values)
    far = (amounts > within) & (sizes > _GONE)
    with np.errstate(divide="ignore"):
        rates = np.abs(np.log(np.minimum(sizes[far], 1.0)))
        return float(np.max(np.log(amounts[far] / within) / rates, initial=0.0))


def slow_modes(near: Linearised, count: int) -> Slow:
    """That many modes whose multipliers are nearest to one."""
    matrix, basis = _inside(near)
    values, left, right = scipy.linalg.eig(matrix, left=True, right=True)
    chosen = np.argsort(np.abs(1.0 - values))[:count]
    if not count:
        return Slow(np.zeros((0, len(basis))), np.zeros((len(basis), 0)), np.zeros(0))
    modes = np.real(basis @ right[:, chosen])
    positions = np.real(left[:, chosen].conj().T @ basis.T)
    return Slow(np.linalg.solve(positions @ modes, positions), modes, np.real(values[chosen]))


def correction(near: Linearised, slow: Slow, residual: Floats, back: Floats) -> Floats:
    """The Newton step (I - M)^-1 r to the fixed point with the same conserved quantities, in scaled units.

    Along slow modes it is the step `back` to where the search began.
    """
    n = len(residual)
    along = slow.positions / np.linalg.norm(slow.positions, axis=1, keepdims=True)
    matrix = np.vstack([np.eye(n) - near.matrix, near.gradients, along])
    target = np.concatenate([residual - slow.part(residual), np.zeros(len(near.gradients)), along @ back])
    return np.asarray(np.linalg.lstsq(matrix, target, rcond=None)[0])


def _inside(near: Linearised) -> tuple[Floats, Floats]:
    """The derivative within the surface of constant conserved quantities, and the basis of that surface."""
    if not len(near.gradients):
        return near.matrix, np.eye(len(near.matrix))
    basis = scipy.linalg.null_space(near.gradients)
    return basis.T @ near.matrix @ basis, basis
