"""A patch: one current taken out of a cell, with the states that move it under a voltage clamp.

    dx/dt = f(x; v),    I = I(x; v)

x are the states that the current reads, directly or through one another, and that the potential moves: gates and
the states of Markov chains.  The potential is driven.  All else is held at its initial value: concentrations, and what
these alone move (calcium-dependent gates, phosphorylation), unless it is freed by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.moving import moving_states
from troponin.errors import ModelError, UnknownNameError, ValueRangeError, require_kind
from troponin.expr.calculus import derivative
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import postorder, substitute, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.model.structure import Flat, flatten
from troponin.model.transform import clamped
from troponin.units import Quantity, Unit, conversion_factor, ms, mV

__all__ = ["Patch", "current_of", "gradient_of", "isolate", "rates_of", "unchecked_current_of"]

Floats = NDArray[np.float64]

_SHOWN: Final = 8
"""Potentials that an error names."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One current under voltage clamp; values inside are in the model's own units.

    target, unit   qualified name of the current (or state) that is looked at, and its unit
    states         names of the states that move; `initial` is their initial values, shape [state]
    held           what else the current and its states read, with the value at which it is held
    reduced        the model with these states alone and the potential as the parameter `v`
    rates, value   dx/dt and the current (with its gradient by the states), as expressions of `states` and `v` only
    in_ms, in_mV   the model's units of time and of potential
    """

    model: Model
    target: str
    unit: Unit
    v: str
    states: tuple[str, ...]
    initial: Floats
    held: Mapping[str, Quantity]
    reduced: Model = field(repr=False)
    rates: tuple[Node, ...] = field(repr=False)
    value: Node = field(repr=False)
    gradient: tuple[Node, ...] = field(repr=False)
    in_ms: float = 1.0
    in_mV: float = 1.0


def isolate(model: Model, name: str, free: Sequence[str] = (), held: Sequence[str] = ()) -> Patch:
    """The patch of a current, or of a state, of a model.

    free   names of states that move although they would be held, such as a calcium-dependent gate
    held   names of states that are held although they would move

    Raises `UnknownNameError` with the nearest names; `ModelError` for a model without a membrane potential, for what
    the potential does not move, and for states in `free` or `held` on which the current does not depend.
    """
    require_kind(model, Model, "model", 'a Model, such as load("ten-tusscher-panfilov-2006")')
    require_kind(name, str, "current", 'the name of a current, such as "INa.INa"')
    cell = _clamped(model)
    v = cell.meanings["v"]
    target = _target(model, name, v)
    flat = flatten(cell)
    names = moving_states(model, flat, target, v, free, held)
    return _assembled(model, cell, flat, target, v, names)


def current_of(patch: Patch, v: Floats, x: Floats) -> Floats:
    """The current at potentials `v` in mV, shape [...], in states `x`, shape [..., state].

    Raises `ValueRangeError` with the potentials at which it is no finite number.
    """
    found = unchecked_current_of(patch, v, x)
    if not np.isfinite(found).all():
        at = np.unique(np.broadcast_to(v, found.shape)[~np.isfinite(found)])
        raise ValueRangeError(
            f"{patch.target} is no finite number at {', '.join(f'{one:g}' for one in at[:_SHOWN])} mV",
            where=f"model {patch.model.name}",
            remedy="Step to other potentials, and check the model's equations there.",
        )
    return found


def unchecked_current_of(patch: Patch, v: Floats, x: Floats) -> Floats:
    """The same, with what overflows left as it is."""
    (found,) = evaluate([patch.value], _at(patch, v, x))
    return np.array(np.broadcast_to(found, np.broadcast_shapes(np.shape(v), x.shape[:-1])), dtype=np.float64)


def rates_of(patch: Patch, v: Floats, x: Floats) -> Floats:
    """dx/dt per ms; shapes as in `current_of`, the result [..., state]."""
    shape = np.broadcast_shapes(np.shape(v), x.shape[:-1])
    found = [np.broadcast_to(rate, shape) for rate in evaluate(patch.rates, _at(patch, v, x))]
    return np.stack(found, axis=-1) / patch.in_ms if found else np.zeros((*shape, 0))


def gradient_of(patch: Patch, v: Floats, x: Floats) -> Floats:
    """dI/dx at a constant potential, shape [..., state]; shapes as in `current_of`."""
    found = np.zeros((*np.broadcast_shapes(np.shape(v), x.shape[:-1]), len(patch.states)))
    for i, entry in enumerate(evaluate(patch.gradient, _at(patch, v, x))):
        found[..., i] = entry
    return found


def _at(patch: Patch, v: Floats, x: Floats) -> dict[str, Floats]:
    return {name: x[..., i] for i, name in enumerate(patch.states)} | {patch.v: np.asarray(v) / patch.in_mV}


def _clamped(model: Model) -> Model:
    name = model.meanings.get("v")
    if name is None or name not in model.variables:
        raise ModelError(
            "this model has no membrane potential to clamp",
            where=f"model {model.name}",
            remedy='Say which variable it is, in the file or by replacing the model\'s meanings["v"].',
        )
    given = model.variables[name]
    if isinstance(given, State | Equation):
        return clamped(model, name)
    if isinstance(given, Input):
        return model
    # a potential that a file holds as a constant is driven all the same
    driven = Input(name, given.unit, "v", given.value, given.doc)
    others = tuple(p for p in model.parameters if p is not given)
    return replace(model, parameters=others, inputs=(*model.inputs, driven))


def _target(model: Model, name: str, v: str) -> str:
    try:
        target = model.qualified(name)
    except UnknownNameError:
        known = [e.name for e in model.equations] + [s.name for s in model.states]
        raise UnknownNameError("current", name, known, where=f"model {model.name}") from None
    if not isinstance(model.variables[target], Equation | State) or target == v:
        what = "is the potential itself" if target == v else "is given, not computed"
        raise ModelError(f"'{target}' {what}: it is no current", where=f"model {model.name}")
    return target


def _assembled(model: Model, cell: Model, flat: Flat, target: str, v: str, names: tuple[str, ...]) -> Patch:
    place = {s.name: i for i, s in enumerate(cell.states)}
    roots = [flat.expression(target), *(flat.rates[place[name]] for name in names)]
    values = {s.name: s.initial for s in cell.states if s.name not in names}
    values |= {p.name: p.value for p in cell.parameters}
    values |= {i.name: i.value for i in cell.inputs if i.name != v}
    read = {symbol.name for symbol in symbols(*roots)}
    outside: list[State | Input] = [*cell.states, *cell.inputs]
    still = [x for x in outside if x.name in read and x.name in values]
    held = {x.name: Quantity(values[x.name], x.unit) for x in still}
    values.pop(v, None)
    folded = _folded(roots, values)
    unit = model.variables[v].unit
    return Patch(
        model,
        target,
        model.variables[target].unit,
        v,
        names,
        np.array([cell.states[place[name]].initial for name in names]),
        held,
        _reduced(cell, names),
        tuple(folded[1:]),
        folded[0],
        tuple(derivative(folded[0], Symbol(name)) for name in names),
        conversion_factor(model.time_unit, ms) if model.time_unit.dimension == ms.dimension else 1.0,
        conversion_factor(unit, mV) if unit.dimension == mV.dimension else 1.0,
    )


def _reduced(cell: Model, names: tuple[str, ...]) -> Model:
    """The cell with some of its states; the others and all inputs but time are parameters."""
    frozen = [Parameter(s.name, s.unit, s.initial) for s in cell.states if s.name not in names]
    frozen += [Parameter(i.name, i.unit, i.value) for i in cell.inputs if i.role != Role.TIME]
    clocks: tuple[Input, ...] = tuple(i for i in cell.inputs if i.role == Role.TIME)
    return replace(
        cell,
        states=tuple(s for s in cell.states if s.name in names),
        parameters=(*cell.parameters, *frozen),
        inputs=clocks,
        meanings={},
        stimulus=None,
        invariants=(),
        main_currents=(),
        pacing=None,
    )


def _folded(roots: Sequence[Node], values: Mapping[str, float]) -> list[Node]:
    """The expressions with every part that does not move replaced by its value."""
    fixed: set[Node] = set()
    for node in postorder(roots):
        if isinstance(node, Symbol):
            still = node.name in values
        else:
            still = not isinstance(node, Apply) or all(arg in fixed for arg in node.args)
        if still:
            fixed.add(node)
    found = evaluate(fixed, values)
    numbers: dict[Node, Node] = {
        node: Number(float(value)) for node, value in zip(fixed, found, strict=True) if not np.isnan(value)
    }
    return [substitute(root, numbers) for root in roots]
