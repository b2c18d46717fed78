"""Parts of kernels at hand: from memory, from the cache on disk, or built and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final, Protocol

from troponin.errors import KernelError
from troponin.kernels.cache import Cache, find, keep
from troponin.kernels.engine import Code, load_object
from troponin.kernels.fingerprint import fingerprint
from troponin.kernels.part import Layout, Request
from troponin.kernels.target import host
from troponin.model.model import Model
from troponin.model.structure import Flat, flatten

__all__ = ["Part", "Shelf"]

REMEMBERED: Final = 64
"""Parts that a process keeps at hand; a kernel keeps its own parts alive whatever is forgotten here."""

_loaded: dict[str, Part] = {}


class Build(Protocol):
    """Makes the object code of a part and its layout."""

    def __call__(self, flat: Flat, /, *, request: Request, before: Layout) -> tuple[bytes, Layout]:
        """The code and layout for a flat model."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A part's code in memory, and what must be known about it."""

    code: Code
    layout: Layout


class Shelf:
    """The parts of one model's kernels; the flat model is made only when something has to be built."""

    def __init__(self, model: Model, request: Request, cache: Cache) -> None:
        self._model = model
        self._request = request
        self._cache = cache
        self._key = fingerprint(model, request.lanes, request.varied, request.target)
        self._flat: Flat | None = None

    def obtain(self, what: str, build: Build, before: Sequence[Part] = ()) -> Part:
        """The part of that description, whose constants come after those of the parts `before` it."""
        start = Layout(sum(part.layout.constants for part in before), sum(part.layout.lane_values for part in before))
        digest = hashlib.sha256(f"{what} {start}".encode()).hexdigest()[:16]
        key = f"{self._key}-{digest}"
        part = _loaded.pop(key, None) or _read(key, self._cache)
        if part is None:
            code, layout = build(self._flatten(), request=self._request, before=start)
            label = f"{self._model.name} W={self._request.lanes} {what[:60]}"
            keep(self._cache, key, code, {"label": label, **asdict(layout)})
            part = Part(load_object(code, self._request.target), layout)
        _loaded[key] = part  # put back last: the first is the least recently used
        if len(_loaded) > REMEMBERED:
            del _loaded[next(iter(_loaded))]
        return part

    def _flatten(self) -> Flat:
        self._flat = self._flat or flatten(self._model)
        return self._flat


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
