"""A stimulus that is written into the equations, taken out of them: an input, and an expression that paces it.

What depends on time and parameters alone and switches is looked for where the equations of the cell read
it.  The one that carries the stimulus becomes an input of the model; its expression becomes `Model.pacing`,
so that any protocol can take its place and no edge of a pulse is stepped over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from troponin.errors import ModelError, UnitError
from troponin.expr.dimensions import infer
from troponin.expr.graph import postorder, substitute, symbols
from troponin.expr.nodes import Apply, Node, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL
from troponin.model.model import Input, Model, Role, Stimulus
from troponin.model.pacing import SWITCHING, by_the_clock, own_stimulus, pulses, resting_value
from troponin.units import DIMENSIONLESS, Quantity, Unit, exact_value, ms

__all__ = ["STIMULUS_TERMS", "extract_stimulus"]

STIMULUS_TERMS = ("membrane_stimulus_current", "stimulus_current")
"""What files say of the variable that is the stimulus."""

_NAMED = re.compile(r"stim|pac(e|ing)|i_?app|i_?ext|i_?inj", re.IGNORECASE)
_HORIZON_MS = 10_000


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A switching expression of time that the cell reads: the name of its equation, or the expression itself."""

    node: Node
    readers: tuple[str, ...]

    @property
    def name(self) -> str | None:
        """The qualified name, where it has one."""
        return self.node.name if isinstance(self.node, Symbol) else None


def extract_stimulus(
    model: Model, terms: Mapping[str, tuple[str, ...]], *, guess: bool = True
) -> tuple[Model, list[str]]:
    """The model with its stimulus as an input, and sentences that say what was found; unchanged without one.

    Without `guess` only what the file itself calls the stimulus is taken for it.
    """
    if any(i.role == Role.STIMULUS for i in model.inputs):
        return model, []
    clock = by_the_clock(model)
    labelled = [name for name, own in terms.items() if set(own) & set(STIMULUS_TERMS)]
    candidates = _candidates(model, clock) if guess else []
    chosen = _labelled(model, clock, labelled) or _choose(candidates)
    if chosen is None:
        if not candidates:
            return model, ["no stimulus is written into the model"]
        shown = ", ".join(c.name or f"an expression in {c.readers[0]}" for c in candidates[:5])
        return model, [f"no stimulus was recognised among what switches by the clock: {shown}"]
    return _extract(model, chosen)


def _candidates(model: Model, clock: Mapping[str, Node]) -> list[_Candidate]:
    """What the cell reads of the clock: for each, the largest switching expressions that are values."""
    clockwork = {i.name for i in model.inputs if i.role == Role.TIME} | _moving(model, clock)
    constant = {p.name for p in model.parameters} | (set(clock) - clockwork)
    readers: dict[Node, list[str]] = {}
    rows = [(s.name, s.rate) for s in model.states if s.rate is not None]
    rows += [(e.name, e.expression) for e in model.equations if e.name not in clock]
    for name, root in rows:
        for node in _largest(root, clockwork, constant):
            written = substitute(node, {Symbol(n): e for n, e in clock.items()})
            if _switches(written):
                readers.setdefault(node, []).append(name)
    return [_Candidate(node, tuple(names)) for node, names in readers.items()]


def _moving(model: Model, clock: Mapping[str, Node]) -> set[str]:
    """The clock's equations that do depend on time."""
    times = {i.name for i in model.inputs if i.role == Role.TIME}
    return {name for name, root in clock.items() if times & {s.name for s in symbols(root)}}


def _largest(root: Node, clockwork: set[str], constant: set[str]) -> list[Node]:
    """The largest subexpressions that read the clock and nothing else but constants, conditions left out."""
    by_clock: dict[Node, bool | None] = {}  # True: reads the clock alone; None: constant; False: reads a state
    for node in postorder([root]):
        if isinstance(node, Symbol):
            by_clock[node] = True if node.name in clockwork else None if node.name in constant else False
        elif isinstance(node, Apply):
            parts = [by_clock[a] for a in node.args]
            by_clock[node] = False if False in parts else True if True in parts else None
        else:
            by_clock[node] = None
    found: list[Node] = []
    pending = [root]
    while pending:
        node = pending.pop()
        if by_clock[node] and not _is_condition(node):
            found.append(node)
        elif isinstance(node, Apply) and by_clock[node] is False:
            pending.extend(node.args)
    return found


def _is_condition(node: Node) -> bool:
    return isinstance(node, Apply) and node.operation in COMPARISONS | LOGICAL


def _switches(root: Node) -> bool:
    return any(isinstance(node, Apply) and node.operation in SWITCHING for node in postorder([root]))


def _labelled(model: Model, clock: Mapping[str, Node], labelled: list[str]) -> _Candidate | None:
    """The equation that the file itself calls the stimulus, if it switches by the clock."""
    moving = _moving(model, clock)
    return next((_Candidate(Symbol(n), (n,)) for n in labelled if n in moving and _switches(clock[n])), None)


def _choose(candidates: list[_Candidate]) -> _Candidate | None:
    named = [c for c in candidates if _NAMED.search((c.name or " ".join(c.readers)).rpartition(".")[2])]
    if len(named) == 1:
        return named[0]
    return candidates[0] if len(candidates) == 1 else None


def _extract(model: Model, chosen: _Candidate) -> tuple[Model, list[str]]:
    horizon = exact_value(Quantity(_HORIZON_MS, ms), model.time_unit)
    try:
        rest = resting_value(model, chosen.node, Fraction(0), horizon)
    except ModelError as fault:
        return model, [f"the stimulus is left in the equations: {fault.what}"]
    label = chosen.name or f"an expression in {chosen.readers[0]}"
    if rest is None:
        return model, [f"{label} switches by the clock but is not made of constant pulses: left in the equations"]
    named = next((e for e in model.equations if e.name == chosen.name), None)
    if named is not None:
        name, unit, pacing, doc = named.name, named.unit, named.expression, named.doc
    else:
        component = chosen.readers[0].rpartition(".")[0]
        name = _free(f"{component}.stimulus" if component else "stimulus", model)
        unit, pacing, doc = _unit_of(chosen.node, model), chosen.node, "the stimulus, as the equations had it"
    driven = Input(name, unit, Role.STIMULUS, rest, doc)
    replaced = replace(
        _without(model, chosen.node, Symbol(name)),
        inputs=(*model.inputs, driven),
        equations=tuple(e for e in _without(model, chosen.node, Symbol(name)).equations if e is not named),
        meanings={**model.meanings, "stimulus": name},
        pacing=pacing,
    )
    stimulus = own_stimulus(replaced)
    return replace(replaced, stimulus=stimulus), [_said(replaced, stimulus, driven, horizon)]


def _without(model: Model, node: Node, symbol: Symbol) -> Model:
    """The model with an expression replaced by a symbol wherever it stands."""
    if node is symbol:
        return model
    swap = {node: symbol}
    return replace(
        model,
        states=tuple(replace(s, rate=None if s.rate is None else substitute(s.rate, swap)) for s in model.states),
        equations=tuple(replace(e, expression=substitute(e.expression, swap)) for e in model.equations),
    )


def _unit_of(node: Node, model: Model) -> Unit:
    try:
        return infer(node, {name: v.unit for name, v in model.variables.items()}) or DIMENSIONLESS
    except UnitError:
        return DIMENSIONLESS


def _free(name: str, model: Model) -> str:
    while name in model.variables:
        name += "_"
    return name


def _said(model: Model, stimulus: Stimulus | None, driven: Input, horizon: Fraction) -> str:
    unit = model.time_unit
    if stimulus is None:
        return f"the stimulus is {driven.name}, and at the file's parameters it never rises"
    train = pulses(model, Fraction(0), horizon) or []
    first = f"the stimulus is {driven.name}: {stimulus.amplitude:g} {driven.unit} for {stimulus.duration:g} {unit}"
    if not train:
        return first
    text = f"{first} from {float(train[0].start):g} {unit}"
    return text if len(train) < 2 else f"{text}, again after {float(train[1].start - train[0].start):g} {unit}"
