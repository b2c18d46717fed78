"""A model as the system of expressions that its kernels compute: rates, Jacobian, explicit time dependence.

    dy/dt = f(t, y),     J = df/dy (sparse),     ft = df/dt + sum_i df/du_i du_i/dt

In it states are y[.], parameters p[.], varied parameters v[.], and an input is the cubic of the time since
the segment's start that the calling convention describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from troponin.expr.calculus import jacobian
from troponin.expr.graph import rebuild
from troponin.expr.nodes import Node, Symbol
from troponin.expr.simplify import ZERO, product, sum_of
from troponin.kernels.abi import INPUT_TERMS
from troponin.kernels.normal_form import normal_form, settle
from troponin.kernels.program import slot_symbol
from troponin.kernels.sparse_lu import side_by_side
from troponin.kernels.stepping import state_later
from troponin.model.model import Model, Role
from troponin.model.structure import Flat

__all__ = ["System", "build_system", "driven", "monitored", "stepped"]

Position = tuple[int, int]


@dataclass(frozen=True)
class System:
    """The right-hand side and its derivatives in normal form.

    `jacobian[r]` stands at `pattern[r]`; `settled` names the parameters whose values are part of
    the expressions because they decide a branch or an exponent.
    """

    rates: tuple[Node, ...]
    jacobian: tuple[Node, ...]
    pattern: tuple[Position, ...]
    time_slopes: tuple[Node, ...]
    settled: tuple[str, ...]


def driven(model: Model) -> tuple[str, ...]:
    """The names of the inputs that follow cubics, in the order of the segment array; time is not one of them."""
    return tuple(i.name for i in model.inputs if i.role != Role.TIME)


def build_system(flat: Flat, varied: tuple[str, ...] = ()) -> System:
    """The system of a flat model; `varied` names the parameters that differ from lane to lane."""
    model = flat.model
    rates, settled = settle(flat.rates, _fixed(model, varied))
    states = {Symbol(s.name): i for i, s in enumerate(model.states)}
    inputs = [Symbol(i.name) for i in model.inputs]
    rows = jacobian(rates, [*states, *inputs])
    entries = {
        (i, states[symbol]): slope
        for i, row in enumerate(rows)
        for symbol, slope in sorted(row.items(), key=lambda item: states.get(item[0], -1))
        if symbol in states
    }
    entries = {position: entries[position] for position in side_by_side(entries)}
    slopes = [_time_slope(row, model) for row in rows]
    everything = _bound(
        model, varied, normal_form([*rates, *entries.values(), *slopes], [p.name for p in model.parameters])
    )
    n, m = len(rates), len(entries)
    return System(
        tuple(everything[:n]), tuple(everything[n : n + m]), tuple(entries), tuple(everything[n + m :]), settled
    )


def monitored(flat: Flat, names: Iterable[str], varied: tuple[str, ...] = ()) -> tuple[list[Node], tuple[str, ...]]:
    """The expressions of some variables in normal form, and the parameters whose values they contain."""
    model = flat.model
    wanted = [flat.expression(model.qualified(name)) for name in names]
    rows, settled = settle(wanted, _fixed(model, varied))
    return _bound(model, varied, normal_form(rows, [p.name for p in model.parameters])), settled


def stepped(flat: Flat, method: str, varied: tuple[str, ...] = ()) -> tuple[list[Node], tuple[str, ...]]:
    """The state a fixed step h later, and the parameters whose values its expressions contain."""
    model = flat.model
    rates, settled = settle(flat.rates, _fixed(model, varied))
    h = slot_symbol("h", 0)
    states = [Symbol(s.name) for s in model.states]
    rows = state_later(method, rates, states, h, _inputs(model, slot_symbol("tau", 0) + 0.5 * h))
    return _bound(model, varied, normal_form(rows, [p.name for p in model.parameters])), settled


def _fixed(model: Model, varied: tuple[str, ...]) -> dict[str, float]:
    return {p.name: p.value for p in model.parameters if p.name not in varied}


def _bound(model: Model, varied: tuple[str, ...], rows: list[Node]) -> list[Node]:
    """The expressions with rows of the kernel's arrays in place of the model's names."""
    binding: dict[Node, Node] = {Symbol(s.name): slot_symbol("y", i) for i, s in enumerate(model.states)}
    binding |= {Symbol(p.name): slot_symbol("p", i) for i, p in enumerate(model.parameters)}
    binding |= {Symbol(name): slot_symbol("v", j) for j, name in enumerate(varied)}
    binding |= _inputs(model, slot_symbol("tau", 0))
    fresh = rebuild(rows, lambda node: binding.get(node, node))
    return [fresh[row] for row in rows]


def _inputs(model: Model, tau: Node) -> dict[Node, Node]:
    """The value of each input at a time since the segment's start."""
    values: dict[Node, Node] = {Symbol(i.name): slot_symbol("u", 0) + tau for i in model.inputs if i.role == Role.TIME}
    for i, name in enumerate(driven(model)):
        a, b, c, d = (slot_symbol("u", 1 + INPUT_TERMS * i + term) for term in range(INPUT_TERMS))
        values[Symbol(name)] = ((d * tau + c) * tau + b) * tau + a
    return values


def _time_slope(row: Mapping[Symbol, Node], model: Model) -> Node:
    """df/dt at constant y: directly, and through the inputs."""
    slope: Node = ZERO
    position = {name: i for i, name in enumerate(driven(model))}
    for given in model.inputs:
        partial = row.get(Symbol(given.name))
        if partial is None:
            continue
        inner = partial if given.role == Role.TIME else product(partial, _input_slope(position[given.name]))
        slope = sum_of(slope, inner)
    return slope


def _input_slope(i: int) -> Node:
    tau = slot_symbol("tau", 0)
    b, c, d = (slot_symbol("u", 1 + INPUT_TERMS * i + term) for term in (1, 2, 3))
    return (3.0 * d * tau + 2.0 * c) * tau + b
