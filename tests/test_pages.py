"""Every page's code runs as it stands, from top to bottom, in an empty folder.

A page in docs/ that begins with `<!-- slow -->` takes more than a few seconds and runs with the slow tests.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SLOW = "<!-- slow -->"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def pages() -> list[Any]:
    found = []
    docs = ROOT / "docs"
    for page in sorted([docs / "how-to.md", docs / "tutorial.md", ROOT / "README.md", *docs.glob("experiments/*.md")]):
        text = page.read_text(encoding="utf-8")
        found.append(pytest.param(page, id=page.stem, marks=[pytest.mark.slow] if text.startswith(SLOW) else []))
    return found


@pytest.mark.parametrize("page", pages())
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    assert blocks, "each of these pages shows at least one"
    known: dict[str, Any] = {}
    for block in blocks:
        line = text.count("\n", 0, block.start(1))
        exec(compile("\n" * line + block[1], str(page), "exec"), known)
