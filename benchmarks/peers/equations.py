"""The equations of a model in the order in which another tool can be given them.

Peers solve the same equations with the same numbers: everything here comes from our `Model`.  Only what the rates
need is kept, and what depends on parameters alone is told apart, so that no peer computes more than it must.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from troponin.expr.graph import order_by_dependency, postorder, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.model.model import Model, Role

__all__ = ["Listing", "Spelling", "identifiers", "listing", "spell"]

Spelling = Mapping[Operation, Callable[..., str]]
"""How a language writes each operation: a function of its arguments' texts."""


@dataclass(frozen=True)
class Listing:
    """A model ready to be written out: names first, then constants, then what changes, each after what it needs."""

    model: Model
    names: Mapping[str, str]
    constants: tuple[tuple[str, Node], ...]
    equations: tuple[tuple[str, Node], ...]
    rates: tuple[tuple[str, Node], ...]
    time: str | None
    stimulus: str | None

    @property
    def parameters(self) -> tuple[tuple[str, float], ...]:
        """Names and values of the parameters."""
        return tuple((p.name, p.value) for p in self.model.parameters)

    @property
    def initial(self) -> tuple[float, ...]:
        """The default initial state."""
        return tuple(s.initial for s in self.model.states)


def listing(model: Model) -> Listing:
    """The equations that a model's rates need, in order."""
    expressions = {e.name: e.expression for e in model.equations}
    needs = {name: tuple(s.name for s in symbols(root)) for name, root in expressions.items()}
    order, _ = order_by_dependency(needs)
    rates = [(s.name, s.rate) for s in model.states if s.rate is not None]
    wanted = {s.name for s in symbols(*(root for _, root in rates))}
    for name in reversed(order):
        if name in wanted:
            wanted.update(needs[name])
    fixed = {p.name for p in model.parameters}
    constants, changing = [], []
    for name in order:
        if name in wanted:
            constant = all(need in fixed for need in needs[name])
            fixed |= {name} if constant else set()
            (constants if constant else changing).append((name, expressions[name]))
    roles = {i.role: i.name for i in model.inputs}
    return Listing(
        model,
        identifiers(model),
        tuple(constants),
        tuple(changing),
        tuple(rates),
        roles.get(Role.TIME),
        roles.get(Role.STIMULUS),
    )


def identifiers(model: Model) -> dict[str, str]:
    """A name that every language accepts for each variable, by its qualified name."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for name in model.variables:
        plain = "v_" + re.sub(r"\W", "_", name)
        while plain in taken:
            plain += "x"
        taken.add(plain)
        names[name] = plain
    return names


def spell(root: Node, names: Mapping[str, str], spelling: Spelling, language: str) -> str:
    """An expression as the text of another language, every operation in parentheses."""
    texts: dict[Node, str] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            texts[node] = f"({node.value!r})" if node.value < 0 else repr(node.value)
        elif isinstance(node, Symbol):
            texts[node] = names[node.name]
        elif isinstance(node, Apply):
            if node.operation not in spelling:
                raise SystemExit(f"'{node.operation.spelling}' has no spelling in {language}: the peer is left out.")
            texts[node] = spelling[node.operation](*(texts[arg] for arg in node.args))
    return texts[root]
