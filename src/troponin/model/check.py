"""The check of a model: everything that is wrong, doubtful or worth knowing, gathered at once.

Errors make a model meaningless: names that nothing defines or that are defined twice, equations that need
each other, units that do not fit.  Warnings leave its numbers what they are: charge that leaks through an ion
held fixed, rates that are not finite at the start.  Notes say what is declared and never used, and where
singularities were made whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from troponin.errors import ModelError, UnitError, nearest, require_kind
from troponin.expr.dimensions import explain_mismatch, infer
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import order_by_dependency, postorder, rebuild, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.expr.singular import repair
from troponin.model.audit import leaks
from troponin.model.model import Model, Parameter, Variable
from troponin.model.structure import dependencies, flatten
from troponin.model.survey import carriers, constant_states, jumps, leaving, time_scales
from troponin.units import DIMENSIONLESS, Unit, conversion_factor, mV

__all__ = ["Report", "check", "require_sound"]


@dataclass(frozen=True)
class Report:
    """What a check found, each complaint one sentence; `facts` are no complaints."""

    model: str
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the model can be run."""
        return not self.errors

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        """What was found, by its kind in the singular."""
        return {"error": self.errors, "warning": self.warnings, "note": self.notes, "fact": self.facts}

    def __str__(self) -> str:
        lines = [f"{kind}: {found}" for kind, several in self.kinds.items() for found in several]
        counts = ", ".join(f"{len(several)} {kind}s" for kind, several in self.kinds.items())
        return "\n".join([*lines, f"{self.model}: {'sound' if self.sound else 'not sound'}; {counts}"])


def check(model: Model, *, strict: bool = True) -> Report:
    """Everything that there is to say about a model's equations.

    Where it is not `strict`, a plain number fits any unit, and units that do not fit are warnings: their equations
    give the numbers that their author meant, or the author's mistake.
    """
    require_kind(model, Model, "check", 'a Model, such as load("torord-land")')
    structure, units, notes = tuple(_structure(model)), tuple(_units(model, strict)), tuple(_unused(model))
    errors, doubts = ((*structure, *units), ()) if strict else (structure, units)
    if structure:  # what does not hang together cannot be evaluated
        return Report(model.name, errors, doubts, notes)
    flat = flatten(model)
    warnings = (*doubts, *_not_finite(model), *_leaking(model), *jumps(model, flat), *leaving(model, flat))
    facts = (*constant_states(model, flat), *carriers(model, flat), *time_scales(model, flat))
    return Report(model.name, errors, warnings, (*notes, *_repaired(model)), facts)


def require_sound(model: Model) -> None:
    """Raise `ModelError` with all errors of a model, if it has any."""
    errors = (*_structure(model), *_units(model, strict=True))
    if errors:
        raise ModelError("this model cannot be run as it is", complaints=errors, where=f"model {model.name}")


def _structure(model: Model) -> Iterable[str]:
    yield from _duplicates(model)
    yield from _missing(model)
    yield from _cycles(model)


def _formulas(model: Model) -> Iterable[tuple[str, Node, str | None]]:
    """Every formula with what it defines and where it was written."""
    for state in model.states:
        if state.rate is not None:
            yield f"d({state.name})/dt", state.rate, state.where
    for equation in model.equations:
        yield equation.name, equation.expression, equation.where
    for invariant in model.invariants:
        yield f"the invariant {invariant.name}", invariant.expression, None


def _placed(text: str, where: str | None) -> str:
    return text if where is None else f"{where}: {text}"


def _duplicates(model: Model) -> Iterable[str]:
    declared: tuple[Variable, ...] = (*model.states, *model.parameters, *model.inputs, *model.equations)
    names = [variable.name for variable in declared]
    for name, times in Counter(names).items():
        if times > 1:
            yield f"'{name}' is defined {times} times"


def _missing(model: Model) -> Iterable[str]:
    for state in model.states:
        if state.rate is None:
            yield _placed(f"state '{state.name}' has no rate of change", state.where)
    wanted: dict[str, list[str]] = {}
    for name, formula, _ in _formulas(model):
        for symbol in symbols(formula):
            if symbol.name not in model.variables:
                wanted.setdefault(symbol.name, []).append(name)
    for missing, users in wanted.items():
        hint = nearest(missing, model.variables)
        suggestion = f"; did you mean {' or '.join(hint)}?" if hint else ""
        more = f" and {len(users) - 1} more" if len(users) > 1 else ""
        yield f"'{missing}' is used by {users[0]}{more}, but nothing defines it{suggestion}"
    for meaning, name in model.meanings.items():
        if name not in model.variables:
            yield f"'{meaning}' is said to be '{name}', which nothing defines"


def _cycles(model: Model) -> Iterable[str]:
    for cycle in order_by_dependency(dependencies(model))[1]:
        yield "equations need each other: " + " -> ".join([*cycle, cycle[0]])


def _units(model: Model, strict: bool) -> Iterable[str]:
    units = {name: variable.unit for name, variable in model.variables.items()}
    known: dict[str, Unit | None] = {**units, _FREE: None}
    expected: dict[str, Unit] = {f"d({s.name})/dt": _per(s.unit, model.time_unit) for s in model.states}
    expected |= {e.name: e.unit for e in model.equations}
    expected |= {f"the invariant {x.name}": x.unit for x in model.invariants}
    for name, formula, where in _formulas(model):
        if any(symbol.name not in units for symbol in symbols(formula)):
            continue  # said already: a name is missing
        try:
            written = _with_known_exponents(formula, model)
            got = infer(written if strict else _with_free_numbers(written), known)
        except UnitError as fault:
            yield _placed(f"equation of {name}: {fault}", where)
            continue
        if got is not None and got != expected[name]:
            yield _placed(f"equation of {name} gives {explain_mismatch(got, expected[name])}", where)


_FREE = "any_number"


def _with_free_numbers(formula: Node) -> Node:
    """The formula with a name without a unit in place of its plain numbers, exponents left as they are."""
    exponents = {n.args[1] for n in postorder([formula]) if isinstance(n, Apply) and n.operation is Operation.POW}
    plain = {n for n in postorder([formula]) if isinstance(n, Number) and n.unit in (None, DIMENSIONLESS)}
    free: dict[Node, Node] = {n: Symbol(_FREE) for n in plain - exponents}
    return rebuild([formula], lambda node: free.get(node, node))[formula]


def _with_known_exponents(formula: Node, model: Model) -> Node:
    """The formula with parameters that stand as exponents written as numbers: c^n has a unit once n is known."""
    known: dict[Node, Node] = {}
    for node in postorder([formula]):
        if isinstance(node, Apply) and node.operation is Operation.POW and isinstance(node.args[1], Symbol):
            exponent = model.variables.get(node.args[1].name)
            if isinstance(exponent, Parameter) and exponent.unit == DIMENSIONLESS:
                known[node] = Apply(Operation.POW, node.args[0], Number(exponent.value))
    return rebuild([formula], lambda node: known.get(node, node))[formula] if known else formula


def _per(unit: Unit, time: Unit) -> Unit:
    """The unit of a rate, written as it is read: mV/ms, though A/F is the same unit."""
    return replace(unit / time, spelling=f"{'1' if unit == DIMENSIONLESS else unit}/{time}")


def _not_finite(model: Model) -> Iterable[str]:
    """Rates that are not finite at the initial state, or at a voltage between -120 and 80 mV."""
    flat = flatten(model)
    values: dict[str, ArrayLike] = {s.name: s.initial for s in model.states}
    values |= {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs}
    broken: set[str] = set()
    for state, rate in zip(model.states, evaluate(flat.rates, values), strict=True):
        if not np.all(np.isfinite(rate)):
            broken.add(state.name)
            yield f"d({state.name})/dt is {float(rate)} at the initial state"
    v = model.meanings.get("v")
    if v is None or all(state.name != v for state in model.states):
        return
    voltages = np.linspace(-120.0, 80.0, 2001) * conversion_factor(mV, model.variables[v].unit)
    for state, rate in zip(model.states, evaluate(flat.rates, {**values, v: voltages}), strict=True):
        singular = voltages[~np.isfinite(np.broadcast_to(rate, voltages.shape))]
        if singular.size and state.name not in broken:
            others = f" and {singular.size - 1} more of 2001 voltages" if singular.size > 1 else ""
            yield f"d({state.name})/dt is not finite at v = {singular[0]:g} {model.variables[v].unit}{others}"


def _leaking(model: Model) -> Iterable[str]:
    for leak in leaks(model):
        if leak.flow is None:
            yield f"{leak.invariant} changes by {leak.rate:.4g} {leak.unit}, and no flow accounts for it"
        else:
            size = f"{leak.size:.4g} {model.variables[leak.flow].unit}"
            yield (
                f"{leak.invariant} leaks through {leak.flow}, which is {size} at the initial state and adds "
                f"{leak.rate:.4g} {leak.unit}: the ion that it moves is held fixed, or none carries it"
            )


def _repaired(model: Model) -> Iterable[str]:
    for name, formula, _ in _formulas(model):
        if repair(formula) is not formula:
            yield f"equation of {name} has a removable singularity, which is evaluated to full precision"


def _unused(model: Model) -> Iterable[str]:
    used = {symbol.name for _, formula, _ in _formulas(model) for symbol in symbols(formula)}
    used |= {symbol.name for symbol in symbols(model.pacing)} if model.pacing is not None else set()
    for parameter in model.parameters:
        if parameter.name not in used:
            yield f"parameter '{parameter.name}' is not used"
