"""Datasets and their way to a file and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from troponin.errors import OutputError
from troponin.results import Column, open_run, save, to_dataset
from troponin.units import DIMENSIONLESS, ms, mV

COLUMNS = (Column("v", "membrane.v", mV, "membrane potential"), Column("INa.m", "INa.m", DIMENSIONLESS, "activation"))


def example(cells: int | None = None) -> xr.Dataset:
    numbers = np.random.default_rng(1)
    shape = (5, 2) if cells is None else (cells, 5, 2)
    given = None if cells is None else {"INa.gNa": numbers.random(cells)}
    attributes = {"model": "example", "count_steps": 12, "wall_time_s": 0.1}
    return to_dataset(
        COLUMNS,
        np.arange(5) / 10,
        numbers.random(shape),
        time_unit=ms,
        beat_starts=[0.0, 0.3],
        cells=given,
        attributes=attributes,
    )


@pytest.mark.parametrize("cells", [None, 3])
def test_a_file_gives_back_the_same_numbers_names_units_and_attributes(cells: int | None, tmp_path: Path) -> None:
    run = example(cells)
    again = open_run(save(run, tmp_path / "run.nc"))
    assert again.identical(run)
    assert again["time"].attrs["units"] == "ms"


def test_xarray_itself_reads_the_file(tmp_path: Path) -> None:
    run = example()
    path = save(run, tmp_path / "run.nc")
    with xr.open_dataset(path, decode_times=False) as again:
        assert again["v"].attrs["units"] == "mV"
        assert np.array_equal(again["v"], run["v"])


def test_a_batch_has_a_dimension_for_its_cells() -> None:
    assert example(3)["v"].dims == ("cell", "time")


def test_a_file_replaces_an_older_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    path.write_text("older")
    assert open_run(save(example(), path)).identical(example())
    assert [p.name for p in tmp_path.iterdir()] == ["run.nc"]


@pytest.mark.parametrize("content", [None, b"", b"not netCDF at all"])
def test_what_is_no_run_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OutputError, match=r"no such file|not a run"):
        open_run(path)
