"""Units for variables whose file names none: those that their formulas have, where these are sound."""

from __future__ import annotations

from collections.abc import Mapping

from troponin.errors import UnitError, UnknownNameError
from troponin.expr.dimensions import infer
from troponin.expr.graph import order_by_dependency, symbols
from troponin.expr.nodes import Node
from troponin.units import DIMENSIONLESS, Unit

__all__ = ["inferred_units"]


def inferred_units(formulas: Mapping[str, Node], known: Mapping[str, Unit]) -> dict[str, Unit]:
    """A unit for each formula whose name is not among the known ones; dimensionless where none can be inferred."""
    units = dict(known)
    needs = {name: [s.name for s in symbols(root)] for name, root in formulas.items() if name not in known}
    order, _ = order_by_dependency(needs)
    for name in [*order, *needs]:
        if name in units:
            continue
        try:
            units[name] = infer(formulas[name], units) or DIMENSIONLESS
        except (UnitError, UnknownNameError):  # unsound, or part of a circle
            units[name] = DIMENSIONLESS
    return units
