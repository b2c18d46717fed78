"""Models made by hand for the tests: everything that a kernel must cope with, in a few lines each."""

from __future__ import annotations

from troponin.expr.functions import exp, floor, log, maximum, power, sqrt, vtrap, where
from troponin.expr.nodes import Node, NodeLike, Symbol, as_node
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.units import DIMENSIONLESS, ms

one = DIMENSIONLESS


def model(
    name: str,
    states: dict[str, tuple[float, NodeLike]],
    parameters: dict[str, float] | None = None,
    equations: dict[str, NodeLike] | None = None,
    inputs: dict[str, str] | None = None,
) -> Model:
    """A model without units."""
    return Model(
        name=name,
        time_unit=ms,
        states=tuple(State(n, one, y0, as_node(rate)) for n, (y0, rate) in states.items()),
        parameters=tuple(Parameter(n, one, value) for n, value in (parameters or {}).items()),
        inputs=tuple(Input(n, one, role) for n, role in (inputs or {}).items()),
        equations=tuple(Equation(n, one, as_node(e)) for n, e in (equations or {}).items()),
    )


def _gate(x: Node, a: Node, b: Node) -> Node:
    return a * (1.0 - x) - b * x


def hodgkin_huxley() -> Model:
    """The squid axon of 1952 with the resting potential at -60 mV, and a stimulus."""
    v, m, h, n, g_na, g_k, g_l, e_na, stim = (Symbol(s) for s in ("v", "m", "h", "n", "gNa", "gK", "gL", "ENa", "stim"))
    current = g_na * m**3 * h * (v - e_na) + g_k * n**4 * (v + 72.0) + g_l * (v + 49.387)
    return model(
        "squid",
        {
            "v": (-60.0, -(Symbol("I") + stim)),
            "m": (0.05, _gate(m, 0.1 * vtrap(v + 35.0, 10.0), 4.0 * exp(-(v + 60.0) / 18.0))),
            "h": (0.6, _gate(h, 0.07 * exp(-(v + 60.0) / 20.0), 1.0 / (1.0 + exp(-(v + 30.0) / 10.0)))),
            "n": (0.32, _gate(n, 0.01 * vtrap(v + 50.0, 10.0), 0.125 * exp(-(v + 60.0) / 80.0))),
        },
        {"gNa": 120.0, "gK": 36.0, "gL": 0.3, "ENa": 55.0},
        {"I": current},
        {"time": Role.TIME, "stim": Role.STIMULUS},
    )


def many_gates(count: int = 20) -> Model:
    """Gates written alike, a few written otherwise, and a voltage that depends on all: food for the packing."""
    v = Symbol("v")
    states: dict[str, tuple[float, NodeLike]] = {}
    current: Node = as_node(0.0)
    for i in range(count):
        x = Symbol(f"x{i}")
        steady = 1.0 / (1.0 + exp(-(v + 10.0 + 3.0 * i) / (5.0 + i)))
        tau = 1.0 + i + 20.0 / (exp((v + 20.0) / (10.0 + i)) + exp(-(v + 30.0) / (11.0 + i)))
        if i % 5 == 4:
            tau = where(v < -40.0, tau * 2.0, sqrt(tau))
        states[f"x{i}"] = (0.1 + 0.03 * i, (steady - x) / tau)
        current = current + (0.02 + 0.01 * i) * x * (v + 90.0 - 5.0 * i)
    return model("gates", {"v": (-75.0, -current / Symbol("C")), **states}, {"C": 1.3})


def branching() -> Model:
    """Branches of the state, of time and of parameters, and dead branches that are NaN."""
    x, y, t, kind, n, k = (Symbol(s) for s in ("x", "y", "t", "kind", "n", "k"))
    dead = where(x > 0.0, log(maximum(x, 1e-300)), 1.0 / (x - x))
    return model(
        "branching",
        {
            "x": (0.5, where(kind < 1.5, -k * x, power(y, n)) + where(t < 10.0, 1.0, floor(t / 7.0))),
            "y": (2.0, dead - power(y, n) / (k + power(y, n))),
        },
        {"kind": 1.0, "n": 2.3, "k": 0.7},
        inputs={"t": Role.TIME},
    )


def driven() -> Model:
    """A linear system with a cubic input and explicit time."""
    x, u, t, a = (Symbol(s) for s in ("x", "u", "t", "a"))
    return model(
        "driven", {"x": (1.0, -a * x + u * u + t * x)}, {"a": 3.0}, inputs={"u": Role.STIMULUS, "t": Role.TIME}
    )
