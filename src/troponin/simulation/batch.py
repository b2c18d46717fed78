"""A batch: the same model in several cells, which differ in the values of some parameters or initial states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.errors import ModelError, ValueRangeError
from troponin.model.model import Equation, Input, Model, Parameter

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
    def labels(self) -> dict[str, NDArray[np.float64]]:
        """What differs, under the names it has in a Dataset: those of parameters, and `initial_...` of states."""
        return {name if name in self.parameters else f"initial_{name}": array for name, array in self.given.items()}

    def cell(self, number: int) -> Model:
        """The model of one cell."""
        return self.model.with_values({name: float(values[number]) for name, values in self.given.items()})


def as_batch(model: Model, values: Mapping[str, ArrayLike] | None) -> Batch:
    """A batch from what a user gives: for each name one value per cell, in the variable's own unit.

    Raises `UnknownNameError` for a name that is not there, `ModelError` for a variable that has no value to give,
    and `ValueRangeError` for arrays whose shapes do not fit and for values that no cell can have.
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
        column = np.asarray(array, dtype=np.float64)
        if column.ndim != 1 or column.size == 0:
            raise ValueRangeError(
                "one value per cell is needed",
                where=f"values of {name}",
                got=f"an array of shape {column.shape}",
                expected="one of shape [cell]",
                remedy="Use with_values for a value that all cells share.",
            )
        given[variable.name] = column
    sizes = {name: len(column) for name, column in given.items()}
    if len(set(sizes.values())) > 1:
        counts = ", ".join(f"{name}: {size}" for name, size in sizes.items())
        raise ValueRangeError("arrays of different lengths", where="values", got=counts, expected="one length")
    batch = Batch(model, given)
    for number in range(batch.size if given else 0):
        batch.cell(number)  # every complaint before anything is computed
    return batch
