"""Formulas that are a number and nothing else: these are parameters."""

from __future__ import annotations

from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation

__all__ = ["literal_value"]


def literal_value(root: Node) -> float | None:
    """The number that a formula is, with its sign; None for anything else."""
    if isinstance(root, Number):
        return root.value
    if isinstance(root, Apply) and root.operation is Operation.NEG and isinstance(root.args[0], Number):
        return -root.args[0].value
    return None
