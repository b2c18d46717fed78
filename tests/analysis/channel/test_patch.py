"""A current taken out of a cell: what moves, what is held, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.channel.chains import CA, MV, V, X, Y, cell, closing, one_gate, opening
from troponin.analysis.channel.family import family
from troponin.analysis.channel.patch import current_of, isolate, rates_of
from troponin.errors import ModelError, UnknownNameError
from troponin.expr.functions import log
from troponin.library.catalogue import load_library
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Parameter
from troponin.model.transform import clamped
from troponin.units import DIMENSIONLESS, parse_unit

TP06 = load_library("ten-tusscher-panfilov-2006")
GATED_BY_CALCIUM = cell(
    X * Y * (V + 20.0 * log(CA)),
    {"I.x": (0.1, opening() * (1.0 - X) - closing() * X), "I.y": (0.9, CA * (1.0 - Y) - 0.02 * Y)},
    calcium=-0.1 * CA,
)


@pytest.mark.parametrize(
    ("name", "current", "states"),
    [
        ("hodgkin-huxley-1952", "INa.INa", {"INa.m", "INa.h"}),
        ("ten-tusscher-panfilov-2006", "ICaL", {"ICaL.d", "ICaL.f", "ICaL.f2"}),
        ("ten-tusscher-panfilov-2006", "IK1", set()),
        ("torord-land", "IKr", {"IKr.C3", "IKr.C2", "IKr.C1", "IKr.O", "IKr.I"}),
        ("ohara-rudy-2011", "IKs", {"IKs.xs1", "IKs.xs2"}),
    ],
)
def test_the_gates_of_a_current_move_and_concentrations_are_held(name: str, current: str, states: set[str]) -> None:
    patch = isolate(load_library(name), current)
    assert set(patch.states) == states
    assert not any(state in patch.held for state in states)


def test_what_calcium_alone_moves_is_held_until_it_is_freed() -> None:
    held = isolate(GATED_BY_CALCIUM, "I.I")
    assert held.states == ("I.x",)
    assert {name: str(value) for name, value in held.held.items()} == {"I.y": "0.9", "cell.ca": "0.0001 mM"}
    freed = isolate(GATED_BY_CALCIUM, "I.I", free=["I.y"])
    assert freed.states == ("I.x", "I.y")
    both = isolate(GATED_BY_CALCIUM, "I.I", free=["I.y", "cell.ca"])
    assert both.states == ("I.x", "I.y", "cell.ca")
    assert not both.held
    assert isolate(GATED_BY_CALCIUM, "I.I", held=["x"]).states == ()


def test_the_patch_has_the_cells_own_rates_and_current() -> None:
    patch = isolate(TP06, "ICaL")
    at = {"v": -13.7, "ICaL.d": 0.3, "ICaL.f": 0.5, "ICaL.f2": 0.7}
    x = np.array([0.3, 0.5, 0.7])
    rates, values = derivatives(TP06, at), intermediates(TP06, at)
    np.testing.assert_allclose(rates_of(patch, np.array(-13.7), x), [rates[name] for name in patch.states], rtol=1e-13)
    assert float(current_of(patch, np.array(-13.7), x)) == pytest.approx(values["ICaL.ICaL"], rel=1e-13)


def test_a_result_tells_what_was_held_and_how_it_was_solved() -> None:
    data = family(TP06, "ICaL", steps=["0 mV"], duration="10 ms")
    assert json.loads(data.attrs["held"]) == {"calcium.CaSS": "0.00036 mM", "ICaL.fCass": "0.9953"}
    assert json.loads(data.attrs["dynamic"]) == ["ICaL.d", "ICaL.f", "ICaL.f2"]
    assert (data.attrs["method"], data.attrs["current"], data.attrs["experiment"]) == ("exact", "ICaL.ICaL", "family")


def test_a_cell_that_is_clamped_already_gives_the_same_patch() -> None:
    whole, held = isolate(TP06, "IKr"), isolate(clamped(TP06, "v"), "IKr")
    assert whole.states == held.states
    x = np.array([0.3, 0.4])
    np.testing.assert_array_equal(rates_of(whole, np.array(5.0), x), rates_of(held, np.array(5.0), x))


def test_a_potential_that_is_a_constant_is_driven_all_the_same() -> None:
    plain = one_gate()
    constant = replace(
        plain, states=plain.states[1:], parameters=(*plain.parameters, Parameter("membrane.v", MV, -80.0))
    )
    ours, theirs = (family(m, "I.I", steps=["20 mV"], duration="8 ms") for m in (plain, constant))
    np.testing.assert_array_equal(ours["current"], theirs["current"])


def test_other_units_of_potential_and_time_give_the_same_current() -> None:
    volts = cell(
        2.0 * X * (1000.0 * V - 30.0),
        {"I.x": (0.1, 1000.0 * (opening(1000.0 * V) * (1.0 - X) - closing(1000.0 * V) * X))},
        in_mV=1000.0,
        time_unit=parse_unit("s"),
    )
    ours, theirs = (family(m, "I.I", steps=["-20 mV", "40 mV"], duration="8 ms") for m in (one_gate(), volts))
    np.testing.assert_allclose(ours["current"], theirs["current"], rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(ours["time"], theirs["time"])


def test_a_potential_without_a_unit_counts_in_millivolts_and_this_is_told() -> None:
    plain = one_gate()
    bare = replace(plain, states=(replace(plain.states[0], unit=DIMENSIONLESS), *plain.states[1:]))
    ours, theirs = (family(m, "I.I", steps=["20 mV"], duration="8 ms") for m in (plain, bare))
    np.testing.assert_array_equal(ours["current"], theirs["current"])
    assert "taken as mV" in theirs.attrs["remark_on_mV"]
    assert "remark_on_mV" not in ours.attrs


def test_an_unknown_current_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown current 'INaa'.*INa\.INa"):
        isolate(TP06, "INaa")


@pytest.mark.parametrize(
    ("name", "current", "words"),
    [
        ("land-2017", "land.Ta", "no membrane potential"),
        ("ten-tusscher-panfilov-2006", "IpCa.IpCa", r"does not depend on the membrane potential(.|\n)*calcium.Cai"),
        ("ten-tusscher-panfilov-2006", "v", "the potential itself"),
        ("ten-tusscher-panfilov-2006", "INa.GNa", "given, not computed"),
        ("ten-tusscher-panfilov-2006", "ICaL.fCass", "does not depend on the membrane potential"),
    ],
)
def test_what_cannot_be_clamped_is_refused(name: str, current: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        isolate(load_library(name), current)


def test_states_that_cannot_be_freed_are_told_all_at_once() -> None:
    with pytest.raises(ModelError, match=r"INa\.mm(.|\n)*INa\.m(.|\n)*'INa\.GNa' is no state"):
        isolate(TP06, "INa", free=["INa.mm", "INa.GNa"])
    with pytest.raises(ModelError, match=r"does not depend(.|\n)*IKr\.Xr1"):
        isolate(TP06, "INa", held=["IKr.Xr1"])
