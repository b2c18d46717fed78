"""The formulas of a CellML component: which variable each <eq/> defines, and by what."""

from __future__ import annotations

from dataclasses import dataclass

from troponin.errors import FormatError
from troponin.formats.cellml.document import Component
from troponin.formats.cellml.network import Key
from troponin.formats.mathml import MATHML
from troponin.formats.xml_source import Element, line_of, local_name, text_of

__all__ = ["Formula", "formulas_of"]


@dataclass(frozen=True, slots=True)
class Formula:
    """variable = right side, or d(variable)/d(time) = right side where `time` is given."""

    variable: Key
    time: Key | None
    right: Element
    component: Component
    where: str


def formulas_of(component: Component) -> list[Formula]:
    """The formulas of a component, in the file's order.

    Raises `FormatError` for what is no equation and for equations that define no single variable.
    """
    found = []
    for math in component.math:
        for element in math:
            if local_name(element) in ("semantics",) and len(element):
                element = element[0]
            found.append(_formula(element, component))
    return found


def _formula(element: Element, component: Component) -> Formula:
    where = component.source.place(line_of(element))
    tags = [local_name(child) for child in element]
    if local_name(element) != "apply" or tags[:1] != ["eq"] or len(tags) != 3:
        raise FormatError(
            f"a formula in component '{component.name}' that is no equation of two sides",
            where=where,
            got=f"<{local_name(element)}> of {', '.join(tags[:5]) or 'nothing'}",
            expected="<apply><eq/> left right </apply>",
        )
    _, left, right = element
    if local_name(left) not in ("ci", "apply") or (local_name(left) == "apply" and not _is_derivative(left)):
        # an equation may also be written the other way round, as long as one side is a single variable
        left, right = right, left
    if local_name(left) == "ci":
        return Formula((component.name, text_of(left)), None, right, component, where)
    if _is_derivative(left):
        return Formula(*_derivative(left, where, component), right, component, where)
    raise FormatError(
        f"an implicit equation in component '{component.name}'",
        where=where,
        remedy="Solve it for one variable, or turn it into a differential equation.",
    )


def _is_derivative(element: Element) -> bool:
    return local_name(element) == "apply" and len(element) > 0 and element[0].tag == f"{{{MATHML}}}diff"


def _derivative(left: Element, where: str, component: Component) -> tuple[Key, Key]:
    parts = list(left)[1:]
    if [local_name(p) for p in parts] != ["bvar", "ci"] or not len(parts[0]) or local_name(parts[0][0]) != "ci":
        raise FormatError("a derivative that is not d(variable)/d(time)", where=where)
    degree = [text_of(n) for n in parts[0].iter(f"{{{MATHML}}}cn")]
    if len(parts[0]) > 1 and degree not in (["1"], ["1.0"]):
        raise FormatError(
            "a derivative of another order than one", where=where, remedy="Write it as a system of first order."
        )
    return (component.name, text_of(parts[1])), (component.name, text_of(parts[0][0]))
