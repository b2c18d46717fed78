"""Where results go: refused before a run, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from troponin.destination import require_writable, whole_file
from troponin.errors import OutputError


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "a folder"),
        ("none/run.nc", "does not exist"),
        ("x" * 300, "cannot be written"),
        ("a\0b.nc", "no path"),
    ],
)
def test_a_place_that_cannot_hold_a_file_is_refused(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=words):
        require_writable(f"{tmp_path}/{name}")


@pytest.mark.parametrize("path", ["", "~nobody-of-this-name/run.nc"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(OutputError, match=r"empty|no path"):
        require_writable(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        require_writable(tmp_path / "run.nc")


def test_a_device_or_a_pipe_is_refused_and_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.nc"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="a device or a pipe"), whole_file(pipe) as (_, draft):
        draft.write_text("a file in its place")
    assert pipe.is_fifo()


def test_making_sure_of_a_place_leaves_it_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "run.nc").write_text("older")
    require_writable(tmp_path / "run.nc")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["older"]


def test_a_name_as_long_as_a_name_can_be_is_written(tmp_path: Path) -> None:
    with whole_file(tmp_path / ("x" * 252 + ".nc")) as (target, draft):
        draft.write_text("run")
    assert target.read_text() == "run"


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.nc").write_text("older")
    (tmp_path / "link.nc").symlink_to("real.nc")
    with whole_file(tmp_path / "link.nc") as (target, draft):
        draft.write_text("newer")
    assert target.name == "real.nc"
    assert (tmp_path / "link.nc").is_symlink()
    assert (tmp_path / "real.nc").read_text() == "newer"


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("a bug")])
def test_what_fails_halfway_leaves_the_older_file_and_nothing_else(fault: BaseException, tmp_path: Path) -> None:
    def fail_at(path: Path) -> None:
        with whole_file(path) as (_, draft):
            draft.write_text("half of")
            raise fault

    (tmp_path / "run.nc").write_text("older")
    with pytest.raises(OutputError if isinstance(fault, OSError) else type(fault)) as told:
        fail_at(tmp_path / "run.nc")
    assert told.value is fault or "No space left on device" in str(told.value)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("run.nc", "older")]
