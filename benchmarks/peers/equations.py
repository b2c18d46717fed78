"""The equations of a model in the order in which another tool can be given them.

Peers solve the same equations with the same numbers: everything here comes from our `Model`.  Only what the rates
need is kept, and what depends on parameters alone is told apart, so that no peer computes more than it must.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from troponin.expr.graph import order_by_dependency, postorder, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.model.model import Model, Role

__all__ = ["Listing", "Spelling", "Unspellable", "identifiers", "listing", "named_once", "spell"]

Spelling = Mapping[Operation, Callable[..., str]]
"""How a language writes each operation: a function of its arguments' texts."""


class Unspellable(Exception):
    """A model that a peer's language cannot express."""


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
    """The equations that a model's rates need, in order, with subexpressions that are used twice named once."""
    expressions = {e.name: e.expression for e in model.equations}
    rates = [(s.name, s.rate) for s in model.states if s.rate is not None]
    expressions, rates = _shared(expressions, rates)
    needs = {name: tuple(s.name for s in symbols(root)) for name, root in expressions.items()}
    order, _ = order_by_dependency(needs)
    wanted = {s.name for s in symbols(*(root for _, root in rates))}
    for name in reversed(order):
        if name in wanted:
            wanted.update(needs[name])
    fixed = {p.name for p in model.parameters}
    constants: list[tuple[str, Node]] = []
    changing: list[tuple[str, Node]] = []
    for name in order:
        if name in wanted:
            constant = all(need in fixed for need in needs[name])
            fixed |= {name} if constant else set()
            (constants if constant else changing).append((name, expressions[name]))
    roles = {i.role: i.name for i in model.inputs}
    return Listing(
        model,
        identifiers([*model.variables, *expressions]),
        tuple(constants),
        tuple(changing),
        tuple(rates),
        roles.get(Role.TIME),
        roles.get(Role.STIMULUS),
    )


def _shared(
    expressions: Mapping[str, Node], rates: Sequence[tuple[str, Node]]
) -> tuple[dict[str, Node], list[tuple[str, Node]]]:
    """The same, with a name of its own for what is used more than once.

    Our expressions are graphs in which a common exponential stands once; written out as text it would be computed
    at each of its uses, and a C compiler may not merge calls that can set errno.  Peers are spared that.
    """
    roots = [*expressions.values(), *(root for _, root in rates)]
    uses = Counter(arg for node in postorder(roots) if isinstance(node, Apply) for arg in node.args)
    uses.update(roots)
    mine = {root: name for name, root in list(expressions.items())[::-1]}
    named: dict[Node, Node] = {root: Symbol(name) for root, name in mine.items() if isinstance(root, Apply)}
    extra: dict[str, Node] = {}
    fresh: dict[Node, Node] = {}  # each node written with names for the shared nodes below it
    for node in postorder(roots):
        if not isinstance(node, Apply):
            fresh[node] = node
            continue
        body = Apply(node.operation, *(named.get(arg, fresh[arg]) for arg in node.args))
        fresh[node] = body
        if uses[node] > 1 and node not in named and _worth_a_name(node):
            name = f"shared.{len(extra)}"
            extra[name], named[node] = body, Symbol(name)
    written = {name: fresh[root] if mine[root] == name else Symbol(mine[root]) for name, root in expressions.items()}
    return {**extra, **written}, [(name, named.get(root, fresh[root])) for name, root in rates]


def named_once(rows: Sequence[Node]) -> tuple[dict[str, Node], list[Node]]:
    """Rows, and by name, in order, what they use more than once."""
    shared, fresh = _shared({}, [("", row) for row in rows])
    return shared, [root for _, root in fresh]


def _worth_a_name(node: Apply) -> bool:
    # truth values have no place in a variable of most languages, and the sign of a thing costs nothing
    return node.operation not in COMPARISONS | LOGICAL | {Operation.NEG}


def identifiers(qualified: Iterable[str]) -> dict[str, str]:
    """A name that every language accepts for each variable, by its qualified name."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for name in qualified:
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
                raise Unspellable(f"'{node.operation.spelling}' has no spelling in {language}")
            texts[node] = spelling[node.operation](*(texts[arg] for arg in node.args))
    return texts[root]
