"""The part of a run that a figure shows: its last beat, with time counted from the stimulus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.markers.beats import has, variable_named
from troponin.results import BEAT_START
from troponin.units import Unit, conversion_factor, ms, parse_unit

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Curve", "curve", "differences", "last_beat_of", "main_currents"]


@dataclass(frozen=True, slots=True)
class Curve:
    """One variable to draw: times in ms, values [time] or [time, cell] in `unit`, and its name."""

    name: str
    unit: str
    time: NDArray[np.float64]
    value: NDArray[np.float64]


def last_beat_of(run: xr.Dataset) -> xr.Dataset:
    """The last beat of a run, with `time` counted from its stimulus.

    The whole run where it has no stimuli, or each cell its own.
    """
    if BEAT_START not in run.coords or run.sizes["beat"] == 0 or "cell" in run[BEAT_START].dims:
        return run
    start = float(run[BEAT_START][-1])
    part = run.sel(time=slice(start, None)).drop_vars(BEAT_START)
    clock = part["time"].attrs
    part = part.assign_coords(time=part["time"] - start)
    part["time"].attrs.update(clock)
    return part


def curve(run: xr.Dataset, name: str, unit: Unit | None = None) -> Curve:
    """A variable of a run by meaning or name, in the given unit or its own.  Raises `UnknownNameError`."""
    data = variable_named(run, name)
    own = data.attrs.get("units", "")
    factor = 1.0 if unit is None else conversion_factor(parse_unit(own), unit)
    time = run["time"].to_numpy() * conversion_factor(parse_unit(run["time"].attrs["units"]), ms)
    value = np.atleast_2d(data.to_numpy()).T * factor
    return Curve(name, own if unit is None else str(unit), time, value)


def differences(runs: Sequence[xr.Dataset]) -> list[str]:
    """A name for each run: its model, type and changed values, as far as they differ; else its number."""
    told = [_account(run) for run in runs]
    names = dict.fromkeys(name for account in told for name in account)
    differing = [name for name in names if len({account.get(name) for account in told}) > 1]
    if not differing:
        return [f"run {number}" for number in range(1, len(runs) + 1)]
    found = [", ".join(account[name] for name in differing if name in account) or "control" for account in told]
    return [f"{name} ({i})" if found.count(name) > 1 else name for i, name in enumerate(found, start=1)]


def _account(run: xr.Dataset) -> dict[str, str]:
    """Where a run comes from: its model, its type, each changed value, and its protocol."""
    values = json.loads(run.attrs.get("changed", "{}"))
    plain = {name: str(run.attrs[name]) for name in ("model", "variant") if run.attrs.get(name)}
    changed = {f"changed {name}": f"{name} = {_short(value)}" for name, value in values.items()}
    return plain | changed | ({"protocol": str(run.attrs["protocol"])} if "protocol" in run.attrs else {})


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main_currents(run: xr.Dataset) -> tuple[str, ...]:
    """The names of the currents that the model calls its main ones, those that the run holds."""
    return tuple(name for name in json.loads(run.attrs.get("main_currents", "[]")) if has(run, name))
