"""A slow, clear BDF in NumPy: the same method as `troponin.solvers.bdf`, written from its definition.

The past is kept as points, not as differences: each step interpolates them anew in Newton's form.
The implicit equation is solved to rounding with an exact Jacobian in every iteration, so nothing here
depends on the age of a Jacobian, on LU factors or on a guess of the rate of convergence.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Vector = np.ndarray
SAFETY = {0: 1.3, -1: 1.4, 1: 1.5}
WORTH = 1.4


def solve(
    f: Callable[[float, Vector], Vector],
    jacobian: Callable[[float, Vector], np.ndarray],
    y0: Vector,
    length: float,
    rtol: float,
    max_order: int = 5,
) -> tuple[Vector, np.ndarray]:
    """Accepted times and states from 0 to length; atol = 0.1 rtol."""
    start, h = first_step(f, np.asarray(y0, dtype=float), rtol, length)
    nodes, values = [0.0] * 3, [np.asarray(y0, dtype=float)] * 3  # newest first; a triple point at the start
    times, states = [0.0], [values[0]]
    order, at_order, known, failures = 1, 1, True, 0
    while times[-1] < length:
        t = times[-1]
        remaining = length - t
        if h >= remaining * (1 - 1e-12):
            h = remaining
        elif h > remaining / 2:
            h = min(h, remaining / 2)
        target = length if h >= remaining else t + h
        weights = 1 / (0.1 * rtol + rtol * abs(np.array(states)).max(axis=0))

        def norm(x: Vector, weights: Vector = weights) -> float:
            return float(np.sqrt(np.mean((x * weights) ** 2)))

        guess, slope = extrapolate(nodes[: order + 1], values, start, target)
        gamma = sum(1 / j for j in range(1, order + 1))
        new = corrector(f, jacobian, target, guess, slope, h / gamma)
        ages = [h, *(target - node for node in nodes)][1:]  # distances of the past points from the new one
        constant = abs(h / ages[order] - gamma + h * sum(1 / age for age in ages[:order]))
        error = constant * norm(new - guess)
        if error > 1:
            failures += 1
            h *= max(0.2, 0.9 * min(1.0, 1 / (SAFETY[0] * error ** (1 / (order + 1)))))
            if failures >= 3 and order > 1:
                order, at_order, known = order - 1, 0, True
            continue
        candidates = [order]
        if at_order + 1 > order or len(times) <= 10:
            candidates += [order - 1] if order > 1 else []
            candidates += [order + 1] if order < max_order and known else []
        nodes, values = [target, *nodes], [new, *values]
        times.append(target)
        states.append(new)
        at_order += 1
        growth = {}
        for candidate in candidates:
            # h^(k+1) y^(k+1) / (k+1), from the divided difference of the newest k+2 points
            difference = divided(nodes[: candidate + 2], values, start)[-1]
            estimate = np.prod(np.arange(1, candidate + 1.0)) * h ** (candidate + 1) * norm(difference)
            needed = SAFETY[candidate - order] * estimate ** (1 / (candidate + 1))
            growth[candidate] = 1 / max(1.0 if failures else 0.1, needed)
        best = max(growth, key=lambda candidate: (growth[candidate], candidate == order))
        factor = growth[best]
        if best == order and 1 <= factor < WORTH:
            factor = 1.0
        known = best <= order
        if best != order:
            order, at_order = best, 0
        h, failures = h * factor, 0
    return np.array(times), np.array(states)


def first_step(
    f: Callable[[float, Vector], Vector], y0: Vector, rtol: float, length: float
) -> tuple[list[Vector], float]:
    """Taylor coefficients y, f, y''/2 at the start and the step at which the last one is 0.3 tolerances."""
    weights = 1 / (0.1 * rtol + rtol * abs(y0))
    rate = f(0.0, y0)
    speed = np.sqrt(np.mean((rate * weights) ** 2))
    small = 1e-2 / speed if speed > 1e-2 / length else 0.6180339887498949 * length
    bend = 0.5 * (f(small, y0 + small * rate) - rate) / small
    size = np.sqrt(np.mean((bend * weights) ** 2))
    h = np.sqrt(0.3 / size) if size * length**2 > 0.3 else length
    return [y0, rate, bend], float(min(h, 1e5 * small))


def divided(nodes: list[float], values: list[Vector], start: list[Vector]) -> list[Vector]:
    """Newton's divided differences; nodes that coincide are the start, where Taylor coefficients stand in."""
    column = list(values[: len(nodes)])
    result = [column[0]]
    for level in range(1, len(nodes)):
        column = [
            start[level]
            if nodes[i] == nodes[i + level]
            else (column[i] - column[i + 1]) / (nodes[i] - nodes[i + level])
            for i in range(len(column) - 1)
        ]
        result.append(column[0])
    return result


def extrapolate(nodes: list[float], values: list[Vector], start: list[Vector], at: float) -> tuple[Vector, Vector]:
    """Value and derivative at a time of the polynomial through the points."""
    value = slope = np.zeros_like(values[0])
    for node, coefficient in reversed(list(zip(nodes, divided(nodes, values, start), strict=True))):
        slope = value + slope * (at - node)
        value = coefficient + value * (at - node)
    return value, slope


def corrector(
    f: Callable[[float, Vector], Vector],
    jacobian: Callable[[float, Vector], np.ndarray],
    t: float,
    guess: Vector,
    slope: Vector,
    c: float,
) -> Vector:
    """The solution of y - guess = c (f(t, y) - slope) by Newton's method."""
    y = guess.copy()
    for _ in range(30):
        defect = c * (f(t, y) - slope) - (y - guess)
        change = np.linalg.solve(np.eye(y.size) - c * jacobian(t, y), defect)
        y = y + change
        if np.abs(change).max() <= 1e-14 * np.abs(y).max():
            break
    return y
