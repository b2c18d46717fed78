"""Content MathML, read into expressions: one table from tag to what it builds.

The subset is that of CellML 1.0 to 2.0 (and of SBML), with what published files add to it: numbers such
as `4.2e-5` without `type="e-notation"`, `min`, `max`, `quotient`, and MathML 1's `reln`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

from troponin.errors import FormatError, nearest
from troponin.expr.functions import negate, where
from troponin.expr.nodes import Apply, Node, Number
from troponin.expr.operations import Operation
from troponin.formats.mathml_number import number_of
from troponin.formats.source import Source
from troponin.formats.xml_source import Element, children, line_of, local_name, text_of
from troponin.units import Unit

__all__ = ["CONSTANTS", "MATHML", "OPERATORS", "Names", "expression_of"]

MATHML = "http://www.w3.org/1998/Math/MathML"

_Op = Operation


@dataclass(frozen=True, slots=True)
class Names:
    """What the names in a formula stand for, and the file it stands in.

    `variable(name, line)` and `rate(state, time, line)` give nodes, `unit(name, line)` a unit; `units_in` is
    the namespace of the attribute that gives a number its unit.
    """

    source: Source
    variable: Callable[[str, int], Node]
    rate: Callable[[str, str, int], Node]
    unit: Callable[[str, int], Unit]
    units_in: str


def expression_of(element: Element, names: Names) -> Node:
    """The expression that a MathML element means.

    Raises `FormatError`, with the line, for elements outside the subset, for wrong numbers of arguments,
    and for unknown names.
    """
    tag = local_name(element)
    if element.tag != f"{{{MATHML}}}{tag}":
        raise _fault(element, names, f"<{tag}> is not an element of MathML")
    if tag == "ci":
        return names.variable(_name_in(element, names), line_of(element))
    if tag == "cn":
        return number_of(element, names.source, names.units_in, names.unit)
    if tag in ("apply", "reln"):
        return _application(element, names)
    if tag == "piecewise":
        return _piecewise(element, names)
    if tag == "semantics" and len(element):
        return expression_of(element[0], names)
    if tag in CONSTANTS:
        return CONSTANTS[tag]
    if tag == "notanumber":
        raise _fault(element, names, "a formula that is not a number")
    raise _fault(element, names, f"<{tag}> cannot stand in a formula here", *_suggest(tag))


def _application(element: Element, names: Names) -> Node:
    parts = list(children(element, MATHML))
    if len(parts) != len(element):
        raise _fault(element, names, "an element that is not MathML inside a formula")
    if not parts:
        raise _fault(element, names, "an empty <apply>")
    head, tag = parts[0], local_name(parts[0])
    if tag == "diff":
        return _derivative(parts, element, names)
    qualifiers = {local_name(p): p for p in parts[1:] if local_name(p) in _QUALIFIERS}
    operands = [p for p in parts[1:] if local_name(p) not in _QUALIFIERS]
    unwanted = set(qualifiers) - {_QUALIFIED_BY.get(tag)}
    if unwanted:
        raise _fault(element, names, f"<{sorted(unwanted)[0]}> does not belong to <{tag}>")
    if tag == "csymbol":
        raise _fault(head, names, f"the function '{text_of(head)}' is not defined by MathML", "Write it out.")
    if tag not in OPERATORS:
        raise _fault(head, names, f"unknown operator <{tag}>", *_suggest(tag))
    least, most, build = OPERATORS[tag]
    if not least <= len(operands) <= (most or len(operands)):
        wanted = str(least) if least == most else f"at least {least}" if most is None else f"{least} to {most}"
        raise FormatError(
            f"<{tag}> has the wrong number of arguments",
            where=names.source.place(line_of(element)),
            got=len(operands),
            expected=wanted,
        )
    arguments = [expression_of(operand, names) for operand in operands]
    if tag in _QUALIFIED_BY and _QUALIFIED_BY[tag] in qualifiers:
        arguments.append(_only_child(qualifiers[_QUALIFIED_BY[tag]], names))
    return build(arguments)


def _derivative(parts: list[Element], element: Element, names: Names) -> Node:
    if [local_name(p) for p in parts[1:]] != ["bvar", "ci"]:
        raise _fault(
            element,
            names,
            "a derivative is not of the form d(variable)/d(time)",
            "Only first derivatives of variables.",
        )
    state, time = _derivative_names(parts, names)
    return names.rate(state, time, line_of(element))


def _derivative_names(parts: list[Element], names: Names) -> tuple[str, str]:
    """The names of the state and of time in the parts of <apply><diff/><bvar>..</bvar><ci>..</ci></apply>."""
    bound = parts[1]
    inside = [local_name(child) for child in bound]
    if inside[:1] != ["ci"] or inside[1:] not in ([], ["degree"]):
        raise _fault(bound, names, "<bvar> does not hold one variable")
    if len(inside) == 2:
        degree = _only_child(bound[1], names)
        if not (isinstance(degree, Number) and degree.value == 1.0):
            raise _fault(bound, names, "a derivative of another order than one", "Write it as a system of first order.")
    return _name_in(parts[2], names), _name_in(bound[0], names)


def _piecewise(element: Element, names: Names) -> Node:
    pieces = list(element)
    tags = [local_name(piece) for piece in pieces]
    if not pieces or set(tags) - {"piece", "otherwise"} or "otherwise" in tags[:-1]:
        raise _fault(element, names, "<piecewise> holds pieces and at most one <otherwise>, which comes last")
    for piece, tag in zip(pieces, tags, strict=True):
        if len(piece) != (2 if tag == "piece" else 1):
            raise _fault(piece, names, f"<{tag}> has the wrong number of parts")
    if tags[-1] == "otherwise":
        result = expression_of(pieces.pop()[0], names)
    else:
        result = UNDEFINED
    for piece in reversed(pieces):
        value, condition = (expression_of(part, names) for part in piece)
        result = where(condition, value, result)
    return result


def _only_child(element: Element, names: Names) -> Node:
    if len(element) != 1:
        raise _fault(element, names, f"<{local_name(element)}> does not hold one formula")
    return expression_of(element[0], names)


def _name_in(element: Element, names: Names) -> str:
    name = text_of(element)
    if not name or len(element):
        raise _fault(element, names, "<ci> does not hold one name")
    return name


def _fault(element: Element, names: Names, what: str, remedy: str | None = None) -> FormatError:
    return FormatError(what, where=names.source.place(line_of(element)), remedy=remedy)


def _suggest(tag: str) -> tuple[str, ...]:
    near = nearest(tag, [*OPERATORS, *CONSTANTS, "ci", "cn", "apply", "piecewise"])
    return (f"Did you mean <{near[0]}>?",) if near else ()


# ---------------------------------------------------------------- what each tag builds

_Build = Callable[[list[Node]], Node]

_QUALIFIERS = ("bvar", "degree", "logbase")
_QUALIFIED_BY = {"root": "degree", "log": "logbase"}

UNDEFINED = Apply(_Op.DIV, Number(0.0), Number(0.0))
"""What a <piecewise> without <otherwise> is where no piece holds: not a number."""

CONSTANTS: dict[str, Node] = {
    "pi": Number(math.pi),
    "exponentiale": Number(math.e),
    "infinity": Number(math.inf),
    "true": Apply(_Op.EQ, Number(0.0), Number(0.0)),
    "false": Apply(_Op.NE, Number(0.0), Number(0.0)),
}


def _plain(operation: Operation) -> _Build:
    return lambda arguments: Apply(operation, *arguments)


def _fold(operation: Operation, empty: float | None = None) -> _Build:
    def build(arguments: list[Node]) -> Node:
        if not arguments:
            return Number(empty or 0.0)
        result = arguments[0]
        for argument in arguments[1:]:
            result = Apply(operation, result, argument)
        return result

    return build


def _chain(operation: Operation) -> _Build:
    def build(arguments: list[Node]) -> Node:
        links = [Apply(operation, a, b) for a, b in itertools.pairwise(arguments)]
        return _fold(_Op.AND)(list(links))

    return build


def _minus(arguments: list[Node]) -> Node:
    return -arguments[0] if len(arguments) == 1 else arguments[0] - arguments[1]


def _root(arguments: list[Node]) -> Node:
    if len(arguments) == 1 or (isinstance(arguments[1], Number) and arguments[1].value == 2.0):
        return Apply(_Op.SQRT, arguments[0])
    return Apply(_Op.POW, arguments[0], Number(1.0) / arguments[1])


def _log(arguments: list[Node]) -> Node:
    if len(arguments) == 1 or (isinstance(arguments[1], Number) and arguments[1].value == 10.0):
        return Apply(_Op.LOG10, arguments[0])
    return Apply(_Op.LOG, arguments[0]) / Apply(_Op.LOG, arguments[1])


def _quotient(arguments: list[Node]) -> Node:
    a, b = arguments
    return (a - Apply(_Op.REMAINDER, a, b)) / b


def _xor(arguments: list[Node]) -> Node:
    result = arguments[0]
    for other in arguments[1:]:
        result = Apply(_Op.AND, Apply(_Op.OR, result, other), negate(Apply(_Op.AND, result, other)))
    return result


def _one_over(operation: Operation) -> _Build:
    return lambda arguments: 1.0 / Apply(operation, *arguments)


def _of_one_over(operation: Operation) -> _Build:
    return lambda arguments: Apply(operation, 1.0 / arguments[0])


def _arccot(arguments: list[Node]) -> Node:
    # continuous through zero, as MathML's arccot is
    return Number(math.pi / 2.0) - Apply(_Op.ATAN, arguments[0])


OPERATORS: dict[str, tuple[int, int | None, _Build]] = {
    "plus": (0, None, _fold(_Op.ADD, 0.0)),
    "minus": (1, 2, _minus),
    "times": (0, None, _fold(_Op.MUL, 1.0)),
    "divide": (2, 2, _plain(_Op.DIV)),
    "power": (2, 2, _plain(_Op.POW)),
    "root": (1, 1, _root),
    "abs": (1, 1, _plain(_Op.ABS)),
    "exp": (1, 1, _plain(_Op.EXP)),
    "ln": (1, 1, _plain(_Op.LOG)),
    "log": (1, 1, _log),
    "floor": (1, 1, _plain(_Op.FLOOR)),
    "ceiling": (1, 1, _plain(_Op.CEIL)),
    "rem": (2, 2, _plain(_Op.REMAINDER)),
    "quotient": (2, 2, _quotient),
    "min": (1, None, _fold(_Op.MIN)),
    "max": (1, None, _fold(_Op.MAX)),
    "eq": (2, None, _chain(_Op.EQ)),
    "neq": (2, 2, _plain(_Op.NE)),
    "lt": (2, None, _chain(_Op.LT)),
    "leq": (2, None, _chain(_Op.LE)),
    "gt": (2, None, _chain(_Op.GT)),
    "geq": (2, None, _chain(_Op.GE)),
    "and": (1, None, _fold(_Op.AND)),
    "or": (1, None, _fold(_Op.OR)),
    "xor": (1, None, _xor),
    "not": (1, 1, _plain(_Op.NOT)),
    "sin": (1, 1, _plain(_Op.SIN)),
    "cos": (1, 1, _plain(_Op.COS)),
    "tan": (1, 1, _plain(_Op.TAN)),
    "sec": (1, 1, _one_over(_Op.COS)),
    "csc": (1, 1, _one_over(_Op.SIN)),
    "cot": (1, 1, _one_over(_Op.TAN)),
    "sinh": (1, 1, _plain(_Op.SINH)),
    "cosh": (1, 1, _plain(_Op.COSH)),
    "tanh": (1, 1, _plain(_Op.TANH)),
    "sech": (1, 1, _one_over(_Op.COSH)),
    "csch": (1, 1, _one_over(_Op.SINH)),
    "coth": (1, 1, _one_over(_Op.TANH)),
    "arcsin": (1, 1, _plain(_Op.ASIN)),
    "arccos": (1, 1, _plain(_Op.ACOS)),
    "arctan": (1, 1, _plain(_Op.ATAN)),
    "arcsec": (1, 1, _of_one_over(_Op.ACOS)),
    "arccsc": (1, 1, _of_one_over(_Op.ASIN)),
    "arccot": (1, 1, _arccot),
    "arcsinh": (1, 1, _plain(_Op.ASINH)),
    "arccosh": (1, 1, _plain(_Op.ACOSH)),
    "arctanh": (1, 1, _plain(_Op.ATANH)),
    "arcsech": (1, 1, _of_one_over(_Op.ACOSH)),
    "arccsch": (1, 1, _of_one_over(_Op.ASINH)),
    "arccoth": (1, 1, _of_one_over(_Op.ATANH)),
}
"""For each operator: the least and the largest number of arguments (None: any), and what it builds.

The degree of a root and the base of a logarithm come after the arguments.
"""
