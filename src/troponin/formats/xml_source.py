"""XML read safely: no entities, no network, bounded size and depth, and the line of every element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree

from troponin.errors import FormatError
from troponin.formats.source import Source

__all__ = ["Element", "children", "line_of", "local_name", "namespace", "parse_xml", "text_of"]

Element: TypeAlias = Any
"""An element of a parsed tree; the library that parses has no types."""

_DEEPEST = 200
_LONGEST_VALUE = 100_000


def parse_xml(source: Source) -> Element:
    """The root element of an XML file.

    Raises `FormatError`, with the line, for text that is not well-formed, for entity declarations (with
    which a small file can expand to any size or read other files) and for nesting deeper than any model's.
    """
    plain = source.data.replace(b"\0", b"")  # so that UTF-16 hides nothing
    found = re.search(rb"<!ENTITY", plain)
    if found:
        raise FormatError(
            "the file declares an XML entity",
            where=source.place(plain.count(b"\n", 0, found.start()) + 1),
            remedy="Write out what the entity stands for: entities are not expanded, for safety.",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source.data, parser)
    except etree.XMLSyntaxError as fault:
        line = fault.lineno or 1
        raise FormatError(f"this is not well-formed XML: {_reason(fault)}", where=source.place(line)) from None
    except (ValueError, LookupError) as fault:
        raise FormatError(f"this is not well-formed XML: {fault}", where=source.place(1)) from None
    _check_bounds(root, source)
    return root


def _reason(fault: Exception) -> str:
    text = str(fault.args[0]) if fault.args else "no reason given"
    return re.sub(r",? \(?<?string>?.*$|, line \d+.*$", "", text)[:300]


def _check_bounds(root: Element, source: Source) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        if depth > _DEEPEST:
            raise FormatError(f"elements nested deeper than {_DEEPEST}", where=source.place(element.sourceline))
        if not isinstance(element.tag, str):
            raise FormatError("an entity reference is not expanded", where=source.place(element.sourceline))
        if any(len(value) > _LONGEST_VALUE for value in element.attrib.values()):
            raise FormatError("an attribute that is too long", where=source.place(element.sourceline))


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """The namespace of the tag, or nothing."""
    before, brace, _ = str(element.tag).rpartition("}")
    return before[1:] if brace else ""


def children(element: Element, uri: str) -> Iterator[Element]:
    """The child elements in one namespace."""
    return (child for child in element if namespace(child) == uri)


def line_of(element: Element) -> int:
    """The line on which an element starts."""
    return int(element.sourceline or 1)


def text_of(element: Element) -> str:
    """The text directly inside an element, without surrounding blanks."""
    return (element.text or "").strip()
