"""Truth values and numbers kept apart: a comparison that is used as a number counts 1 or 0, as in C and Python.

Formats that allow `gain * (v > -40)` or `if(flag, a, b)` mean these; an expression says them by a choice
and by a comparison with zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from troponin.expr.graph import rebuild
from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.model.model import Model

__all__ = ["with_expressions", "with_plain_truth"]

_TRUE = COMPARISONS | LOGICAL


def with_plain_truth(model: Model) -> Model:
    """The model with every truth value that stands for a number, and every number that stands for one, spelt out."""
    roots = [s.rate for s in model.states if s.rate is not None] + [e.expression for e in model.equations]
    changed = rebuild(roots, _spell)
    return with_expressions(model, lambda root: _number(changed[root]))


def with_expressions(model: Model, change: Callable[[Node], Node]) -> Model:
    """The model with every rate and every equation's expression changed."""
    return replace(
        model,
        states=tuple(replace(s, rate=None if s.rate is None else change(s.rate)) for s in model.states),
        equations=tuple(replace(e, expression=change(e.expression)) for e in model.equations),
    )


def _spell(node: Node) -> Node:
    if not isinstance(node, Apply):
        return node
    if node.operation in LOGICAL:
        return Apply(node.operation, *(_truth(a) for a in node.args))
    if node.operation is Operation.SELECT:
        return Apply(node.operation, _truth(node.args[0]), *(_number(a) for a in node.args[1:]))
    return Apply(node.operation, *(_number(a) for a in node.args))


def _number(node: Node) -> Node:
    if isinstance(node, Apply) and node.operation in _TRUE:
        return Apply(Operation.SELECT, node, Number(1.0), Number(0.0))
    return node


def _truth(node: Node) -> Node:
    if isinstance(node, Apply) and node.operation in _TRUE:
        return node
    return Apply(Operation.NE, node, Number(0.0))
