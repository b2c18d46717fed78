"""Segments and save points: what the clock does, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError

__all__ = ["SavePlan", "Segments"]


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Stretches of time between breakpoints, run one after another.

    lengths   length of every segment, model time unit, shape [segments]
    inputs    the array `u` of `troponin.kernels.abi` for every segment, shape [segments, 1 + 4 m]:
              the absolute time of its start, then four coefficients for every input
    Raises SolverError for a length that is not a positive number or shapes that do not fit.
    """

    lengths: NDArray[np.float64]
    inputs: NDArray[np.float64]

    def __post_init__(self) -> None:
        lengths = np.ascontiguousarray(self.lengths, dtype=np.float64)
        inputs = np.ascontiguousarray(self.inputs, dtype=np.float64)
        object.__setattr__(self, "lengths", lengths)
        object.__setattr__(self, "inputs", inputs)
        if lengths.ndim != 1 or inputs.ndim != 2 or inputs.shape[0] != lengths.size:
            raise SolverError(
                "lengths and inputs do not fit together",
                where="Segments",
                got=f"{lengths.shape} and {inputs.shape}",
                expected="[segments] and [segments, 1 + 4 m]",
            )
        bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
        if bad.size:
            raise SolverError(
                "a segment's length must be a positive number",
                where=f"segment {bad[0]}",
                got=lengths[bad[0]],
                remedy="Merge breakpoints that coincide.",
            )

    @classmethod
    def single(cls, length: float, start: float = 0.0) -> Segments:
        """One segment of a model without inputs."""
        return cls(np.array([length]), np.array([[start]]))

    def part(self, first: int, last: int) -> Segments:
        """Segments first .. last-1; running the parts one after another gives the same numbers."""
        return Segments(self.lengths[first:last], self.inputs[first:last])


def _no_times() -> NDArray[np.float64]:
    return np.zeros(0)


def _no_columns() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SavePlan:
    """The local times to save at and the states to keep; every monitor is kept after the states.

    times     local times, ascending within a segment, shape [saves]
    offsets   times[offsets[s]:offsets[s+1]] belong to segment s, shape [segments + 1]
    columns   indices of the states to keep, shape [columns]
    monitors  whether the kernel's monitors are kept too
    """

    times: NDArray[np.float64] = field(default_factory=_no_times)
    offsets: NDArray[np.int64] | None = None
    columns: NDArray[np.int64] = field(default_factory=_no_columns)
    monitors: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", np.ascontiguousarray(self.times, dtype=np.float64))
        object.__setattr__(self, "columns", np.ascontiguousarray(self.columns, dtype=np.int64))
        if self.offsets is not None:
            object.__setattr__(self, "offsets", np.ascontiguousarray(self.offsets, dtype=np.int64))

    def offsets_for(self, segments: Segments) -> NDArray[np.int64]:
        """The offsets, checked against the segments; raises SolverError for a time outside its segment."""
        count = segments.lengths.size
        offsets = self.offsets
        if offsets is None:
            if self.times.size and count != 1:
                raise SolverError("offsets are needed with several segments", where="SavePlan", got=count)
            offsets = np.zeros(count + 1, dtype=np.int64)
            offsets[-1] = self.times.size
        if offsets.shape != (count + 1,) or offsets[0] < 0 or offsets[-1] > self.times.size:
            raise SolverError(
                "offsets do not fit the segments",
                where="SavePlan",
                got=offsets.shape,
                expected=f"({count + 1},), from 0 to the number of times",
            )
        if (np.diff(offsets) < 0).any():
            raise SolverError("offsets must ascend", where="SavePlan")
        if offsets[-1] == offsets[0]:
            return offsets
        owner = np.repeat(np.arange(count), np.diff(offsets))
        times = self.times[offsets[0] : offsets[-1]]
        outside = np.flatnonzero(~((times >= 0) & (times <= segments.lengths[owner])))
        if outside.size:
            first = outside[0]
            raise SolverError(
                "a save time lies outside its segment",
                where=f"segment {owner[first]}",
                got=times[first],
                expected=f"0 to {segments.lengths[owner[first]]}",
            )
        backwards = np.flatnonzero((np.diff(times) < 0) & (np.diff(owner) == 0))
        if backwards.size:
            raise SolverError("save times must ascend within a segment", where=f"segment {owner[backwards[0]]}")
        return offsets
