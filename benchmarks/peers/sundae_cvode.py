"""scikit-sundae's CVODE driven by our own compiled right-hand side and Jacobian.  Needs: pip install scikit-sundae.

What it shows: how much of the difference to CVODE is the equations' machine code and how much the solver around it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from cases import Case
from contender import Contender, Doubles
from peers.by_segments import contender

__all__ = ["NEEDS", "available", "contenders"]

NEEDS = "pip install scikit-sundae"

TOLERANCES = ((1e-3, 1e-5), (1e-4, 1e-6), (1e-5, 1e-7), (1e-6, 1e-8), (1e-8, 1e-10))


def available() -> bool:
    """Whether scikit-sundae can be imported."""
    return find_spec("sksundae") is not None


def contenders(case: Case) -> list[Contender]:
    """One contender for each pair of tolerances, with the dense linear solver and our analytic Jacobian."""
    return [
        contender(
            case, "scikit-sundae, our rhs+J", f"{rtol:.0e}/{atol:.0e}", _Solver(_Equations(case), rtol, atol), rtol
        )
        for rtol, atol in TOLERANCES
    ]


class _Equations:
    """Our kernels as the Python callbacks that scikit-sundae wants; the pointers are taken once."""

    def __init__(self, case: Case) -> None:
        kernel = case.kernel
        self.kernel, self.k = kernel, case.k
        self.tau, self.q = np.zeros(1), np.zeros((1, 1))
        self.u = case.table.u[0].copy()
        self.stimulus = 1 + 4 * list(kernel.input_roles).index("stimulus")
        self.dy, self.ft, self.entries = np.zeros(kernel.n), np.zeros(kernel.n), np.zeros(kernel.nnz)
        self.y = np.zeros(kernel.n)
        pattern = np.array(kernel.pattern)
        self.rows, self.columns = pattern[:, 0].copy(), pattern[:, 1].copy()
        given = (self.tau, self.y, self.u, self.k, self.q, self.dy)
        self._rhs = _bound(kernel.rhs, *given)
        self._jac = _bound(kernel.jac, *given, self.entries, self.ft)

    def rhs(self, t: float, y: Doubles, yp: Doubles) -> None:
        self.y[:] = y
        self._rhs()
        yp[:] = self.dy

    def jac(self, t: float, y: Doubles, yp: Doubles, jacobian: Doubles) -> None:
        self.y[:] = y
        self._jac()
        jacobian[self.rows, self.columns] = self.entries


def _bound(address: int, *arrays: Doubles) -> Callable[[], object]:
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays))(address)
    pointers = [array.ctypes.data for array in arrays]
    return lambda: function(*pointers)


@dataclass(frozen=True)
class _Solver:
    equations: _Equations
    rtol: float
    atol: float

    def end(self, y: Doubles, level: float, length: float) -> Doubles:
        return np.array(self._solve(y, level, np.array([0.0, length])).y[-1])

    def steps(self, y: Doubles, level: float, length: float) -> tuple[Doubles, Doubles]:
        found = self._solve(y, level, np.array([0.0, length]))
        return np.array(found.t), np.array(found.y)

    def at(self, y: Doubles, level: float, times: Doubles) -> Doubles:
        return np.array(self._solve(y, level, times if times.size > 2 else np.linspace(0.0, times[-1], 3)).y)[
            :: 1 if times.size > 2 else 2
        ]

    def _solve(self, y: Doubles, level: float, times: Doubles) -> Any:
        from sksundae.cvode import CVODE

        self.equations.u[self.equations.stimulus] = level
        cvode = CVODE(
            self.equations.rhs,
            rtol=self.rtol,
            atol=self.atol,
            linsolver="dense",
            jacfn=self.equations.jac,
            max_num_steps=1_000_000,
        )
        return cvode.solve(times, y)
