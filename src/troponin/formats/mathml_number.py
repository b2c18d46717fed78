"""MathML's <cn>: the ways to write a number, and its unit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from troponin.errors import FormatError
from troponin.expr.nodes import Number
from troponin.formats.source import Source
from troponin.formats.xml_source import Element, line_of, local_name
from troponin.units import Unit

__all__ = ["float_of", "number_of"]

_LONGEST = 400
_DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


def float_of(text: str, where: str) -> float:
    """The double nearest to a decimal number; raises `FormatError` for anything else, infinity included."""
    text = text.strip().replace("−", "-")
    if len(text) > _LONGEST:
        raise FormatError(f"a number of {len(text)} characters", where=where, expected=f"at most {_LONGEST}")
    if not _DECIMAL.fullmatch(text):
        raise FormatError("this is not a number", where=where, got=f"'{text[:40]}'")
    value = float(text)
    if not math.isfinite(value):
        raise FormatError("a number too large for double precision", where=where, got=text[:40])
    return value


def number_of(element: Element, source: Source, units_in: str, unit_of: Callable[[str, int], Unit]) -> Number:
    """The number that a <cn> element means, with its unit where it names one."""
    line = line_of(element)
    where = source.place(line)
    kind = element.get("type", "real")
    if element.get("base", "10").strip() != "10":
        raise FormatError("a number in another base than ten", where=where, got=element.get("base"))
    parts = [element.text or ""]
    for child in element:
        if local_name(child) != "sep":
            raise FormatError(f"<{local_name(child)}> cannot stand in a number", where=where)
        parts.append(child.tail or "")
    name = element.get(f"{{{units_in}}}units")
    unit = None if name is None else unit_of(name.strip(), line)
    return Number(_value(kind, parts, where), unit)


def _value(kind: str, parts: list[str], where: str) -> float:
    if kind in ("real", "integer", "double", "constant") and len(parts) == 1:
        return float_of(parts[0], where)
    if kind == "e-notation" and len(parts) == 2:
        return float_of(f"{parts[0].strip()}e{parts[1].strip().removesuffix('.')}", where)
    if kind == "e-notation" and len(parts) == 1:
        return float_of(parts[0], where)
    if kind == "rational" and len(parts) == 2:
        above, below = (float_of(part, where) for part in parts)
        if below == 0.0:
            raise FormatError("a fraction with denominator zero", where=where)
        return above / below
    raise FormatError(f"a number of type '{kind}' in {len(parts)} parts cannot be read", where=where)
