"""The logical lines of an mmt file: comments gone, brackets and backslashes joined, long texts in one piece."""

from __future__ import annotations

import re
from dataclasses import dataclass

from troponin.errors import FormatError
from troponin.formats.source import Source

__all__ = ["Line", "logical_lines", "sections"]

_SECTION = re.compile(r"\[\[\s*(\w+)\s*\]\]\s*(?:#.*)?")
_TEXT_FIELD = re.compile(r"\s*[A-Za-z_]\w*\s*:")
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: how far it is indented, what it says, and the line it starts on."""

    indent: int
    text: str
    number: int


def sections(source: Source) -> dict[str, tuple[int, list[str]]]:
    """The sections by name ("model", "protocol", "script"): the line after the header, and the lines.

    Raises `FormatError` for text before the first section, and for unknown or repeated sections.
    """
    found: dict[str, tuple[int, list[str]]] = {}
    current: list[str] | None = None
    for number, line in enumerate(source.text().split("\n"), start=1):
        header = _SECTION.fullmatch(line.strip())
        if header is not None and "script" not in found:  # a script may hold any text
            name = header[1]
            if name not in ("model", "protocol", "script"):
                raise FormatError(
                    f"unknown section [[{name}]]",
                    where=source.place(number),
                    expected="[[model]], [[protocol]] or [[script]]",
                )
            if name in found:
                raise FormatError(f"a second section [[{name}]]", where=source.place(number))
            current = []
            found[name] = (number + 1, current)
        elif current is not None:
            current.append(line)
        elif line.strip() and not line.strip().startswith("#"):
            raise FormatError("text before the first section", where=source.place(number), expected="[[model]]")
    return found


def logical_lines(lines: list[str], first: int, source: Source) -> list[Line]:
    """The logical lines of a section whose first line has that number.

    Raises `FormatError` for brackets and texts that are never closed.
    """
    result: list[Line] = []
    index = 0
    while index < len(lines):
        start = index
        raw = lines[index].expandtabs(8)
        if _TEXT_FIELD.match(raw) or _opens_text(raw):
            text, index = _with_long_text(lines, index, first, source)
        else:
            text, index = _joined(lines, index, first, source)
        if text.strip():
            result.append(Line(len(raw) - len(raw.lstrip()), text.strip(), first + start))
    return result


def _opens_text(line: str) -> bool:
    return '"""' in line.partition("#")[0]


def _with_long_text(lines: list[str], index: int, first: int, source: Source) -> tuple[str, int]:
    """A field of text, whose value may go on over several lines between triple quotes."""
    start, line = index, lines[index]
    before, quotes, after = line.partition('"""')
    if not quotes:
        return line, index + 1
    parts = []
    while '"""' not in after:
        parts.append(after)
        index += 1
        if index == len(lines):
            raise FormatError('a text is never closed by """', where=source.place(first + start))
        after = lines[index]
    parts.append(after.partition('"""')[0])
    if not before.strip():  # a text that belongs to no field is a comment
        return "", index + 1
    return before + "\n".join(part.strip() for part in parts).strip(), index + 1


def _joined(lines: list[str], index: int, first: int, source: Source) -> tuple[str, int]:
    start, depth, parts = index, 0, []
    while True:
        text = lines[index].partition("#")[0].rstrip()
        continued = text.endswith("\\")
        parts.append(text.removesuffix("\\"))
        depth += text.count("(") - text.count(")")
        index += 1
        if depth <= 0 and not continued:
            return "\n".join(parts), index
        if index == len(lines) or index - start > _DEEPEST * 10:
            raise FormatError("a '(' is never closed", where=source.place(first + start))
