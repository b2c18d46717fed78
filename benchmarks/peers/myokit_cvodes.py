"""Myokit with CVODES as a contender.  Needs: pip install myokit==1.39.2, a C compiler and SUNDIALS.

The model text is generated from our Model; Myokit handles the edges of the stimulus itself, through its protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
from cases import Case
from contender import Contender, Doubles
from peers.equations import Listing, Spelling, listing, spell

from troponin.expr.operations import Operation as Op

__all__ = ["NEEDS", "available", "contenders", "model_text", "simulation"]

NEEDS = "pip install myokit==1.39.2, a C compiler and the SUNDIALS headers"

# absolute and relative: Myokit's default pair is 1e-6/1e-4, its strict habit 1e-8/1e-8
TOLERANCES = ((1e-5, 1e-3), (1e-6, 1e-4), (1e-7, 1e-5), (1e-8, 1e-6), (1e-8, 1e-8), (1e-10, 1e-8), (1e-11, 1e-9))


def available() -> bool:
    """Whether Myokit can be imported."""
    return find_spec("myokit") is not None


def contenders(case: Case, sim: Any = None, values: Mapping[str, float] | None = None) -> list[Contender]:
    """One contender for each pair of tolerances; they share one compiled simulation.

    `values` are parameters that differ from the case's own, by qualified name.
    """
    shared = simulation(case) if sim is None else sim
    return [_contender(case, shared, values or {}, *pair) for pair in TOLERANCES]


def simulation(case: Case) -> Any:
    """A compiled Myokit simulation of the case."""
    import myokit

    model = myokit.parse_model(model_text(listing(case.model), case.stimulus[0]))
    train = myokit.pacing.blocktrain(case.bcl, case.stimulus[1], offset=0, level=1)
    return myokit.Simulation(model, train)


def _contender(case: Case, sim: Any, values: Mapping[str, float], absolute: float, relative: float) -> Contender:
    import myokit

    names = listing(case.model).names
    v, calcium = (f"cell.{names[case.model.qualified(name)]}" for name in ("v", "cai"))

    def beats(number: int, **log: Any) -> Any:
        sim.set_tolerance(absolute, relative)
        sim.reset()
        for name, value in values.items():
            sim.set_constant(f"cell.{names[name]}", value)
        return sim.run(number * case.bcl, **log)

    def run() -> object:
        return beats(case.beats, log=myokit.LOG_NONE)

    def last_beat(**log: Any) -> Callable[[str], Doubles]:
        found = beats(case.beats, log=["cell.clock", v, calcium], **log)
        return lambda name: np.asarray(found[name], dtype=np.float64)

    def steps() -> tuple[Doubles, Doubles]:
        log = last_beat()
        times = log("cell.clock")
        last = (times >= case.last_start) & (times < case.end)
        return times[last], log(v)[last]

    def sample(times: Doubles) -> tuple[Doubles, Doubles]:
        log = last_beat(log_times=list(times))
        return log(v), log(calcium)

    return Contender("Myokit CVODES", f"{absolute:.0e}/{relative:.0e}", run, steps, sample, relative)


def model_text(source: Listing, amplitude: float) -> str:
    """The model in Myokit's syntax, one component, its stimulus amplitude times the pacing signal."""
    lines = ["[[model]]"]
    names = source.names
    for (name, _), initial in zip(source.rates, source.initial, strict=True):
        lines.append(f"cell.{names[name]} = {initial!r}")
    lines += ["", "[cell]", "clock = 0 bind time", "pace = 0 bind pace"]
    lines += [f"{names[name]} = {value!r}" for name, value in source.parameters]
    if source.time is not None:
        lines.append(f"{names[source.time]} = clock")
    if source.stimulus is not None:
        lines.append(f"{names[source.stimulus]} = {amplitude!r} * pace")
    for name, root in (*source.constants, *source.equations):
        lines.append(f"{names[name]} = {spell(root, names, SPELLING, 'mmt')}")
    for name, root in source.rates:
        lines.append(f"dot({names[name]}) = {spell(root, names, SPELLING, 'mmt')}")
    return "\n".join(lines) + "\n"


def _infix(sign: str) -> Callable[[str, str], str]:
    return lambda a, b: f"({a} {sign} {b})"


def _call(name: str) -> Callable[[str], str]:
    return lambda a: f"{name}({a})"


SPELLING: Spelling = {
    **{op: _infix(s) for op, s in ((Op.ADD, "+"), (Op.SUB, "-"), (Op.MUL, "*"), (Op.DIV, "/"), (Op.POW, "^"))},
    **{op: _infix(s) for op, s in ((Op.LT, "<"), (Op.LE, "<="), (Op.GT, ">"), (Op.GE, ">="), (Op.EQ, "=="))},
    **{op: _infix(s) for op, s in ((Op.NE, "!="), (Op.AND, "and"), (Op.OR, "or"))},
    **{op: _call(op.spelling) for op in (Op.SQRT, Op.ABS, Op.FLOOR, Op.CEIL, Op.EXP, Op.LOG, Op.LOG10)},
    **{op: _call(op.spelling) for op in (Op.SIN, Op.COS, Op.TAN, Op.ASIN, Op.ACOS, Op.ATAN)},
    Op.NEG: lambda a: f"(-{a})",
    Op.NOT: lambda a: f"(not {a})",
    Op.EXPM1: lambda a: f"(exp({a}) - 1)",
    Op.TANH: lambda a: f"(1 - 2 / (exp(2 * {a}) + 1))",
    Op.MIN: lambda a, b: f"if({a} < {b}, {a}, {b})",
    Op.MAX: lambda a, b: f"if({a} > {b}, {a}, {b})",
    Op.SELECT: lambda c, a, b: f"if({c}, {a}, {b})",
    Op.BERNOULLI: lambda a: f"if(abs({a}) < 1e-7, 1 - {a} / 2, {a} / (exp({a}) - 1))",
}
