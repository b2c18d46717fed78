"""What an experiment's command tells: a table and some facts, as aligned text or as JSON, and the files it wrote.

The JSON is one object:

    experiment, model, variant, changed, solver, troponin    where it comes from
    facts     name -> {value, units, about}
    table     name -> {values, units, about}, all values of one length; what does not exist is null
    files     what was written
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from troponin.cli.outlets import Outlets, written
from troponin.cli.text import columns, complain

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Fact", "Report", "as_text", "deliver", "of_last_beat"]

_FAILED = 1

Plain: TypeAlias = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One number or word that an experiment found: its name, what it is about, its value and its unit."""

    name: str
    about: str
    value: Any
    units: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What is told.

    title, table, facts   the table over one dimension, with units and account
    shown                 the columns that are printed, if not all
    feet                  rows below the printed table: a label, and values by column
    across                whether each variable is printed as a row, by its long name
    """

    title: str
    table: xr.Dataset
    facts: Sequence[Fact] = ()
    shown: Sequence[str] = ()
    feet: Sequence[tuple[str, Mapping[str, float]]] = ()
    across: bool = False

    def lines(self) -> list[str]:
        """The report as aligned text."""
        told = [(fact.about, f"{_text(_plain(fact.value))} {_printed(fact.units)}".rstrip()) for fact in self.facts]
        table = self._across() if self.across else self._down()
        return [self.title, *columns(table), *columns(told)]

    def _across(self) -> list[tuple[str, ...]]:
        """A row for each variable: its long name, its values and its unit."""
        return [
            (data.attrs.get("long_name", str(name)), *map(_text, _values(data)), _printed(_unit(data)))
            for name, data in self.table.data_vars.items()
        ]

    def _down(self) -> list[tuple[str, ...]]:
        """A column for each variable, under its name and unit."""
        every = [*map(str, self.table.sizes), *map(str, self.table.data_vars)]
        names = [name for name in self.shown or every if name in self.table.variables]
        heads = [_with_unit(name, _unit(self.table[name])) for name in names]
        rows = list(zip(*([_text(x) for x in _values(self.table[name])] for name in names), strict=True))
        for label, by_column in self.feet:
            cells = (_foot(by_column[name], _unit(self.table[name])) if name in by_column else "" for name in names[1:])
            rows.append((label, *cells))
        return [tuple(heads), *rows] if rows else []

    def data(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        attributes = self.table.attrs
        own = {name: attributes[name] for name in ("experiment", "model", "variant", "troponin") if name in attributes}
        if "solver" in attributes:
            settings = json.loads(attributes.get("solver_settings", "{}"))
            own |= {"changed": json.loads(attributes.get("changed", "{}"))}
            own |= {"solver": {"name": attributes["solver"], **settings}}
        facts = {f.name: {"value": _plain(f.value), "units": f.units, "about": f.about} for f in self.facts}
        table = {str(name): _column(data) for name, data in self.table.variables.items()}
        return {**own, "facts": facts, "table": table}


def deliver(
    report: Report, data: Sequence[xr.Dataset], to: Outlets, as_json: bool, *, kept: xr.Dataset | None = None
) -> int:
    """Print a report, and write its data and their figure where that is asked for; returns the exit code.

    kept   what goes into the file, where that is not the one Dataset
    """
    import troponin as tn

    done, complaints = written(to, data[0] if kept is None else kept, lambda: tn.plot.figure(*data))
    if as_json:
        print(as_text(report, done))
    else:
        print("\n".join([*report.lines(), *(f"wrote {path}" for path in done)]))
    return complain("\n".join(complaints), _FAILED) if complaints else 0


def as_text(report: Report, files: Sequence[Path]) -> str:
    """A report and the files that were written, as JSON."""
    return json.dumps({**report.data(), "files": [str(path) for path in files]}, indent=2, allow_nan=False)


def of_last_beat(run: xr.Dataset) -> xr.Dataset:
    """The biomarkers of a run's last beat as a table of one row, with the run's account; empty where it has no beat."""
    import xarray as xr

    import troponin as tn

    table = tn.biomarkers.table(run)
    last = table.isel(beat=slice(-1, None)) if table.sizes.get("beat") else xr.Dataset()
    return last.assign_attrs({"experiment": "run", **run.attrs})


def _column(data: Any) -> dict[str, Any]:
    about = str(data.attrs.get("long_name", ""))
    return {"values": _values(data), "units": _unit(data), "about": about}


def _values(data: Any) -> list[Plain]:
    return [_plain(value) for value in data.values.ravel().tolist()]


def _plain(value: Any) -> Any:
    """A number, a word or a truth, or a list of them; None for what is no number."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return float(value) if math.isfinite(value) else None


def _unit(data: Any) -> str:
    return str(data.attrs.get("units", ""))


def _text(value: Plain) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _foot(value: float, unit: str) -> str:
    """A value below a column, to two digits, with its unit."""
    number = _plain(float(f"{value:.2g}"))
    return _text(number) if number is None else f"{_text(number)} {_printed(unit)}".rstrip()


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if _printed(unit) else name


def _printed(unit: str) -> str:
    return "" if unit in ("1", "dimensionless") else unit
