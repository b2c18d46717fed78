"""Results: arrays -> xarray.Dataset with names, units and provenance, and its way to a netCDF file and back.

Every verb (a run, a population, a tissue) speaks this one form: a coordinate `time` in absolute time, a variable
for each thing that was asked for, with attributes `units`, `long_name` and `variable` (its qualified name), and
the provenance as attributes of the whole.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troponin.destination import whole_file
from troponin.errors import OutputError, require_kind
from troponin.netcdf import can_write, write
from troponin.units import Unit

if TYPE_CHECKING:
    import h5py
    import xarray as xr

__all__ = ["BEAT_START", "Attribute", "Column", "open_run", "save", "to_dataset"]

Attribute: TypeAlias = str | int | float
"""What an attribute of a Dataset may be, so that a file gives it back as it was."""

BEAT_START: Final = "beat_start"
"""Coordinate over the dimension `beat`: the times at which the protocol's stimuli begin."""


@dataclass(frozen=True, slots=True)
class Column:
    """One variable of a Dataset: the name it has there, its qualified name in the model, its unit and its meaning."""

    name: str
    variable: str
    unit: Unit
    long_name: str


def to_dataset(
    columns: Sequence[Column],
    time: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    time_unit: Unit,
    beat_starts: Sequence[float] | NDArray[np.float64] = (),
    cells: Mapping[Column, NDArray[np.float64]] | None = None,
    attributes: Mapping[str, Attribute] | None = None,
) -> xr.Dataset:
    """The Dataset of a run.

    columns      what the last axis of `values` holds
    time         absolute times, in `time_unit`, shape [time]
    values       shape [time, column], or [cell, time, column] for a batch
    beat_starts  times of the stimuli within the run, in `time_unit`, shape [beat]; [cell, beat] where each cell has its
                 own, filled up with NaN
    cells        for a batch, the quantities that differ from cell to cell, each of shape [cell]: coordinates
    attributes   provenance
    """
    import xarray as xr

    axes = ("time",) if values.ndim == 2 else ("cell", "time")
    data = {
        column.name: (axes, np.ascontiguousarray(values[..., i]), _describe(column)) for i, column in enumerate(columns)
    }
    clock = {"units": str(time_unit), "long_name": "time"}
    coordinates: dict[str, Any] = {"time": ("time", time, clock)}
    if len(beat_starts):
        onset = {"units": str(time_unit), "long_name": "start of the stimulus"}
        starts = np.asarray(beat_starts, dtype=np.float64)
        coordinates[BEAT_START] = (("cell", "beat")[-starts.ndim :], starts, onset)
    for column, given in (cells or {}).items():
        coordinates[column.name] = ("cell", np.asarray(given), _describe(column))
    return xr.Dataset(data, coordinates, dict(attributes or {}))


def save(run: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a run to a netCDF file; `open_run` gives back the same numbers, names, units and attributes.

    The file appears whole or not at all.  Raises `OutputError` where it cannot be written.
    """
    import xarray as xr

    require_kind(run, xr.Dataset, "save", "the Dataset of a run, as simulate returns it")
    with whole_file(path) as (target, draft):
        if can_write(run):
            write(run, draft)
        else:
            run.to_netcdf(draft, engine="h5netcdf")
    return target


def open_run(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a run back from a netCDF file, wholly into memory.  Raises `OutputError` where it cannot be read."""
    import h5py
    import xarray as xr

    require_kind(path, (str, os.PathLike), "open", "the path of a netCDF file")
    source = Path(path)
    if not os.path.isfile(source):  # never raises, unlike Path.is_file for a name that is too long
        what = "this is a folder, not a file" if os.path.isdir(source) else "there is no such file"
        raise OutputError(what, where=str(source), remedy="Check the path.")
    try:
        with h5py.File(source) as file:  # looked through first: xarray's reader leaves damaged files half open
            _read_attributes("", file)
            file.visititems(_read_attributes)
        # times stay plain numbers with a unit: calendar decoding would make dates of milliseconds
        run = xr.load_dataset(
            source, engine="h5netcdf", phony_dims="access", decode_times=False, decode_timedelta=False
        )
    except Exception as fault:  # there is nothing that a damaged file may not raise
        raise OutputError(
            "the file is damaged, or not a run in netCDF", where=str(source), got=str(fault).strip("'\"") or repr(fault)
        ) from fault
    if any(str(name).startswith("phony_dim") for name in run.dims):
        raise OutputError(
            "the file is not a run in netCDF", where=str(source), got="HDF5 whose variables share no dimensions"
        )
    return run


def _read_attributes(_: str, item: h5py.Group | h5py.Dataset) -> None:
    dict(item.attrs)


def _describe(column: Column) -> dict[str, str]:
    return {"units": str(column.unit), "long_name": column.long_name, "variable": column.variable}
