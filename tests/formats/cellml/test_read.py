"""CellML read: versions, imports, connections with their units, references, and what is refused, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from troponin.errors import FormatError
from troponin.formats.registry import load, read
from troponin.model.derivatives import derivatives, intermediates
from troponin.units import parse_unit

MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">'


def rate(state: str, right: str, time: str = "t") -> str:
    return f"<apply><eq/><apply><diff/><bvar><ci>{time}</ci></bvar><ci>{state}</ci></apply>{right}</apply>"


def cn(value: str, units: str = "dimensionless") -> str:
    return f'<cn cellml:units="{units}">{value}</cn>'


def cellml(body: str, version: str = "2.0", more: str = "") -> str:
    uri = f"http://www.cellml.org/cellml/{version}#"
    return f'<model xmlns="{uri}" xmlns:cellml="{uri}" name="test" {more}>\n{body}\n</model>\n'


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    def put(text: str, name: str = "model.cellml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return put


SECONDS = """
<units name="ms"><unit units="second" prefix="milli"/></units>
<units name="mV"><unit units="volt" prefix="-3"/></units>
<component name="clock"><variable name="t" units="second" interface="public"/></component>
<component name="cell">
  <variable name="t" units="ms" interface="public"/>
  <variable name="v" units="mV" initial_value="-80" interface="public"/>
  {math}{rate}</math>
</component>
<component name="reader">
  <variable name="v" units="volt" interface="public"/>
  <variable name="twice" units="volt"/>
  {math}<apply><eq/><ci>twice</ci><apply><times/>{two}<ci>v</ci></apply></apply></math>
</component>
<connection component_1="clock" component_2="cell"><map_variables variable_1="t" variable_2="t"/></connection>
<connection component_1="cell" component_2="reader"><map_variables variable_1="v" variable_2="v"/></connection>
"""


def test_units_convert_across_connections(write) -> None:  # type: ignore[no-untyped-def]
    text = SECONDS.format(math=MATH, rate=rate("v", cn("3", "mV")), two=cn("2"))
    model = load(write(cellml(text)))
    assert [s.name for s in model.states] == ["cell.v"]
    assert derivatives(model)["cell.v"] == pytest.approx(3000.0)  # 3 mV/ms is 3000 mV/s: time is the clock's
    assert model.time_unit == parse_unit("s")
    assert intermediates(model)["reader.twice"] == pytest.approx(-0.16)


def test_an_imported_component_brings_what_it_encapsulates(write) -> None:  # type: ignore[no-untyped-def]
    for version, interface in (("1.1", 'public_interface="out"'), ("2.0", 'interface="public"')):
        group = '<component_ref component="gate"><component_ref component="inner"/></component_ref>'
        encapsulation = (
            f"<encapsulation>{group}</encapsulation>"
            if version == "2.0"
            else f'<group><relationship_ref relationship="encapsulation"/>{group}</group>'
        )
        ends = 'component_1="gate" component_2="inner"'
        mapped = '<map_variables variable_1="k" variable_2="k"/>'
        connection = (
            f"<connection {ends}>{mapped}</connection>"
            if version == "2.0"
            else f"<connection><map_components {ends}/>{mapped}</connection>"
        )
        library = cellml(
            f"""<component name="gate"><variable name="t" units="second" {interface}/>
            <variable name="x" units="dimensionless" initial_value="0.25" {interface}/>
            <variable name="k" units="dimensionless"/>
            {MATH}{rate("x", "<apply><times/><ci>k</ci><ci>x</ci></apply>")}</math></component>
            <component name="inner"><variable name="k" units="dimensionless" initial_value="4"/></component>
            <component name="unwanted"><variable name="z" units="nonsense"/></component>
            {encapsulation}{connection}""",
            version,
        )
        write(library, "library.cellml")
        path = write(
            cellml(
                """<import xlink:href="library.cellml"><component name="mine" component_ref="gate"/></import>
                <component name="inner"><variable name="q" units="dimensionless" initial_value="1"/></component>""",
                version,
                'xmlns:xlink="http://www.w3.org/1999/xlink"',
            )
        )
        model = load(path)
        assert [s.name for s in model.states] == ["mine.x"], version
        assert derivatives(model) == {"mine.x": 1.0}
        assert {p.name for p in model.parameters} == {"mine_inner.k", "inner.q"}


def test_imported_units_mean_what_they_mean_there(write) -> None:  # type: ignore[no-untyped-def]
    write(
        cellml('<units name="u"><unit units="mole" prefix="micro"/><unit units="litre" exponent="-1"/></units>'),
        "u.cellml",
    )
    path = write(
        cellml(
            f"""<import xlink:href="u.cellml"><units name="conc" units_ref="u"/></import>
            <component name="c"><variable name="t" units="second"/><variable name="x" units="conc" initial_value="1"/>
            {MATH}{rate("x", cn("1", "conc"))}</math></component>""",
            more='xmlns:xlink="http://www.w3.org/1999/xlink"',
        )
    )
    assert load(path).states[0].unit == parse_unit("uM")


def test_an_initial_value_may_refer_to_a_variable(write) -> None:  # type: ignore[no-untyped-def]
    body = f"""<component name="c"><variable name="t" units="second"/>
    <variable name="x" units="dimensionless" initial_value="y"/><variable name="y" units="dimensionless"/>
    <variable name="z" units="dimensionless" initial_value="3"/>
    {MATH}{rate("x", cn("0"))}
    <apply><eq/><ci>y</ci><apply><times/>{cn("2")}<ci>z</ci></apply></apply></math></component>"""
    assert load(write(cellml(body))).states[0].initial == 6.0


def test_a_rate_may_stand_on_a_right_side(write) -> None:  # type: ignore[no-untyped-def]
    derivative = "<apply><diff/><bvar><ci>t</ci></bvar><ci>x</ci></apply>"
    body = f"""<component name="c"><variable name="t" units="second"/>
    <variable name="x" units="dimensionless" initial_value="1"/>
    <variable name="y" units="dimensionless" initial_value="1"/>
    {MATH}{rate("y", f"<apply><times/>{cn('2')}{derivative}</apply>")}{rate("x", cn("5"))}</math></component>"""
    assert derivatives(load(write(cellml(body)))) == {"c.y": 10.0, "c.x": 5.0}


def test_annotations_give_meanings(write) -> None:  # type: ignore[no-untyped-def]
    body = f"""<component name="c"><variable name="t" units="second"/>
    <variable name="odd" units="volt" initial_value="1" cmeta:id="id1"/>
    {MATH}{rate("odd", cn("0", "volt"))}</math></component>
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:b="http://biomodels.net/biology-qualifiers/">
    <rdf:Description rdf:about="#id1"><b:is rdf:resource="urn:x/oxford-metadata#membrane_voltage"/></rdf:Description>
    </rdf:RDF>"""
    found = read(write(cellml(body, "1.0", 'xmlns:cmeta="http://www.cellml.org/metadata/1.0#"')))
    assert found.model.meanings["v"] == "c.odd"
    assert any("v is c.odd, as the file says" in note.text for note in found.notes)


STATE = f"""<component name="c"><variable name="t" units="second"/>
<variable name="x" units="dimensionless" initial_value="1"/>
{MATH}{rate("x", "<ci>x</ci>")}</math>
</component>"""

REFUSED = {
    "a reset": (STATE.replace("</component>", '<reset variable="x" order="1"/></component>'), "<reset>", 5),
    "a second component of the same name": (STATE + "\n" + STATE, "declared twice", 6),
    "a second variable of the same name": (
        STATE.replace(MATH, '<variable name="x" units="volt"/>' + MATH), "declared twice", 4),
    "a second equation": (STATE.replace("</math>", rate("x", "<ci>x</ci>") + "</math>"), "defined twice", 4),
    "an unknown variable": (
        STATE.replace("<ci>x</ci></apply></math>", "<ci>y</ci></apply></math>"), "unknown variable 'y'", 4),
    "unknown units": (STATE.replace('units="dimensionless"', 'units="sekond"'), "unknown units 'sekond'", 3),
    "an unknown operator": (
        STATE.replace("<ci>x</ci></apply></math>", "<apply><sine/><ci>x</ci></apply></apply></math>"),
                            "unknown operator <sine>", 4),
    "an implicit equation": (STATE.replace("</math>", f"<apply><eq/>{cn('1')}{cn('2')}</apply></math>"), "implicit", 4),
    "a missing initial value": (STATE.replace(' initial_value="1"', ""), "no initial value", 3),
    "a number that is none": (STATE.replace('"1"', '"1e"'), "not a number", 3),
    "a wrong tag": (STATE.replace("<variable name=\"x\"", "<varable name=\"x\"").replace("/>\n<math", "/>\n<math"),
                    "Did you mean <variable>?", 3),
    "units defined by themselves": (
        '<units name="a"><unit units="b"/></units><units name="b"><unit units="a"/></units>'
                                    + STATE.replace('units="dimensionless"', 'units="a"'), "defined by themselves", 2),
    "an offset": ('<units name="f"><unit units="kelvin" offset="32"/></units>'
                  + STATE.replace('units="dimensionless"', 'units="f"'), "offset", 2),
    "celsius connected to kelvin": (STATE.replace('units="dimensionless"', 'units="celsius"')
                                    + '\n<component name="d"><variable name="x" units="kelvin"/></component>'
                                    + '<connection component_1="c" component_2="d"><map_variables variable_1="x" '
                                    + 'variable_2="x"/></connection>', "celsius", 3),
    "a connection to nowhere": (STATE + '\n<connection component_1="c" component_2="d"/>'
                                + '<connection component_1="c" component_2="d"><map_variables variable_1="x" '
                                + 'variable_2="y"/></connection>', "unknown component 'd'", 6),
    "equations in a circle": (STATE.replace(MATH, '<variable name="y" units="dimensionless"/>' + MATH).replace(
        "</math>", "<apply><eq/><ci>y</ci><ci>y</ci></apply></math>"), "need each other", 4),
    "a huge number": (STATE.replace('"1"', f'"{"9" * 5000}"'), "5000 characters", 3),
    "an infinite number": (STATE.replace('"1"', '"1e999"'), "too large", 3),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_said_with_file_and_line(what: str, write) -> None:  # type: ignore[no-untyped-def]
    body, said, line = REFUSED[what]
    path = write(cellml(body))
    with pytest.raises(FormatError) as caught:
        load(path)
    assert said in str(caught.value)
    assert caught.value.where == f"{path}:{line}"


def test_all_faults_are_said_at_once(write) -> None:  # type: ignore[no-untyped-def]
    body = STATE.replace("<ci>x</ci></apply></math>", "<ci>y</ci></apply></math>").replace(
        MATH, '<variable name="z" units="dimensionless"/>' + MATH
    )
    body = body.replace("</math>", "<apply><eq/><ci>z</ci><ci>w</ci></apply></math>")
    with pytest.raises(FormatError, match=r"(?s)2 faults.*'y'.*'w'"):
        load(write(cellml(body)))


def test_files_that_import_each_other_are_refused(write) -> None:  # type: ignore[no-untyped-def]
    for mine, other in (("a", "b"), ("b", "a")):
        text = f'<import xlink:href="{other}.cellml"><component name="c" component_ref="c"/></import>'
        write(cellml(text, "1.1", 'xmlns:xlink="http://www.w3.org/1999/xlink"'), f"{mine}.cellml")
    path = write(
        cellml(
            '<import xlink:href="a.cellml"><component name="c" component_ref="c"/></import>', "1.1",
            'xmlns:xlink="http://www.w3.org/1999/xlink"',
        ),
        "c.cellml",
    )  # fmt: skip
    with pytest.raises(FormatError, match="import each other"):
        load(path)


@pytest.mark.parametrize("href", ["http://example.org/model.cellml", "/etc/passwd", "file:///etc/passwd"])
def test_imports_from_elsewhere_are_not_followed(href: str, write) -> None:  # type: ignore[no-untyped-def]
    text = f'<import xlink:href="{href}"><component name="c" component_ref="c"/></import>'
    with pytest.raises(FormatError, match="not followed"):
        load(write(cellml(text, more='xmlns:xlink="http://www.w3.org/1999/xlink"')))


def test_entities_are_not_expanded(write) -> None:  # type: ignore[no-untyped-def]
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    inside = cellml('<component name="&l9;"/>')
    bomb = f'<?xml version="1.0"?>\n<!DOCTYPE model [<!ENTITY l0 "ha">{laughs}]>\n{inside}'
    with pytest.raises(FormatError, match="entity"):
        load(write(bomb))
    outside = '<!DOCTYPE model [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n' + cellml("&x;")
    with pytest.raises(FormatError, match="entity"):
        load(write(outside))


def test_a_connection_between_units_that_do_not_fit_is_noted(write) -> None:  # type: ignore[no-untyped-def]
    body = STATE + (
        f"""<component name="d"><variable name="x" units="volt"/><variable name="y" units="volt"/>
        {MATH}<apply><eq/><ci>y</ci><apply><times/>{cn("2")}<ci>x</ci></apply></apply></math></component>
        <connection component_1="c" component_2="d"><map_variables variable_1="x" variable_2="x"/></connection>"""
    )
    found = read(write(cellml(body)))
    assert any("without conversion" in note.text for note in found.notes)


def test_time_without_a_unit_counts_in_milliseconds_and_other_units_are_refused(write) -> None:  # type: ignore[no-untyped-def]
    found = read(write(cellml(STATE.replace('name="t" units="second"', 'name="t" units="dimensionless"'))))
    assert found.model.time_unit == parse_unit("ms")
    assert any("taken to be milliseconds" in note.text for note in found.notes)
    with pytest.raises(FormatError, match="is no time"):
        load(write(cellml(STATE.replace('name="t" units="second"', 'name="t" units="volt"'))))
