"""Object code kept on disk, so that a model is compiled once on a computer: find, keep, list, clear.

A file holds a digest of what follows, what is known about the code, and the code.  A file that is damaged
in any way counts as absent and is written anew; a folder that cannot be written to is done without.  Files
appear by renaming, so that several processes can share a folder; the least recently used ones go when the
folder outgrows its limit.

    TROPONIN_CACHE    the folder; empty or "off" for none
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["Cache", "Entry", "clear", "default_cache", "entries"]

SUFFIX: Final = ".kernel"
UNFINISHED: Final = ".part"
"""The ending of a file that is being written, or was when its process was stopped."""

DIGEST: Final = 32
"""Bytes of the digest that a file begins with."""

LIMIT: Final = 200 * 2**20
"""Bytes that a folder may hold."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of object code; `folder` is None where nothing is to be kept."""

    folder: Path | None
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a cache: what it is for, its size in bytes and how many days ago it was last used."""

    key: str
    label: str
    size: int
    days: float


def default_cache() -> Cache:
    """The cache that the environment names, or the one in the user's folder for such files."""
    named = os.environ.get("TROPONIN_CACHE")
    if named is not None:
        return Cache(None if named in ("", "off") else Path(named))
    return Cache(_user_folder() / "troponin" / "kernels")


def find(cache: Cache, key: str) -> tuple[bytes, dict[str, Any]] | None:
    """The code and what was kept with it, or None."""
    path = _path(cache, key)
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    found = _unpack(content)
    if found is not None:
        with contextlib.suppress(OSError):  # a folder that cannot be written to still serves
            os.utime(path)
    return found


def keep(cache: Cache, key: str, code: bytes, facts: dict[str, Any]) -> bool:
    """Keep code under a key; whether that was possible."""
    path = _path(cache, key)
    if path is None:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=UNFINISHED)
        with os.fdopen(handle, "wb") as file:
            file.write(_packed(code, facts))
        os.replace(temporary, path)
    except OSError:
        return False
    _prune(cache)
    return True


def entries(cache: Cache | None = None) -> list[Entry]:
    """What a cache holds, last used first."""
    cache = cache or default_cache()
    now = time.time()
    found = []
    for path, status in _files(cache):
        try:
            content = _unpack(path.read_bytes())
        except OSError:  # another process has removed it, or it is a folder
            continue
        label = str(content[1].get("label", "")) if content else "damaged"
        found.append(Entry(path.stem, label, status.st_size, max(0.0, now - status.st_mtime) / 86400.0))
    return sorted(found, key=lambda entry: entry.days)


def _label(path: Path) -> str:
    """What a file says it is for; only its head is read."""
    try:
        with path.open("rb") as file:
            file.seek(DIGEST)
            size = int.from_bytes(file.read(4), "little")
            return str(json.loads(file.read(min(size, LIMIT)))["label"])
    except (OSError, ValueError, KeyError, TypeError):
        return "damaged"


def clear(cache: Cache | None = None) -> int:
    """Remove everything that a cache holds; how many files there were."""
    removed = 0
    cache = cache or default_cache()
    for path, _ in [*_files(cache), *_files(cache, UNFINISHED)]:
        with contextlib.suppress(OSError):
            path.unlink()
            removed += 1
    return removed


def _path(cache: Cache, key: str) -> Path | None:
    return None if cache.folder is None else cache.folder / (key + SUFFIX)


def _packed(code: bytes, facts: dict[str, Any]) -> bytes:
    head = json.dumps(facts).encode()
    body = len(head).to_bytes(4, "little") + head + code
    return hashlib.sha256(body).digest() + body


def _unpack(content: bytes) -> tuple[bytes, dict[str, Any]] | None:
    body = content[DIGEST:]
    if hashlib.sha256(body).digest() != content[:DIGEST] or len(body) < 4:
        return None
    size = int.from_bytes(body[:4], "little")
    facts: dict[str, Any] = json.loads(body[4 : 4 + size])
    return body[4 + size :], facts


def _files(cache: Cache, suffix: str = SUFFIX) -> Iterable[tuple[Path, os.stat_result]]:
    if cache.folder is None:
        return
    try:
        paths = list(cache.folder.glob("*" + suffix))
    except OSError:
        return
    for path in paths:
        with contextlib.suppress(OSError):  # another process may have removed it
            yield path, path.stat()


def _prune(cache: Cache) -> None:
    files = sorted(_files(cache), key=lambda item: item[1].st_mtime)
    total = sum(status.st_size for _, status in files)
    for path, status in files:
        if total <= cache.limit:
            return
        with contextlib.suppress(OSError):
            path.unlink()
        total -= status.st_size


def _user_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
