"""CellML 1.1 and 2.0 imports: components and units of other files, brought into one document.

An imported component brings the components that it encapsulates and the connections among them, under
the name that the import gives it.  Files are found beside the importing one and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from troponin.errors import FormatError, nearest
from troponin.formats.cellml.document import Component, Document, Import, Link, read_document
from troponin.formats.source import read_source

__all__ = ["resolve_imports"]

_MOST_FILES = 200


def resolve_imports(document: Document) -> None:
    """Bring everything that a document imports into it.

    Raises `FormatError` for files that cannot be read, for files that import each other in a circle and for
    names that the other file does not have.
    """
    _resolve(document, (Path(document.source.name).resolve(),), [0])


def _resolve(document: Document, trail: tuple[Path, ...], opened: list[int]) -> None:
    for wanted in document.imports:
        if "://" in wanted.href or wanted.href.startswith(("/", "\\")):
            raise FormatError(
                "an import from elsewhere is not followed",
                where=wanted.where,
                got=wanted.href,
                remedy="Put the file beside this one and import it by its relative name.",
            )
        path = Path(document.source.name).parent / wanted.href.partition("#")[0]
        if path.resolve() in trail:
            names = [p.name for p in (*trail[trail.index(path.resolve()) :], path)]
            raise FormatError("files that import each other", where=wanted.where, got=" -> ".join(names))
        opened[0] += 1
        if opened[0] > _MOST_FILES:
            raise FormatError(f"more than {_MOST_FILES} imports", where=wanted.where)
        try:
            other = read_document(read_source(path))
            _resolve(other, (*trail, path.resolve()), opened)
        except FormatError as fault:
            raise FormatError(f"cannot import '{wanted.href}': {fault}", where=wanted.where) from None
        _take_units(document, other, wanted)
        _take_components(document, other, wanted)


def _take_units(document: Document, other: Document, wanted: Import) -> None:
    for local, there in wanted.units.items():
        if there not in other.units.definitions and there not in other.units.imported:
            raise _missing("units", there, [*other.units.definitions, *other.units.imported], wanted)
        if local in document.units.definitions or local in document.units.imported:
            raise FormatError(f"units '{local}' are defined twice", where=wanted.where)
        document.units.imported[local] = (other.units, there)


def _take_components(document: Document, other: Document, wanted: Import) -> None:
    names: dict[str, str] = {}
    for local, there in wanted.components.items():
        if there not in other.components:
            raise _missing("component", there, other.components, wanted)
        if local in document.components or local in names.values():
            raise FormatError(f"component '{local}' is declared twice", where=wanted.where)
        names[there] = local
    for name in other.components:
        chain = _ancestors(name, other.parents)
        root = next((a for a in chain if a in wanted.components.values()), None)
        if name not in names and root is not None:
            taken = {*document.components, *names.values()}
            names[name] = name if name not in taken else _free(f"{names[root]}_{name}", taken)
    for there, local in names.items():
        document.components[local] = _renamed(other.components[there], local)
        if other.parents.get(there) in names and there not in wanted.components.values():
            document.parents[local] = names[other.parents[there]]
    for link in other.links:
        if link.first[0] in names and link.second[0] in names:
            first, second = ((names[c], v) for c, v in (link.first, link.second))
            document.links.append(Link(first, second, link.where))


def _ancestors(name: str, parents: dict[str, str]) -> list[str]:
    chain: list[str] = []
    while name in parents and name not in chain:
        chain.append(name)
        name = parents[name]
    return [*chain[1:], name] if chain else []


def _free(name: str, taken: set[str]) -> str:
    number = 1
    while (fresh := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return fresh


def _renamed(component: Component, name: str) -> Component:
    variables = {key: replace(v, component=name) for key, v in component.variables.items()}
    return replace(component, name=name, variables=variables)


def _missing(kind: str, name: str, known: Sequence[str] | dict[str, Component], wanted: Import) -> FormatError:
    near = nearest(name, known)
    return FormatError(
        f"'{wanted.href}' has no {kind} '{name}'",
        where=wanted.where,
        remedy=f"Did you mean {' or '.join(near)}?" if near else None,
    )
