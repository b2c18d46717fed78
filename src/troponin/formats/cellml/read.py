"""A CellML file read into a Model."""

from __future__ import annotations

from troponin.formats.cellml.assemble import assemble
from troponin.formats.cellml.document import read_document
from troponin.formats.cellml.imports import resolve_imports
from troponin.formats.cellml.metadata import annotated_terms
from troponin.formats.imported import Imported
from troponin.formats.source import Source

__all__ = ["read_cellml"]


def read_cellml(source: Source) -> Imported:
    """The model of a CellML 1.0, 1.1 or 2.0 file, the annotations of its variables, and what was noticed.

    Raises `FormatError`, with file and line, for everything that cannot be read.
    """
    document = read_document(source)
    resolve_imports(document)
    model, identifiers, notes = assemble(document)
    known = annotated_terms(document.root)
    terms = {name: tuple(t for i in ids for t in known.get(i, ())) for name, ids in identifiers.items()}
    return Imported(model, "cellml", tuple(notes), {name: found for name, found in terms.items() if found})
