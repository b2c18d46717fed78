"""A Model written as CellML 2.0 or 1.1: a component for each of the model's, connections, units, MathML.

The pacing that the model's source gave it is an equation of time again.  In CellML 1.1 the meanings are said
by the Oxford metadata too, which Chaste and the Cardiac Electrophysiology Web Lab read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from troponin.expr.graph import symbols
from troponin.expr.nodes import Node, Number
from troponin.formats.cellml.unit_definitions import UnitNames
from troponin.formats.mathml import MATHML
from troponin.formats.mathml_write import TAGS, TAGS_2_0, mathml_of
from troponin.formats.naming import component_names
from troponin.formats.remarks import remarks_of
from troponin.formats.written import lines_of, time_of
from troponin.model.model import Model
from troponin.units import DIMENSIONLESS, Unit

__all__ = ["write_cellml", "write_cellml_1_1"]

_TERMS = {
    "v": "membrane_voltage",
    "time": "time",
    "cai": "cytosolic_calcium_concentration",
    "cass": "dyadic_space_calcium_concentration",
    "nai": "cytosolic_sodium_concentration",
    "ki": "cytosolic_potassium_concentration",
    "stimulus": "membrane_stimulus_current",
    "capacitance": "membrane_capacitance",
}
_OXFORD = "https://chaste.comlab.ox.ac.uk/cellml/ns/oxford-metadata#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_QUALIFIERS = "http://biomodels.net/biology-qualifiers/"
_CMETA = "http://www.cellml.org/metadata/1.0#"


@dataclass
class _Variable:
    """A variable as a component declares it."""

    name: str
    units: str
    initial: str | None = None
    leaves: bool = False  # another component reads it
    comes_from: tuple[str, str] | None = None
    term: str | None = None


@dataclass
class _Component:
    """A component while it is being filled."""

    name: str
    variables: dict[str, _Variable] = field(default_factory=dict)  # by the model's qualified name
    math: list[str] = field(default_factory=list)


class _Writer:
    """A CellML document while it is being written."""

    def __init__(self, model: Model, version: str) -> None:
        self.model = model
        self.version = version
        self.time = time_of(model)
        self.places = component_names(model)
        self.places.setdefault(self.time.name, ("environment", "time"))
        self.units = UnitNames()
        self.known: dict[str, Unit] = {name: v.unit for name, v in model.variables.items()}
        self.known.setdefault(self.time.name, self.time.unit)
        self.components: dict[str, _Component] = {}

    def own(self, name: str, initial: float | None = None) -> _Component:
        """Declare a variable in the component it belongs to."""
        component, local = self.places[name]
        place = self.components.setdefault(component, _Component(component))
        text = None if initial is None else repr(initial)
        place.variables[name] = _Variable(local, self.units.name_of(self.known[name]), text)
        return place

    def seen_from(self, name: str, place: _Component) -> str:
        """The name of a variable in a component that reads it, declared and connected at its first use."""
        if name in place.variables:
            return place.variables[name].name
        component, local = self.places[name]
        taken = {v.name for v in place.variables.values()} | {p[1] for p in self.places.values() if p[0] == place.name}
        wanted, number = local, 1
        if wanted in taken:
            wanted = f"{component}_{local}"
        while wanted in taken:
            number += 1
            wanted = f"{component}_{local}_{number}"
        units = self.units.name_of(self.known[name])
        place.variables[name] = _Variable(wanted, units, comes_from=(component, local))
        self.components[component].variables[name].leaves = True
        return wanted

    def equation(self, place: _Component, left: str, right: Node) -> None:
        """Add left = right to a component."""
        for symbol in symbols(right):
            self.seen_from(symbol.name, place)
        text = mathml_of(
            right, TAGS_2_0 if self.version == "2.0" else TAGS, lambda n: self.seen_from(n, place), self._units_of
        )
        place.math.append(f"      <apply><eq/>{left}{text}</apply>")

    def _units_of(self, number: Number) -> str:
        return self.units.name_of(number.unit or DIMENSIONLESS)


def write_cellml(model: Model) -> str:
    """The text of a CellML 2.0 file; raises `FormatError` for what CellML has no words for."""
    return _write(model, "2.0")


def write_cellml_1_1(model: Model) -> str:
    """The text of a CellML 1.1 file; raises `FormatError` for what CellML has no words for."""
    return _write(model, "1.1")


def _write(model: Model, version: str) -> str:
    writer = _Writer(model, version)
    lines = lines_of(model, with_pacing=True)
    writer.own(writer.time.name)
    for state in model.states:
        writer.own(state.name, state.initial)
    for line in lines:
        writer.own(line.name, line.value if line.formula is None else None)
    for line in lines:
        if line.formula is not None:
            place = writer.components[writer.places[line.name][0]]
            writer.equation(place, f"<ci>{writer.places[line.name][1]}</ci>", line.formula)
    for state in model.states:
        place = writer.components[writer.places[state.name][0]]
        clock = writer.seen_from(writer.time.name, place)
        left = f"<apply><diff/><bvar><ci>{clock}</ci></bvar><ci>{writer.places[state.name][1]}</ci></apply>"
        writer.equation(place, left, Number(0.0) if state.rate is None else state.rate)
    if version == "1.1":
        for meaning, name in model.meanings.items():
            if meaning in _TERMS and name in writer.places:
                writer.components[writer.places[name][0]].variables[name].term = _TERMS[meaning]
    return _document(writer)


def _document(writer: _Writer) -> str:
    uri = f"http://www.cellml.org/cellml/{writer.version}#"
    names = {name: ".".join(place) for name, place in writer.places.items()}
    spaces = f'xmlns="{uri}" xmlns:cellml="{uri}"'
    if writer.version == "1.1":
        spaces += f' xmlns:cmeta="{_CMETA}" xmlns:rdf="{_RDF}" xmlns:bqbiol="{_QUALIFIERS}"'
    label = "".join(c if c.isascii() and c.isalnum() else "_" for c in writer.model.name) or "model"
    text = ['<?xml version="1.0" encoding="UTF-8"?>', f"<model {spaces} name={quoteattr('m_' + label)}>"]
    text += [f"  <!-- {escape(line).replace('--', '- -')} -->" for line in remarks_of(writer.model, names)]
    components = [_component_text(c, writer.version) for c in writer.components.values()]
    text += writer.units.definitions()
    text += components
    text += _connections(writer)
    if writer.version == "1.1":
        text += _annotations(writer)
    return "\n".join([*text, "</model>", ""])


def _component_text(component: _Component, version: str) -> str:
    rows = [f'  <component name="{component.name}">']
    for variable in component.variables.values():
        said = f'name="{variable.name}" units="{variable.units}"'
        if variable.initial is not None:
            said += f' initial_value="{variable.initial}"'
        if variable.leaves or variable.comes_from is not None:
            if version == "2.0":
                said += ' interface="public"'
            else:
                said += f' public_interface="{"out" if variable.comes_from is None else "in"}"'
        if variable.term is not None:
            said += f' cmeta:id="{variable.term}"'
        rows.append(f"    <variable {said}/>")
    if component.math:
        rows += [f'    <math xmlns="{MATHML}">', *component.math, "    </math>"]
    return "\n".join([*rows, "  </component>"])


def _connections(writer: _Writer) -> list[str]:
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for component in writer.components.values():
        for variable in component.variables.values():
            if variable.comes_from is not None:
                source, name = variable.comes_from
                key, names = (source, component.name), (name, variable.name)
                if (component.name, source) in pairs:  # two components are connected once
                    key, names = (component.name, source), (variable.name, name)
                pairs.setdefault(key, []).append(names)
    text = []
    for (first, second), mapped in pairs.items():
        ends = f'component_1="{first}" component_2="{second}"'
        rows = [f'    <map_variables variable_1="{a}" variable_2="{b}"/>' for a, b in mapped]
        if writer.version == "2.0":
            text += [f"  <connection {ends}>", *rows, "  </connection>"]
        else:
            text += ["  <connection>", f"    <map_components {ends}/>", *rows, "  </connection>"]
    return text


def _annotations(writer: _Writer) -> list[str]:
    terms = [v.term for c in writer.components.values() for v in c.variables.values() if v.term is not None]
    if not terms:
        return []
    rows = [
        f'    <rdf:Description rdf:about="#{term}"><bqbiol:is rdf:resource="{_OXFORD}{term}"/></rdf:Description>'
        for term in terms
    ]
    return ["  <rdf:RDF>", *rows, "  </rdf:RDF>"]
