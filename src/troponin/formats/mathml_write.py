"""Expressions written as content MathML, as text: one table from operation to tag."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.formats.spelling import spelt

__all__ = ["TAGS", "TAGS_2_0", "mathml_of"]

_Op = Operation

TAGS: Mapping[Operation, str] = {
    _Op.ADD: "plus",
    _Op.SUB: "minus",
    _Op.MUL: "times",
    _Op.DIV: "divide",
    _Op.NEG: "minus",
    _Op.POW: "power",
    _Op.SQRT: "root",
    _Op.ABS: "abs",
    _Op.FLOOR: "floor",
    _Op.CEIL: "ceiling",
    _Op.EXP: "exp",
    _Op.LOG: "ln",
    _Op.LOG10: "log",
    _Op.SIN: "sin",
    _Op.COS: "cos",
    _Op.TAN: "tan",
    _Op.ASIN: "arcsin",
    _Op.ACOS: "arccos",
    _Op.ATAN: "arctan",
    _Op.SINH: "sinh",
    _Op.COSH: "cosh",
    _Op.TANH: "tanh",
    _Op.ASINH: "arcsinh",
    _Op.ACOSH: "arccosh",
    _Op.ATANH: "arctanh",
    _Op.LT: "lt",
    _Op.LE: "leq",
    _Op.GT: "gt",
    _Op.GE: "geq",
    _Op.EQ: "eq",
    _Op.NE: "neq",
    _Op.AND: "and",
    _Op.OR: "or",
    _Op.NOT: "not",
}
"""The element for each operation that CellML 1.0 and 1.1 allow; a choice is <piecewise>."""

TAGS_2_0: Mapping[Operation, str] = {**TAGS, _Op.MIN: "min", _Op.MAX: "max", _Op.REMAINDER: "rem"}
"""The same for CellML 2.0."""

_CHAINED = frozenset({_Op.ADD, _Op.MUL, _Op.AND, _Op.OR})  # a tag takes any number of arguments, from the left


def mathml_of(
    root: Node, tags: Mapping[Operation, str], name_of: Callable[[str], str], units_of: Callable[[Number], str]
) -> str:
    """The MathML of an expression.

    `name_of` gives the name of a symbol in the component, `units_of` the name of a number's units.  Raises
    `FormatError` for an operation that has no element and no spelling in those that have.
    """
    (root,) = spelt([root], frozenset({*tags, _Op.SELECT}))
    texts: dict[Node, str] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            texts[node] = _number(node, units_of(node))
        elif isinstance(node, Symbol):
            texts[node] = f"<ci>{escape(name_of(node.name))}</ci>"
        elif isinstance(node, Apply) and node.operation is _Op.SELECT:
            condition, yes, no = (texts[a] for a in node.args)
            texts[node] = f"<piecewise><piece>{yes}{condition}</piece><otherwise>{no}</otherwise></piecewise>"
        elif isinstance(node, Apply):
            texts[node] = f"<apply><{tags[node.operation]}/>{_arguments(node, texts)}</apply>"
    return texts[root]


def _arguments(node: Apply, texts: dict[Node, str]) -> str:
    first, *rest = node.args
    if node.operation in _CHAINED and isinstance(first, Apply) and first.operation is node.operation:
        head = texts[first].removesuffix("</apply>").partition("/>")[2]
        return head + "".join(texts[a] for a in rest)
    return "".join(texts[a] for a in node.args)


def _number(number: Number, units: str) -> str:
    if math.isinf(number.value):
        return "<infinity/>" if number.value > 0 else "<apply><minus/><infinity/></apply>"
    digits, power, exponent = repr(number.value).removesuffix(".0").partition("e")
    attribute = f'cellml:units="{escape(units)}"'
    if power:
        return f'<cn {attribute} type="e-notation">{digits}<sep/>{int(exponent)}</cn>'
    return f"<cn {attribute}>{digits}</cn>"
