"""Clamps: what was computed is driven from outside."""

from __future__ import annotations

import numpy as np
import pytest

import troponin as tn
from tests.physiology.cells import whole_cell
from troponin.errors import ModelError, UnitError, UnknownNameError, ValueRangeError
from troponin.expr.nodes import Symbol
from troponin.library.hodgkin_huxley_1952 import model
from troponin.model.check import check
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Input, Model, Parameter, State
from troponin.model.transform import clamped, stimulated
from troponin.protocol.shapes import steps
from troponin.units import DIMENSIONLESS, ms


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


def test_a_clamped_total_current_moves_the_voltage_alone_and_no_ion_so_charge_is_not_conserved() -> None:
    cell = tn.load("ten-tusscher-panfilov-2006")
    assert [x.name for x in cell.invariants] == ["charge"]
    assert clamped(cell, "I_ion").invariants == ()
    # a current that is given still moves its ion, and so does a pump within the cell
    for name in ("IKr.IKr", "INaK.INaK", "Iup.Iup"):
        assert clamped(cell, name).invariants == cell.invariants, name


def test_what_a_conserved_quantity_is_made_of_through_equations_takes_it_away_too() -> None:
    cell = tn.load("tomek-2020")
    assert "charge" in [x.name for x in cell.invariants]
    assert clamped(cell, length="geometry.L").invariants == ()  # volumes follow from it
    assert clamped(cell, "IKr.GKr").invariants == cell.invariants


def test_what_is_given_from_outside_needs_no_clamp() -> None:
    with pytest.raises(ModelError, match="needs no clamp"):
        clamped(model(), "stimulus")


def test_a_parameter_made_an_input_changes_no_rate() -> None:
    cell = whole_cell()
    driven = clamped(cell, "ko", temperature="phys.T")
    for values in ({}, {"K.ko": 8.0, "phys.T": 300.0}):
        free, held = derivatives(cell, values), derivatives(driven, values)
        assert held == free
    assert [(given.name, given.role) for given in driven.inputs[-2:]] == [("K.ko", "ko"), ("phys.T", "temperature")]
    assert check(driven).errors == ()


def test_compiled_code_with_a_driven_parameter_gives_the_rates_of_the_constant() -> None:
    values = {"K.ko": 8.0, "phys.T": 300.0}
    rest, save = "20 ms", tn.Save(every="5 ms")
    tight = tn.BDF(rtol=1e-10)
    constant = tn.simulate(whole_cell().with_values(values), duration=rest, save=save, solver=tight)
    driven = clamped(whole_cell(), "ko", temperature="phys.T")
    held = tn.simulate(driven.with_values(values), duration=rest, save=save, solver=tight)
    levels = tn.pacing.level("8 mM", rest, role="ko") + tn.pacing.level("300 K", rest, role="temperature")
    for run in (held, tn.simulate(driven, levels, save=save, solver=tight)):
        for name in constant.data_vars:
            assert np.allclose(run[name], constant[name], rtol=1e-8, atol=1e-10), name


def test_charge_stays_conserved_while_a_concentration_outside_is_driven() -> None:
    driven = clamped(whole_cell(), "ko")
    assert [x.name for x in driven.invariants] == [x.name for x in whole_cell().invariants]


def test_an_exponent_that_is_driven_is_one() -> None:
    x, n = Symbol("pool.x"), Symbol("pool.n")
    power = Model(
        "power", ms, (State("pool.x", DIMENSIONLESS, 0.5, -(x**n) / Symbol("pool.tau")),),
        (Parameter("pool.n", DIMENSIONLESS, 2.0), Parameter("pool.tau", ms, 1.0)),
    )  # fmt: skip
    levels = tn.pacing.level("2", "4 ms", role="n") + tn.pacing.shifted(tn.pacing.level("1", "4 ms", role="n"), "4 ms")
    run = tn.simulate(clamped(power, "n"), levels, save=tn.Save(["pool.x"], every="4 ms"), solver=tn.BDF(rtol=1e-9))
    at_four = 1.0 / (2.0 + 4.0)
    assert np.allclose(run["pool.x"], [0.5, at_four, at_four * np.exp(-4.0)], rtol=1e-6)


def test_several_variables_are_clamped_at_once_and_all_complaints_are_told() -> None:
    held = clamped(model(), "v", "INa.gNa")
    assert [given.role for given in held.inputs[-2:]] == ["v", "INa.gNa"]
    with pytest.raises(ModelError, match=r"(?s)needs no clamp.*\"stimulus\".*INa\.mm"):
        clamped(model(), "stimulus", "INa.mm")
    with pytest.raises(ModelError, match="nothing is named"):
        clamped(model())
    with pytest.raises(ModelError, match="named twice"):
        clamped(model(), "v", "membrane.v")
    with pytest.raises(ModelError, match="role of another input already"):
        clamped(model(), stimulus="INa.gNa")


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"INa\.m"):
        clamped(model(), "INa.mm")


def test_another_stimulus_of_its_own_is_what_pacing_repeats() -> None:
    axon = stimulated(model(), "-40 uA/cm^2", "0.5 ms")
    given = tn.pacing.regular("20 ms", beats=2, amplitude="-40 uA/cm^2", duration="0.5 ms")
    own, same = tn.simulate(axon, tn.pacing.regular("20 ms", beats=2)), tn.simulate(model(), given)
    np.testing.assert_array_equal(own["v"], same["v"])


def test_a_stimulus_in_the_wrong_unit_or_that_does_not_last_or_has_nothing_to_drive_is_refused() -> None:
    with pytest.raises(UnitError, match="amplitude"):
        stimulated(model(), "-40 mV", "1 ms")
    with pytest.raises(ValueRangeError, match="must last"):
        stimulated(model(), "-40 uA/cm^2", "0 ms")
    with pytest.raises(ModelError, match="no stimulus input"):
        stimulated(tn.load("land-2017"), "-40 uA/cm^2", "1 ms")
