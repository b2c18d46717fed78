"""Units as Myokit writes them: products and quotients of symbols it knows, and a multiplier in parentheses."""

from __future__ import annotations

import re
from functools import lru_cache

from troponin.unit_grammar import read_unit
from troponin.unit_symbols import BASE_SYMBOLS
from troponin.units import Unit, parse_unit

__all__ = ["unit_text"]

_KNOWN = re.compile(r"[munpkfMGdc]?(?:[gmsAKVCFSJNLMW]|mol|cd|Hz|Pa|ohm)")
_SPELT = {"ohm": "R"}


@lru_cache(maxsize=4096)
def unit_text(unit: Unit) -> str | None:
    """The text between the brackets; None for a unit with broken exponents, which Myokit does not have."""
    if any(e.denominator != 1 for e in unit.dimension):
        return None
    factor, powers = read_unit(str(unit))
    known = factor == 1 and all(_KNOWN.fullmatch(symbol) and e.denominator == 1 for symbol, e in powers)
    if not known:
        powers = tuple((symbol, e) for symbol, e in zip(BASE_SYMBOLS, unit.dimension, strict=True) if e)
    above = "*".join(_power(symbol, int(e)) for symbol, e in powers if e > 0) or "1"
    below = "".join(f"/{_power(symbol, -int(e))}" for symbol, e in powers if e < 0)
    text = above + below
    if known:
        return text
    scale = unit.scale / parse_unit(text).scale
    return text if scale == 1 else f"{text} ({float(scale)!r})"


def _power(symbol: str, exponent: int) -> str:
    for name, spelling in _SPELT.items():
        symbol = symbol.removesuffix(name) + spelling if symbol.endswith(name) else symbol
    return symbol if exponent == 1 else f"{symbol}^{exponent}"
