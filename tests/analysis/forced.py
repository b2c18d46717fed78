"""Paced systems whose periodic orbits are known in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from troponin.expr.nodes import Node, Number, Symbol
from troponin.model.model import Input, Model, Parameter, Role, State, Stimulus
from troponin.units import DIMENSIONLESS, ms, parse_unit

Floats = NDArray[np.float64]

STIMULUS = Stimulus(-1.0, 2.0)
PER_MS = parse_unit("1/ms")


def linear(matrix: Floats, gain: Floats, start: Floats) -> Model:
    """dx/dt = A x - gain i(t) with a pulse i of -1 for 2 ms at the beginning of each beat."""
    names = [f"pool.x{i}" for i in range(len(start))]
    parameters = {f"pool.a{i}{j}": float(matrix[i, j]) for i, j in np.argwhere(matrix)}
    current = Symbol("outside.i")
    states = []
    for i, name in enumerate(names):
        rate: Node = -float(gain[i]) * current
        for j, other in enumerate(names):
            if matrix[i, j]:
                rate = rate + Symbol(f"pool.a{i}{j}") * Symbol(other)
        states.append(State(name, DIMENSIONLESS, float(start[i]), rate))
    return Model(
        "linear",
        ms,
        states=tuple(states),
        parameters=tuple(Parameter(name, PER_MS, value) for name, value in parameters.items()),
        inputs=(Input("outside.i", PER_MS, Role.STIMULUS),),
        stimulus=STIMULUS,
    )


def pace_map_of(matrix: Floats, gain: Floats, bcl: float) -> tuple[Floats, Floats]:
    """M and b of the pace map x -> M x + b of `linear`."""
    n = len(gain)
    augmented = np.zeros((n + 1, n + 1))
    augmented[:n, :n], augmented[:n, n] = matrix, gain
    pulse = expm(augmented * STIMULUS.duration)
    rest = expm(matrix * (bcl - STIMULUS.duration))
    return rest @ pulse[:n, :n], rest @ pulse[:n, n]


def buffered(total: float = 2.0, half: float = 0.5) -> Model:
    """A free concentration c with a rapid buffer exchanges with a pool s: c + B c/(K + c) + 3 s is conserved.

    dc/dt = 1/(1 + B K/(K + c)^2) J,   ds/dt = -J/3,   J = s - c + i(t)
    """
    c, s, i = Symbol("cell.c"), Symbol("store.s"), Symbol("outside.i")
    one = Number(1.0)
    flow = s - c - i
    factor = one / (1.0 + total * half / (half + c) ** 2)
    return Model(
        "buffered",
        ms,
        states=(
            State("cell.c", DIMENSIONLESS, 0.3, factor * flow),
            State("store.s", DIMENSIONLESS, 0.7, -(flow / 3.0)),
        ),
        inputs=(Input("outside.i", DIMENSIONLESS, Role.STIMULUS),),
        stimulus=STIMULUS,
    )
