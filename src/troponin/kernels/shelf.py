"""Parts of kernels at hand: from memory, from the cache on disk, or built and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from troponin.errors import KernelError
from troponin.kernels.cache import Cache, find, keep
from troponin.kernels.engine import Code, load_object
from troponin.kernels.part import Layout
from troponin.kernels.target import host

__all__ = ["Part", "obtain"]

REMEMBERED: Final = 64
"""Parts that a process keeps at hand; a kernel keeps its own parts alive whatever is forgotten here."""

_loaded: dict[str, Part] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """A part's code in memory, and what must be known about it."""

    code: Code
    layout: Layout


def obtain(key: str, label: str, cache: Cache, build: Callable[[], tuple[bytes, Layout]]) -> Part:
    """The part of that key: from memory, else from disk, else built and kept."""
    part = _loaded.pop(key, None) or _read(key, cache)
    if part is None:
        code, layout = build()
        keep(cache, key, code, {"label": label, **asdict(layout)})
        part = Part(load_object(code, host()), layout)
    _loaded[key] = part  # put back last: the first is the least recently used
    if len(_loaded) > REMEMBERED:
        del _loaded[next(iter(_loaded))]
    return part


def _read(key: str, cache: Cache) -> Part | None:
    found = find(cache, key)
    if found is None:
        return None
    code, facts = found
    try:
        layout = Layout(
            facts["constants"],
            facts["lane_values"],
            tuple(facts["settled"]),
            tuple((i, j) for i, j in facts["pattern"]),
            facts["factors"],
        )
        return Part(load_object(code, host()), layout)
    except (KeyError, TypeError, ValueError, KernelError):  # written by something else: built anew
        return None
