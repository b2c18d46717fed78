"""A file as it is read: its bytes, bounded in size, its text, and where in it a fault lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from troponin.errors import FormatError

__all__ = ["LARGEST_FILE", "Note", "Source", "raise_together", "read_source"]

LARGEST_FILE = 16_000_000
"""Bytes that a model file may have; the largest published ones have half a million."""

_MOST_REPORTED = 20


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader noticed and could live with; `where` is file:line."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name, as it stands in messages, and its bytes."""

    name: str
    data: bytes

    def place(self, line: int | None) -> str:
        """file:line, as errors and equations give it; a line that is not known counts as the first."""
        return f"{self.name}:{line or 1}"

    @property
    def stem(self) -> str:
        """The file's name without its folder and its extension."""
        return Path(self.name).stem

    def text(self) -> str:
        """The file as UTF-8 text with plain newlines; raises `FormatError` with the line of the first bad byte."""
        try:
            text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            line = self.data.count(b"\n", 0, fault.start) + 1
            raise FormatError(
                "this is not UTF-8 text",
                where=self.place(line),
                got=f"byte 0x{self.data[fault.start]:02x}",
                remedy="Save the file as UTF-8.",
            ) from None
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise FormatError("a text file cannot hold a zero byte", where=self.place(line))
        return text.replace("\r\n", "\n").replace("\r", "\n")


def read_source(path: str | Path) -> Source:
    """The file at a path.

    Raises `FormatError` for a file that is not there, is no file or is larger than any model.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as fault:  # a path with a zero byte is a ValueError
        raise FormatError(
            "the file cannot be read", where=str(place), got=getattr(fault, "strerror", None) or fault
        ) from None
    if len(data) > LARGEST_FILE:
        limit = f"at most {LARGEST_FILE} bytes"
        raise FormatError("the file is too large for a model", where=f"{place}:1", expected=limit)
    return Source(str(place), data)


def raise_together(faults: Sequence[FormatError], source: Source) -> NoReturn:
    """Raise the one fault, or one error that lists them all at the place of the first."""
    if len(faults) == 1:
        raise faults[0]
    listed = [str(fault) for fault in faults[:_MOST_REPORTED]]
    if len(faults) > _MOST_REPORTED:
        listed.append(f"and {len(faults) - _MOST_REPORTED} more")
    lines = "".join(f"\n  - {text}" for text in listed)
    raise FormatError(f"{len(faults)} faults:{lines}", where=faults[0].where or source.place(1))
