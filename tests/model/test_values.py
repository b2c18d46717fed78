"""From what a user gives to a number in the variable's own unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.errors import UnitError, ValueRangeError
from troponin.model.values import number_in
from troponin.units import Quantity, mM, ms, mV, parse_unit


@pytest.mark.parametrize(
    ("value", "number"),
    [(5.4, 5.4), (5, 5.0), ("5.4 mM", 5.4), ("5400 uM", 5.4), ("5.4", 5.4), (Quantity(0.0054, parse_unit("M")), 5.4)],
    ids=str,
)
def test_numbers_texts_and_quantities_mean_the_same(value: Any, number: float) -> None:
    assert number_in(mM, value, name="K.ko") == number


@given(st.floats(-1e6, 1e6))
def test_conversion_there_and_back_is_the_same_number(value: float) -> None:
    there = number_in(parse_unit("V"), Quantity(value, mV), name="v")
    assert number_in(mV, Quantity(there, parse_unit("V")), name="v") == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "nan mV"], ids=str)
def test_a_value_is_a_finite_number(value: Any) -> None:
    with pytest.raises(ValueRangeError, match="finite"):
        number_in(mV, value, name="membrane.v")


@pytest.mark.parametrize(
    ("unit", "what"),
    [("mM", "a concentration"), ("uM", "a concentration"), ("uF", "a capacitance"), ("uF/cm^2", "a capacitance"),
     ("pL", "a volume"), ("K", "an absolute temperature"), ("nS", "a conductance"), ("mS/cm^2", "a conductance"),
     ("mS/uF", "a rate, or a conductance by capacitance,")],
)  # fmt: skip
def test_what_cannot_be_negative_is_refused_below_zero(unit: str, what: str) -> None:
    with pytest.raises(ValueRangeError, match=f"here: {what} cannot be negative; got -1 {unit}".replace("^", r"\^")):
        number_in(parse_unit(unit), -1.0, name="here")
    assert number_in(parse_unit(unit), -1.0, name="a slope", signed=True) == -1.0


@pytest.mark.parametrize("unit", ["uF", "uF/cm^2", "pL", "K"])
def test_what_rates_are_divided_by_is_refused_at_zero(unit: str) -> None:
    with pytest.raises(ValueRangeError, match=r"here: an? [a-z ]+ cannot be zero; got 0 "):
        number_in(parse_unit(unit), 0.0, name="here")
    assert number_in(parse_unit(unit), 0.0, name="here", signed=True) == 0.0


@pytest.mark.parametrize("unit", ["mM", "nS", "mS/cm^2", "mS/uF"])
def test_what_can_be_taken_away_may_be_zero(unit: str) -> None:
    assert number_in(parse_unit(unit), 0.0, name="here") == 0.0


@pytest.mark.parametrize("value", [None, [1.0], 1 + 2j, 10**400, np.zeros(2)], ids=lambda value: type(value).__name__)
def test_what_is_no_number_is_refused_with_its_name(value: Any) -> None:
    with pytest.raises(ValueRangeError, match=r"^here: this is not one number; got .*meant in mV$"):
        number_in(mV, value, name="here")


def test_a_voltage_may_be_negative() -> None:
    assert number_in(mV, "-80 mV", name="membrane.v") == -80.0


def test_a_wrong_unit_is_answered_with_the_right_one() -> None:
    with pytest.raises(UnitError) as caught:
        number_in(ms, "5 mV", name="IK.tau")
    message = str(caught.value)
    assert "IK.tau" in message
    assert "mV where ms is expected" in message
    assert "Give it in ms" in message


def test_a_text_that_is_no_value_names_the_variable() -> None:
    with pytest.raises(UnitError, match=r"IK\.tau"):
        number_in(ms, "five", name="IK.tau")
