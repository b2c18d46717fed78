"""Settings of every test, and the README's and the documentation's Python blocks as tests.

Each page of documentation runs in a folder of its own.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

# a busy machine is no failure; CI tries the same examples every time, a developer's machine new ones
settings.register_profile("troponin", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("troponin")


def enter_a_folder(namespace: dict[str, Any]) -> None:
    """What a block writes goes to a temporary folder."""
    namespace["_folder"] = tempfile.TemporaryDirectory()
    namespace["_came_from"] = Path.cwd()
    os.chdir(namespace["_folder"].name)


def leave_the_folder(namespace: dict[str, Any]) -> None:
    """Back to where the tests began."""
    os.chdir(namespace["_came_from"])
    namespace["_folder"].cleanup()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    setup=enter_a_folder,
    teardown=leave_the_folder,
).pytest()
