"""The formats that can be read and written, by a file's extension and by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from troponin.destination import whole_file
from troponin.errors import FormatError, nearest
from troponin.expr.graph import order_by_dependency
from troponin.formats.cellml.read import read_cellml
from troponin.formats.cellml.write import write_cellml, write_cellml_1_1
from troponin.formats.clock_unit import with_time_in_a_unit
from troponin.formats.easyml.read import read_easyml
from troponin.formats.easyml.write import write_easyml
from troponin.formats.gotran.read import read_gotran
from troponin.formats.gotran.write import write_gotran
from troponin.formats.imported import Imported
from troponin.formats.latex import write_latex
from troponin.formats.meaning import find_meanings
from troponin.formats.membrane_current import with_currents
from troponin.formats.mmt.read import read_mmt
from troponin.formats.mmt.write import write_mmt
from troponin.formats.numpy_script import write_numpy
from troponin.formats.remarks import apply_remarks, has_remarks, stimulus_in
from troponin.formats.source import Note, Source, read_source
from troponin.formats.spelling import recognised
from troponin.formats.stimulus import STIMULUS_TERMS, extract_stimulus
from troponin.formats.stimulus_input import with_stimulus_input
from troponin.formats.truth import with_expressions, with_plain_truth
from troponin.model.model import Model
from troponin.model.structure import dependencies

__all__ = ["EXTENSIONS", "READERS", "WRITERS", "load", "read", "save", "write"]


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


def write(model: Model, kind: str) -> str:
    """The text of a model in a format: cellml (2.0), cellml-1.1, mmt, gotran, easyml, latex or numpy.

    Raises `FormatError` for an unknown format, and for what the format has no words for.
    """
    if kind not in WRITERS:
        near = nearest(kind, WRITERS)
        raise FormatError(
            f"unknown format '{kind}'", expected=", ".join(WRITERS), remedy=f"Did you mean {near[0]}?" if near else None
        )
    return WRITERS[kind](model)


def save(model: Model, path: str | Path, kind: str | None = None) -> None:
    """Write a model to a file, in the format that its extension says, or in the one that is named.

    Raises `FormatError` for an extension that says none, and `OutputError` where the file cannot be written.
    """
    place = Path(path)
    wanted = kind or WRITTEN.get(place.suffix.lower())
    if wanted is None:
        raise FormatError("a format that cannot be written", where=str(place), expected=", ".join(WRITTEN))
    text = write(model, wanted)
    with whole_file(place) as (_, draft):
        draft.write_text(text, encoding="utf-8")


WRITERS: dict[str, Callable[[Model], str]] = {
    "cellml": write_cellml,
    "cellml-1.1": write_cellml_1_1,
    "mmt": write_mmt,
    "gotran": write_gotran,
    "easyml": write_easyml,
    "latex": write_latex,
    "numpy": write_numpy,
}
"""For each format: its writer."""

WRITTEN = {".cellml": "cellml", ".mmt": "mmt", ".ode": "gotran", ".model": "easyml", ".tex": "latex", ".py": "numpy"}
"""The format that is written to a file with that extension."""

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
    terms = dict(imported.terms)
    for name in stimulus_in(source):
        terms[name] = ("membrane_stimulus_current", *terms.get(name, ()))
    model, clock = with_time_in_a_unit(with_plain_truth(imported.model), source)
    _refuse_circles(model, source)
    if has_remarks(source):  # written by us: what was spelt out is put back, and the meanings are all said
        model, _ = extract_stimulus(with_expressions(model, recognised), terms, guess=False)
        return replace(imported, model=apply_remarks(model, source))
    model, said = extract_stimulus(model, terms)
    meanings, more = find_meanings(model, imported.terms)
    model = replace(model, meanings={**model.meanings, **meanings})
    model, currents = with_currents(model)
    labelled = [name for name, own in imported.terms.items() if set(own) & set(STIMULUS_TERMS)]
    model, added = with_stimulus_input(model, labelled)
    notes = tuple(Note(source.place(1), text) for text in (*said, *more, *currents, *added))
    return replace(imported, model=model, notes=(*imported.notes, *clock, *notes))


def _refuse_circles(model: Model, source: Source) -> None:
    """Raise `FormatError` for equations that need each other."""
    _, cycles = order_by_dependency(dependencies(model))
    if cycles:
        first = model.variables[cycles[0][0]]
        raise FormatError(
            "equations that need each other",
            where=getattr(first, "where", None) or source.place(1),
            got=" -> ".join([*cycles[0], cycles[0][0]]),
            remedy="Make one of them a state, or solve them by hand.",
        )


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
