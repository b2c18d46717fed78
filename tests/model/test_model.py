"""Model: lookup by name and meaning, copies with other values, and what is refused."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import pytest

from tests.model.small import SMALL
from troponin.errors import ModelError, UnitError, UnknownNameError, ValueRangeError
from troponin.model.model import Equation, Input, Parameter, Role, State
from troponin.units import mV, parse_quantity, parse_unit


@pytest.mark.parametrize("name", ["v", "membrane.v"])
def test_a_variable_is_found_by_name_and_by_meaning(name: str) -> None:
    found = SMALL.variable(name)
    assert isinstance(found, State)
    assert found.name == "membrane.v"


def test_a_name_without_its_component_is_enough_where_only_one_has_it() -> None:
    assert SMALL.qualified("gK") == "IK.gK"
    assert isinstance(SMALL.variable("gK"), Parameter)
    assert isinstance(SMALL.variable("inf"), Equation)


def test_a_name_of_several_components_is_refused_with_all_of_them() -> None:
    with pytest.raises(ModelError, match=r"'tau' stands for several variables: IK\.tau, other\.tau"):
        SMALL.qualified("tau")


@pytest.mark.parametrize(("typed", "meant"), [("IK.gk", "IK.gK"), ("membrane.V", "membrane.v"), ("IK.Tau", "IK.tau")])
def test_a_mistyped_name_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        SMALL[typed]
    assert meant in caught.value.suggestions
    assert f"unknown variable '{typed}'" in str(caught.value)
    assert "model small" in str(caught.value)


def test_a_value_comes_with_its_unit() -> None:
    assert SMALL["IK.gK"] == parse_quantity("0.5 mS/uF")
    assert SMALL["v"] == -80.0 * mV
    assert SMALL["stimulus"] == parse_quantity("0 A/F")
    assert float(SMALL["IK.tau"]) == 5.0


def test_what_an_equation_computes_has_no_value_to_read_or_set() -> None:
    with pytest.raises(ModelError, match=r"'IK\.IK' is computed by an equation"):
        SMALL["IK.IK"]
    with pytest.raises(ModelError, match=r"'IK\.IK' is computed by an equation and cannot be set"):
        SMALL.with_values({"IK.IK": 1.0})


def test_a_changed_model_is_a_copy() -> None:
    changed = SMALL.with_values(
        {"IK.gK": 0.5 * SMALL["IK.gK"], "v": "-0.09 V", "calcium.cai": 2e-4, "stimulus": "-5 A/F"}
    )
    assert [float(changed[name]) for name in ("IK.gK", "v", "cai", "stimulus")] == [0.25, -90.0, 2e-4, -5.0]
    assert float(SMALL["IK.gK"]) == 0.5
    assert float(SMALL["v"]) == -80.0
    assert changed.equations is SMALL.equations


def test_a_model_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        SMALL.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        SMALL.meanings["v"] = "IK.m"  # type: ignore[index]
    with pytest.raises(TypeError):
        SMALL.variables["v"] = SMALL.states[0]  # type: ignore[index]


def test_one_wrong_value_is_raised_as_what_it_is() -> None:
    with pytest.raises(UnitError, match=r"IK\.gK.*wrong unit"):
        SMALL.with_values({"IK.gK": "0.5 mV"})
    with pytest.raises(ValueRangeError, match=r"calcium\.cai: a concentration cannot be negative"):
        SMALL.with_values({"cai": -1e-4})
    with pytest.raises(UnknownNameError):
        SMALL.with_values({"IK.gk": 1.0})


def test_all_wrong_values_are_gathered() -> None:
    with pytest.raises(ModelError) as caught:
        SMALL.with_values({"IK.gk": 1.0, "cai": "-1 uM", "IK.tau": "5 mV", "IK.E": float("nan"), "IK.gK": 1.0})
    assert len(caught.value.complaints) == 4
    message = str(caught.value)
    for part in ("IK.gk", "calcium.cai", "IK.tau", "IK.E", "finite"):
        assert part in message


def test_one_variable_under_two_names_is_refused_rather_than_guessed() -> None:
    with pytest.raises(ModelError, match=r"'membrane\.v' is given twice"):
        SMALL.with_values({"v": -80.0, "membrane.v": -70.0})


def test_a_model_is_shown_in_one_line() -> None:
    assert repr(SMALL) == "<Model small: 3 states, 4 parameters, 2 inputs, time in ms>"
    assert repr(replace(SMALL, variant="endo")).startswith("<Model small endo: 3 states")


def test_a_model_travels_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(SMALL))
    assert copy == SMALL
    assert copy.states[0].rate is SMALL.states[0].rate
    assert dict(copy.meanings) == dict(SMALL.meanings)


def test_an_inputs_unit_is_that_of_the_membrane_current() -> None:
    assert SMALL.variable("stimulus").unit == parse_unit("A/F")


def test_the_clock_cannot_be_set() -> None:
    time = Input("environment.time", parse_unit("ms"), Role.TIME)
    with pytest.raises(ModelError, match="is the clock and cannot be set"):
        replace(SMALL, inputs=(*SMALL.inputs, time)).with_values({"environment.time": 3.0})
