"""The contract between a compiled kernel and whoever calls it: argument order and memory layout.

Every kernel is a C function that takes only pointers to double and returns nothing.  A block of
cells is `W` lanes wide (a *lane* is one cell; W = 1 for a single cell) and every per-cell array is
C-contiguous with shape [rows][W], eight-byte aligned.

    rhs    (tau, y, u, k, q, dy)            dy[n][W]    = f(t, y)
    jac    (tau, y, u, k, q, dy, J, ft)     J[nnz][W]   = df/dy in the order of the sparsity pattern,
                                            ft[n][W]    = df/dt at constant y (explicit time dependence),
                                            dy[n][W]    as rhs
    factor (J, c, LU)                       LU[nnz_lu][W] of I - diag(c) J, no pivoting; c[W]
    solve  (LU, x)                          x[n][W] <- (LU)^-1 x, in place
    monitor(tau, y, u, k, q, out)           out[m][W]   = the monitored expressions
    step   (tau, y, u, k, q, h)             y[n][W]     <- the state a fixed step h[W] later, in place
    prepare(p, k)                           k[n_k]      = constants derived from the parameters p
    spread (p, v, q)                        q[r][W]     = values derived from p and the varied parameters v[.][W]

    tau[W]      time since the start of the current protocol segment, in the model's time unit
    y[n][W]     the state
    u[1 + 4 m]  the segment, the same for all lanes: u[0] is the absolute time of the segment's
                start; input i is the cubic u[1+4i] + u[2+4i] tau + u[3+4i] tau^2 + u[4+4i] tau^3
    k[n_k]      constants derived from the parameters, the same for all lanes (filled by prepare)
    q[r][W]     values that vary from lane to lane (population parameters)

A kernel is passed to a numba loop as its address, a run-time int64, so that one compiled solver
serves every model.  Time inside a segment is local: after a million beats the time step is resolved
as well as in the first.
"""

from __future__ import annotations

from typing import Final

ARGUMENTS: Final = {
    "rhs": ("tau", "y", "u", "k", "q", "dy"),
    "jac": ("tau", "y", "u", "k", "q", "dy", "J", "ft"),
    "factor": ("J", "c", "LU"),
    "solve": ("LU", "x"),
    "monitor": ("tau", "y", "u", "k", "q", "out"),
    "step": ("tau", "y", "u", "k", "q", "h"),
    "prepare": ("p", "k"),
    "spread": ("p", "v", "q"),
}
"""The arrays that each function takes, in order."""

UNIFORM: Final = frozenset({"u", "k", "p"})
"""Arrays that all lanes share: one double for each row."""

INPUT_TERMS: Final = 4
"""Coefficients of the cubic that an input follows within a segment."""


def segment_size(inputs: int) -> int:
    """Number of doubles in the segment array `u` of a model with that many inputs."""
    return 1 + INPUT_TERMS * inputs
