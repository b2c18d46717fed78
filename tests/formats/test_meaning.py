"""What variables mean: by the file's own words, by names with units, by the form of dv/dt; and what is left open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from troponin.expr.infix import parse_infix
from troponin.formats.meaning import find_meanings
from troponin.formats.membrane_current import with_currents
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.units import DIMENSIONLESS, parse_unit

MS, MV, MM, A_F = (parse_unit(text) for text in ("ms", "mV", "mM", "A/F"))


def cell(rate: str = "-(i_Na + i_K + i_stim)", *more: State, v: str = "membrane.V") -> Model:
    return Model(
        "cell",
        MS,
        (State(v, MV, -80.0, parse_infix(rate)), *more),
        (Parameter("g", parse_unit("mS/uF"), 0.1),),
        (Input("time", MS, Role.TIME), Input("i_stim", A_F, Role.STIMULUS)),
        (
            Equation("i_Na", A_F, parse_infix(f"g * ({v} - 50)")),
            Equation("i_K", A_F, parse_infix(f"g * ({v} + 90)")),
            Equation("total", A_F, parse_infix("i_Na + i_K")),
        ),
        {"time": "time", "stimulus": "i_stim"},
    )


def test_names_with_fitting_units_are_found_and_said() -> None:
    found, said = find_meanings(cell("0", State("ca.Cai", MM, 1e-4, parse_infix("0*time"))), {})
    assert found == {"v": "membrane.V", "cai": "ca.Cai"}
    assert "v is membrane.V, by its name and unit" in said


def test_the_file_s_own_words_come_first() -> None:
    other = State("odd.name", MV, 0.0, parse_infix("0*time"))
    found, said = find_meanings(cell("0", other), {"odd.name": ("membrane_voltage",)})
    assert found["v"] == "odd.name"
    assert "v is odd.name, as the file says" in said


def test_two_equally_good_answers_are_none() -> None:
    found, said = find_meanings(cell("0", State("other.V", MV, 0.0, parse_infix("0*time"))), {})
    assert "v" not in found
    assert any("not decided" in text and "other.V" in text for text in said)


def test_a_name_with_another_unit_is_no_potential() -> None:
    plain = replace(cell(), states=(State("V", parse_unit("uL"), 1.0, parse_infix("0*time")),))
    assert "v" not in find_meanings(plain, {})[0]


def test_without_any_units_the_name_is_enough() -> None:
    plain = replace(cell(), states=(State("V", DIMENSIONLESS, -80.0, parse_infix("0*time")),))
    assert find_meanings(plain, {})[0]["v"] == "V"


def test_a_time_constant_without_a_unit_is_no_tension() -> None:
    for name, found in (("ta", False), ("Ta", True)):
        plain = replace(cell(), equations=(*cell().equations, Equation(name, DIMENSIONLESS, parse_infix("g*time"))))
        assert ("Ta" in find_meanings(plain, {})[0]) is found


def test_the_total_current_is_the_one_that_the_rate_reads() -> None:
    model = replace(cell("-(total + i_stim)"), meanings={**cell().meanings, "v": "membrane.V"})
    found, said = with_currents(model)
    assert found.meanings["I_ion"] == "total"
    assert found.main_currents == ("i_Na", "i_K")
    assert found.equations == model.equations
    assert said == ["I_ion is total, by the form of dv/dt"]


def test_a_total_that_is_positive_inward_is_not_the_ionic_current_which_is_minus_the_rate() -> None:
    model = replace(cell("total + i_stim"), meanings={**cell().meanings, "v": "membrane.V"})
    found, said = with_currents(model)
    assert said == ["I_ion is membrane.I_ion, added: minus dv/dt without the stimulus"]
    value = intermediates(found)
    assert value["membrane.I_ion"] == -value["total"] != 0.0


@pytest.mark.parametrize("rate", ["-(i_Na + i_K + i_stim)", "(i_stim*-1 - i_Na - i_K)/1"])
def test_a_total_current_that_no_equation_is_is_added(rate: str) -> None:
    model = replace(cell(rate), meanings={**cell().meanings, "v": "membrane.V"})
    found, _ = with_currents(model)
    assert found.meanings["I_ion"] == "membrane.I_ion"
    values = intermediates(found)
    assert values["membrane.I_ion"] == pytest.approx(values["total"])
    assert found.variable("I_ion").unit == A_F
    assert derivatives(found) == derivatives(model)
    assert found.main_currents == ("i_Na", "i_K")
