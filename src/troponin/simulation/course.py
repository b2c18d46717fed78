"""The course of a run: what every cell goes through, cut into segments for the solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import accumulate, groupby, pairwise, repeat, takewhile
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError
from troponin.kernels.kernel import Kernel
from troponin.model.model import Input, Model, Role
from troponin.protocol.grid import Grid, save_points
from troponin.protocol.segments import Segment
from troponin.protocol.table import Table, tables
from troponin.protocol.timeline import Protocol
from troponin.simulation.save import Selection
from troponin.solvers.integrate import Method
from troponin.solvers.method import RushLarsen
from troponin.solvers.segments import SavePlan
from troponin.solvers.status import Status

__all__ = ["Course", "Method", "Progress", "chunks", "failure", "save_plan"]

Progress: TypeAlias = Callable[[float], object]
"""Called now and then with the fraction of the run that is done."""

_CHUNK: Final = 64
"""Segments in one compiled call: some ten milliseconds of work."""

_LONGEST_SEGMENT: Final = Fraction(10_000)
"""In ms: a run that nothing drives is cut here, so that it too shows progress and can be interrupted."""

_STATES_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Course:
    """What every cell of a run goes through: compiled model, method, settled protocol, and what is kept.

    `cuts` are the times in ms at which the model itself switches by the clock, in order.
    """

    model: Model
    kernel: Kernel
    method: Method
    protocol: Protocol
    points: Grid
    selection: Selection
    cuts: tuple[Fraction, ...] = ()

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs in the order of the kernel's array `u`, which holds the time by itself."""
        return tuple(given for given in self.model.inputs if given.role != Role.TIME)


def chunks(course: Course, start: Fraction, until: Fraction) -> Iterator[Table]:
    """Tables of segments between two edges of the protocol, each worth one compiled call."""
    # fixed steps may be as small as one likes, and a call that has begun cannot be interrupted
    size = 1 if isinstance(course.method, RushLarsen) else _CHUNK
    for first, last in pairwise(_edges(course, start, until)):
        yield from tables(course.protocol, course.inputs, course.model.time_unit, size=size, start=first, until=last)


def _edges(course: Course, start: Fraction, until: Fraction) -> Iterator[Fraction]:
    """Where chunks end at the latest, in order; made one at a time, for a run may be as long as it likes."""
    own = (cut for cut in course.cuts if start < cut < until)
    lengths: Iterator[Fraction] = iter(()) if course.protocol.trains else repeat(_LONGEST_SEGMENT)
    regular = takewhile(lambda cut: cut < until, accumulate(lengths, initial=start))
    yield from (cut for cut, _ in groupby(merge(regular, own)))
    yield until


def save_plan(course: Course, segments: Sequence[Segment], points: Grid) -> SavePlan:
    """When and what a solver keeps within some segments."""
    times, offsets = save_points(points, segments, course.model.time_unit)
    states = np.array(course.selection.states, dtype=np.int64)
    return SavePlan(times, offsets, states, bool(course.selection.monitors))


def failure(
    model: Model, at: float, state: NDArray[np.float64], status: Status, cell: int | None = None
) -> SolverError:
    """Why a cell could not go on, when, and in which state: the values that are no numbers, or else the first few."""
    named = list(zip((state.name for state in model.states), state, strict=True))
    chosen = [pair for pair in named if not np.isfinite(pair[1])] or named
    values = ", ".join(f"{name} = {value:.6g}" for name, value in chosen[:_STATES_SHOWN])
    return SolverError(
        status.meaning,
        where=f"model {model.name}{'' if cell is None else f', cell {cell},'} at t = {at:.6g} {model.time_unit}",
        got=f"a state with {values}" + (", ..." if len(chosen) > _STATES_SHOWN else ""),
        remedy=status.remedy,
    )
