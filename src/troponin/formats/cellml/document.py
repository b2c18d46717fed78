"""A CellML file taken apart: components, variables, connections and units, not yet put together.

The classes are the same for CellML 1.0, 1.1 and 2.0; only the spelling of connections, encapsulation and
interfaces differs between them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from troponin.errors import FormatError, nearest
from troponin.formats.cellml.units import UnitScope
from troponin.formats.mathml import MATHML
from troponin.formats.source import Source, raise_together
from troponin.formats.xml_source import Element, children, line_of, local_name, namespace, parse_xml

__all__ = ["CMETA", "VERSIONS", "XLINK", "Component", "Document", "Import", "Link", "VariableTag", "read_document"]

VERSIONS = {f"http://www.cellml.org/cellml/{version}#": version for version in ("1.0", "1.1", "2.0")}
CMETA = "http://www.cellml.org/metadata/1.0#"
XLINK = "http://www.w3.org/1999/xlink"

_KNOWN = {
    "model": {"import", "units", "component", "group", "connection", "encapsulation"},
    "component": {"units", "variable", "reaction", "reset"},
}


@dataclass(frozen=True, slots=True)
class VariableTag:
    """A variable as a component declares it."""

    component: str
    name: str
    units: str
    initial: str | None
    identifier: str | None
    where: str

    @property
    def qualified(self) -> str:
        """component.variable."""
        return f"{self.component}.{self.name}"


@dataclass(frozen=True, slots=True)
class Component:
    """A component: its variables, its formulas and the units that its names of units mean."""

    name: str
    variables: dict[str, VariableTag]
    math: tuple[Element, ...]
    units: UnitScope
    source: Source
    where: str


@dataclass(frozen=True, slots=True)
class Link:
    """Two variables, each (component, variable), that a connection makes one."""

    first: tuple[str, str]
    second: tuple[str, str]
    where: str


@dataclass(frozen=True, slots=True)
class Import:
    """What one <import> takes from another file: local name to name there."""

    href: str
    components: dict[str, str]
    units: dict[str, str]
    where: str


@dataclass(frozen=True)
class Document:
    """One file's components, links, encapsulation (component to parent) and imports."""

    name: str
    version: str
    namespace: str
    source: Source
    root: Element
    units: UnitScope
    components: dict[str, Component] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)


def read_document(source: Source) -> Document:
    """The parts of a CellML file; gathers every fault of form before it raises `FormatError`."""
    root = parse_xml(source)
    version = VERSIONS.get(namespace(root))
    if version is None or local_name(root) != "model":
        raise FormatError(
            "this is not a CellML file",
            where=source.place(line_of(root)),
            got=f"<{local_name(root)}> in '{namespace(root)}'",
            expected="<model> in the namespace of CellML 1.0, 1.1 or 2.0",
        )
    uri = namespace(root)
    faults: list[FormatError] = []
    document = Document(root.get("name", "unnamed"), version, uri, source, root, UnitScope(uri, source))
    readers = {
        "units": lambda e: document.units.declare(e),
        "component": lambda e: _component(e, document, faults),
        "connection": lambda e: _connection(e, document),
        "group": lambda e: _group(e, document),
        "encapsulation": lambda e: _encapsulation(e, document, None),
        "import": lambda e: _import(e, document),
    }
    for element in children(root, uri):
        tag = local_name(element)
        try:
            if tag not in readers:
                raise _unknown(element, "model", source)
            readers[tag](element)
        except FormatError as fault:
            faults.append(fault)
    if faults:
        raise_together(faults, source)
    return document


def _component(element: Element, document: Document, faults: list[FormatError]) -> None:
    source, uri = document.source, document.namespace
    where = source.place(line_of(element))
    name = required(element, "name", source)
    if name in document.components:
        raise FormatError(f"component '{name}' is declared twice", where=where, remedy="Rename one of them.")
    units = UnitScope(uri, source, parent=document.units)
    variables: dict[str, VariableTag] = {}
    document.components[name] = Component(
        name, variables, tuple(e for e in element if e.tag == f"{{{MATHML}}}math"), units, source, where
    )
    for child in children(element, uri):
        tag = local_name(child)
        try:
            if tag == "units":
                units.declare(child)
            elif tag == "variable":
                variable = _variable(child, name, source)
                if variable.name in variables:
                    raise FormatError(f"variable '{variable.qualified}' is declared twice", where=variable.where)
                variables[variable.name] = variable
            elif tag in ("reaction", "reset"):
                raise FormatError(
                    f"<{tag}> in component '{name}' is not supported",
                    where=source.place(line_of(child)),
                    remedy="Write the reaction as differential equations."
                    if tag == "reaction"
                    else "A reset changes a state at an event; write it as an equation, or as a protocol.",
                )
            else:
                raise _unknown(child, "component", source)
        except FormatError as fault:
            faults.append(fault)


def _variable(element: Element, component: str, source: Source) -> VariableTag:
    initial = element.get("initial_value")
    return VariableTag(
        component,
        required(element, "name", source),
        required(element, "units", source),
        None if initial is None else initial.strip(),
        element.get(f"{{{CMETA}}}id") or element.get("id"),
        source.place(line_of(element)),
    )


def _connection(element: Element, document: Document) -> None:
    source, uri = document.source, document.namespace
    ends = element if document.version == "2.0" else next(
        (e for e in children(element, uri) if local_name(e) == "map_components"), None
    )  # fmt: skip
    if ends is None:
        raise FormatError("a connection without <map_components>", where=source.place(line_of(element)))
    first, second = required(ends, "component_1", source), required(ends, "component_2", source)
    for child in children(element, uri):
        tag = local_name(child)
        if tag == "map_variables":
            pair = required(child, "variable_1", source), required(child, "variable_2", source)
            document.links.append(Link((first, pair[0]), (second, pair[1]), source.place(line_of(child))))
        elif tag != "map_components":
            raise FormatError(f"<{tag}> does not belong in a connection", where=source.place(line_of(child)))


def _group(element: Element, document: Document) -> None:
    kinds = {
        e.get("relationship") for e in children(element, document.namespace) if local_name(e) == "relationship_ref"
    }
    if not kinds:
        raise FormatError("a group without <relationship_ref>", where=document.source.place(line_of(element)))
    if "encapsulation" in kinds:
        _encapsulation(element, document, None)


def _encapsulation(element: Element, document: Document, parent: str | None) -> None:
    for child in children(element, document.namespace):
        tag = local_name(child)
        if tag == "relationship_ref":
            continue
        if tag != "component_ref":
            raise FormatError(f"<{tag}> does not belong here", where=document.source.place(line_of(child)))
        name = required(child, "component", document.source)
        if parent is not None:
            if document.parents.get(name, parent) != parent:
                raise FormatError(
                    f"component '{name}' is encapsulated twice", where=document.source.place(line_of(child))
                )
            document.parents[name] = parent
        _encapsulation(child, document, name)


def _import(element: Element, document: Document) -> None:
    source = document.source
    where = source.place(line_of(element))
    href = element.get(f"{{{XLINK}}}href")
    if not href:
        raise FormatError("an import without xlink:href", where=where)
    found: dict[str, dict[str, str]] = {"component": {}, "units": {}}
    for child in children(element, document.namespace):
        tag = local_name(child)
        if tag not in found:
            raise FormatError(f"<{tag}> does not belong in an import", where=source.place(line_of(child)))
        found[tag][required(child, "name", source)] = required(child, f"{tag}_ref", source)
    document.imports.append(Import(href, found["component"], found["units"], where))


def required(element: Element, attribute: str, source: Source) -> str:
    """An attribute that must be there; raises `FormatError` where it is not."""
    value = element.get(attribute)
    if value is None or not value.strip():
        near = nearest(attribute, element.attrib)
        raise FormatError(
            f"<{local_name(element)}> has no {attribute}",
            where=source.place(line_of(element)),
            remedy=f"Is '{near[0]}' meant to be '{attribute}'?" if near else None,
        )
    return str(value).strip()


def _unknown(element: Element, parent: str, source: Source) -> FormatError:
    tag = local_name(element)
    near = nearest(tag, _KNOWN[parent])
    return FormatError(
        f"<{tag}> does not belong in a {parent}",
        where=source.place(line_of(element)),
        remedy=f"Did you mean <{near[0]}>?" if near else None,
    )
