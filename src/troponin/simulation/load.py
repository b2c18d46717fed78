"""From what a user names to a Model: a published one by its name in the library, or a file by its path."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from troponin.errors import UnknownNameError, require_kind
from troponin.library.catalogue import describe, load_library, names
from troponin.model.model import Model

__all__ = ["load", "published"]


def load(name: str | os.PathLike[str], variant: str | None = None) -> Model:
    """The model of that name in the library, or the one written in the file at that path.

    `variant` is a cell type, such as "endo"; the model's first where it is not given.  Raises `UnknownNameError`
    with the nearest names for a model or variant that is not there, and `FormatError` for a file that cannot be read.
    """
    require_kind(name, (str, os.PathLike), "load", 'a name, such as "torord-land", or the path of a file')
    if isinstance(name, str) and not _is_path(name):
        return published(name, _first_variant(name) if variant is None else variant)
    if variant is not None:
        fault = UnknownNameError("variant", variant, (), where=f"file {os.fspath(name)}")
        fault.remedy = "A file holds one model: leave the variant out."
        raise fault
    from troponin.formats.registry import load as load_file  # a run of a library model reads no XML

    return load_file(Path(name))


def _first_variant(name: str) -> str:
    try:
        return describe(name).variants[0]
    except UnknownNameError as fault:
        fault.remedy = fault.remedy or f"There are {', '.join(names())}."
        raise


@lru_cache(maxsize=32)
def published(name: str, variant: str) -> Model:
    """The library's model, built once: a model is frozen, so that everybody may hold the same one."""
    return load_library(name, variant)


def _is_path(name: str) -> bool:
    # a name of the library has neither a separator nor a suffix; a file beside the user may share its name
    return any(mark in name for mark in (os.sep, "/", ".")) and name not in names()
