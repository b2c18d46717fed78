"""Units and quantities as values that the machine checks: parse, print, convert, compare.

A `Unit` is seven exponents of the SI base units and an exact factor to the coherent SI unit; a
`Quantity` is a number with a unit.  `200 * mV` and `parse_quantity("200 mV")` are the same value.
`A/F`, `mV/ms` and `pA/pF` are one unit, and so are `mS/uF` and `1/ms`: a unit remembers how it was
written, for printing only.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, total_ordering
from numbers import Real
from typing import ClassVar, Final, overload

from troponin.errors import UnitError, ValueRangeError
from troponin.unit_grammar import read_unit, write_unit
from troponin.unit_names import canonical_text, exact_power, total_meaning
from troponin.unit_symbols import BASE_SYMBOLS, Exponents

__all__ = [
    "DIMENSIONLESS",
    "A",
    "C",
    "F",
    "J",
    "K",
    "L",
    "M",
    "Pa",
    "Quantity",
    "S",
    "Unit",
    "V",
    "as_quantity",
    "cm",
    "conversion_factor",
    "exact_value",
    "kPa",
    "mM",
    "mS",
    "mV",
    "mol",
    "ms",
    "nA",
    "nM",
    "nS",
    "pA",
    "pF",
    "pL",
    "pS",
    "parse_quantity",
    "parse_unit",
    "s",
    "uA",
    "uF",
    "uL",
    "uM",
    "um",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A unit: its dimension, the exponents of m, kg, s, A, K, mol and cd, and its exact factor to SI."""

    dimension: Exponents
    scale: Fraction
    spelling: str = ""
    _hash: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if len(self.dimension) != len(BASE_SYMBOLS) or self.scale <= 0:
            raise UnitError("a unit has seven exponents and a positive scale", got=self.dimension)
        object.__setattr__(self, "_hash", hash((self.dimension, self.scale)))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Unit):
            return NotImplemented
        return self._hash == other._hash and (self.dimension, self.scale) == (other.dimension, other.scale)

    def __hash__(self) -> int:
        return self._hash

    @overload
    def __mul__(self, other: Unit) -> Unit: ...
    @overload
    def __mul__(self, other: float) -> Quantity: ...
    def __mul__(self, other: Unit | float) -> Unit | Quantity:
        if isinstance(other, Unit):
            return _product(self, other)
        if not isinstance(other, Real):
            return NotImplemented
        return Quantity(float(other), self)

    def __rmul__(self, other: float) -> Quantity:
        if not isinstance(other, Real):
            return NotImplemented
        return Quantity(float(other), self)

    @overload
    def __truediv__(self, other: Unit) -> Unit: ...
    @overload
    def __truediv__(self, other: float) -> Quantity: ...
    def __truediv__(self, other: Unit | float) -> Unit | Quantity:
        if isinstance(other, Unit):
            return _product(self, _power(other, Fraction(-1)))
        if not isinstance(other, Real):
            return NotImplemented
        return Quantity(1.0 / float(other), self)

    def __rtruediv__(self, other: float) -> Quantity:
        if not isinstance(other, Real):
            return NotImplemented
        return Quantity(float(other), _power(self, Fraction(-1)))

    def __pow__(self, exponent: int | Fraction) -> Unit:
        return _power(self, Fraction(exponent))

    def __str__(self) -> str:
        return self.spelling or canonical_text(self.dimension, self.scale)

    def __repr__(self) -> str:
        return f"Unit({str(self)!r})"


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A number with its unit, such as 5.4 mM.

    Sums and comparisons convert units and raise UnitError where they do not fit; equality and order
    are exact on the decimal numbers as they are written, so that 0.1 V equals 100 mV.
    """

    value: float
    unit: Unit
    __array_ufunc__: ClassVar[None] = None  # an array times a quantity is no array of quantities

    def __post_init__(self) -> None:
        if not isinstance(self.unit, Unit):
            raise UnitError("a quantity has a Unit", got=repr(self.unit), expected="such as parse_unit('mV')")
        try:
            object.__setattr__(self, "value", float(self.value))
        except (TypeError, ValueError, OverflowError):
            raise ValueRangeError("a quantity has one number", got=f"{self.value!r:.60}") from None
        if not math.isfinite(self.value):
            raise ValueRangeError("a quantity must be a finite number", got=f"{self.value} {self.unit}")

    def to(self, unit: Unit) -> Quantity:
        """The same quantity in another unit of the same dimension."""
        return self if unit is self.unit else Quantity(float(exact_value(self, unit)), unit)

    def __float__(self) -> float:
        return self.value

    def __add__(self, other: Quantity | float) -> Quantity:
        if not isinstance(other, Quantity | Real):
            return NotImplemented
        return Quantity(self.value + _addend(other, self.unit), self.unit)

    __radd__ = __add__

    def __sub__(self, other: Quantity | float) -> Quantity:
        if not isinstance(other, Quantity | Real):
            return NotImplemented
        return Quantity(self.value - _addend(other, self.unit), self.unit)

    def __rsub__(self, other: float) -> Quantity:
        return -self + other

    def __neg__(self) -> Quantity:
        return Quantity(-self.value, self.unit)

    def __mul__(self, other: Quantity | Unit | float) -> Quantity:
        value, unit = _parts(other)
        return NotImplemented if unit is None else Quantity(self.value * value, _product(self.unit, unit))

    __rmul__ = __mul__

    def __truediv__(self, other: Quantity | Unit | float) -> Quantity:
        value, unit = _parts(other)
        return NotImplemented if unit is None else Quantity(self.value / value, self.unit / unit)

    def __rtruediv__(self, other: Unit | float) -> Quantity:
        value, unit = _parts(other)
        return NotImplemented if unit is None else Quantity(value / self.value, unit / self.unit)

    def __pow__(self, exponent: int | Fraction) -> Quantity:
        return Quantity(self.value ** float(exponent), self.unit**exponent)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        return self.unit.dimension == other.unit.dimension and _si(self) == _si(other)

    def __hash__(self) -> int:
        return hash((_si(self), self.unit.dimension))

    def __lt__(self, other: Quantity) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        return exact_value(self, other.unit) < Fraction(repr(other.value))

    def __str__(self) -> str:
        number = repr(self.value).removesuffix(".0")
        return number if self.unit == DIMENSIONLESS else f"{number} {self.unit}"


def parse_unit(text: str) -> Unit:
    """The unit that a text such as `mS/uF`, `1/(mM*ms)`, `uA/cm2` or `J mol^-1 K^-1` means.

    Raises:
        UnitError: if it cannot be read; an unknown symbol is answered with the nearest known ones.
    """
    if not isinstance(text, str):
        raise UnitError("a unit is given as text", got=repr(text), expected="such as 'mV'")
    return _parsed(text)


def parse_quantity(text: str) -> Quantity:
    """The quantity that a text such as `1000 ms`, `-53 A/F` or `0.5` (dimensionless) means.

    Raises:
        UnitError: if the text is not a number followed by a unit.
        ValueRangeError: if the number is not finite.
    """
    found = _QUANTITY.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise UnitError("not a number with a unit", got=repr(text), expected="such as '1000 ms'")
    rest = found["unit"].strip()
    unit = parse_unit(f"1{rest}" if rest.startswith("/") else rest or "1")
    return Quantity(float(found["number"].replace("−", "-")), unit)


def as_quantity(value: Quantity | str, unit: Unit, *, what: str) -> Quantity:
    """A quantity from what a user gives for `what`, checked to have the dimension of `unit`.

    Raises:
        UnitError: for a bare number and for a quantity of another dimension.
    """
    if isinstance(value, Real):
        raise UnitError(f"{what} needs a unit", got=value, remedy=f"Give a unit, such as '{value} {unit}'.")
    quantity = value if isinstance(value, Quantity) else parse_quantity(value)
    if quantity.unit.dimension != unit.dimension:
        number = f"{quantity.value:g}"
        bare = quantity.unit == DIMENSIONLESS
        raise UnitError(
            f"{what} {'needs a unit' if bare else 'has the wrong unit'}",
            got=quantity,
            expected=f"a quantity in {unit}",
            remedy=f"Give a unit, such as '{number} {unit}'." if bare else None,
        )
    return quantity


def conversion_factor(source: Unit, target: Unit) -> float:
    """The number f in `x source = f x target`.

    Raises:
        UnitError: if the two have different dimensions.
    """
    return float(_ratio(source, target))


def exact_value(quantity: Quantity, unit: Unit) -> Fraction:
    """The exact number of `unit` in a quantity whose value is taken as the decimal number it prints as.

    Raises:
        UnitError: if the two have different dimensions.
    """
    return Fraction(repr(quantity.value)) * _ratio(quantity.unit, unit)


def _ratio(source: Unit, target: Unit) -> Fraction:
    if source.dimension != target.dimension:
        raise UnitError("these units do not fit together", got=source, expected=target)
    return source.scale / target.scale


def _si(quantity: Quantity) -> Fraction:
    return Fraction(repr(quantity.value)) * quantity.unit.scale


def _parts(other: object) -> tuple[float, Unit | None]:
    if isinstance(other, Quantity):
        return other.value, other.unit
    if isinstance(other, Unit):
        return 1.0, other
    if isinstance(other, Real):
        return float(other), DIMENSIONLESS
    if isinstance(other, list | tuple) or hasattr(other, "__array__"):
        raise UnitError(
            "several numbers times a quantity are no quantity",
            got=type(other).__name__,
            remedy="Multiply its number, as in factors * cell['IKr.GKr'].value.",
        )
    return math.nan, None


def _addend(other: Quantity | float, unit: Unit) -> float:
    quantity = other if isinstance(other, Quantity) else Quantity(other, DIMENSIONLESS)
    if quantity.unit.dimension != unit.dimension:
        raise UnitError("these quantities cannot be added", got=quantity.unit, expected=unit)
    return quantity.to(unit).value


def _product(first: Unit, second: Unit) -> Unit:
    if second == DIMENSIONLESS:  # a unit times one keeps the way it was written
        return first
    return second if first == DIMENSIONLESS else _new_product(first, second)


@lru_cache(maxsize=65536)
def _new_product(first: Unit, second: Unit) -> Unit:
    exponents = tuple(map(operator.add, first.dimension, second.dimension))
    return Unit(exponents, first.scale * second.scale)


def _power(unit: Unit, exponent: Fraction) -> Unit:
    return unit if exponent == 1 else _new_power(unit, exponent)


@lru_cache(maxsize=65536)
def _new_power(unit: Unit, exponent: Fraction) -> Unit:
    return Unit(tuple(e * exponent for e in unit.dimension), exact_power(unit.scale, exponent))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Unit:
    try:
        factor, powers = read_unit(text)
    except RecursionError:
        raise UnitError("this unit is nested too deeply", got=f"'{text:.20}...'") from None
    exponents, scale = total_meaning(powers)
    return Unit(exponents, scale * factor, write_unit(factor, powers) if factor == 1 else "")


_QUANTITY: Final = re.compile(
    r"\s*(?P<number>[-+−]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|inf(?:inity)?|nan)(?![\w.]*\d))(?P<unit>.*)",
    re.IGNORECASE | re.DOTALL,
)

DIMENSIONLESS: Final = Unit((Fraction(0),) * len(BASE_SYMBOLS), Fraction(1), "dimensionless")
V, mV, s, ms = (parse_unit(text) for text in ("V", "mV", "s", "ms"))
M, mM, uM, nM, mol = (parse_unit(text) for text in ("M", "mM", "uM", "nM", "mol"))
F, uF, pF, C, J, K = (parse_unit(text) for text in ("F", "uF", "pF", "C", "J", "K"))
A, uA, nA, pA = (parse_unit(text) for text in ("A", "uA", "nA", "pA"))
S, mS, nS, pS = (parse_unit(text) for text in ("S", "mS", "nS", "pS"))
L, uL, pL, cm, um = (parse_unit(text) for text in ("L", "uL", "pL", "cm", "um"))
Pa, kPa = parse_unit("Pa"), parse_unit("kPa")
