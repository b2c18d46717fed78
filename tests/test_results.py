"""Datasets and their way to a file and back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from troponin.errors import KindError, OutputError
from troponin.results import Column, open_run, save, to_dataset
from troponin.units import DIMENSIONLESS, ms, mV, parse_unit

COLUMNS = (Column("v", "membrane.v", mV, "membrane potential"), Column("INa.m", "INa.m", DIMENSIONLESS, "activation"))

CONDUCTANCE = Column("INa.gNa", "INa.gNa", parse_unit("mS/uF"), "INa.gNa of each cell")


def example(cells: int | None = None) -> xr.Dataset:
    numbers = np.random.default_rng(1)
    shape = (5, 2) if cells is None else (cells, 5, 2)
    given = None if cells is None else {CONDUCTANCE: numbers.random(cells)}
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
    batch = example(3)
    assert batch["v"].dims == ("cell", "time")
    assert batch["INa.gNa"].dims == ("cell",)
    assert batch["INa.gNa"].attrs["units"] == "mS/uF"


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


def test_a_damaged_file_is_told_in_one_error_whatever_is_damaged(tmp_path: Path) -> None:
    content = save(example(), tmp_path / "run.nc").read_bytes()
    numbers = np.random.default_rng(4)
    told = 0
    for _ in range(40):
        damaged = bytearray(content)
        for place in numbers.integers(len(content), size=20):
            damaged[place] ^= 1 << int(numbers.integers(8))
        (tmp_path / "damaged.nc").write_bytes(damaged)
        try:
            open_run(tmp_path / "damaged.nc")
        except OutputError as fault:
            told += "damaged.nc: the file is damaged" in str(fault)
    assert told > 20  # numbers themselves carry no checksum


def test_other_data_is_no_run(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.nc", "w") as file:
        file["x"] = [1, 2, 3]
    with pytest.raises(OutputError, match="share no dimensions"):
        open_run(tmp_path / "other.nc")


@pytest.mark.parametrize("thing", [3, None, np.zeros(3)])
def test_what_is_no_dataset_is_not_written(thing: object, tmp_path: Path) -> None:
    with pytest.raises(KindError, match="expected the Dataset of a run"):
        save(thing, tmp_path / "run.nc")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="room cannot be asked for on this system")
def test_a_full_disk_is_told_and_leaves_the_older_file(tmp_path: Path) -> None:
    # in a process of its own, whose files may not grow: Python is not told by a signal but by the system's error
    (tmp_path / "run.nc").write_text("older")
    code = f"""
import resource
import numpy as np
import xarray as xr
from troponin.results import save
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
save(xr.Dataset({{"v": ("time", np.zeros(10_000))}}), {str(tmp_path / "run.nc")!r})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("troponin.errors.OutputError")
    assert "File too large" in done.stderr.splitlines()[-1]
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("run.nc", "older")]
