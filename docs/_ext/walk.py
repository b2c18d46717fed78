"""Run the example `examples/from_ion_to_tension.py` when the pages are built, so that they show its figures."""

from __future__ import annotations

import runpy
from pathlib import Path

from sphinx.application import Sphinx

EXAMPLE = Path("..") / "examples" / "from_ion_to_tension.py"
FIGURES = "_walk"


def draw(app: Sphinx) -> None:
    """Draw the figures of the six steps, unless they are newer than the example."""
    example, folder = Path(app.srcdir) / EXAMPLE, Path(app.srcdir) / FIGURES
    drawn = [figure.stat().st_mtime for figure in folder.glob("*.png")]
    if not drawn or min(drawn) < example.stat().st_mtime:
        runpy.run_path(str(example))["main"](str(folder))


def setup(app: Sphinx) -> dict[str, bool]:
    """Draw before the pages are read."""
    app.connect("builder-inited", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
