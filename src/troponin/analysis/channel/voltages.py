"""What a user gives to a clamp: potentials and times with units, as arrays in mV and ms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.errors import ProtocolError, TroponinError, ValueRangeError, require_kind
from troponin.protocol.timeline import exact_time, time_text
from troponin.units import Quantity, as_quantity, exact_value, mV

__all__ = ["Given", "Series", "length_of", "lengths_of", "potential_of", "potentials_of", "voltages"]

Floats = NDArray[np.float64]

Given: TypeAlias = Quantity | str
"""A quantity or its text, such as "-80 mV"."""

Series: TypeAlias = Sequence[Given]
"""Several of them."""

_MOST = 10_000


def voltages(first: Given, last: Given, by: Given = "10 mV") -> tuple[Quantity, ...]:
    """Potentials from the first to the last, `by` so much: voltages("-80 mV", "60 mV") are the steps of a family.

    Raises `ProtocolError` where `by` does not lead from one to the other.
    """
    begin, end, step = (
        exact_value(as_quantity(x, mV, what=what), mV)
        for x, what in ((first, "the first potential"), (last, "the last potential"), (by, "the step"))
    )
    count = abs(end - begin) / abs(step) if step else Fraction(0)
    if step == 0 or count > _MOST:
        raise ProtocolError("the step is too small", where="voltages", got=f"{float(step):g} mV")
    sign = 1 if end >= begin else -1
    return tuple(Quantity(float(begin + sign * i * abs(step)), mV) for i in range(int(count) + 1))


def potential_of(given: Given, what: str) -> Floats:
    """One potential in mV, shape [1]."""
    value = as_quantity(given, mV, what=what).to(mV).value
    if not np.isfinite(value):
        raise ValueRangeError(f"{what} must be a finite number", got=given)
    return np.array([value])


def potentials_of(given: Series, what: str) -> Floats:
    """Several potentials in mV, shape [lane], in the order given.  Gathers complaints; refuses one given twice."""
    found = np.array(_each(given, what, lambda x: float(potential_of(x, what)[0])))
    if len(np.unique(found)) < len(found):
        raise ProtocolError(f"{what} hold a potential twice", got=", ".join(f"{x:g}" for x in found))
    return found


def length_of(given: Given, what: str) -> float:
    """A duration in ms.  Raises `ProtocolError` where it does not last."""
    time = exact_time(given, what)
    if time <= 0:
        raise ProtocolError(f"{what} must last", got=time_text(time), expected="more than 0 ms")
    return float(time)


def lengths_of(given: Series, what: str) -> Floats:
    """Several durations in ms, shape [lane], which must rise.  Gathers complaints."""
    found = np.array(_each(given, what, lambda x: length_of(x, what)))
    if (np.diff(found) <= 0.0).any():
        raise ProtocolError(f"{what} must rise from each to the next", got=", ".join(f"{x:g}" for x in found))
    return found


def _each(given: Series, what: str, read: Callable[[Given], float]) -> list[float]:
    if isinstance(given, str | Quantity):
        given = [given]
    require_kind(given, Sequence, what, 'several values with units, such as ["-40 mV", "0 mV"]')
    found, faults = [], []
    for one in given:
        try:
            found.append(read(one))
        except TroponinError as fault:
            faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise ProtocolError(f"{what} cannot be read: " + "; ".join(map(str, faults)))
    if not found:
        raise ProtocolError(f"{what} are needed", got="none")
    return found
