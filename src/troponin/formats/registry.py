"""The formats that can be read and written, by a file's extension and by what it holds."""

from __future__ import annotations

from pathlib import Path

from troponin.errors import FormatError
from troponin.formats.cellml.read import read_cellml
from troponin.formats.imported import Imported
from troponin.formats.source import Source, read_source
from troponin.model.model import Model

__all__ = ["load", "read"]


def load(path: str | Path) -> Model:
    """The model that a file holds; raises `FormatError`, with file and line, where it cannot be read."""
    return read(path).model


def read(path: str | Path) -> Imported:
    """The model that a file holds, with what was noticed while reading it.

    Raises `FormatError`, with file and line, for a file that cannot be read.
    """
    source = read_source(path)
    kind = _kind(source)
    if kind == "cellml":
        model, terms, notes = read_cellml(source)
        return Imported(model, kind, tuple(notes), terms)
    raise FormatError("a format that cannot be read", where=source.place(1), expected="CellML (.cellml)")


def _kind(source: Source) -> str | None:
    return "cellml" if b"cellml/" in source.data[:20_000] else None
