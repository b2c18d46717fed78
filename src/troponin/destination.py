"""Where a result goes: made sure of before a long run, and written whole or not at all.

A file is written as a draft beside its destination and renamed when it is complete, so that a full disk, a crash or
Ctrl-C leaves an older file of that name as it was.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

from troponin.errors import OutputError, require_kind

__all__ = ["require_writable", "whole_file"]

_ELSEWHERE: Final = "Choose another path, or change the permissions."

_drafts = count()
"""Numbers for the drafts of this process, so that two threads may write one file."""


def require_writable(path: str | os.PathLike[str]) -> Path:
    """The path as an absolute one, having made sure that a file can be written there.

    Meant to be called before a long run, so that nothing is lost.  Where the path is a link, it is the place that the
    link leads to.  Raises `OutputError`.
    """
    target = _resolved(path)
    if os.path.isdir(target):  # never raises, unlike Path.is_dir for a name that is too long
        raise OutputError("this is a folder, not a file", where=str(target), remedy="Add a file name.")
    if not os.path.isdir(target.parent):
        raise OutputError(
            "the folder does not exist",
            where=str(target),
            got=str(target.parent),
            remedy="Create it, or choose another.",
        )
    _require_file(target)
    probe = _draft(target)
    try:
        # the file system is asked itself: permission bits do not tell of a read-only mount
        probe.touch(exist_ok=False)
        probe.unlink()
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as fault:
        raise OutputError(
            "the file cannot be written", where=str(target), got=fault.strerror, remedy=_ELSEWHERE
        ) from fault
    return target


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[tuple[Path, Path]]:
    """The destination, and the draft to write, which takes the destination's place when the block is done.

    Raises `OutputError` where the block or the renaming does not succeed for want of room or permission.
    """
    target = require_writable(path)
    draft = _draft(target)
    try:
        yield target, draft
        draft.replace(target)
    except OSError as fault:
        raise OutputError(
            "the file could not be written",
            where=str(target),
            got=fault.strerror or fault,
            remedy="Make room, or choose another path." if fault.errno == errno.ENOSPC else _ELSEWHERE,
        ) from fault
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _resolved(path: str | os.PathLike[str]) -> Path:
    require_kind(path, (str, os.PathLike), "path", "the name of a file")
    name = os.fspath(path)
    if not name:
        raise OutputError("the path is empty", remedy="Give a file name.")
    try:
        return Path(os.path.realpath(Path(name).expanduser()))
    except (ValueError, RuntimeError) as fault:  # a zero byte; the home of somebody unknown
        raise OutputError("this is no path", where=repr(name), got=fault, remedy="Choose another path.") from fault


def _require_file(target: Path) -> None:
    """Refuse what is there and is no file: renaming would put a file in the place of a device."""
    try:
        mode = os.stat(target).st_mode
    except OSError:  # nothing there, or told by the probe
        return
    if not stat.S_ISREG(mode):
        raise OutputError(
            "this is a device or a pipe, not a file",
            where=str(target),
            remedy="Choose a file name: results appear by renaming, which a device or a pipe cannot take part in.",
        )


def _draft(target: Path) -> Path:
    # its own name is cut, so that a long one does not become too long
    return target.with_name(f".{target.name[:40]}.{os.getpid()}-{next(_drafts)}")
