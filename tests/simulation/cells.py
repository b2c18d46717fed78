"""Small models whose solutions are known in closed form."""

from __future__ import annotations

from troponin.expr.functions import log
from troponin.expr.nodes import Symbol
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.units import DIMENSIONLESS, Unit, ms, mV, parse_unit

PER_MS = parse_unit("1/ms")
OWN_STIMULUS = Stimulus(-20.0, 0.5)


def decay(rate: float = 0.1) -> Model:
    """dx/dt = -k x: x = x0 exp(-k t)."""
    x, k = Symbol("leak.x"), Symbol("leak.k")
    return Model(
        "decay",
        ms,
        states=(State("leak.x", mV, 2.0, -(k * x), doc="a voltage that decays"),),
        parameters=(Parameter("leak.k", PER_MS, rate),),
        equations=(Equation("leak.flow", mV / ms, -(k * x)), Equation("leak.double", mV, 2.0 * x)),
        meanings={"v": "leak.x", "I_ion": "leak.flow"},
    )


def integrator(time_unit: Unit = ms, stimulus: Stimulus | None = OWN_STIMULUS) -> Model:
    """dv/dt = -i(t): after a pulse of amplitude a and duration d, v has risen by -a d exactly."""
    given = Symbol("membrane.i")
    return Model(
        "integrator",
        time_unit,
        states=(State("membrane.v", mV, 0.0, -given),),
        inputs=(
            Input("membrane.i", mV / time_unit, Role.STIMULUS),
            Input("environment.time", time_unit, Role.TIME),
        ),
        equations=(Equation("membrane.clock", time_unit, 1.0 * Symbol("environment.time")),),
        meanings={"v": "membrane.v", "stimulus": "membrane.i", "time": "environment.time"},
        stimulus=stimulus,
    )


def collapse() -> Model:
    """dx/dt = log(x) - 1: falls to zero in a finite time, and has no value beyond."""
    x, tau = Symbol("pool.x"), Symbol("pool.tau")
    state = State("pool.x", DIMENSIONLESS, 0.5, (log(x) - 1.0) / tau)
    return Model("collapse", ms, states=(state,), parameters=(Parameter("pool.tau", ms, 1.0),))
