"""Clamps: what was computed is driven from outside."""

from __future__ import annotations

import pytest

import troponin as tn
from tests.physiology.cells import whole_cell
from troponin.errors import ModelError, UnknownNameError
from troponin.library.hodgkin_huxley_1952 import model
from troponin.model.check import check
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Input
from troponin.model.transform import clamped
from troponin.protocol.shapes import steps


def test_a_clamped_state_is_an_input_that_rests_at_its_initial_value() -> None:
    held = clamped(model(), "v")
    voltage = held.variable("v")
    assert isinstance(voltage, Input)
    assert (voltage.role, voltage.value) == ("v", -59.9964)
    assert all(state.name != "membrane.v" for state in held.states)


def test_what_depends_on_a_clamped_state_follows_it() -> None:
    free, held = derivatives(model(), {"v": 10.0}), derivatives(clamped(model(), "v"), {"v": 10.0})
    assert {name: rate for name, rate in free.items() if name != "membrane.v"} == held


def test_a_protocol_drives_the_clamped_voltage() -> None:
    step = steps([("-90 mV", "5 ms"), ("0 mV", "5 ms")], role="v")
    run = tn.simulate(clamped(model(), "v"), step, save=tn.Save(["v", "IK.n"], every="2.5 ms"))
    assert run["v"].values[[0, 1, 3]].tolist() == [-90.0, -90.0, 0.0]
    assert run["IK.n"].values[-1] > 2 * run["IK.n"].values[1]


def test_a_clamped_equation_keeps_what_it_was_at_the_start() -> None:
    held = clamped(whole_cell(), "INa.INa")
    assert held["INa.INa"].value == intermediates(whole_cell())["INa.INa"]
    assert derivatives(held)["membrane.v"] == pytest.approx(derivatives(whole_cell())["membrane.v"], rel=1e-14)


def test_a_clamp_takes_away_what_is_no_longer_conserved_and_leaves_the_model_sound() -> None:
    held = clamped(whole_cell(), "v")
    assert held.invariants == ()
    assert check(held).errors == ()


def test_what_is_given_from_outside_needs_no_clamp() -> None:
    with pytest.raises(ModelError, match="needs no clamp"):
        clamped(model(), "stimulus")
    with pytest.raises(ModelError, match="needs no clamp"):
        clamped(model(), "INa.gNa")


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"INa\.m"):
        clamped(model(), "INa.mm")
