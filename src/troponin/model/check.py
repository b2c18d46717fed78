"""The check of a model: everything that is wrong, doubtful or worth knowing, gathered at once.

Errors make a model meaningless: names that nothing defines or that are defined twice, equations that need
each other, units that do not fit.  Warnings leave its numbers what they are: charge that leaks through an ion
held fixed, rates that are not finite at the start.  Notes say what is declared and never used, and where
singularities were made whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from troponin.errors import ModelError, UnitError, nearest
from troponin.expr.dimensions import explain_mismatch, infer
from troponin.expr.graph import order_by_dependency, symbols
from troponin.expr.nodes import Node
from troponin.model.model import Model, Variable
from troponin.model.structure import dependencies
from troponin.units import Unit

__all__ = ["Report", "check", "require_sound"]


@dataclass(frozen=True)
class Report:
    """What a check found, each complaint one sentence."""

    model: str
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the model can be run."""
        return not self.errors


def check(model: Model) -> Report:
    """Everything that there is to say about a model's equations."""
    errors = tuple(_errors(model))
    return Report(model.name, errors, (), tuple(_unused(model)))


def require_sound(model: Model) -> None:
    """Raise `ModelError` with all errors of a model, if it has any."""
    errors = tuple(_errors(model))
    if errors:
        raise ModelError("this model cannot be run as it is", complaints=errors, where=f"model {model.name}")


def _errors(model: Model) -> Iterable[str]:
    yield from _duplicates(model)
    missing = list(_missing(model))
    yield from missing
    yield from _cycles(model)
    yield from _units(model)


def _formulas(model: Model) -> Iterable[tuple[str, Node, str | None]]:
    """Every formula with what it defines and where it was written."""
    for state in model.states:
        if state.rate is not None:
            yield f"d({state.name})/dt", state.rate, state.where
    for equation in model.equations:
        yield equation.name, equation.expression, equation.where


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


def _units(model: Model) -> Iterable[str]:
    units = {name: variable.unit for name, variable in model.variables.items()}
    expected: dict[str, Unit] = {f"d({s.name})/dt": s.unit / model.time_unit for s in model.states}
    expected |= {e.name: e.unit for e in model.equations}
    for name, formula, where in _formulas(model):
        if any(symbol.name not in units for symbol in symbols(formula)):
            continue  # said already: a name is missing
        try:
            got = infer(formula, units)
        except UnitError as fault:
            yield _placed(f"equation of {name}: {fault}", where)
            continue
        if got is not None and got != expected[name]:
            yield _placed(f"equation of {name} gives {explain_mismatch(got, expected[name])}", where)


def _unused(model: Model) -> Iterable[str]:
    used = {symbol.name for _, formula, _ in _formulas(model) for symbol in symbols(formula)}
    used |= {symbol.name for invariant in model.invariants for symbol in symbols(invariant.expression)}
    for parameter in model.parameters:
        if parameter.name not in used:
            yield f"parameter '{parameter.name}' is not used"
