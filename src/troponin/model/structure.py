"""What follows from a model's equations alone: the flat system, its digest, its sparsity, its gates.

`flatten` writes every rate and intermediate in terms of states, parameters and inputs only, as one shared
graph: the form that evaluation, the charge audit and the compiler read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from troponin.errors import ModelError
from troponin.expr.calculus import jacobian
from troponin.expr.graph import order_by_dependency, postorder, substitute, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.singular import repair_all
from troponin.model.model import Model
from troponin.units import Unit

__all__ = [
    "Flat",
    "Formulas",
    "dependencies",
    "digest",
    "equations_of",
    "flatten",
    "names_behind",
    "rates_of",
    "sparsity",
]

Formulas: TypeAlias = tuple[tuple[str, Node | None], ...]
"""Names with what defines them; the nodes are interned, so that equal formulas are equal in one comparison each."""


@dataclass(frozen=True)
class Flat:
    """A model without intermediate names: each expression holds states, parameters and inputs only.

    `rates[i]` belongs to `model.states[i]`; `values` maps every equation's name to its expression.
    Removable singularities are whole and literals carry no units, since these were checked before.
    """

    model: Model
    rates: tuple[Node, ...]
    values: Mapping[str, Node]

    def expression(self, name: str) -> Node:
        """The flat expression of any variable by its qualified name; of a state, parameter or input its symbol."""
        found = self.values.get(name)
        return Symbol(name) if found is None else found


def dependencies(model: Model) -> dict[str, tuple[str, ...]]:
    """The names that each equation reads, by the equation's name."""
    return {e.name: tuple(s.name for s in symbols(e.expression)) for e in model.equations}


def names_behind(root: Node, needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The names that an expression reads, directly or through equations; `needs` are the `dependencies`."""
    waiting = [symbol.name for symbol in symbols(root)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(needs.get(name, ()))
    return found


def flatten(model: Model) -> Flat:
    """The model with its intermediates written out.

    Raises `ModelError` for a cycle, for a name that nothing defines and for a state without a rate.
    """
    order, cycles = order_by_dependency(dependencies(model))
    if cycles:
        raise ModelError(
            "equations that need each other",
            where=f"model {model.name}",
            complaints=[" -> ".join([*cycle, cycle[0]]) for cycle in cycles],
            remedy="Make one of them a state, or solve them by hand.",
        )
    by_name = {e.name: e.expression for e in model.equations}
    known = set(model.variables) - set(by_name)
    flat: dict[Node, Node] = {}
    for name in order:
        flat[Symbol(name)] = substitute(_without_units(by_name[name]), flat)
    rates = []
    for state in model.states:
        if state.rate is None:
            raise ModelError(
                f"state '{state.name}' has no rate", where=f"model {model.name}", remedy="Give its d/dt equation."
            )
        rates.append(substitute(_without_units(state.rate), flat))
    moving = [Symbol(name) for name in (*(s.name for s in model.states), *(i.name for i in model.inputs))]
    repaired = repair_all([*rates, *flat.values()], moving)
    unknown = sorted({s.name for s in symbols(*repaired)} - known)
    if unknown:
        raise ModelError("names that nothing defines", where=f"model {model.name}", complaints=unknown)
    n = len(rates)
    return Flat(model, tuple(repaired[:n]), dict(zip(order, repaired[n:], strict=True)))


def sparsity(flat: Flat) -> tuple[tuple[int, int], ...]:
    """The positions (row, column) of the Jacobian d rate / d state that are not identically zero, row by row."""
    position = {Symbol(s.name): i for i, s in enumerate(flat.model.states)}
    rows = jacobian(flat.rates, position)
    return tuple((i, j) for i, row in enumerate(rows) for j in sorted(position[s] for s in row))


def digest(model: Model) -> str:
    """A fingerprint of everything that decides a model's numbers, for provenance."""
    sha = hashlib.sha256(_formulas_digest(rates_of(model) + equations_of(model)))
    for line in _declarations(model):
        sha.update(line.encode())
        sha.update(b"\n")
    return sha.hexdigest()[:16]


def rates_of(model: Model) -> Formulas:
    """The rate of every state by name: what stays the same, and compares fast, when only values change."""
    return tuple((s.name, s.rate) for s in model.states)


def equations_of(model: Model) -> Formulas:
    """The expression of every equation by name."""
    return tuple((e.name, e.expression) for e in model.equations)


def _declarations(model: Model) -> Iterable[str]:
    yield _spelled(model.time_unit)
    for state in model.states:
        yield f"state {state.name} {_spelled(state.unit)} {state.initial.hex()}"
    for parameter in model.parameters:
        yield f"parameter {parameter.name} {_spelled(parameter.unit)} {parameter.value.hex()}"
    for given in model.inputs:
        yield f"input {given.name} {_spelled(given.unit)} {given.role} {given.value.hex()}"


def _spelled(unit: Unit | None) -> str:
    # A/F and mV/ms are one unit and an interned number keeps the spelling that came first: print neither
    return "" if unit is None else f"{unit.scale} {' '.join(map(str, unit.dimension))}"


@lru_cache(maxsize=64)
def _formulas_digest(roots: Formulas) -> bytes:
    # a walk over all equations takes as long as ten beats, and most runs change values only
    sha = hashlib.sha256()
    numbered: dict[Node, int] = {}
    for node in postorder(root for _, root in roots if root is not None):
        numbered[node] = len(numbered)
        if isinstance(node, Number):
            sha.update(f"{node.value.hex()} {_spelled(node.unit)}\n".encode())
        elif isinstance(node, Symbol):
            sha.update(f"{node.name}\n".encode())
        elif isinstance(node, Apply):
            arguments = " ".join(str(numbered[a]) for a in node.args)
            sha.update(f"{node.operation.spelling} {arguments}\n".encode())
    for name, root in roots:
        sha.update(f"{name} {numbered.get(root) if root is not None else None}\n".encode())
    return sha.digest()


def _without_units(root: Node) -> Node:
    literals: dict[Node, Node] = {
        node: Number(node.value) for node in postorder([root]) if isinstance(node, Number) and node.unit is not None
    }
    return substitute(root, literals) if literals else root
