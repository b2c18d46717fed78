"""`step`, `diff` and `convert`, `check` and `info` on files of every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from troponin.cli.main import main
from troponin.errors import OutputError
from troponin.formats.registry import save
from troponin.library.catalogue import load_library
from troponin.model.derivatives import derivatives

AXON = "hodgkin-huxley-1952"

MODEL = load_library("hodgkin-huxley-1952", "squid")


@pytest.fixture
def axon(tmp_path: Path) -> Path:
    path = tmp_path / "axon.mmt"
    save(MODEL, path)
    return path


def test_step_prints_values_and_derivatives_as_json(axon: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["step", str(axon), "--json", "--time", "2.5"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["time"] == 2.5
    assert {n: e["derivative"] for n, e in found["states"].items()} == derivatives(MODEL)
    assert {n: e["value"] for n, e in found["states"].items()} == {s.name: s.initial for s in MODEL.states}


def test_step_takes_a_state_from_json(axon: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"membrane.v": -20.0}))
    assert main(["step", str(axon), "--state", str(state), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["states"]["membrane.v"] == {
        "value": -20.0,
        "derivative": derivatives(MODEL, {"v": -20.0})["membrane.v"],
    }


def test_step_prints_a_table(axon: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["step", str(axon)]) == 0
    out = capsys.readouterr().out
    assert "membrane.v" in out
    assert "mV/ms" in out


def test_step_against_another_format_agrees(axon: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "axon.cellml"
    assert main(["convert", str(axon), str(other)]) == 0
    assert main(["step", str(axon), "--against", str(other)]) == 0
    assert "largest relative difference 0" in capsys.readouterr().out


def test_step_against_json_finds_what_differs(axon: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["step", str(axon), "--json"])
    data = json.loads(capsys.readouterr().out)
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(data))
    assert main(["step", str(axon), "--against", str(kept)]) == 0
    data["states"]["INa.m"]["derivative"] += 1.0
    kept.write_text(json.dumps(data))
    capsys.readouterr()
    assert main(["step", str(axon), "--against", str(kept), "--json"]) == 1
    worst = json.loads(capsys.readouterr().out)
    assert next(iter(worst["states"])) == "INa.m"


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"v": "high"}'])
def test_a_state_that_cannot_be_read_is_one_line(
    content: str, axon: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.json"
    state.write_text(content)
    assert main(["step", str(axon), "--state", str(state)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_diff_tells_what_was_changed(axon: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(axon), str(axon)]) == 0
    changed = tmp_path / "changed.mmt"
    save(MODEL.with_values({"INa.gNa": 60.0}), changed)
    capsys.readouterr()
    assert main(["diff", str(axon), str(changed)]) == 1
    assert f"INa.gNa is 120.0 in {axon.name} and 60.0 in changed.mmt" in capsys.readouterr().out


@pytest.mark.parametrize("extension", ["cellml", "mmt", "ode", "model", "tex", "py"])
def test_convert_writes_every_format(extension: str, tmp_path: Path) -> None:
    target = tmp_path / f"axon.{extension}"
    assert main(["convert", "hodgkin-huxley-1952", str(target)]) == 0
    assert target.stat().st_size > 1000


def test_convert_refuses_what_it_does_not_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "hodgkin-huxley-1952", str(tmp_path / "axon.doc")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["convert", "hodgkin-huxley-1952", str(tmp_path / "axon.mmt"), "--to", "celml"]) == 2
    assert "cellml" in capsys.readouterr().err
    assert main(["convert", "hodgkin-huxley-1952", str(tmp_path / "absent" / "axon.mmt")]) == 2
    assert "the folder does not exist" in capsys.readouterr().err


def test_a_broken_file_is_one_line_with_its_place(axon: Path, capsys: pytest.CaptureFixture[str]) -> None:
    axon.write_text(axon.read_text().replace("exp(", "exq(", 1))
    assert main(["step", str(axon)]) == 2
    err = capsys.readouterr().err
    assert f"{axon}:" in err
    assert "exp" in err
    assert err.count("\n") == 1


def test_check_audits_a_file_in_words_and_as_json(axon: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = axon.read_text().replace("in [ms]\n    bind time", "in [ms]\n    bind time\nspare = 3", 1)
    axon.write_text(text)
    assert main(["check", str(axon)]) == 0
    assert "parameter 'environment.spare' is not used" in capsys.readouterr().out
    assert main(["check", str(axon), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sound"] is True
    assert any("time constants" in fact for fact in found["facts"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["step", AXON, "--time", "nan"], "--time: a time must be a finite number"),
        (["step", AXON, "--against", AXON, "--tolerance", "-1"], "--tolerance: a tolerance cannot be negative"),
        (["step", AXON, "--state", "deep.json"], "deep.json: this JSON is nested too deeply"),
        (["step", AXON, "--against", "text.json"], "holds no derivatives"),
    ],
)
def test_a_bad_value_gets_one_clear_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deep.json").write_text("[" * 100_000)
    Path("text.json").write_text('{"states": {"membrane.v": {"value": 1, "derivative": "x"}}}')
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert words in told


def test_a_model_that_cannot_be_written_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill_the_disk(path: Path, *_: object, **__: object) -> int:
        with path.open("w") as file:
            file.write("half of")
        raise OSError(28, "No space left on device")

    (tmp_path / "axon.mmt").write_text("older")
    model = load_library(AXON, "squid")
    monkeypatch.setattr(Path, "write_text", fill_the_disk)
    with pytest.raises(OutputError, match="No space left on device"):
        save(model, tmp_path / "axon.mmt")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("axon.mmt", "older")]
