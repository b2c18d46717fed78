"""What a run keeps: which variables, how often, and over which part of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from troponin.errors import ModelError, OutputError, ValueRangeError, require_kind
from troponin.model.model import Model, Parameter, Role
from troponin.protocol.grid import Grid
from troponin.protocol.timeline import exact_time, time_text
from troponin.results import Column
from troponin.units import Quantity

__all__ = ["Save", "Selection", "require_room", "select"]

_MOST_BYTES: Final = 2 * 1024**3

_LONG_NAMES: Final = {
    "v": "membrane potential",
    "cai": "cytosolic calcium concentration",
    "nai": "cytosolic sodium concentration",
    "ki": "cytosolic potassium concentration",
    "cli": "cytosolic chloride concentration",
    "Ta": "active tension",
    "I_ion": "total ionic current",
    "stimulus": "stimulus current",
    "stretch": "stretch",
    "stretch_rate": "rate of stretch",
}
"""What the meanings are called, the same in every model."""


@dataclass(frozen=True, slots=True)
class Save:
    """What a run keeps.

    names   meanings (`v`, `cai`, `Ta`) and qualified names (`IKr.IKr`) of states, intermediate variables and
            inputs; None for all states, everything that has a meaning, and the main currents
    every   the interval between two kept points, such as "1 ms"
    last    keep the last part of the run only, such as "1000 ms"; None for the whole run

    The end of the run is always kept.  Raises `ProtocolError` or `UnitError` for times that are none.
    """

    names: tuple[str, ...] | None = None
    every: Quantity | str = "1 ms"
    last: Quantity | str | None = None

    def __init__(
        self,
        names: Iterable[str] | str | None = None,
        every: Quantity | str = "1 ms",
        last: Quantity | str | None = None,
    ) -> None:
        if names is not None:
            require_kind(names, Iterable, "Save", 'names, such as ["v", "cai"]')
            names = tuple(dict.fromkeys([names] if isinstance(names, str) else names))
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "every", every)
        object.__setattr__(self, "last", last)
        for value, what in ((every, "the time between saved points"), (last, "the part to save")):
            if value is not None and (time := exact_time(value, what)) <= 0:
                raise ValueRangeError(f"{what} must be positive", where="Save", got=time_text(time))
        if names is not None and not names:
            raise ValueRangeError("no names to save", where="Save", remedy="Name a variable, or leave the names out.")


@dataclass(frozen=True, slots=True)
class Selection:
    """Where the kept variables come from: states by index, all others as monitors of the kernel by name.

    `places[i]` is the place of column i in a row of states followed by monitors.
    """

    columns: tuple[Column, ...]
    states: tuple[int, ...]
    monitors: tuple[str, ...]
    places: tuple[int, ...]


def select(model: Model, names: tuple[str, ...] | None) -> Selection:
    """The variables of a model that a run keeps, each under the name by which it is asked for.

    Raises `UnknownNameError` with the nearest names, for the first name that the model does not have; and
    `ModelError` for one that is ambiguous.
    """
    columns = tuple(_column(model, name) for name in (_all_names(model) if names is None else names))
    index = {state.name: i for i, state in enumerate(model.states)}
    states = tuple(dict.fromkeys(index[c.variable] for c in columns if c.variable in index))
    monitors = tuple(dict.fromkeys(c.variable for c in columns if c.variable not in index))
    place: dict[str, int] = {model.states[i].name: position for position, i in enumerate(states)}
    place |= {name: len(states) + position for position, name in enumerate(monitors)}
    return Selection(columns, states, monitors, tuple(place[c.variable] for c in columns))


def require_room(points: Grid, selection: Selection, cells: int = 1) -> None:
    """Raise `OutputError` where what is to be kept would not fit into memory, before anything is computed."""
    size = points.size * len(selection.columns) * cells * 8
    if size > _MOST_BYTES:
        raise OutputError(
            f"this run would keep {_short(size / Fraction(1024**3))} GB: {_short(points.size)} times of"
            f" {len(selection.columns)} variables",
            where="Save",
            expected=f"at most {_MOST_BYTES / 1024**3:.0f} GB",
            remedy='Keep less, such as Save(["v", "cai"], every="1 ms", last="1000 ms").',
        )


def _short(number: Fraction | int) -> str:
    # a float has no room for what a mistyped interval may ask for
    return f"{Decimal(int(number)) if number > _MOST_BYTES else float(number):.3g}"


def _all_names(model: Model) -> tuple[str, ...]:
    meanings = [name for name, full in model.meanings.items() if _can_be_kept(model, full)]
    return tuple(dict.fromkeys([*meanings, *(state.name for state in model.states), *model.main_currents]))


def _can_be_kept(model: Model, full: str) -> bool:
    variable = model.variables.get(full)
    return not (variable is None or isinstance(variable, Parameter) or getattr(variable, "role", "") == Role.TIME)


def _column(model: Model, name: str) -> Column:
    full = model.qualified(name)
    variable = model.variables[full]
    if not _can_be_kept(model, full):
        why = "is a parameter" if isinstance(variable, Parameter) else "is the coordinate of every run"
        raise ModelError(f"'{name}' {why} and not kept", where=f"model {model.name}", remedy="Leave it out of Save.")
    return Column(name, full, variable.unit, _LONG_NAMES.get(name) or variable.doc or full)
