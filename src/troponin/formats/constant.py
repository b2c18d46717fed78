"""The value of an expression that depends on constants alone."""

from __future__ import annotations

from collections.abc import Mapping

from troponin.expr.evaluate import evaluate
from troponin.expr.graph import order_by_dependency, symbols
from troponin.expr.nodes import Node

__all__ = ["constant_value"]


def constant_value(root: Node, values: Mapping[str, float], equations: Mapping[str, Node]) -> float | None:
    """The number that an expression is, given numbers and equations for names; None if another name is needed.

    None too where the equations need each other.
    """
    needs: dict[str, tuple[str, ...]] = {}
    pending = [s.name for s in symbols(root)]
    while pending:
        name = pending.pop()
        if name in values or name in needs:
            continue
        if name not in equations:
            return None
        needs[name] = tuple(s.name for s in symbols(equations[name]))
        pending.extend(needs[name])
    order, cycles = order_by_dependency(needs)
    if cycles:
        return None
    known = dict(values)
    for name in order:
        known[name] = float(evaluate([equations[name]], known)[0])
    return float(evaluate([root], known)[0])
