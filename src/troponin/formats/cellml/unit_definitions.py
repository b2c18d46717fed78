"""Units written as CellML defines them: products of powers of its own units, with prefixes and multipliers."""

from __future__ import annotations

import re
from fractions import Fraction

from troponin.formats.cellml.units import BUILT_IN, PREFIXES
from troponin.unit_grammar import read_unit
from troponin.unit_symbols import BASE_SYMBOLS
from troponin.units import DIMENSIONLESS, Unit, parse_unit

__all__ = ["UnitNames"]

_LETTERS = {
    "Y": "yotta", "Z": "zetta", "E": "exa", "P": "peta", "T": "tera", "G": "giga", "M": "mega", "k": "kilo",
    "h": "hecto", "da": "deca", "d": "deci", "c": "centi", "m": "milli", "u": "micro", "n": "nano", "p": "pico",
    "f": "femto", "a": "atto", "z": "zepto", "y": "yocto",
}  # fmt: skip

_SYMBOLS = {
    "m": "metre", "g": "gram", "s": "second", "A": "ampere", "K": "kelvin", "mol": "mole", "cd": "candela",
    "V": "volt", "C": "coulomb", "F": "farad", "S": "siemens", "ohm": "ohm", "H": "henry", "Wb": "weber",
    "T": "tesla", "N": "newton", "Pa": "pascal", "J": "joule", "W": "watt", "Hz": "hertz", "L": "litre",
    "kat": "katal", "kg": "kilogram",
}  # fmt: skip


class UnitNames:
    """Names for the units of a model, each defined once."""

    def __init__(self) -> None:
        self._names: dict[Unit, str] = {}
        self._texts: dict[str, str] = {}

    def name_of(self, unit: Unit) -> str:
        """The name that a unit has in the file."""
        if unit == DIMENSIONLESS:
            return "dimensionless"
        found = self._names.get(unit)
        if found is None:
            found = self._names[unit] = self._define(unit)
        return found

    def definitions(self) -> list[str]:
        """The <units> elements, in the order of their first use."""
        return list(self._texts.values())

    def _define(self, unit: Unit) -> str:
        wanted = _name(unit)
        name, number = wanted, 1
        while name in self._texts or name in BUILT_IN:
            number += 1
            name = f"{wanted}_{number}"
        rows = "".join(f"    {row}\n" for row in _factors(unit))
        self._texts[name] = f'  <units name="{name}">\n{rows}  </units>'
        return name


def _name(unit: Unit) -> str:
    text = str(unit).replace("^", "").replace("*", "_").replace("/", "_per_").removeprefix("1_")
    plain = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    return plain if re.match(r"[A-Za-z]", plain) else f"units_{plain}"


def _factors(unit: Unit) -> list[str]:
    """The <unit> elements whose product is the unit, exactly where its scale is a decimal number."""
    factor, powers = read_unit(str(unit))
    rows, product = [], Unit(DIMENSIONLESS.dimension, Fraction(1))
    for symbol, exponent in powers:
        for base, prefix, power in _parts(symbol):
            own = parse_unit(base)
            scaled = Unit(own.dimension, own.scale * Fraction(10) ** PREFIXES.get(prefix, 0))
            product = product * scaled ** (exponent * power)
            rows.append(_row(base, prefix, exponent * power))
    if factor != 1 or product != unit:
        rows = [
            _row(_SYMBOLS[symbol], "", exponent)
            for symbol, exponent in zip(BASE_SYMBOLS, unit.dimension, strict=True)
            if exponent
        ]
        rows = rows or ['<unit units="dimensionless"/>']
        if unit.scale != 1:
            rows[0] = rows[0].replace("<unit ", f'<unit multiplier="{_decimal(unit.scale)}" ', 1)
    return rows


def _parts(symbol: str) -> list[tuple[str, str, int]]:
    """A symbol as CellML's units: (name, prefix, power); nothing for one that CellML does not know."""
    if symbol in _SYMBOLS:
        return [(_SYMBOLS[symbol], "", 1)]
    if symbol == "M":
        return [("mole", "", 1), ("litre", "", -1)]
    for letter, prefix in _LETTERS.items():
        rest = symbol.removeprefix(letter)
        if rest != symbol and rest in _SYMBOLS:
            return [(_SYMBOLS[rest], prefix, 1)]
        if rest == "M" and rest != symbol:
            return [("mole", prefix, 1), ("litre", "", -1)]
    return []


def _row(base: str, prefix: str, exponent: Fraction) -> str:
    said = f' prefix="{prefix}"' if prefix else ""
    if exponent != 1:
        said += f' exponent="{_decimal(exponent)}"'
    return f'<unit units="{base}"{said}/>'


def _decimal(number: Fraction) -> str:
    """A fraction as a decimal number: exactly where that ends, else as the nearest double."""
    below, power = number.denominator, 0
    while below % 10 == 0 or below % 2 == 0 or below % 5 == 0:
        below = below // 10 if below % 10 == 0 else below // 2 if below % 2 == 0 else below // 5
        power += 1
    if below != 1 or power > 40 or abs(number) > 10**40:
        return repr(float(number))
    scaled = number * 10**power
    digits = str(abs(int(scaled))).rjust(power + 1, "0")
    text = digits if power == 0 else f"{digits[:-power]}.{digits[-power:]}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 else text
