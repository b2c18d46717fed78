"""Models with one channel each, whose answers are known in closed form, and random Markov chains."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from troponin.analysis.channel.flow import Flow
from troponin.expr.functions import exp
from troponin.expr.nodes import Node, Symbol
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.units import DIMENSIONLESS, Unit, parse_unit

Floats = NDArray[np.float64]

PER_MS = parse_unit("1/ms")
MV, MS, CURRENT, MM = parse_unit("mV"), parse_unit("ms"), parse_unit("A/F"), parse_unit("mM")

V, X, Y, CA = (Symbol(name) for name in ("membrane.v", "I.x", "I.y", "cell.ca"))


def cell(
    current: Node,
    states: dict[str, tuple[float, Node]],
    extra: tuple[Parameter, ...] = (),
    *,
    calcium: Node | None = None,
    in_mV: float = 1.0,
    time_unit: Unit = MS,
) -> Model:
    """A cell whose only current is that one; the potential rests at -80 mV and nothing is said of charge."""
    unit = MV if in_mV == 1.0 else parse_unit("V")
    own = [State(name, DIMENSIONLESS, initial, rate) for name, (initial, rate) in states.items()]
    if calcium is not None:
        own.append(State("cell.ca", MM, 1e-4, calcium))
    return Model(
        "one channel",
        time_unit,
        (State("membrane.v", unit, -80.0 / in_mV, -Symbol("I.I")), *own),
        extra,
        (Input("environment.time", time_unit, Role.TIME),),
        (Equation("I.I", CURRENT, current),),
        {"v": "membrane.v", "time": "environment.time"},
    )


def opening(v: Node = V) -> Node:
    """alpha = 0.2 exp((v + 20) / 30) per ms."""
    return 0.2 * exp((v + 20.0) / 30.0)


def closing(v: Node = V) -> Node:
    """beta = 0.05 exp(-(v + 20) / 40) per ms."""
    return 0.05 * exp(-(v + 20.0) / 40.0)


def one_gate() -> Model:
    """I = 2 x (v - 30), dx/dt = alpha (1 - x) - beta x."""
    return cell(2.0 * X * (V - 30.0), {"I.x": (0.1, opening() * (1.0 - X) - closing() * X)})


def gate_at(t: Floats, v: float, x0: float) -> Floats:
    """The gate of `one_gate` in closed form."""
    a, b = 0.2 * np.exp((v + 20.0) / 30.0), 0.05 * np.exp(-(v + 20.0) / 40.0)
    return np.asarray(a / (a + b) + (x0 - a / (a + b)) * np.exp(-(a + b) * t))


@st.composite
def reversible_chains(draw: st.DrawFn) -> tuple[Flow, Floats]:
    """A chain in detailed balance with rates over six decades, and its stationary distribution, which made it."""
    n = draw(st.integers(2, 6))
    levels = draw(st.lists(st.floats(-6.0, 6.0), min_size=n, max_size=n))
    share = np.exp(levels) / np.exp(levels).sum()
    matrix = np.zeros((n, n))
    for i in range(1, n):
        # a tree keeps the chain whole; further edges make rings
        neighbours = {draw(st.integers(0, i - 1)), draw(st.integers(0, i - 1))}
        for j in neighbours:
            flux = 10.0 ** draw(st.floats(-4.0, 2.0))
            matrix[i, j], matrix[j, i] = flux / share[j], flux / share[i]
    matrix -= np.diag(matrix.sum(axis=0))
    return Flow(matrix[np.newaxis], np.zeros((1, n)), (tuple(range(n)),)), share


@st.composite
def beginnings(draw: st.DrawFn, n: int) -> Floats:
    """A distribution over n states, as a row."""
    weights = np.array(draw(st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n))) + 1e-3
    return np.asarray(weights / weights.sum())[np.newaxis]
