"""The commands: what they print and write, and how they refuse."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import troponin as tn
from troponin.cli import progress
from troponin.cli.main import main
from troponin.cli.text import columns
from troponin.errors import SolverError
from troponin.kernels import shelf
from troponin.results import open_run
from troponin.simulation import advance

AXON = "hodgkin-huxley-1952"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_writes_a_figure_and_a_file_and_prints_biomarkers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", AXON, "--beats", "2", "--bcl", "50 ms"]) == 0
    printed = capsys.readouterr().out
    assert "APD90" in printed
    assert f"{AXON}.nc" in printed
    assert Path(f"{AXON}.png").stat().st_size > 5000
    run = open_run(f"{AXON}.nc")
    assert run["time"][0] == 50.0
    assert run["time"][-1] == 100.0


def test_what_is_asked_for_is_what_is_written() -> None:
    options = ["--beats=2", "--bcl=20ms", "--save=axon.nc", "--every=0.5 ms", "--last=all", "--rtol=1e-4"]
    assert main(["run", AXON, *options, "--set", "INa.gNa=100", "--set", "IK.gK=0.036 S/cm^2"]) == 0
    assert [path.name for path in Path.cwd().iterdir()] == ["axon.nc"]
    run = open_run("axon.nc")
    assert np.array_equal(run["time"], np.arange(81) / 2)
    assert run.attrs["changed"] == '{"INa.gNa": 100.0}'
    assert '"rtol": 0.0001' in run.attrs["solver_settings"]


@pytest.mark.parametrize("solver", ["Rodas4", "grl2", "rush-larsen"])
def test_every_solver_gives_the_same_action_potential(solver: str, capsys: pytest.CaptureFixture[str]) -> None:
    step = ["--step=0.005 ms"] if solver in ("grl2", "rush-larsen") else []
    assert (
        main(["run", AXON, "--beats=1", "--bcl=20 ms", "--every=0.01 ms", "--save=a.nc", f"--solver={solver}", *step])
        == 0
    )
    peak = float(re.search(r"peak potential +([\d.]+)", capsys.readouterr().out)[1])  # type: ignore[index]
    assert peak == pytest.approx(44.27, abs=0.2)


def test_a_duration_alone_runs_a_model_as_it_is_written() -> None:
    assert main(["run", AXON, "--duration", "10 ms", "--save", "rest.nc"]) == 0
    run = open_run("rest.nc")
    assert float(abs(run["v"] - run["v"][0]).max()) < 0.01
    assert "beat_start" not in run.coords


def test_a_model_without_a_stimulus_runs_as_it_is_written() -> None:
    assert main(["run", "land-2017"]) == 0
    assert open_run("land-2017.nc")["time"][-1] == 1000.0


def test_a_run_that_rests_after_its_beats_is_kept_whole() -> None:
    assert main(["run", AXON, "--beats=2", "--bcl=20 ms", "--duration=60 ms", "--save=axon.nc"]) == 0
    assert open_run("axon.nc")["beat_start"].to_numpy().tolist() == [0.0, 20.0]


def test_the_same_run_gives_the_same_numbers_in_python_and_on_the_command_line() -> None:
    import troponin as tn

    assert main(["run", AXON, "--beats=1", "--bcl=20 ms", "--save=axon.nc"]) == 0
    run = tn.simulate(tn.load(AXON), tn.pacing.regular("20 ms"), save=tn.Save(every="0.1 ms"))
    assert open_run("axon.nc").equals(run)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "hodgkin-huxley"], "hodgkin-huxley-1952"),
        (["run", "no-such-model"], "unknown model 'no-such-model'"),
        (["run", "no-such-file.cellml"], "no-such-file.cellml"),
        (["run", AXON, "--variant", "endo"], "unknown variant 'endo'"),
        (["run", AXON, "--set", "INa.gNA=1"], "Did you mean INa.gNa"),
        (["run", AXON, "--set", "INa.gNa=1 mV"], "wrong unit"),
        (["run", AXON, "--set", "INa.gNa=nan"], "INa.gNa: a quantity must be a finite number"),
        (["run", AXON, "--set", "INa.gNa=many"], "INa.gNa: not a number with a unit"),
        (["run", AXON, "--set", "INa.gNa"], "NAME=VALUE"),
        (["run", AXON, "--set", "membrane.Cm=-1 uF/cm^2"], "cannot be negative"),
        (["run", "torord-land", "--set", "cai=-1e-4 mM"], "a concentration cannot be negative"),
        (["run", "land-2017", "--beats", "3"], "land-2017 has no stimulus: it is a muscle alone. Give --duration"),
        (["info", AXON, "gNa", "gCa"], "unknown variable 'gCa'"),
        (["run", AXON, "--bcl", "0.1 ms"], "shorter than its stimulus"),
        (["run", AXON, "--bcl", "1000"], "needs a unit"),
        (["run", AXON, "--bcl", "1000 mV"], "wrong unit"),
        (["run", AXON, "--beats", "0"], "must be positive"),
        (["run", AXON, "--beats", "two"], "--beats"),
        (["run", AXON, "--set", "=1"], "--set: a value is set by NAME=VALUE"),
        (["run", AXON, "--set", "v=-60", "--set", "v=-50"], "--set: 'v' is set twice"),
        (["run", AXON, "--set", "v=-60", "--set", "membrane.v=-50"], "given twice"),
        (["run", AXON, "--bcl", ""], "--bcl: not a number with a unit"),
        (["run", AXON, "--last", ""], "--last: not a number with a unit"),
        (["run", AXON, "--every", "often"], "--every: not a number with a unit"),
        (["run", AXON, "--duration", "-5 ms"], "must last"),
        (["run", AXON, "--every", "0 ms"], "must be positive"),
        (["run", AXON, "--last", "5000 ms", "--beats", "1"], "cannot be saved"),
        (["run", AXON, "--every", "1e-6 ms"], "GB"),
        (["run", AXON, "--rtol", "2"], "rtol"),
        (["run", AXON, "--rtol", "nan"], "rtol"),
        (["run", AXON, "--solver", "bfd"], "Did you mean bdf"),
        (["run", AXON, "--solver", "x"], "There are bdf, ros34pw2"),
        (["run", AXON, "--solver", "grl1", "--rtol", "1e-3"], "--rtol: fixed steps have no tolerance"),
        (["run", AXON, "--solver", "grl1", "--step", "0.01"], "--step: these units do not fit together"),
        (["run", AXON, "--solver", "grl1", "--step", "0 ms"], "expected a positive number"),
        (["run", AXON, "--step", "0.01 ms"], "--step: bdf chooses its steps"),
        (["run", AXON, "--save", "none/axon.nc"], "does not exist"),
        (["run", AXON, "--save", "axon.png"], "--save: this is the name of a picture"),
        (["run", AXON, "--save", "."], "a folder"),
        (["run", AXON, "--plot", "axon.pgn"], "Did you mean .png"),
        (["run", AXON, "--beets", "1"], "--beats"),
        (["run"], "MODEL"),
        (["frob"], "frob"),
        (["info", "hodgkin"], "unknown model"),
        (["check", "hodgkin"], "unknown model"),
    ],
)
def test_a_bad_value_gets_one_clear_line_before_anything_is_computed(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advance, "integrate", None)
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert words in printed.err
    assert printed.out == ""
    assert not list(Path.cwd().iterdir())


def test_a_run_that_cannot_go_on_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SolverError("the step size fell below the resolution of time", where="t = 3 ms")

    monkeypatch.setattr(advance, "integrate", fail)
    assert main(["run", AXON]) == 1
    told = "t = 3 ms: the step size fell below the resolution of time Nothing was computed and nothing is written."
    assert capsys.readouterr().err == f"troponin: {told}\n"


def test_an_interruption_writes_what_was_computed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    integrate = advance.integrate

    def interrupted(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return integrate(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(advance, "integrate", interrupted)
    assert main(["run", AXON, "--beats=1000", "--bcl=20 ms", "--save=part.nc"]) == 130
    assert "stopped at" in capsys.readouterr().err
    run = open_run("part.nc")
    assert run.attrs["interrupted"].startswith("stopped at")
    assert run["time"][-1] - run["time"][0] == pytest.approx(20.0)


def test_a_stopped_run_is_resumed_to_the_numbers_that_it_would_have_had(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["run", AXON, "--beats=200", "--bcl=20 ms", "--set=INa.gNa=110"]
    assert main([*asked, "--save=whole.nc"]) == 0
    calls = []
    integrate = advance.integrate

    def interrupted(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return integrate(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(advance, "integrate", interrupted)
    assert main([*asked, "--save=part.nc"]) == 130
    assert main(["resume", "part.nc"]) == 0
    assert capsys.readouterr().out.endswith("part.nc\n")
    xr.testing.assert_equal(open_run("part.nc"), open_run("whole.nc"))
    assert main(["resume", "part.nc"]) == 2
    assert "not interrupted" in capsys.readouterr().err


def test_models_lists_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(AXON) and "10.1113/jphysiol.1952.sp004764" in line for line in lines)


def test_info_shows_states_parameters_units_and_paper(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", AXON]) == 0
    printed = capsys.readouterr().out
    for words in ("Huxley (1952)", "4 states", "INa.gNa", "mS/cm^2", "-49.387", "membrane.v", "-20 uA/cm^2 for 0.5 ms"):
        assert words in printed


def test_info_lists_the_variables_that_equations_compute(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", AXON]) == 0
    printed = capsys.readouterr().out
    count = len(tn.load(AXON).equations)
    section = printed.partition(f"{count} variables\n")[2].partition("\n\n")[0]
    assert len(section.splitlines()) == count
    assert re.search(r"^  INa\.INa +uA/cm\^2", section, re.MULTILINE)


def test_info_shows_only_what_has_the_given_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", AXON, "INa", "cm"]) == 0
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert {"INa.m", "INa.h", "INa.gNa", "INa.INa", "membrane.Cm"} <= set(rows)
    assert all("ina" in name.lower() or "cm" in name.lower() for name in rows)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"troponin {version('troponin')}\n"


def test_help_without_a_complaint_is_shown_where_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    printed = capsys.readouterr()
    assert "Usage: troponin" in printed.out + printed.err
    assert "troponin: " not in printed.err


def test_a_file_that_is_not_there_has_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nosuch.mmt"]) == 2
    assert capsys.readouterr().err.startswith("troponin: nosuch.mmt: the file cannot be read; got No such file")


def test_check_says_whether_a_model_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", AXON]) == 0
    assert "sound; 0 errors" in capsys.readouterr().out


def test_cache_lists_and_clears_compiled_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TROPONIN_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(shelf, "_loaded", {})
    assert main(["run", AXON, "--beats=1", "--bcl=20 ms", "--save=a.nc"]) == 0
    assert main(["cache"]) == 0
    assert main(["cache", "--clear"]) == 0
    assert main(["cache"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(str(tmp_path / "kept")) and "0 files" not in line for line in lines)
    assert any(line.startswith("removed") for line in lines)
    assert "0 files" in lines[-1] or "0 files" in lines[-2]


@pytest.mark.parametrize("damage", ["corrupt", "unusable"])
def test_a_cache_that_does_not_work_is_done_without(
    damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    monkeypatch.setenv("TROPONIN_CACHE", str(kept))
    monkeypatch.setattr(shelf, "_loaded", {})
    if damage == "corrupt":
        assert main(["run", AXON, "--beats=1", "--bcl=20 ms", "--save=a.nc"]) == 0
        for file in kept.iterdir():
            file.write_bytes(b"damaged" + file.read_bytes()[7:])
        shelf._loaded.clear()
    else:
        kept.write_text("a file where a folder should be")
    assert main(["run", AXON, "--beats=1", "--bcl=20 ms", "--save=b.nc"]) == 0
    assert capsys.readouterr().err == ""


def test_the_package_is_a_command_too() -> None:
    command = [sys.executable, "-m", "troponin", "run", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("troponin: ")
    assert "Traceback" not in done.stderr


def test_help_is_shown_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "run" in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("patience", "shown"), [(0.0, True), (60.0, False)])
def test_a_bar_is_shown_on_a_terminal_once_work_has_lasted(
    patience: float, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_PATIENCE_SECONDS", patience)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.progress_bar("axon") as tell:
        assert tell is not None
        time.sleep(0.2)
        tell(0.25)
        time.sleep(0.2)
    assert ("axon" in terminal.getvalue() and "25%" in terminal.getvalue()) == shown


def test_no_bar_is_shown_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    with progress.progress_bar("axon") as tell:
        assert tell is None


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert columns([("a", "bb", "c"), ("aaa", "b", "")]) == ["a    bb  c", "aaa  b"]


def test_a_command_that_computes_nothing_loads_no_arrays() -> None:
    program = "import sys; from troponin.cli.main import main; main(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "xarray", "matplotlib", "numba"} & set(done.stdout.splitlines()[-1].split())


def test_a_run_says_what_it_was(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    save = f"--save={tmp_path / 'a.nc'}"
    for options, told in (
        (["beeler-reuter-1977"], "beeler-reuter-1977 ventricular, 3 beats of 1000 ms, bdf"),
        (["beeler-reuter-1977", "--beats=1", "--bcl=600 ms", "--solver=rodas4"], ", 1 beat of 600 ms, rodas4"),
        (["land-2017"], "land-2017 intact, nothing paced, 1000 ms in all, bdf"),
    ):
        assert main(["run", *options, save]) == 0
        assert capsys.readouterr().out.splitlines()[0].endswith(told)


def test_a_muscle_alone_points_to_what_makes_it_move(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for model, remarks in (("land-2017", 1), ("beeler-reuter-1977", 0)):
        assert main(["run", model, f"--save={tmp_path / 'a.nc'}"]) == 0
        assert (
            capsys.readouterr().out.count(f"calcium is held at 0.1 uM, so nothing moves: `troponin twitch {model}`")
            == remarks
        )
