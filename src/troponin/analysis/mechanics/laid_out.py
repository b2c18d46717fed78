"""Runs under several loads or springs as one Dataset, and apart again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Final

import numpy as np

from troponin.errors import ValueRangeError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["along", "parts_along"]

_TOLD: Final = {
    "afterload": ("kPa", "tension during shortening"),
    "spring": ("kPa", "stiffness of the spring, stress per stretch"),
    "preload": ("kPa", "resting tension, which fills the muscle again"),
    "work": ("kPa", "work per volume of muscle"),
    "shortening": ("1", "stretch at the beginning of the beat less the least in it"),
    "closure": ("1", "stretch by which the last loop does not close"),
    "lifted": ("1", "1 where the muscle reached the afterload, 0 where it never did"),
}
"""Unit and account of the attributes that differ between the runs."""


def along(runs: Sequence[xr.Dataset], varied: str) -> xr.Dataset:
    """Runs of one kind along what was varied, "afterload" or "spring" in kPa, at the times that all of them have.

    The moments of their own at which a load was lifted or put down are left out; `work`, `shortening` and the like,
    attributes of a run, become variables.  Raises `ValueRangeError` for a load that is given twice.
    """
    import xarray as xr

    loads = [float(run.attrs[varied]) for run in runs]
    if len(set(loads)) < len(loads):
        raise ValueRangeError(f"each {varied} is saved once", where=varied, got=", ".join(f"{x:g} kPa" for x in loads))
    times = reduce(np.intersect1d, [run["time"].to_numpy() for run in runs])
    # where a phase ends and the next begins there are two samples: the later one holds
    last = [run.isel(time=np.searchsorted(run["time"].to_numpy(), times, side="right") - 1) for run in runs]
    own = [name for name in _TOLD if name != varied and all(name in run.attrs for run in runs)]
    rows = [
        part.drop_attrs(deep=False).assign({n: ((), run.attrs[n], _about(n)) for n in own})
        for part, run in zip(last, runs, strict=True)
    ]
    joined = xr.concat(rows, dim=xr.DataArray(loads, dims=varied, name=varied, attrs=_about(varied)), join="exact")
    kept = {name: value for name, value in runs[0].attrs.items() if name not in _TOLD}
    return joined.assign_attrs(kept)


def parts_along(data: xr.Dataset, varied: str) -> list[xr.Dataset]:
    """The runs of a Dataset that `along` made, each with its attributes."""
    own = [name for name in _TOLD if name in data.variables and data[name].dims == (varied,)]
    parts = [data.isel({varied: number}) for number in range(data.sizes[varied])]
    return [part.drop_vars(own).assign_attrs({name: part[name].item() for name in own}) for part in parts]


def _about(name: str) -> dict[str, str]:
    unit, told = _TOLD[name]
    return {"units": unit, "long_name": told}
