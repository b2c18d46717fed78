"""The total ionic current and the currents it is made of, where a file does not name them.

I_ion = -dv/dt without the stimulus,    in the unit of v per time (A/F for mV and ms)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from troponin.expr.calculus import derivative
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import substitute, symbols
from troponin.expr.nodes import Node, Number, Symbol
from troponin.model.model import Equation, Model, State
from troponin.model.pacing import paced_input

__all__ = ["with_currents"]

_MOST = 20


def with_currents(model: Model) -> tuple[Model, list[str]]:
    """The model with a meaning I_ion and its main currents, where they follow from dv/dt; and what was found."""
    v = next((s for s in model.states if s.name == model.meanings.get("v")), None)
    if v is None or v.rate is None:
        return model, []
    said: list[str] = []
    if "I_ion" not in model.meanings:
        model, text = _with_total(model, v, v.rate)
        said.append(text)
    name = model.meanings.get("I_ion")
    total = next((e for e in model.equations if e.name == name), None)
    if total is not None and not model.main_currents:
        model = replace(model, main_currents=_parts(model, total.expression))
    return model, said


def _with_total(model: Model, v: State, rate: Node) -> tuple[Model, str]:
    driven = paced_input(model)
    named = _named_total(model, rate, driven.name if driven is not None else None)
    if named is not None:
        return replace(model, meanings={**model.meanings, "I_ion": named}), f"I_ion is {named}, by the form of dv/dt"
    if driven is not None and Symbol(driven.name) not in symbols(rate):
        return model, "I_ion is not decided: the stimulus reaches dv/dt through other equations"
    plain = rate if driven is None else substitute(rate, {Symbol(driven.name): Number(0.0, driven.unit)})
    component = v.name.rpartition(".")[0]
    name = f"{component}.I_ion" if component else "I_ion"
    while name in model.variables:
        name += "_"
    added = Equation(name, v.unit / model.time_unit, -plain, "minus dv/dt without the stimulus", v.where)
    changed = replace(model, equations=(*model.equations, added), meanings={**model.meanings, "I_ion": name})
    return changed, f"I_ion is {name}, added: minus dv/dt without the stimulus"


def _named_total(model: Model, rate: Node, stimulus: str | None) -> str | None:
    """The one equation besides the stimulus that dv/dt reads, if alone and outward positive: -(I + stimulus)/C."""
    equations = {e.name for e in model.equations}
    read = [s.name for s in symbols(rate) if s.name in equations and s.name != stimulus]
    others = {s.name for s in model.states} & {s.name for s in symbols(rate)}
    currents = [n for n in read if any(x in equations for x in _reads(model, n))]
    alone = len(currents) == 1 and len(read) == 1 and not others
    return currents[0] if alone and _falls_with(model, rate, currents[0]) else None


def _falls_with(model: Model, rate: Node, total: str) -> bool:
    """Whether dv/dt falls with a current, so that this is positive outward, as I_ion is."""
    known = {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs} | {total: 0.0}
    return float(evaluate([derivative(rate, Symbol(total))], known)[0]) < 0.0


def _reads(model: Model, name: str) -> list[str]:
    equation = next(e for e in model.equations if e.name == name)
    return [s.name for s in symbols(equation.expression)]


def _parts(model: Model, total: Node) -> tuple[str, ...]:
    """The equations that the total reads: the currents, in the order in which they are summed."""
    equations = {e.name: e for e in model.equations}
    parts = [s.name for s in symbols(total) if s.name in equations]
    moving = [n for n in parts if any(x in equations or x in {s.name for s in model.states} for x in _reads(model, n))]
    dimensions = Counter(equations[n].unit.dimension for n in moving)
    usual = dimensions.most_common(1)[0][0] if dimensions else None  # a capacitance among them is no current
    return tuple(n for n in moving if equations[n].unit.dimension == usual)[:_MOST]
