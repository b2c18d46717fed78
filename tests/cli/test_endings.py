"""How commands end when something goes wrong on the way: nothing that was computed or written is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from troponin import results
from troponin.cli.main import main
from troponin.results import open_run
from troponin.simulation import advance

AXON = ["run", "hodgkin-huxley-1952", "--beats=1", "--bcl=20 ms"]

COLLAPSE = """[[model]]
name: collapse
pool.x = 0.5

[environment]
time = 0 bind time

[pool]
dot(x) = (log(x) - 1) / 1
"""
"""Falls to zero near 0.205 ms, and has no value beyond."""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_that_fails_leaves_its_part_and_the_older_result(capsys: pytest.CaptureFixture[str]) -> None:
    Path("collapse.mmt").write_text(COLLAPSE)
    Path("run.nc").write_text("older")
    assert main(["run", "collapse.mmt", "--duration=100 ms", "--every=0.05 ms", "--save=run.nc"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "collapse at t = 0.20" in told
    assert "run.partial.nc" in told
    assert Path("run.nc").read_text() == "older"
    part = open_run("run.partial.nc")
    assert np.allclose(part["time"], [0, 0.05, 0.1, 0.15, 0.2])
    assert "collapse" in part.attrs["failed"]


def test_a_result_that_cannot_be_written_is_kept_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, elsewhere = results.write, tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))

    def fill_the_disk(run: object, path: Path) -> None:
        if elsewhere not in path.parents:
            raise OSError(28, "No space left on device")
        write(run, path)  # type: ignore[arg-type]

    monkeypatch.setattr(results, "write", fill_the_disk)
    assert main([*AXON, "--save=run.nc", "--plot=run.png"]) == 1
    printed = capsys.readouterr()
    assert "No space left on device. Make room" in printed.err
    assert "APD90" in printed.out
    (kept,) = elsewhere.rglob("run.nc")
    assert str(kept) in printed.err
    assert open_run(kept)["v"].size > 100
    assert Path("run.png").exists()
    assert not Path("run.nc").exists()


def test_an_interruption_before_anything_is_computed_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(advance, "integrate", interrupt)
    assert main([*AXON, "--save=run.nc"]) == 130
    assert capsys.readouterr().err == "troponin: stopped before the end; nothing more is written\n"
    assert not list(Path.cwd().iterdir())


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-m", "troponin", *arguments]
    return subprocess.run(words, capture_output=True, check=False, env=os.environ | environment)


def test_a_terminal_without_letters_gets_question_marks() -> None:
    done = command("info", "ohara-rudy-2011", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"Vir?g" in done.stdout
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="the system has no device that is always full")
@pytest.mark.parametrize("arguments", [["models"], ["--help"]])
def test_output_to_a_full_disk_is_told_in_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        words = [sys.executable, "-m", "troponin", *arguments]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr == b"troponin: the system refused: No space left on device\n"


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    words = [sys.executable, "-m", "troponin", "info", "torord-land"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
