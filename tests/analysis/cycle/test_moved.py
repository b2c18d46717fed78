"""What moved on the way to a cycle: by how much, and in which words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.analysis.cycle.moved import Moved, moved_concentrations, told
from troponin.expr.nodes import Number
from troponin.model.model import Model, State
from troponin.units import mM, ms, mV, uM

MODEL = Model(
    "still",
    ms,
    states=tuple(
        State(name, unit, initial, Number(0.0))
        for name, unit, initial in (("membrane.v", mV, -80.0), ("ions.ki", mM, 100.0), ("ions.cai", uM, 0.1))
    ),
)


def test_concentrations_are_told_in_their_own_units_the_one_that_moved_most_first() -> None:
    found = moved_concentrations(MODEL, {"membrane.v": 0.0, "ions.ki": 150.0, "ions.cai": 0.101})
    assert [each.name for each in found] == ["ions.ki", "ions.cai"]
    assert [each.far for each in found] == [True, False]
    assert str(found[0]) == "ions.ki from 100 to 150 mM"
    assert told(found, 41_234.0) == (
        "far from the initial state: ions.ki from 100 to 150 mM. "
        "A cell that is only paced takes some 41,000 beats to get there"
    )
    assert told(found, math.nan) == "far from the initial state: ions.ki from 100 to 150 mM"
    assert told(found[1:], 10.0) == ""


@given(before=st.floats(1e-6, 200.0), part=st.floats(-0.99, 5.0))
def test_the_part_is_that_of_the_initial_value(before: float, part: float) -> None:
    assert Moved("x", mM, before, before * (1.0 + part)).part == pytest.approx(abs(part), abs=1e-12)
