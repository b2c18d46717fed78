"""What two models differ in: names, units, values, formulas, meanings, and the rates that come of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from troponin.expr.graph import postorder, rebuild, substitute
from troponin.expr.infix import to_infix
from troponin.expr.nodes import Node, Number
from troponin.model.model import Equation, Model, Parameter, State, Variable
from troponin.model.step import Gap, gaps, step, translated
from troponin.units import conversion_factor

__all__ = ["Differences", "differences"]

_KINDS: Mapping[str, type[Variable]] = {"state": State, "parameter": Parameter, "equation": Equation}
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Differences:
    """Sentences about what differs, and the derivatives of both at the first model's initial state."""

    structure: tuple[str, ...]
    rates: tuple[Gap, ...]

    @property
    def same(self) -> bool:
        """Whether the two are the same in everything but the last bits of their rates."""
        return not self.structure and all(gap.relative < 1e-12 for gap in self.rates)


def differences(first: Model, second: Model) -> Differences:
    """Everything in which two models differ; rates are compared at the first one's initial state, time zero.

    Raises `ModelError` where they share no state.
    """
    said = [*_names(first, second), *_shared(first, second), *_formulas(first, second), *_meanings(first, second)]
    known = {s.name for s in second.states}
    short = {s.name.rpartition(".")[2].lower() for s in second.states}
    state = {s.name: s.initial for s in first.states if s.name in known or s.name.rpartition(".")[2].lower() in short}
    theirs = step(second, _in_their_units(state, first, second)) if first.states else None
    found = gaps(step(first), theirs) if theirs is not None else []
    return Differences(tuple(said), tuple(found))


def _in_their_units(state: Mapping[str, float], first: Model, second: Model) -> dict[str, float]:
    result = {}
    for name, value in state.items():
        (other, number), *_ = translated({name: value}, second).items()
        ours, theirs = first.variables[name].unit, second.variables[other].unit
        factor = conversion_factor(ours, theirs) if ours.dimension == theirs.dimension else 1.0
        result[other] = number * factor
    return result


def _names(first: Model, second: Model) -> Iterable[str]:
    for kind, cls in _KINDS.items():
        ours = {v.name for v in first.variables.values() if isinstance(v, cls)}
        theirs = {v.name for v in second.variables.values() if isinstance(v, cls)}
        for name in sorted(ours - theirs):
            yield f"{kind} {name} is only in the first"
        for name in sorted(theirs - ours):
            yield f"{kind} {name} is only in the second"
    if first.time_unit != second.time_unit:
        yield f"time is in {first.time_unit} in the first and in {second.time_unit} in the second"


def _shared(first: Model, second: Model) -> Iterable[str]:
    for name, ours in first.variables.items():
        theirs = second.variables.get(name)
        if theirs is None or type(ours) is not type(theirs):
            continue
        if ours.unit != theirs.unit:
            yield f"{name} is in {ours.unit} in the first and in {theirs.unit} in the second"
        a, b = _value(ours), _value(theirs)
        if a != b:
            yield f"{name} is {a!r} in the first and {b!r} in the second"


def _value(variable: Variable) -> float | None:
    if isinstance(variable, State):
        return variable.initial
    return variable.value if isinstance(variable, Parameter) else None


def _formulas(first: Model, second: Model) -> Iterable[str]:
    theirs = dict(_roots(second))
    for name, root in _roots(first):
        other = theirs.get(name)
        if other is not None and _bare(root) is not _bare(other):
            ours, others = to_infix(root, longest=_SHOWN), to_infix(other, longest=_SHOWN)
            yield f"{name} = {ours} in the first, {others} in the second"


def _roots(model: Model) -> Iterable[tuple[str, Node]]:
    for state in model.states:
        if state.rate is not None:
            yield f"d({state.name})/dt", state.rate
    for equation in model.equations:
        yield equation.name, equation.expression


def _bare(root: Node) -> Node:
    """The formula without the units of its numbers, which change nothing in it."""
    plain: dict[Node, Node] = {n: Number(n.value) for n in postorder([root]) if isinstance(n, Number) and n.unit}
    return substitute(root, plain) if plain else rebuild([root], lambda node: node)[root]


def _meanings(first: Model, second: Model) -> Iterable[str]:
    for meaning in sorted({*first.meanings, *second.meanings}):
        a, b = first.meanings.get(meaning), second.meanings.get(meaning)
        if a != b:
            yield f"{meaning} means {a or 'nothing'} in the first and {b or 'nothing'} in the second"
    if first.stimulus != second.stimulus:
        yield f"the stimulus is {first.stimulus} in the first and {second.stimulus} in the second"
