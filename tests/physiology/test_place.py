"""Place: every equation of a cell written in Python knows the line that it comes from, and complaints name it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from troponin.errors import ModelError
from troponin.library import hodgkin_huxley_1952, torord_land
from troponin.model.model import Model
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel
from troponin.physiology.gate import Gate
from troponin.units import ms, mV


def line_of(text: str) -> str:
    """This file and the number of its one line that holds a text."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (number,) = [i for i, line in enumerate(lines, start=1) if text in line and "line_of(" not in line]
    return f"{Path(__file__).name}:{number}"


def places(model: Model) -> dict[str, str]:
    found = {variable.name: variable.where for variable in (*model.states, *model.equations, *model.parameters)}
    return {name: Path(where).name if where else "nowhere" for name, where in found.items()}


def patch_of_membrane() -> Cell:
    cell = Cell("patch", capacitance="1 uF/cm^2", v="-60 mV")
    n = Gate("n", inf=0.5, tau=5.0)
    cell.add(Channel("IK", reversal="-72 mV", conductance="36 mS/cm^2", open=n**4))
    return cell


def test_every_thing_is_placed_where_it_is_written() -> None:
    cell = patch_of_membrane()
    cell.equation("other.double", 2.0 * cell.parameter("other.half", "1 mV"), "mV")
    placed = places(cell.build())
    assert placed["membrane.v"] == line_of('Cell("patch"')
    assert placed["IK.n"] == placed["IK.tau_n"] == line_of('n = Gate("n"')
    assert placed["IK.IK"] == placed["IK.gK"] == line_of('Channel("IK", reversal')
    assert placed["other.double"] == line_of('"other.double", 2.0')


def test_a_complaint_names_the_line() -> None:
    cell = patch_of_membrane()
    cell.state("other.wrong", "1 mV", 3.0 * mV)
    with pytest.raises(ModelError) as complaint:
        cell.build()
    assert f"{line_of('other.wrong')}: equation of d(other.wrong)/dt gives mV" in str(complaint.value)


def test_a_library_model_points_into_the_library() -> None:
    for module, name in ((hodgkin_huxley_1952, "INa.INa"), (torord_land, "land.Zetas")):
        where = places(module.model())[name]
        file, _, number = where.partition(":")
        source = Path(inspect.getfile(module))
        assert file == source.name
        assert 0 < int(number) <= len(source.read_text(encoding="utf-8").splitlines())


def test_the_place_is_no_part_of_what_is_computed() -> None:
    here, there = Gate("n", inf=0.5, tau=2.0 * ms), Gate("n", inf=0.5, tau=2.0 * ms, where="elsewhere.py:1")
    assert here.formulas == there.formulas
    assert there.where == "elsewhere.py:1"
