"""Reading and writing the text of a unit: `uA/cm^2`, `1/(mM*ms)`, `J mol^-1 K^-1`, `1000/3*mV`.

    product  = power { ("*" | "/" | " ") power }        from left to right: L/F/ms is L/(F*ms)
    power    = atom [ ("^" | "**") exponent | integer ]  cm^2, cm**2, cm2
    atom     = number | symbol | "(" product ")"
    exponent = [sign] number | "(" [sign] number ["/" number] ")"

A number is read exactly, as a fraction.  What is read is a factor and the powers of symbols, in the
order in which they are written; nothing here knows what a symbol means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from troponin.errors import UnitError
from troponin.unit_symbols import short_symbol

__all__ = ["Powers", "exact_number", "read_unit", "write_unit"]

Powers = tuple[tuple[str, Fraction], ...]

_NUMBER: Final = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN: Final = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER})|(?P<symbol>°?[^\W\d_]+(?:_[^\W\d_]+)*)|(?P<operator>\*\*|[-+*/^()]))"
)
_GLUED: Final = re.compile(r"-?\d+(?![\d.])")
_FRACTION: Final = re.compile(rf"\(\s*([-+]?{_NUMBER})\s*(?:/\s*({_NUMBER}))?\s*\)|([-+]?{_NUMBER})")
_SAME: Final = str.maketrans(
    {"µ": "u", "μ": "u", "·": "*", "⋅": "*", "×": "*", "−": "-", "\u2126": "ohm", "\u03a9": "ohm"}
)
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_LARGEST_EXPONENT: Final = 300


def exact_number(text: str) -> Fraction:
    """The exact value of a decimal number such as `1e-3`.

    Raises:
        UnitError: if its exponent is too large for any physical quantity.
    """
    exponent = re.split("[eE]", text)[1:]
    if exponent and abs(int(exponent[0])) > _LARGEST_EXPONENT:
        raise UnitError(f"the number '{text}' is too large or too small")
    return Fraction(text)


def read_unit(text: str) -> tuple[Fraction, Powers]:
    """The factor and the powers of symbols that a text means, such as (1, ((uA, 1), (cm, -2))).

    Raises:
        UnitError: if the text is not a unit, with the column.
    """
    raised = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
    plain = raised.sub(lambda found: "^" + found[0].translate(_RAISED), text.translate(_SAME))
    plain = re.sub(r"(?<=[^\W_])\s*\.\s*(?=[^\W\d_])", "*", plain)  # N.m is a product, 1.5 a number
    reader = _Reader(plain)
    factor, powers = reader.product()
    if reader.kind is not None:
        raise reader.complaint(f"unexpected '{reader.token}'")
    return factor, _gathered(powers)


def write_unit(factor: Fraction, powers: Powers) -> str:
    """The text of a unit, with one solidus per divisor: `J/mol/K`, `1/ms`, `1/1000*kg*m^2`."""
    above = [_power(symbol, exponent) for symbol, exponent in powers if exponent > 0]
    below = [_power(symbol, -exponent) for symbol, exponent in powers if exponent < 0]
    if factor != 1:
        above.insert(0, _factor(factor))
    if not above and not below:
        return "dimensionless"
    return "/".join(["*".join(above) or "1", *below])


def _factor(factor: Fraction) -> str:
    if factor.numerator == 1 and re.fullmatch("10{3,}", str(factor.denominator)):
        return f"1e-{len(str(factor.denominator)) - 1}"
    return str(factor)


def _power(symbol: str, exponent: Fraction) -> str:
    if exponent == 1:
        return symbol
    return f"{symbol}^{exponent}" if exponent.denominator == 1 else f"{symbol}^({exponent})"


def _gathered(powers: Iterable[tuple[str, Fraction]]) -> Powers:
    total: dict[str, Fraction] = {}
    for symbol, exponent in powers:
        total[symbol] = total.get(symbol, Fraction(0)) + exponent
    total.pop("dimensionless", None)
    return tuple((symbol, exponent) for symbol, exponent in total.items() if exponent)


class _Reader:
    """A position in the text of a unit, with the token that starts there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.kind: str | None = None
        self.token = ""
        self.start = self.end = 0
        self.advance()

    def complaint(self, what: str, remedy: str | None = None) -> UnitError:
        """An error at this position of the text."""
        return UnitError(f"{what} in column {self.start + 1} of the unit '{self.text}'", remedy=remedy)

    def advance(self) -> None:
        """Go on to the next token; at the end of the text the kind is None."""
        found = _TOKEN.match(self.text, self.end)
        blank = len(self.text) - len(self.text[self.end :].lstrip())
        if found is None:
            self.kind, self.token, self.start = None, "", blank
            if blank < len(self.text):
                raise self.complaint(f"cannot read '{self.text[blank]}'")
            return
        self.kind = found.lastgroup
        assert self.kind is not None
        self.token, self.start, self.end = found[self.kind], found.start(self.kind), found.end()

    def product(self) -> tuple[Fraction, Powers]:
        """Powers, multiplied and divided from left to right."""
        divided, after_number = False, self.kind == "number"
        factor, powers = self.power()
        while self.kind is not None and self.token != ")":
            sign = -1 if self.token == "/" else 1
            if self.token in ("*", "/"):
                divided = divided or sign < 0
                self.advance()
            elif divided:
                raise self.complaint("a space after '/' is ambiguous", "Write J/mol/K or J/(mol K).")
            elif after_number or self.kind == "number":
                raise self.complaint("a unit is missing its '*'", "A number with a unit is a quantity.")
            after_number = self.kind == "number"
            other, more = self.power()
            factor *= other**sign
            powers += tuple((symbol, sign * exponent) for symbol, exponent in more)
        return factor, powers

    def power(self) -> tuple[Fraction, Powers]:
        """One number, symbol or parenthesis with its exponent."""
        factor, powers = self.atom()
        exponent = self.exponent(glued=bool(powers) and self.text[self.end - 1 : self.end] != ")")
        return _raised(factor, exponent, self), tuple((symbol, own * exponent) for symbol, own in powers)

    def atom(self) -> tuple[Fraction, Powers]:
        """One number, symbol or parenthesis; stops before advancing past it."""
        if self.kind == "number":
            factor = exact_number(self.token)
            if factor == 0:
                raise self.complaint("a unit cannot be zero")
            return factor, ()
        if self.kind == "symbol":
            return Fraction(1), ((short_symbol(self.token), Fraction(1)),)
        if self.token != "(":
            raise self.complaint(f"unexpected '{self.token}'" if self.kind else "a symbol is missing")
        self.advance()
        inside = self.product()
        if self.token != ")":
            raise self.complaint("a ')' is missing")
        return inside

    def exponent(self, glued: bool) -> Fraction:
        """The exponent after an atom, or 1; moves past the atom and its exponent."""
        after = _GLUED.match(self.text, self.end) if glued else None
        if after:
            self.end = after.end()
            self.advance()
            return Fraction(after[0])
        self.advance()
        if self.token not in ("^", "**"):
            return Fraction(1)
        blank = len(self.text) - len(self.text[self.end :].lstrip())
        found = _FRACTION.match(self.text, blank)
        if found is None:
            self.start = blank
            raise self.complaint("an exponent is missing", "Write cm^2, cm^-2 or cm^(1/2).")
        self.end = found.end()
        self.advance()
        exponent = exact_number(found[1] or found[3])
        divisor = exact_number(found[2] or "1")
        if divisor == 0 or abs(exponent) > _LARGEST_EXPONENT:
            raise self.complaint(f"'{found[0]}' cannot be an exponent")
        return exponent / divisor


def _raised(factor: Fraction, exponent: Fraction, reader: _Reader) -> Fraction:
    if factor != 1 and exponent.denominator != 1:
        raise reader.complaint(f"{factor} to the power {exponent} is not an exact factor")
    return factor if factor == 1 else factor ** int(exponent)
