"""CellML's units: names, prefixes, multipliers and exponents, resolved to exact units."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from troponin.errors import FormatError, UnitError, nearest
from troponin.formats.source import Source
from troponin.formats.xml_source import Element, children, line_of, local_name
from troponin.units import DIMENSIONLESS, Unit, parse_unit

__all__ = ["BUILT_IN", "PREFIXES", "UnitScope"]

BUILT_IN = (
    "ampere", "becquerel", "candela", "celsius", "coulomb", "dimensionless", "farad", "gram", "gray", "henry", "hertz",
    "joule", "katal", "kelvin", "kilogram", "liter", "litre", "lumen", "lux", "meter", "metre", "mole", "newton",
    "ohm", "pascal", "radian", "second", "siemens", "sievert", "steradian", "tesla", "volt", "watt", "weber",
)  # fmt: skip
"""The units that every CellML file knows."""

PREFIXES = {
    "yotta": 24, "zetta": 21, "exa": 18, "peta": 15, "tera": 12, "giga": 9, "mega": 6, "kilo": 3, "hecto": 2,
    "deca": 1, "deka": 1, "deci": -1, "centi": -2, "milli": -3, "micro": -6, "nano": -9, "pico": -12, "femto": -15,
    "atto": -18, "zepto": -21, "yocto": -24,
}  # fmt: skip

_LARGEST_POWER = 100
_LARGEST_SCALE = 300  # decimal digits
_DEEPEST = 50
_LARGEST_PREFIX = 60
_LONGEST_NUMBER = 60


@dataclass
class UnitScope:
    """The units that a component or a model defines, within those of the model around it."""

    uri: str
    source: Source
    parent: UnitScope | None = None
    definitions: dict[str, Element] = field(default_factory=dict)
    imported: dict[str, tuple[UnitScope, str]] = field(default_factory=dict)
    base_units: list[str] = field(default_factory=list)
    _known: dict[str, Unit] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def declare(self, element: Element) -> None:
        """Take in a <units> element; raises `FormatError` for a name that is taken."""
        name = (element.get("name") or "").strip()
        where = self.source.place(line_of(element))
        if not name:
            raise FormatError("units without a name", where=where)
        if name in self.definitions:
            raise FormatError(f"units '{name}' are defined twice", where=where)
        self.definitions[name] = element

    def resolve(self, name: str, line: int, source: Source) -> Unit:
        """The unit that a name means here.

        Raises `FormatError` for unknown names, for units defined by themselves, for offsets, and for numbers
        that cannot be read.
        """
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._find(name, line, source)
        return known

    def _find(self, name: str, line: int, source: Source) -> Unit:
        if name in self.imported:
            scope, there = self.imported[name]
            return scope.resolve(there, line, source)
        if name in self.definitions:
            element = self.definitions[name]
            if name in self._open:
                cycle = " -> ".join([*self._open[self._open.index(name) :], name])
                raise FormatError("units defined by themselves", where=self._place(element), got=cycle)
            if len(self._open) >= _DEEPEST:
                raise FormatError(f"units defined through more than {_DEEPEST} others", where=self._place(element))
            self._open.append(name)
            try:
                return self._define(name, element)
            finally:
                self._open.pop()
        if self.parent is not None:
            return self.parent.resolve(name, line, source)
        if name not in BUILT_IN:
            near = nearest(name, [*self.definitions, *BUILT_IN])
            raise FormatError(
                f"unknown units '{name}'",
                where=source.place(line),
                remedy=f"Did you mean {' or '.join(near)}?" if near else None,
            )
        if name == "celsius":  # as differences, which is all that a factor can say; see wiring.py for connections
            return parse_unit("kelvin")
        return parse_unit(name)

    def _define(self, name: str, element: Element) -> Unit:
        factors = list(children(element, self.uri))
        if element.get("base_units", "no") == "yes" or not factors:
            # a base unit of its own (cells, arbitrary units) has no place among the SI exponents
            self.base_units.append(name)
            return DIMENSIONLESS
        unit = DIMENSIONLESS
        for factor in factors:
            if local_name(factor) != "unit":
                raise FormatError(f"<{local_name(factor)}> does not belong in units", where=self._place(factor))
            unit = unit * self._factor(factor)
            _check_size(unit, self._place(factor))
        return Unit(unit.dimension, unit.scale)

    def _factor(self, element: Element) -> Unit:
        where = self._place(element)
        base_name = (element.get("units") or "").strip()
        if not base_name:
            raise FormatError("<unit> without units", where=where)
        if self._number(element, "offset", "0") != 0:
            raise FormatError(
                f"units of '{base_name}' with an offset cannot be converted by a factor",
                where=where,
                remedy="Use units without an offset, such as kelvin.",
            )
        multiplier = self._number(element, "multiplier", "1")
        exponent = self._number(element, "exponent", "1")
        prefix = element.get("prefix", "0").strip()
        if multiplier <= 0 or abs(exponent) > _LARGEST_POWER:
            raise FormatError(f"units of '{base_name}' that cannot be", where=where, got=dict(element.attrib))
        power = PREFIXES.get(prefix)
        if power is None:
            number = self._number(element, "prefix", "0")
            if number.denominator != 1 or abs(number) > _LARGEST_PREFIX:
                raise FormatError(f"unknown prefix '{prefix}'", where=where)
            power = int(number)
        base = self.resolve(base_name, line_of(element), self.source)
        prefixed = Unit(base.dimension, base.scale * Fraction(10) ** power)
        if abs(_digits(prefixed) * exponent) > _LARGEST_SCALE:
            raise FormatError(f"a power of '{base_name}' that is too large or too small", where=where)
        raised = _power(prefixed, exponent)
        return Unit(raised.dimension, raised.scale * multiplier)

    def _number(self, element: Element, attribute: str, default: str) -> Fraction:
        text = element.get(attribute, default).strip()
        try:
            if len(text) > _LONGEST_NUMBER or abs(float(text)) > 1e60 or "_" in text or "/" in text:
                raise ValueError
            return Fraction(text)
        except (ValueError, OverflowError):
            raise FormatError(
                f"the {attribute} of a unit cannot be read", where=self._place(element), got=f"'{text[:40]}'"
            ) from None

    def _place(self, element: Element) -> str:
        return self.source.place(line_of(element))


def _digits(unit: Unit) -> int:
    """About the decimal digits of a scale."""
    return (unit.scale.numerator.bit_length() - unit.scale.denominator.bit_length()) * 3 // 10


def _check_size(unit: Unit, where: str) -> None:
    sizes = unit.scale.numerator.bit_length() + unit.scale.denominator.bit_length()
    if sizes > 4 * _LARGEST_SCALE or any(abs(e) > _LARGEST_POWER for e in unit.dimension):
        raise FormatError("units that are too large or too small", where=where)


def _power(unit: Unit, exponent: Fraction) -> Unit:
    try:
        return unit**exponent
    except UnitError:  # such as mV^0.5, whose scale is no fraction: the nearest double serves
        scale = Fraction(float(unit.scale) ** float(exponent))
        return Unit(tuple(e * exponent for e in unit.dimension), scale)
