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


def differences(first: Model, second: Model, *, names: tuple[str, str] | None = None) -> Differences:
    """Everything in which two models differ; rates are compared at the first one's initial state, time zero.

    names   what the two are called; by default by their own names, where these differ

    Raises `ModelError` where they share no state.
    """
    pair = _Pair(first, second, *(_called(first, second) if names is None else names))
    said = [*_names(pair), *_shared(pair), *_formulas(pair), *_meanings(pair)]
    known = {s.name for s in second.states}
    short = {s.name.rpartition(".")[2].lower() for s in second.states}
    state = {s.name: s.initial for s in first.states if s.name in known or s.name.rpartition(".")[2].lower() in short}
    theirs = step(second, _in_their_units(state, first, second)) if first.states else None
    found = gaps(step(first), theirs) if theirs is not None else []
    return Differences(tuple(said), tuple(found))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two models, and what each is called."""

    first: Model
    second: Model
    here: str
    there: str


def _called(first: Model, second: Model) -> tuple[str, str]:
    """Names that tell two models apart."""
    own = [f"{model.name} {model.variant or ''}".strip() for model in (first, second)]
    return (own[0], own[1]) if own[0] != own[1] else ("the first", "the second")


def _in_their_units(state: Mapping[str, float], first: Model, second: Model) -> dict[str, float]:
    result = {}
    for name, value in state.items():
        (other, number), *_ = translated({name: value}, second).items()
        ours, theirs = first.variables[name].unit, second.variables[other].unit
        factor = conversion_factor(ours, theirs) if ours.dimension == theirs.dimension else 1.0
        result[other] = number * factor
    return result


def _names(pair: _Pair) -> Iterable[str]:
    first, second = pair.first, pair.second
    for kind, cls in _KINDS.items():
        ours = {v.name for v in first.variables.values() if isinstance(v, cls)}
        theirs = {v.name for v in second.variables.values() if isinstance(v, cls)}
        for name in sorted(ours - theirs):
            yield f"{kind} {name} is only in {pair.here}"
        for name in sorted(theirs - ours):
            yield f"{kind} {name} is only in {pair.there}"
    if first.time_unit != second.time_unit:
        yield f"time is in {first.time_unit} in {pair.here} and in {second.time_unit} in {pair.there}"


def _shared(pair: _Pair) -> Iterable[str]:
    for name, ours in pair.first.variables.items():
        theirs = pair.second.variables.get(name)
        if theirs is None or type(ours) is not type(theirs):
            continue
        if ours.unit != theirs.unit:
            yield f"{name} is in {ours.unit} in {pair.here} and in {theirs.unit} in {pair.there}"
        a, b = _value(ours), _value(theirs)
        if a != b:
            yield f"{name} is {a!r} in {pair.here} and {b!r} in {pair.there}"


def _value(variable: Variable) -> float | None:
    if isinstance(variable, State):
        return variable.initial
    return variable.value if isinstance(variable, Parameter) else None


def _formulas(pair: _Pair) -> Iterable[str]:
    theirs = dict(_roots(pair.second))
    for name, root in _roots(pair.first):
        other = theirs.get(name)
        if other is not None and _bare(root) is not _bare(other):
            ours, others = to_infix(root, longest=_SHOWN), to_infix(other, longest=_SHOWN)
            yield f"{name} = {ours} in {pair.here}, {others} in {pair.there}"


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


def _meanings(pair: _Pair) -> Iterable[str]:
    first, second = pair.first, pair.second
    for meaning in sorted({*first.meanings, *second.meanings}):
        a, b = first.meanings.get(meaning), second.meanings.get(meaning)
        if a != b:
            yield f"{meaning} means {a or 'nothing'} in {pair.here} and {b or 'nothing'} in {pair.there}"
    if first.stimulus != second.stimulus:
        yield f"the stimulus is {first.stimulus} in {pair.here} and {second.stimulus} in {pair.there}"
