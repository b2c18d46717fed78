"""Textbook problems as kernels by address: the contract of `troponin.kernels.abi` written with numba.

The Jacobian is dense, the LU factors too (Doolittle without pivoting), for any number of lanes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types

from troponin.solvers.kernel_addresses import KernelAddresses

_P = types.CPointer(types.float64)


@dataclass(frozen=True)
class Problem:
    """A textbook problem: its kernel, its start, and what keeps the compiled functions alive."""

    kernel: KernelAddresses
    y0: np.ndarray
    k: np.ndarray
    alive: tuple[Any, ...]


def make_problem(
    rhs: Callable[..., None],
    jacobian: Callable[..., None],
    y0: list[float] | np.ndarray,
    *,
    constants: list[float] | np.ndarray = (),
    inputs: int = 0,
    width: int = 1,
    monitor: Callable[..., None] | None = None,
    monitors: int = 0,
    values: int = 0,
) -> Problem:
    """Compile f(t, y, u, k, q, dy) and J(t, y, u, k, q, J, ft) of one lane into a kernel of `width` lanes."""
    n = len(y0)
    f, j = njit(rhs), njit(jacobian)
    m = None if monitor is None else njit(monitor)
    n_u, n_k = 1 + 4 * inputs, len(constants)

    @njit
    def lane_rhs(tau, y, u, k, q, dy, lane):
        own, out, qs = np.empty(n), np.empty(n), np.empty(values)
        for i in range(n):
            own[i] = y[i, lane]
        for i in range(values):
            qs[i] = q[i, lane]
        f(tau[lane], own, u, k, qs, out)
        for i in range(n):
            dy[i, lane] = out[i]

    @cfunc(types.void(_P, _P, _P, _P, _P, _P))
    def c_rhs(tau, y, u, k, q, dy):
        for lane in range(width):
            lane_rhs(
                carray(tau, width), carray(y, (n, width)), carray(u, n_u), carray(k, n_k),
                carray(q, (values, width)), carray(dy, (n, width)), lane,
            )  # fmt: skip

    @cfunc(types.void(_P, _P, _P, _P, _P, _P, _P, _P))
    def c_jac(tau, y, u, k, q, dy, jac, ft):
        ys, out, change = carray(y, (n, width)), carray(jac, (n, n, width)), carray(ft, (n, width))
        qs = carray(q, (values, width))
        for lane in range(width):
            lane_rhs(carray(tau, width), ys, carray(u, n_u), carray(k, n_k), qs, carray(dy, (n, width)), lane)
            own, ownq, matrix, slope = np.empty(n), np.empty(values), np.zeros((n, n)), np.zeros(n)
            for i in range(n):
                own[i] = ys[i, lane]
            for i in range(values):
                ownq[i] = qs[i, lane]
            j(carray(tau, width)[lane], own, carray(u, n_u), carray(k, n_k), ownq, matrix, slope)
            for a in range(n):
                change[a, lane] = slope[a]
                for b in range(n):
                    out[a, b, lane] = matrix[a, b]

    @cfunc(types.void(_P, _P, _P))
    def c_monitor_none(a, b, c):
        pass

    alive: list[Any] = [c_rhs, c_jac, c_monitor_none]
    address = 0
    if m is not None:

        @cfunc(types.void(_P, _P, _P, _P, _P, _P))
        def c_monitor(tau, y, u, k, q, out):
            ys, outs = carray(y, (n, width)), carray(out, (monitors, width))
            for lane in range(width):
                own, values_out = np.empty(n), np.empty(monitors)
                for i in range(n):
                    own[i] = ys[i, lane]
                m(carray(tau, width)[lane], own, carray(u, n_u), values_out)
                for i in range(monitors):
                    outs[i, lane] = values_out[i]

        alive.append(c_monitor)
        address = c_monitor.address
    factor, solve = dense_lu(n, width)
    alive += [factor, solve]
    kernel = KernelAddresses(
        rhs=c_rhs.address,
        jac=c_jac.address,
        factor=factor.address,
        solve=solve.address,
        states=n,
        jacobian=n * n,
        lu=n * n,
        monitor=address,
        monitors=monitors,
        inputs=inputs,
        width=width,
    )
    return Problem(kernel, np.array(y0, dtype=float), np.array(constants, dtype=float), tuple(alive))


@cache
def dense_lu(n: int, width: int) -> tuple[Any, Any]:
    """factor and solve for a dense Jacobian: Doolittle without pivoting, each lane by itself."""

    @cfunc(types.void(_P, _P, _P))
    def factor(jac, c, lu):
        a, cs, out = carray(jac, (n, n, width)), carray(c, width), carray(lu, (n, n, width))
        for lane in range(width):
            for i in range(n):
                for j in range(n):
                    out[i, j, lane] = (1.0 if i == j else 0.0) - cs[lane] * a[i, j, lane]
            for p in range(n):
                for i in range(p + 1, n):
                    out[i, p, lane] /= out[p, p, lane]
                    for j in range(p + 1, n):
                        out[i, j, lane] -= out[i, p, lane] * out[p, j, lane]

    @cfunc(types.void(_P, _P))
    def solve(lu, x):
        a, b = carray(lu, (n, n, width)), carray(x, (n, width))
        for lane in range(width):
            for i in range(n):
                for j in range(i):
                    b[i, lane] -= a[i, j, lane] * b[j, lane]
            for i in range(n - 1, -1, -1):
                for j in range(i + 1, n):
                    b[i, lane] -= a[i, j, lane] * b[j, lane]
                b[i, lane] /= a[i, i, lane]

    return factor, solve


@cache
def robertson(width: int = 1) -> Problem:
    """Robertson's chemical kinetics, rates 0.04, 1e4, 3e7."""

    def rhs(t, y, u, k, q, dy):
        dy[0] = -0.04 * y[0] + 1e4 * y[1] * y[2]
        dy[2] = 3e7 * y[1] * y[1]
        dy[1] = -dy[0] - dy[2]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 0], jac[0, 1], jac[0, 2] = -0.04, 1e4 * y[2], 1e4 * y[1]
        jac[2, 1] = 6e7 * y[1]
        jac[1, 0], jac[1, 1], jac[1, 2] = 0.04, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1]

    return make_problem(rhs, jacobian, [1.0, 0.0, 0.0], width=width)


@cache
def van_der_pol(mu: float = 1000.0, width: int = 1) -> Problem:
    """y'' = mu (1 - y^2) y' - y."""

    def rhs(t, y, u, k, q, dy):
        dy[0] = y[1]
        dy[1] = mu * (1.0 - y[0] * y[0]) * y[1] - y[0]

    def jacobian(t, y, u, k, q, jac, ft):
        jac[0, 1] = 1.0
        jac[1, 0], jac[1, 1] = -2.0 * mu * y[0] * y[1] - 1.0, mu * (1.0 - y[0] * y[0])

    return make_problem(rhs, jacobian, [2.0, 0.0], width=width)


@cache
def linear(matrix: tuple[tuple[float, ...], ...], y0: tuple[float, ...], width: int = 1) -> Problem:
    """dy/dt = A y + b(t): input 0 is added to the first state."""
    a = np.array(matrix)
    n = len(y0)

    def rhs(t, y, u, k, q, dy):
        for i in range(n):
            dy[i] = 0.0
            for j in range(n):
                dy[i] += a[i, j] * y[j]
        dy[0] += u[1] + t * (u[2] + t * (u[3] + t * u[4]))

    def jacobian(t, y, u, k, q, jac, ft):
        for i in range(n):
            for j in range(n):
                jac[i, j] = a[i, j]
        ft[0] = u[2] + t * (2.0 * u[3] + t * 3.0 * u[4])

    return make_problem(rhs, jacobian, list(y0), inputs=1, width=width)
