"""The documentation keeps up with the code: every public name has its place, every link its target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import troponin
from troponin import errors
from troponin.analysis import biomarkers
from troponin.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "experiments").glob("*.md")])
LONGEST_README = 80


def names_in_the_reference() -> set[str]:
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\{api\} [\w.]+\n(.*?)```", text, re.DOTALL)
    return {line.strip() for block in blocks for line in block.splitlines()}


def test_every_name_of_the_face_is_in_the_reference() -> None:
    # modules, whose own names are there
    rooms = {"biomarkers", "channel", "excitation", "mechanics", "pacing", "plot", "restitution"}
    assert set(troponin.__all__) - rooms <= names_in_the_reference()


def test_every_biomarker_and_every_error_is_in_the_reference() -> None:
    assert set(biomarkers.__all__) <= names_in_the_reference()
    kinds = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}
    assert kinds <= names_in_the_reference()


def test_every_command_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    commands = {
        command.name or str(command.callback.__name__) for command in app.registered_commands if command.callback
    }
    assert commands == set(re.findall(r"^\| `troponin ([\w-]+)", text, re.MULTILINE))


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("\n") < LONGEST_README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_the_notation_has_each_symbol_once() -> None:
    text = (ROOT / "docs" / "explanation.md").read_text(encoding="utf-8")
    table = text.partition("## Notation")[2].partition("\n## ")[0]
    symbols = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| $")]
    assert len(symbols) > 20
    assert len(symbols) == len(set(symbols))


@pytest.mark.parametrize(("marker", "runs"), [("run", "troponin run"), ("tests", "pytest")])
def test_ci_runs_the_command_that_the_readme_gives(marker: str, runs: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(rf"<!-- {marker} -->\n```sh\n(.+)\n```", readme)
    assert command is not None
    assert runs in command[1]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f"from_readme {marker}" in script
    assert runs not in script, "written once, in the README"
