"""Place: the line of the author's file in which a thing of a cell is written, for complaints to name."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Final

__all__ = ["author_place"]

_HERE: Final = "troponin.physiology"


def author_place() -> str | None:
    """`cell.py:12`: the nearest caller outside this room, as a path from the working folder or a file's name.

    None where no Python code outside it is running.
    """
    frame: FrameType | None = sys._getframe(1)
    # the constructor of a dataclass is generated, and counts as its module's
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(_HERE):
        frame = frame.f_back
    return None if frame is None else f"{_shown(frame.f_code.co_filename)}:{frame.f_lineno}"


def _shown(file: str) -> str:
    path, here = Path(file), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name
