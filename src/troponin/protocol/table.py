"""Segments as the arrays that a solver takes: here, and only here, exact times become doubles.

    start[s], length[s]    of each segment, in the model's own unit of time
    u[s, 1 + 4 m]          start, and the four coefficients of each of m inputs (see kernels/abi.py)

Each number is the exact one, correctly rounded: no error of one segment reaches the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final, TypeAlias
from typing import Protocol as Structure

import numpy as np
from numpy.typing import NDArray

from troponin.errors import ProtocolError, UnitError, UnknownNameError
from troponin.protocol.segments import Segment, segments
from troponin.protocol.timeline import Cubic, Protocol
from troponin.units import Unit, ms

__all__ = ["DrivenInput", "Table", "tables", "tabulate"]

Doubles: TypeAlias = NDArray[np.float64]

INPUT_TERMS: Final = 4
"""Coefficients of a cubic; kernels/abi.py says the same, in a room that this one does not see."""

TIME: Final = "time"
"""The role of an input that is the time itself."""


class DrivenInput(Structure):
    """What must be known of a model's input: the role it plays, its unit and its value at rest."""

    @property
    def role(self) -> str:
        """The name by which a protocol addresses it, such as `stimulus`."""
        ...

    @property
    def unit(self) -> Unit:
        """The unit in which it counts."""
        ...

    @property
    def value(self) -> float:
        """What it is when nothing drives it."""
        ...


@dataclass(frozen=True, slots=True)
class Table:
    """Segments, and the same as arrays: `start[s]`, `length[s]`, `u[s, 1 + 4 m]`."""

    segments: tuple[Segment, ...]
    start: Doubles
    length: Doubles
    u: Doubles


def tabulate(
    protocol: Protocol,
    inputs: Sequence[DrivenInput],
    time_unit: Unit = ms,
    *,
    start: Fraction = Fraction(0),
    until: Fraction | None = None,
) -> Table:
    """All segments from `start` to `until` (in ms; the protocol's end) as arrays.

    An input that nothing drives keeps its value at rest; one that plays the role `time` is the time; one
    that plays `x_rate` is the derivative of `x` where the protocol drives x and not its rate.

    Raises:
        UnknownNameError: if the protocol drives what the model does not have.
        UnitError: if what drives an input does not have its unit.
    """
    columns = _columns(protocol, inputs, time_unit)
    return _table(list(segments(protocol, start=start, until=until)), columns, time_unit)


def tables(
    protocol: Protocol,
    inputs: Sequence[DrivenInput],
    time_unit: Unit = ms,
    *,
    size: int,
    start: Fraction = Fraction(0),
    until: Fraction | None = None,
) -> Iterator[Table]:
    """The same as `tabulate`, in tables of at most `size` segments, made one at a time."""
    columns = _columns(protocol, inputs, time_unit)
    walk = segments(protocol, start=start, until=until)
    while part := list(islice(walk, size)):
        yield _table(part, columns, time_unit)


_Known: TypeAlias = dict[tuple[int, int], tuple[tuple[float, ...], Cubic]]
"""Coefficients by input and by identity of the cubic, which is kept so that its identity stays its own."""


@dataclass(frozen=True, slots=True)
class _Column:
    """How an input's four coefficients come from a segment: which drive, or its slope, and with which factors."""

    source: str
    slope: bool
    factors: tuple[Fraction, ...]
    rest: tuple[float, ...]


def _columns(protocol: Protocol, inputs: Sequence[DrivenInput], time_unit: Unit) -> list[_Column]:
    units, roles = protocol.units, {driven.role for driven in inputs}
    for role in units:
        if role == TIME:
            raise ProtocolError("a protocol cannot drive the time")
        if role not in roles:
            raise UnknownNameError("input of the model", role, roles - {TIME}, where="protocol")
    per = Fraction(time_unit.scale) / ms.scale  # ms in a unit of the model's time
    columns = []
    for driven in inputs:
        stem = driven.role.removesuffix("_rate")
        slope = driven.role not in units and stem != driven.role and stem in units
        source = stem if slope else driven.role
        unit = units.get(source, driven.unit)
        if slope:
            unit = unit / ms
        if source == TIME:
            unit = ms
        if unit.dimension != driven.unit.dimension:
            raise UnitError(f"the {driven.role} is driven in the wrong unit", got=unit, expected=driven.unit)
        factors = tuple(unit.scale / driven.unit.scale * per**power for power in range(INPUT_TERMS))
        columns.append(_Column(source, slope, factors, (driven.value, 0.0, 0.0, 0.0)))
    return columns


def _table(part: Sequence[Segment], columns: Sequence[_Column], time_unit: Unit) -> Table:
    per = ms.scale / time_unit.scale
    above, below = per.numerator, per.denominator  # one division of whole numbers rounds once, and is quick
    u = np.empty((len(part), 1 + INPUT_TERMS * len(columns)))
    known: _Known = {}  # most beats are alike
    for row, segment in enumerate(part):
        u[row, 0] = (segment.start.numerator * above) / (segment.start.denominator * below)
        for number, column in enumerate(columns):
            first = 1 + INPUT_TERMS * number
            u[row, first : first + INPUT_TERMS] = _coefficients(segment, column, known, number)
    lengths = [(segment.length.numerator * above) / (segment.length.denominator * below) for segment in part]
    return Table(tuple(part), u[:, 0].copy(), np.array(lengths), u)


def _coefficients(segment: Segment, column: _Column, known: _Known, number: int) -> tuple[float, ...]:
    if column.source == TIME:
        start, factor = segment.start, column.factors[0]
        now = (start.numerator * factor.numerator) / (start.denominator * factor.denominator)
        return now, float(column.factors[1]), 0.0, 0.0
    cubic = segment.drives.get(column.source)
    if cubic is None:
        return (0.0, 0.0, 0.0, 0.0) if column.slope else column.rest
    found, _ = known.get((number, id(cubic)), (None, cubic))
    if found is None:
        c = (cubic[1], 2 * cubic[2], 3 * cubic[3], Fraction(0)) if column.slope else cubic
        found = tuple(float(value * factor) for value, factor in zip(c, column.factors, strict=True))
        known[number, id(cubic)] = found, cubic
    return found
