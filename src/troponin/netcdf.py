"""A Dataset written as a netCDF-4 file: the form that xarray, ncdump and every other reader of netCDF knows.

A netCDF-4 file is an HDF5 file in which dimensions are *dimension scales* and variables are attached to them (NetCDF
User's Guide, appendix on the file format).  Written with h5py itself, a run takes a tenth of the time that general
writers need, which is as long as the first run of a model takes without it.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import h5py
    import xarray as xr

__all__ = ["can_write", "write"]

_FORMAT_BYTES: Final = 100_000
"""Room for the names, units and attributes of a run."""


def can_write(run: xr.Dataset) -> bool:
    """Whether a Dataset is as plain as a run: variables of doubles, attributes of text and numbers, no encodings."""
    described: list[Any] = [run, *run.variables.values()]
    return (
        all(variable.dtype == np.float64 and not variable.encoding for variable in run.variables.values())
        and all(isinstance(value, str | int | float | np.number) for item in described for value in item.attrs.values())
        and not any(" " in str(name) or "/" in str(name) for name in run.variables)
    )


def write(run: xr.Dataset, path: Path) -> None:
    """Write a plain Dataset (see `can_write`) to a new netCDF-4 file.  Raises OSError."""
    _require_room(path, run.nbytes)
    try:
        _write(run, path)
    except RuntimeError as fault:  # what the disk refuses as the file is closed
        raise OSError(errno.EIO, _cause(str(fault))) from fault


def _require_room(path: Path, size: int) -> None:
    """Raise OSError where the disk has no room for so many bytes, and the format's own.

    Asked for beforehand, because HDF5 keeps what it is given, finds a full disk only as it closes the file, and
    then cannot close it.
    """
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size + _FORMAT_BYTES)


def _write(run: xr.Dataset, path: Path) -> None:
    import h5py

    with h5py.File(path, "w", track_order=True) as file:
        scales = {str(name): _scale(file, run, str(name), number) for number, name in enumerate(run.sizes)}
        for name, variable in run.variables.items():
            dataset = scales.get(str(name)) or file.create_dataset(str(name), data=variable.values)
            if str(name) not in scales:
                for axis, dimension in enumerate(variable.dims):
                    dataset.dims[axis].attach_scale(scales[str(dimension)])
            _describe(dataset, variable.attrs)
        others = [str(name) for name in run.coords if str(name) not in scales]
        # how the CF conventions tell which variables are coordinates
        _describe(file, dict(run.attrs) | ({"coordinates": " ".join(others)} if others else {}))


def _scale(file: h5py.File, run: xr.Dataset, name: str, number: int) -> h5py.Dataset:
    if name in run.variables:
        scale = file.create_dataset(name, data=run.variables[name].values)
        scale.make_scale(name)
    else:
        scale = file.create_dataset(name, shape=(run.sizes[name],), dtype=">f4")
        # this text is part of the format
        scale.make_scale(f"This is a netCDF dimension but not a netCDF variable.{run.sizes[name]:10d}")
    scale.attrs["_Netcdf4Dimid"] = np.int32(number)
    return scale


def _describe(item: h5py.File | h5py.Dataset, attributes: dict[Any, Any]) -> None:
    for name, value in attributes.items():
        item.attrs[str(name)] = value


def _cause(message: str) -> str:
    """What the system said, out of the long message that HDF5 makes of it."""
    found = re.search(r"error message = '([^']*)'", message)
    return found[1] if found else message
