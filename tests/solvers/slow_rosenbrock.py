"""A slow, clear Rosenbrock method in NumPy, from the untransformed definition.

k_i = h f(y + sum_j alpha_ij k_j) + h J sum_j gamma_ij k_j     (autonomous problems)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from troponin.solvers.tableaus import Tableau

Vector = np.ndarray


def solve(
    f: Callable[[float, Vector], Vector],
    jacobian: Callable[[float, Vector], np.ndarray],
    y0: Vector,
    length: float,
    rtol: float,
    tableau: Tableau,
    first_step: float,
) -> tuple[Vector, np.ndarray]:
    """Accepted times and states; atol = 0.1 rtol."""
    mixing = np.linalg.inv(np.eye(tableau.stages) / tableau.gamma - tableau.c)
    alpha = tableau.a @ mixing
    b, error_weights = tableau.m @ mixing, tableau.e @ mixing
    exponent = 1 / (tableau.embedded + 1)
    t, y, h, fresh = 0.0, np.asarray(y0, dtype=float), first_step, True
    times, states = [t], [y]
    while t < length:
        remaining = length - t
        if h >= remaining * (1 - 1e-12):
            h = remaining
        elif h > remaining / 2:
            h = min(h, remaining / 2)
        jac = jacobian(t, y)
        k = np.zeros((tableau.stages, y.size))
        for i in range(tableau.stages):
            rate = h * f(t, y + alpha[i] @ k) + h * jac @ (mixing[i, :i] @ k[:i])
            k[i] = np.linalg.solve(np.eye(y.size) - h * tableau.gamma * jac, rate)
        new = y + b @ k
        scale = 0.1 * rtol + rtol * abs(np.array([*states, new])).max(axis=0)
        error = np.sqrt(np.mean((error_weights @ k / scale) ** 2))
        if error > 1:
            h, fresh = h * max(0.2, 0.9 / error**exponent), False
            continue
        t = length if h >= remaining else t + h
        y = new
        times.append(t)
        states.append(y)
        h, fresh = h / max(1 / (6.0 if fresh else 1.0), error**exponent / 0.9), True
    return np.array(times), np.array(states)
