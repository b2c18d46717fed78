"""Loops kept on disk: found again, and done without where the cache does not work."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import pytest
from numba.core.caching import IndexDataCacheFile

from troponin.solvers import compilation

SOURCE = """
from troponin.solvers.compilation import compiled

@compiled
def doubled(x):
    return x + x
"""


def doubled(folder: Path) -> Any:
    """The loop as a new process would have it."""
    path = folder / "a_loop.py"
    if not path.exists():
        path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("a_loop", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.doubled


def hits(loop: Any) -> int:
    """How often the cache served a loop that is called with a number."""
    assert loop(2.5) == 5.0
    return sum(loop.stats.cache_hits.values())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path


def test_a_loop_is_compiled_once(folder: Path) -> None:
    assert hits(doubled(folder)) == 0
    assert hits(doubled(folder)) == 1


def test_whoever_waits_for_the_compiler_is_told_why_and_the_next_process_is_silent(folder: Path) -> None:
    (folder / "a_loop.py").write_text(SOURCE + "\n@compiled\ndef more(x):\n    return doubled(x) + 1\n")
    words = [sys.executable, "-c", "import a_loop; a_loop.more(2.5)"]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "kept")}
    told = [
        subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=True).stderr
        for _ in range(2)
    ]
    assert told == ["compiling a solver, once per installation (about half a minute)\n", ""]


def test_kept_code_runs_without_the_compiler(folder: Path) -> None:
    (folder / "a_loop.py").write_text(SOURCE)
    whole = "import numpy, sys, a_loop; a_loop.doubled(numpy.ones(3)); print('numba.np.arraymath' in sys.modules)"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "kept")}
    loaded = [
        subprocess.run(
            [sys.executable, "-c", whole], cwd=folder, env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert loaded == ["True\n", "False\n"]


@pytest.mark.parametrize("kind", ["*.nbi", "*.nbc"])
@pytest.mark.parametrize("damage", ["emptied", "cut", "flipped"])
def test_a_damaged_file_is_written_anew(kind: str, damage: str, folder: Path) -> None:
    assert hits(doubled(folder)) == 0
    (file,) = folder.rglob(kind)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 0x10
    file.write_bytes({"emptied": b"", "cut": bytes(content[:middle]), "flipped": bytes(content)}[damage])
    hits(doubled(folder))  # a flipped bit in the index may leave it readable
    assert hits(doubled(folder)) == 1


def test_damaged_code_is_not_run(folder: Path) -> None:
    assert hits(doubled(folder)) == 0
    (file,) = folder.rglob("*.nbc")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)
    assert hits(doubled(folder)) == 0


def test_without_a_folder_that_can_be_written_a_loop_works_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation._Sealed, "_locator_classes", [])
    assert hits(doubled(folder)) == 0
    assert not (folder / "kept").exists()


def test_a_full_disk_does_not_stop_a_loop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "save", full)
    assert hits(doubled(folder)) == 0
