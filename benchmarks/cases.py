"""A benchmark case: a model paced from its default initial state, with its kernel and its clock as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from troponin.kernels.kernel import Kernel, compile_model
from troponin.model.model import Model, Role
from troponin.model.pacing import own_stimulus
from troponin.protocol import pacing
from troponin.protocol.table import Table, tabulate
from troponin.simulation.load import load
from troponin.simulation.settle import settle
from troponin.solvers.segments import Segments

__all__ = ["DEFAULT_MODELS", "Case", "case_of"]

Doubles = NDArray[np.float64]

DEFAULT_MODELS = ("beeler-reuter-1977", "ten-tusscher-panfilov-2006", "ohara-rudy-2011", "tomek-2020")
"""From eight states to forty-five."""


@dataclass(frozen=True)
class Case:
    """A paced model: `beats` cycles of `bcl` (model time unit), the stimulus at the start of each.

    What is measured is the last beat, [last_start, end).
    """

    name: str
    model: Model
    beats: int
    bcl: float

    @property
    def last_start(self) -> float:
        """When the measured beat begins."""
        return (self.beats - 1) * self.bcl

    @property
    def end(self) -> float:
        """When the measured beat ends."""
        return self.beats * self.bcl

    @cached_property
    def stimulus(self) -> tuple[float, float]:
        """The amplitude (unit of the stimulus input) and duration (model time unit) of the model's own pulse."""
        own = own_stimulus(self.model)
        if own is None:
            raise SystemExit(f"{self.name} has no stimulus of its own: it cannot be paced here.")
        return own.amplitude, own.duration

    @cached_property
    def table(self) -> Table:
        """The protocol as exact segments."""
        if str(self.model.time_unit) != "ms":
            raise SystemExit(f"{self.name} counts time in {self.model.time_unit}; the benchmarks need ms.")
        train = settle(self.model, pacing.regular(f"{self.bcl:.17g} ms", beats=self.beats), None)
        driven = [given for given in self.model.inputs if given.role != Role.TIME]
        return tabulate(train, driven, self.model.time_unit)

    @cached_property
    def segments(self) -> Segments:
        """The protocol as the solvers take it."""
        return Segments(self.table.length, self.table.u)

    @cached_property
    def kernel(self) -> Kernel:
        """The machine code for one cell."""
        return compile_model(self.model)

    @cached_property
    def k(self) -> Doubles:
        """The kernel's constants at the model's own parameter values."""
        return self.kernel.constants()

    @property
    def y0(self) -> Doubles:
        """The default initial state, shape [states]."""
        return np.array([state.initial for state in self.model.states])

    def column(self, name: str) -> int:
        """The index of a state by name or meaning."""
        return [state.name for state in self.model.states].index(self.model.qualified(name))


def case_of(name: str, *, variant: str | None = None, beats: int = 5, bcl: float = 1000.0) -> Case:
    """The case of a library model, or of a model file by its path."""
    label = Path(name).stem if "." in name else name
    return Case(label, load(name, variant), beats, bcl)
