"""Several values in one option: a list, or from one value to another by equal steps, with the unit once at the end.

"300, 400, 500 ms"    "300:500:50 ms"    "300:400:20, 450:1000:50 ms"    "200 ms, 0.5 s"
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from troponin.errors import TroponinError, ValueRangeError

if TYPE_CHECKING:
    from troponin.units import Quantity, Unit

__all__ = ["numbers", "one_quantity", "quantities"]

_NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PART = re.compile(rf"\s*({_NUMBER})(?::({_NUMBER}):({_NUMBER}))?\s*(.*?)\s*")
_MOST = 1000


def quantities(text: str, unit: Unit, option: str) -> list[Quantity]:
    """The quantities of an option, which must have the dimension of a unit; raises our errors, naming the option."""
    read = [_part(part, option) for part in text.split(",")]
    last, found = "", []
    for values, own in reversed(read):
        last = own or last
        if not last:
            raise ValueRangeError("a unit is missing", where=option, got=f"'{text}'", expected=f"as in '{text} {unit}'")
        found += [one_quantity(f"{float(value)!r} {last}", unit, option) for value in reversed(values)]
    return found[::-1]


def numbers(text: str, option: str) -> list[float]:
    """The plain numbers of an option, for what has no unit."""
    read = [_part(part, option) for part in text.split(",")]
    if any(own for _, own in read):
        raise ValueRangeError("this has no unit", where=option, got=f"'{text}'", expected="numbers, as in 0.9:1.1:0.05")
    return [float(value) for values, _ in read for value in values]


def one_quantity(text: str, unit: Unit, option: str) -> Quantity:
    """The quantity of an option, of the dimension of a unit; raises our errors, naming the option."""
    import troponin as tn

    try:
        found = tn.parse_quantity(text)
        found.to(unit)
    except TroponinError as fault:
        fault.where = option
        raise
    return found


def _part(text: str, option: str) -> tuple[list[Fraction], str]:
    """The numbers of one part of a list, and the unit behind them, empty where there is none."""
    found = _PART.fullmatch(text)
    if found is None:
        expected = "values such as '300, 400 ms', or FROM:TO:BY such as '300:400:20 ms'"
        raise ValueRangeError("these are no values", where=option, got=f"'{text.strip()}'", expected=expected)
    first, *rest = (Fraction(number.replace("−", "-")) for number in found.groups()[:3] if number)
    if not rest:
        return [first], found[4]
    last, by = rest
    if by == 0 or (last - first) / by < 0 or (last - first) / by > _MOST:
        where = {"where": option, "got": f"'{text.strip()}'"}
        raise ValueRangeError("the step does not lead from one value to the other", **where)
    return [first + i * by for i in range(int((last - first) / by) + 1)], found[4]
