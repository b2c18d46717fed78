"""CellML's connections: which variables of different components are one and the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from troponin.errors import FormatError, nearest
from troponin.formats.cellml.document import Component, Link

__all__ = ["Key", "connected_sets"]

Key = tuple[str, str]
"""A variable: its component's name and its own."""


def connected_sets(components: Mapping[str, Component], links: Iterable[Link]) -> dict[Key, tuple[Key, ...]]:
    """For each variable, all those that connections make one with it, itself included, in the file's order.

    Raises `FormatError` for a connection to something that is not there.
    """
    leader: dict[Key, Key] = {(c.name, v): (c.name, v) for c in components.values() for v in c.variables}

    def find(key: Key) -> Key:
        root = key
        while leader[root] != root:
            root = leader[root]
        while leader[key] != root:
            leader[key], key = root, leader[key]
        return root

    for link in links:
        for component, variable in (link.first, link.second):
            _check_end(component, variable, components, link)
        leader[find(link.first)] = find(link.second)
    members: dict[Key, list[Key]] = {}
    for key in leader:
        members.setdefault(find(key), []).append(key)
    groups = {root: tuple(keys) for root, keys in members.items()}
    return {key: groups[find(key)] for key in leader}


def _check_end(component: str, variable: str, components: Mapping[str, Component], link: Link) -> None:
    if component not in components:
        near = nearest(component, components)
        raise FormatError(
            f"a connection to an unknown component '{component}'",
            where=link.where,
            remedy=f"Did you mean {near[0]}?" if near else None,
        )
    known = components[component].variables
    if variable not in known:
        near = nearest(variable, known)
        raise FormatError(
            f"a connection to an unknown variable '{component}.{variable}'",
            where=link.where,
            remedy=f"Did you mean {near[0]}?" if near else None,
        )
