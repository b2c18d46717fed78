"""The files that runs are written to, read by others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from troponin.netcdf import can_write, write
from troponin.results import open_run, save


def plain(cells: int | None = None) -> xr.Dataset:
    """A Dataset as runs are: coordinates with and without a dimension of their own, names with dots."""
    numbers = np.random.default_rng(2)
    dims, shape = (("time",), (7,)) if cells is None else (("cell", "time"), (cells, 7))
    data = {
        "v": (dims, numbers.random(shape), {"units": "mV", "long_name": "membrane potential"}),
        "IKr.IKr": (dims, numbers.random(shape), {"units": "A/F"}),
    }
    coordinates = {"time": ("time", np.arange(7) / 10, {"units": "ms"}), "beat_start": ("beat", np.array([0.0, 0.5]))}
    if cells is not None:
        coordinates["IKr.GKr"] = ("cell", numbers.random(cells))
    return xr.Dataset(data, coordinates, {"model": "µ-cell", "count_steps": 12, "wall_time_s": 0.25})


@pytest.mark.parametrize("cells", [None, 3])
def test_xarray_reads_back_the_same_dataset(cells: int | None, tmp_path: Path) -> None:
    run = plain(cells)
    assert can_write(run)
    write(run, tmp_path / "run.nc")
    assert xr.load_dataset(tmp_path / "run.nc", engine="h5netcdf").identical(run)


def test_the_order_of_variables_is_kept(tmp_path: Path) -> None:
    run = plain()[["IKr.IKr", "v"]]
    write(run, tmp_path / "run.nc")
    assert list(xr.load_dataset(tmp_path / "run.nc")) == ["IKr.IKr", "v"]


def test_the_library_of_netcdf_reads_the_file(tmp_path: Path) -> None:
    netcdf4 = pytest.importorskip("netCDF4")
    run = plain(3)
    write(run, tmp_path / "run.nc")
    with netcdf4.Dataset(tmp_path / "run.nc") as file:
        assert {name: len(size) for name, size in file.dimensions.items()} == dict(run.sizes)
        assert file["v"].dimensions == ("cell", "time")
        assert file["v"].units == "mV"
        assert np.array_equal(file["v"][:], run["v"])
        assert file.model == "µ-cell"


@pytest.mark.parametrize(
    "other",
    [
        plain().assign(name=("time", list("abcdefg"))),
        plain().assign(number=("time", np.arange(7))),
        plain().assign_attrs(list=[1, 2]),
        plain().rename(v="the v"),
    ],
)
def test_what_is_less_plain_is_left_to_the_general_writer(other: xr.Dataset, tmp_path: Path) -> None:
    assert not can_write(other)
    again = open_run(save(other, tmp_path / "other.nc"))
    assert set(again.variables) == set(other.variables)
    assert np.array_equal(again["time"], other["time"])
