"""The nicest common name of a unit that was computed, not written: mV/s*s is `mV`.

First the names that the field uses are tried, then a power of one symbol, then two, then the base
units with an exact factor; whatever is printed reads back as the same unit.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

from troponin.errors import UnitError
from troponin.unit_grammar import Powers, read_unit, write_unit
from troponin.unit_symbols import BASE_SYMBOLS, Exponents, meaning

__all__ = ["canonical_text", "exact_power", "total_meaning"]

Meaning = tuple[Exponents, Fraction]

_NAMES: Final = (
    "dimensionless", "mV", "V", "ms", "s", "1/ms", "1/s", "mM", "uM", "nM", "M", "A/F", "mA/F", "uA/F", "kPa",
    "Pa", "K", "mM/ms", "uM/ms", "mM/s", "M/s", "uA/cm^2", "mA/cm^2", "uF/cm^2", "mS/cm^2", "nS/cm^2", "uA",
    "nA", "pA", "mA", "A", "uF", "nF", "pF", "fF", "F", "S", "mS", "uS", "nS", "pS", "C/mol", "C/mmol",
    "J/mol/K", "mJ/mol/K", "J/K", "C", "J", "mJ", "mol", "mmol", "umol", "L", "mL", "uL", "nL", "pL", "fL",
    "cm", "um", "nm", "m", "mm", "cm^2", "um^2", "um^3", "cm/s", "cm/ms", "1/(mM*ms)", "1/(uM*ms)", "1/mM",
    "1/uM", "1/mV", "L/F/ms", "kohm", "ohm", "Mohm", "kohm*cm", "ohm*cm", "mN", "N", "uN", "mN/mm^2",
    "mol/cm^3", "kg", "g", "mg", "kHz", "J/mol", "kJ/mol", "V/K", "mV/K", "W", "mol/L/s",
)  # fmt: skip

_SYMBOLS: Final = (
    "ms", "mM", "mV", "uM", "s", "cm", "uF", "pF", "F", "uA", "A", "pA", "nS", "mS", "S", "kPa", "um", "m",
    "L", "uL", "mol", "mmol", "C", "J", "K", "M", "V", "nA", "pL", "mm", "mN", "N", "Pa", "nM", "kg",
)  # fmt: skip

_EXPONENTS: Final = tuple(Fraction(e) for e in ("1", "-1", "2", "-2", "3", "-3", "4", "-4", "1/2", "-1/2"))


def total_meaning(powers: Powers) -> Meaning:
    """The exponents and the exact scale of a product of powers of symbols."""
    exponents = [Fraction(0)] * len(BASE_SYMBOLS)
    scale = Fraction(1)
    for symbol, exponent in powers:
        own, factor = meaning(symbol)
        exponents = [total + exponent * e for total, e in zip(exponents, own, strict=True)]
        scale *= exact_power(factor, exponent)
    return tuple(exponents), scale


def exact_power(number: Fraction, exponent: Fraction) -> Fraction:
    """A positive number to a rational power, exactly.

    Raises:
        UnitError: if the result is not rational, such as the square root of 1/1000.
    """
    degree = exponent.denominator
    above, below = _root(number.numerator, degree), _root(number.denominator, degree)
    if above is None or below is None:
        raise UnitError(
            f"the factor {number} of a unit to the power {exponent} is not exact",
            remedy="Convert to an SI base unit before the root.",
        )
    return Fraction(above, below) ** exponent.numerator


def _root(number: int, degree: int) -> int | None:
    """The integer root of a positive integer by bisection, or None if there is none."""
    if degree == 1 or number == 1:
        return number
    low, high = 1, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**degree < number else (low, middle)
    return low if low**degree == number else None


@lru_cache(maxsize=4096)
def canonical_text(exponents: Exponents, scale: Fraction) -> str:
    """The nicest text of a unit; reading it gives the same exponents and scale."""
    target = (exponents, scale)
    if target in _names():
        return _names()[target]
    singles = {own: (symbol, exponent) for symbol, exponent, own in reversed(_single_powers())}
    if target in singles:
        return write_unit(Fraction(1), (singles[target],))
    for symbol, exponent, (own, factor) in _single_powers():
        rest = tuple(t - e for t, e in zip(exponents, own, strict=True)), scale / factor
        if rest in singles and singles[rest][0] != symbol:
            return write_unit(Fraction(1), ((symbol, exponent), singles[rest]))
    powers = tuple((symbol, e) for symbol, e in zip(BASE_SYMBOLS, exponents, strict=True) if e)
    return write_unit(scale / total_meaning(powers)[1], powers)


@lru_cache(maxsize=1)
def _names() -> dict[Meaning, str]:
    names: dict[Meaning, str] = {}
    for text in _NAMES:
        names.setdefault(total_meaning(read_unit(text)[1]), write_unit(*read_unit(text)))
    return names


@lru_cache(maxsize=1)
def _single_powers() -> tuple[tuple[str, Fraction, Meaning], ...]:
    found = []
    for exponent in _EXPONENTS:
        for symbol in _SYMBOLS:
            if exponent.denominator == 1 or meaning(symbol)[1] == 1:
                found.append((symbol, exponent, total_meaning(((symbol, exponent),))))
    return tuple(found)
