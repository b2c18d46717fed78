"""Take out of a kernel what does not change while it runs: constants of the parameters, and of the lane."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL
from troponin.kernels.program import slot_symbol

__all__ = ["Hoisted", "hoist"]

NUMBER, UNIFORM, VARIED, RUNNING = range(4)
"""What a value depends on: nothing, parameters that all lanes share, parameters of a lane, state or time."""


@dataclass
class Hoisted:
    """Expressions whose constants have become rows of k and q, and what to store in those rows."""

    rows: list[Node] = field(default_factory=list)
    constants: list[Node] = field(default_factory=list)
    lane_values: list[Node] = field(default_factory=list)


def hoist(rows: Iterable[Node], *, k_start: int = 0, q_start: int = 0) -> Hoisted:
    """Replace the largest subexpressions of p[.] alone by k[.], and of p[.] and v[.] alone by q[.]."""
    rows = list(rows)
    kind = _kinds(rows)
    found = Hoisted()
    places: dict[Node, Node] = {}

    def place(node: Node) -> None:
        if kind[node] not in (UNIFORM, VARIED) or node in places:
            return
        if isinstance(node, Apply) and node.operation in COMPARISONS | LOGICAL:
            for arg in node.args:  # a truth value is not kept as a number: it is compared again
                place(arg)
        elif kind[node] == UNIFORM:
            places[node] = slot_symbol("k", k_start + len(found.constants))
            found.constants.append(node)
        else:
            places[node] = slot_symbol("q", q_start + len(found.lane_values))
            found.lane_values.append(node)

    for node in postorder(rows):
        if kind[node] == RUNNING and isinstance(node, Apply):
            for arg in node.args:
                place(arg)
    for row in rows:
        place(row)
    found.rows = _replaced(rows, places)
    return found


def _kinds(rows: list[Node]) -> dict[Node, int]:
    kind: dict[Node, int] = {}
    for node in postorder(rows):
        if isinstance(node, Number):
            kind[node] = NUMBER
        elif isinstance(node, Symbol):
            kind[node] = {"p": UNIFORM, "v": VARIED}.get(node.name.partition("[")[0], RUNNING)
        elif isinstance(node, Apply):
            kind[node] = max(kind[arg] for arg in node.args)
    return kind


def _replaced(rows: list[Node], places: dict[Node, Node]) -> list[Node]:
    result: dict[Node, Node] = {}
    for node in postorder(rows):
        if node in places:
            result[node] = places[node]
        elif isinstance(node, Apply):
            result[node] = Apply(node.operation, *(result[arg] for arg in node.args))
        else:
            result[node] = node
    return [result[row] for row in rows]
