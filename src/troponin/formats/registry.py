"""The formats that can be read and written, by a file's extension and by what it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from troponin.errors import FormatError
from troponin.formats.cellml.read import read_cellml
from troponin.formats.imported import Imported
from troponin.formats.meaning import find_meanings
from troponin.formats.source import Note, Source, read_source
from troponin.formats.stimulus import extract_stimulus
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
        return _completed(Imported(model, kind, tuple(notes), terms), source)
    raise FormatError("a format that cannot be read", where=source.place(1), expected="CellML (.cellml)")


def _completed(imported: Imported, source: Source) -> Imported:
    """With the stimulus taken out of the equations and the meanings found; what was found is noted."""
    model, said = extract_stimulus(imported.model, imported.terms)
    meanings, more = find_meanings(model, imported.terms)
    model = replace(model, meanings={**model.meanings, **meanings})
    notes = tuple(Note(source.place(1), text) for text in (*said, *more))
    return replace(imported, model=model, notes=(*imported.notes, *notes))


def _kind(source: Source) -> str | None:
    return "cellml" if b"cellml/" in source.data[:20_000] else None
