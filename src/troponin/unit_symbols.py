"""The symbols that the field writes for units: what each one is in SI base units, as exact data.

A meaning is `(exponents, scale)`: the exponents of metre, kilogram, second, ampere, kelvin, mole and
candela, and the exact factor to the coherent SI unit with those exponents.  Source: the SI brochure,
9th edition (BIPM 2019).
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Final

from troponin.errors import UnitError, nearest

__all__ = ["BASE_SYMBOLS", "Exponents", "meaning", "short_symbol"]

Exponents = tuple[Fraction, ...]
Meaning = tuple[Exponents, Fraction]

BASE_SYMBOLS: Final = ("m", "kg", "s", "A", "K", "mol", "cd")
"""The symbols of the seven base units, in the order of the exponents."""


def _row(exponents: str, scale: str = "1") -> Meaning:
    return tuple(Fraction(e) for e in exponents.split()), Fraction(scale)


_SYMBOLS: Final[dict[str, Meaning]] = {  #  m kg s A K mol cd
    "m": _row("1 0 0 0 0 0 0"),
    "g": _row("0 1 0 0 0 0 0", "1/1000"),
    "s": _row("0 0 1 0 0 0 0"),
    "A": _row("0 0 0 1 0 0 0"),
    "K": _row("0 0 0 0 1 0 0"),
    "mol": _row("0 0 0 0 0 1 0"),
    "cd": _row("0 0 0 0 0 0 1"),
    "V": _row("2 1 -3 -1 0 0 0"),
    "C": _row("0 0 1 1 0 0 0"),
    "F": _row("-2 -1 4 2 0 0 0"),
    "S": _row("-2 -1 3 2 0 0 0"),
    "ohm": _row("2 1 -3 -2 0 0 0"),
    "H": _row("2 1 -2 -2 0 0 0"),
    "Wb": _row("2 1 -2 -1 0 0 0"),
    "T": _row("0 1 -2 -1 0 0 0"),
    "N": _row("1 1 -2 0 0 0 0"),
    "Pa": _row("-1 1 -2 0 0 0 0"),
    "J": _row("2 1 -2 0 0 0 0"),
    "W": _row("2 1 -3 0 0 0 0"),
    "Hz": _row("0 0 -1 0 0 0 0"),
    "kat": _row("0 0 -1 0 0 1 0"),
    "L": _row("3 0 0 0 0 0 0", "1/1000"),
    "M": _row("-3 0 0 0 0 1 0", "1000"),
    "eV": _row("2 1 -2 0 0 0 0", "1.602176634e-19"),
    "dyn": _row("1 1 -2 0 0 0 0", "1e-5"),
    "bar": _row("-1 1 -2 0 0 0 0", "1e5"),
    "rad": _row("0 0 0 0 0 0 0"),
    "sr": _row("0 0 0 0 0 0 0"),
    "Gy": _row("2 0 -2 0 0 0 0"),
    "Sv": _row("2 0 -2 0 0 0 0"),
    "Bq": _row("0 0 -1 0 0 0 0"),
    "lm": _row("0 0 0 0 0 0 1"),
    "lx": _row("-2 0 0 0 0 0 1"),
}

_NEVER_PREFIXED: Final[dict[str, Meaning]] = {
    "dimensionless": _row("0 0 0 0 0 0 0"),
    "min": _row("0 0 1 0 0 0 0", "60"),
    "h": _row("0 0 1 0 0 0 0", "3600"),
    "hour": _row("0 0 1 0 0 0 0", "3600"),
    "minute": _row("0 0 1 0 0 0 0", "60"),
    "day": _row("0 0 1 0 0 0 0", "86400"),
    "mmHg": _row("-1 1 -2 0 0 0 0", "133.322387415"),
    "atm": _row("-1 1 -2 0 0 0 0", "101325"),
    "percent": _row("0 0 0 0 0 0 0", "1/100"),
}

_WORDS: Final[dict[str, str]] = {
    "metre": "m", "meter": "m", "gram": "g", "gramme": "g", "second": "s", "ampere": "A", "amp": "A",
    "kelvin": "K", "mole": "mol", "candela": "cd", "volt": "V", "coulomb": "C", "farad": "F",
    "siemens": "S", "henry": "H", "weber": "Wb", "tesla": "T", "newton": "N", "pascal": "Pa",
    "joule": "J", "watt": "W", "hertz": "Hz", "katal": "kat", "litre": "L", "liter": "L", "molar": "M",
    "radian": "rad", "steradian": "sr", "gray": "Gy", "sievert": "Sv", "becquerel": "Bq",
    "lumen": "lm", "lux": "lx", "ohm": "ohm",
}  # fmt: skip

_PREFIXES: Final[dict[str, int]] = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}  # fmt: skip

_PREFIX_WORDS: Final[dict[str, str]] = {
    "yotta": "Y", "zetta": "Z", "exa": "E", "peta": "P", "tera": "T", "giga": "G", "mega": "M", "kilo": "k",
    "hecto": "h", "deca": "da", "deka": "da", "deci": "d", "centi": "c", "milli": "m", "micro": "u",
    "nano": "n", "pico": "p", "femto": "f", "atto": "a", "zepto": "z", "yocto": "y",
}  # fmt: skip

_COMMON: Final = (
    "mV", "V", "ms", "s", "mM", "uM", "nM", "M", "uF", "pF", "F", "uA", "pA", "nA", "A", "mS", "nS", "pS",
    "S", "kPa", "Pa", "kohm", "ohm", "cm", "mm", "um", "m", "K", "C", "mol", "mmol", "J", "mJ", "L", "uL",
    "pL", "mN", "Hz", "kHz",
)  # fmt: skip

_SCALES_WITH_AN_OFFSET: Final = frozenset(
    {"degC", "°C", "celsius", "Celsius", "degree_Celsius", "degF", "°F", "fahrenheit"}
)


@cache
def short_symbol(text: str) -> str:
    """The short way to write one symbol or word: `millivolt` is `mV`, `ul` is `uL`, `kPa` is `kPa`.

    Raises:
        UnitError: for a symbol that is not a unit, naming the nearest ones, and for a temperature scale
            with an offset, which no factor can convert.
    """
    if text in _SCALES_WITH_AN_OFFSET:
        raise UnitError(
            f"'{text}' is a temperature scale with an offset, not a unit",
            remedy="Give kelvin: 37 degC is 310.15 K.",
        )
    if text in _NEVER_PREFIXED or text in _SYMBOLS:
        return text
    for prefix in _PREFIXES:
        if text.startswith(prefix) and text[len(prefix) :] in _SYMBOLS:
            return text
    if text == "l" or (text[-1:] == "l" and text[:-1] in _PREFIXES):
        return text[:-1] + "L"
    word = _from_words(text) or _from_words(text.removesuffix("s"))
    if word is None:
        near = nearest(text, [*_COMMON, *_SYMBOLS, *_NEVER_PREFIXED, *_WORDS])
        hint = f"Did you mean {' or '.join(near)}?" if near else None
        raise UnitError(f"unknown unit '{text}'", remedy=hint)
    return word


def _from_words(text: str) -> str | None:
    if text in _WORDS:
        return _WORDS[text]
    for prefix, short in _PREFIX_WORDS.items():
        rest = text.removeprefix(prefix)
        if rest != text and rest in _WORDS:
            return short + _WORDS[rest]
    return None


@cache
def meaning(symbol: str) -> Meaning:
    """The exponents and the exact scale of a symbol that `short_symbol` returned."""
    if symbol in _NEVER_PREFIXED:
        return _NEVER_PREFIXED[symbol]
    if symbol in _SYMBOLS:
        return _SYMBOLS[symbol]
    length = 2 if symbol[:2] == "da" and symbol[2:] in _SYMBOLS else 1
    exponents, scale = _SYMBOLS[symbol[length:]]
    return exponents, scale * Fraction(10) ** _PREFIXES[symbol[:length]]
