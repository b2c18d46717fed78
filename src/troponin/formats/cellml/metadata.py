"""CellML's metadata: which variable carries which annotation, from RDF and cmeta ids."""

from __future__ import annotations

from troponin.formats.xml_source import Element, text_of

__all__ = ["OXFORD", "annotated_terms"]

OXFORD = "oxford-metadata#"
"""What ends the namespace of the terms that Chaste and the Cardiac Electrophysiology Web Lab use."""

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_QUALIFIER = "http://biomodels.net/biology-qualifiers/"


def annotated_terms(root: Element) -> dict[str, tuple[str, ...]]:
    """The resources that the file says each identified element `is`, by cmeta id.

    A term of the Oxford metadata is given by its name alone, `membrane_voltage`; any other as it stands.
    """
    found: dict[str, list[str]] = {}
    for description in root.iter(f"{{{_RDF}}}Description"):
        about = description.get(f"{{{_RDF}}}about") or description.get("about") or ""
        if not about.startswith("#"):
            continue
        for statement in description:
            if statement.tag not in (f"{{{_QUALIFIER}}}is", f"{{{_QUALIFIER}}}isVersionOf"):
                continue
            resource = statement.get(f"{{{_RDF}}}resource") or text_of(statement)
            if resource:
                _, mark, term = resource.partition(OXFORD)
                found.setdefault(about[1:], []).append(term if mark else resource)
    return {identifier: tuple(terms) for identifier, terms in found.items()}
