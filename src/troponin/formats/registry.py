"""The formats that can be read and written, by a file's extension and by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from troponin.errors import FormatError
from troponin.formats.cellml.read import read_cellml
from troponin.formats.easyml.read import read_easyml
from troponin.formats.gotran.read import read_gotran
from troponin.formats.imported import Imported
from troponin.formats.meaning import find_meanings
from troponin.formats.mmt.read import read_mmt
from troponin.formats.source import Note, Source, read_source
from troponin.formats.stimulus import extract_stimulus
from troponin.formats.truth import with_plain_truth
from troponin.model.model import Model

__all__ = ["EXTENSIONS", "READERS", "load", "read"]


def load(path: str | Path) -> Model:
    """The model that a file holds; raises `FormatError`, with file and line, where it cannot be read."""
    return read(path).model


def read(path: str | Path) -> Imported:
    """The model that a file holds, with what was noticed while reading it.

    Raises `FormatError`, with file and line, for a file that cannot be read.
    """
    source = read_source(path)
    reader = READERS[_kind(source)]
    return _completed(reader(source), source)


READERS: dict[str, Callable[[Source], Imported]] = {
    "cellml": read_cellml,
    "mmt": read_mmt,
    "gotran": read_gotran,
    "easyml": read_easyml,
}
"""For each format: its reader."""

EXTENSIONS = {".cellml": "cellml", ".xml": "cellml", ".mmt": "mmt", ".ode": "gotran", ".model": "easyml"}
"""The format that a file's extension says; one without is known by what it holds."""


def _completed(imported: Imported, source: Source) -> Imported:
    """With the stimulus taken out of the equations and the meanings found; what was found is noted."""
    model, said = extract_stimulus(with_plain_truth(imported.model), imported.terms)
    meanings, more = find_meanings(model, imported.terms)
    model = replace(model, meanings={**model.meanings, **meanings})
    notes = tuple(Note(source.place(1), text) for text in (*said, *more))
    return replace(imported, model=model, notes=(*imported.notes, *notes))


def _kind(source: Source) -> str:
    """The format of a file: by its extension, else by what it begins with."""
    named = EXTENSIONS.get(Path(source.name).suffix.lower())
    if named is not None:
        return named
    start = source.data[:20_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") and b"cellml/" in start:
        return "cellml"
    if b"[[model]]" in start:
        return "mmt"
    if re.search(rb"^\s*(states|parameters)\s*\(", start, re.MULTILINE):
        return "gotran"
    if re.search(rb"\.external\s*\(|^\s*diff_\w+\s*=", start, re.MULTILINE):
        return "easyml"
    raise FormatError(
        "this is in no format that can be read",
        where=source.place(1),
        expected=f"a file of the kind {', '.join(EXTENSIONS)}",
    )
