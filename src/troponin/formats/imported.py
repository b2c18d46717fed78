"""What a reader gives: the model, and what was noticed while it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from troponin.formats.source import Note
from troponin.model.model import Model

__all__ = ["Imported"]


@dataclass(frozen=True, slots=True)
class Imported:
    """A model from a file, with the notes of its reader.

    `terms` are the labels and annotations of its variables by qualified name; `aside` holds the parts of the
    file that are kept and not used, such as the script of an mmt file, by their names.
    """

    model: Model
    format: str
    notes: tuple[Note, ...] = ()
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aside: Mapping[str, str] = field(default_factory=dict)
