"""From what a user gives to a number in a variable's own unit: converted, and refused where no cell can have it."""

from __future__ import annotations

import math
from typing import TypeAlias

from troponin.errors import TroponinError, UnitError, ValueRangeError
from troponin.expr.dimensions import explain_mismatch
from troponin.units import DIMENSIONLESS, Quantity, Unit, parse_quantity, parse_unit

__all__ = ["Value", "number_in"]

Value: TypeAlias = Quantity | str | float | int
"""What a user may give for a value: a quantity, text such as "5.4 mM", or a number in the variable's own unit."""

_NEVER_NEGATIVE = {
    parse_unit(text).dimension: what
    for text, what in (
        ("mM", "a concentration"),
        ("mS", "a conductance"),
        ("mS/cm^2", "a conductance"),
        ("mS/uF", "a rate, or a conductance by capacitance,"),
    )
}
"""Dimensions whose values a cell cannot have below zero."""

_ALWAYS_POSITIVE = {
    parse_unit(text).dimension: what
    for text, what in (
        ("uF", "a capacitance"),
        ("uF/cm^2", "a capacitance"),
        ("uL", "a volume"),
        ("K", "an absolute temperature"),
    )
}
"""Dimensions whose values a cell cannot have at zero either: rates are divided by them."""


def number_in(unit: Unit, value: Value, *, name: str, signed: bool = False) -> float:
    """The number that a value is in a variable's unit.

    A bare number counts in that unit already.  Raises `UnitError` for a value whose unit does not fit, and
    `ValueRangeError` for what is no number, for NaN and infinity, and for values below (or at) zero of what cannot
    be there, unless `signed` says that this one can (a slope in uM per stretch has the unit of a concentration, and
    a sign).
    """
    number = _converted(unit, value, name)
    if not math.isfinite(number):
        raise ValueRangeError("a value must be a finite number", where=name, got=number)
    if number <= 0.0 and not signed:
        _require_possible(number, unit, name)
    return number


def _require_possible(number: float, unit: Unit, name: str) -> None:
    what = _NEVER_NEGATIVE.get(unit.dimension)
    if what is not None and number < 0.0:
        raise ValueRangeError(f"{what} cannot be negative", where=name, got=f"{number:g} {unit}")
    what = _ALWAYS_POSITIVE.get(unit.dimension)
    if what is not None:
        how = "cannot be negative" if number < 0.0 else "cannot be zero"
        raise ValueRangeError(f"{what} {how}", where=name, got=f"{number:g} {unit}")


def _converted(unit: Unit, value: Value, name: str) -> float:
    if isinstance(value, str):
        try:
            value = parse_quantity(value)
        except TroponinError as fault:
            fault.where = fault.where or name
            raise
        if value.unit == DIMENSIONLESS and unit != DIMENSIONLESS:
            return value.value
    if isinstance(value, Quantity):
        if value.unit.dimension != unit.dimension:
            raise UnitError(
                f"the value has the wrong unit: {explain_mismatch(value.unit, unit)}",
                where=name,
                remedy=f"Give it in {unit}, or as a bare number that is meant in {unit}.",
            )
        return value.to(unit).value
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueRangeError(
            "this is not one number",
            where=name,
            got=f"{value!r:.60}",
            expected=f"a quantity, text with a unit, or a number that is meant in {unit}",
        ) from None
