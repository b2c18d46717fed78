"""A batch: the same model in several cells, which differ in the values of some parameters or initial states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.errors import ModelError, ValueRangeError
from troponin.model.model import Equation, Input, Model, Parameter, State
from troponin.model.values import number_in
from troponin.results import Column

__all__ = ["Batch", "as_batch"]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What differs from cell to cell, each of shape [cell], by qualified name; one cell where nothing does."""

    model: Model
    given: Mapping[str, NDArray[np.float64]]

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(next(iter(self.given.values()))) if self.given else 1

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters among what differs."""
        return tuple(name for name in self.given if isinstance(self.model.variables[name], Parameter))

    @property
    def labels(self) -> dict[Column, NDArray[np.float64]]:
        """What differs, as it stands in a Dataset: parameters under their names, states under `initial_...`."""
        return {self._column(name): array for name, array in self.given.items()}

    def _column(self, name: str) -> Column:
        label = name if name in self.parameters else f"initial_{name}"
        return Column(label, name, self.model.variables[name].unit, f"{label} of each cell")


def as_batch(model: Model, values: Mapping[str, ArrayLike] | None) -> Batch:
    """A batch from what a user gives: for each name one value per cell.

    Numbers are in the variable's own unit; quantities and texts with a unit are converted.  Raises
    `UnknownNameError` for a name that is not there, `ModelError` for a variable that has no value to give or is given
    twice, `UnitError`, and `ValueRangeError` for arrays whose shapes do not fit and for values that no cell can have.
    """
    given: dict[str, NDArray[np.float64]] = {}
    for name, array in (values or {}).items():
        variable = model.variable(name)
        if isinstance(variable, Equation | Input):
            raise ModelError(
                f"'{variable.name}' cannot differ from cell to cell",
                where="values",
                remedy="Give parameters and initial states.",
            )
        if variable.name in given:
            raise ModelError(
                f"'{variable.name}' is given twice",
                where="values",
                remedy="Give it once, by its name or by its meaning.",
            )
        column = _column(array, variable)
        if column.ndim != 1 or column.size == 0:
            raise ValueRangeError(
                "one value per cell is needed",
                where=f"values of {name}",
                got=f"an array of shape {column.shape}",
                expected="one of shape [cell]",
                remedy="Use with_values for a value that all cells share.",
            )
        _require_possible(variable, column)
        given[variable.name] = column
    sizes = {name: len(column) for name, column in given.items()}
    if len(set(sizes.values())) > 1:
        counts = ", ".join(f"{name}: {size}" for name, size in sizes.items())
        raise ValueRangeError("arrays of different lengths", where="values", got=counts, expected="one length")
    return Batch(model, given)


def _column(given: object, variable: State | Parameter) -> NDArray[np.float64]:
    """The values as numbers in the variable's unit: an array at once, anything else one by one."""
    array = np.asarray(given)
    if array.dtype.kind in "fiu":
        return array.astype(np.float64)
    if array.ndim == 0:
        return np.zeros(())  # whose shape is refused
    numbers = [
        number_in(variable.unit, value, name=f"{variable.name} of cell {cell}", signed=True)
        for cell, value in enumerate(array.ravel().tolist())
    ]
    return np.array(numbers, dtype=np.float64).reshape(array.shape)


def _require_possible(variable: State | Parameter, column: NDArray[np.float64]) -> None:
    """Refuse values that no cell can have: the lowest stands for all, where none is NaN or infinite."""
    wrong = np.flatnonzero(~np.isfinite(column))
    cell = int(wrong[0]) if wrong.size else int(np.argmin(column))
    now = variable.initial if isinstance(variable, State) else variable.value
    number_in(variable.unit, float(column[cell]), name=f"{variable.name} of cell {cell}", signed=now < 0.0)
