"""Steps held against each other, and what two models differ in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from troponin.errors import ModelError, UnknownNameError
from troponin.expr.infix import parse_infix
from troponin.model.differences import differences
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.model.step import gaps, state_in, step, translated
from troponin.units import parse_unit

MS, MV = parse_unit("ms"), parse_unit("mV")


def cell(component: str = "membrane", leak: float = -0.5) -> Model:
    v = f"{component}.V"
    return Model(
        "cell",
        MS,
        (State(v, MV, -80.0, parse_infix("leak*i")),),
        (Parameter("leak", parse_unit("1/ms"), leak),),
        (Input("t", MS, Role.TIME),),
        (Equation("i", MV, parse_infix(f"{v} + 90 + t*0")),),
        {"v": v},
    )


def test_a_step_is_plain_data() -> None:
    found = step(cell(), {"v": -70.0}, 3.0)
    assert json.loads(json.dumps(found)) == {
        "time": 3.0,
        "states": {"membrane.V": {"value": -70.0, "derivative": -10.0}},
    }


def test_a_step_read_back_gives_its_state_and_time() -> None:
    assert state_in(step(cell(), None, 2.5)) == ({"membrane.V": -80.0}, 2.5)
    assert state_in({"membrane.V": -60}) == ({"membrane.V": -60.0}, None)


@pytest.mark.parametrize("data", [{"states": 3}, {"v": "high"}, {"v": None}, {"time": "now", "v": 1.0}, {"v": True}])
def test_what_is_no_state_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        state_in(data)


def test_gaps_match_names_across_components() -> None:
    (gap,) = gaps(step(cell()), step(cell("cell", leak=-0.25)))
    assert (gap.name, gap.other) == ("membrane.V", "cell.V")
    assert gap.derivatives == (-5.0, -2.5)
    assert gap.relative == 0.5


def test_models_without_a_common_state_are_refused() -> None:
    other = replace(cell(), states=(State("x.y", MV, 0.0, parse_infix("leak*t")),), equations=(), meanings={})
    with pytest.raises(ModelError, match="no state in common"):
        gaps(step(cell()), step(other))


def test_names_of_another_tool_are_translated() -> None:
    assert translated({"v": -70.0}, cell()) == {"membrane.V": -70.0}
    assert translated({"elsewhere.v": -70.0}, cell()) == {"membrane.V": -70.0}
    with pytest.raises(UnknownNameError):
        translated({"calcium": 1.0}, cell())


def test_a_model_differs_in_nothing_from_itself() -> None:
    assert differences(cell(), cell()).same


def test_a_changed_value_is_told_with_its_consequence() -> None:
    found = differences(cell(), cell(leak=-0.25))
    assert found.structure == ("leak is -0.5 in the first and -0.25 in the second",)
    assert found.rates[0].relative == 0.5
    assert not found.same
    named = differences(cell(), cell(leak=-0.25), names=("a.mmt", "b.mmt"))
    assert named.structure == ("leak is -0.5 in a.mmt and -0.25 in b.mmt",)


def test_formulas_units_and_names_are_told() -> None:
    changed = replace(
        cell(),
        equations=(
            Equation("i", parse_unit("V"), parse_infix("membrane.V + 91")),
            Equation("extra", MV, parse_infix("t")),
        ),
    )
    text = "\n".join(differences(cell(), changed).structure)
    assert "equation extra is only in the second" in text
    assert "i is in mV in the first and in V in the second" in text
    assert "membrane.V + 91 in the second" in text


def test_volts_and_millivolts_are_compared_at_the_same_state() -> None:
    in_volts = replace(
        cell(),
        states=(State("membrane.V", parse_unit("V"), -0.08, parse_infix("leak*i/1000")),),
        equations=(Equation("i", MV, parse_infix("membrane.V*1000 + 90 + t*0")),),
    )
    (gap,) = differences(cell(), in_volts).rates
    assert gap.values == (-80.0, pytest.approx(-0.08))
    assert gap.derivatives == (-5.0, pytest.approx(-0.005))
