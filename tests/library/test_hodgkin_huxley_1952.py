"""Hodgkin and Huxley's axon: its rest, its action potential, and its derivatives against two other tools."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from scipy.optimize import brentq

from tests.library.reference import allowance, assert_derivatives_agree, load, probes
from tests.physiology.motion import move
from troponin.library import hodgkin_huxley_1952
from troponin.library.hodgkin_huxley_1952 import model
from troponin.model.check import check
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Model

GATES = {"INa.m": "ina.m", "INa.h": "ina.h", "IK.n": "ik.n"}


def steady_current(axon: Model, v: float) -> float:
    """The ionic current with every gate in the steady state of the voltage."""
    rates = intermediates(axon, {"v": v})
    steady = {}
    for gate in ("INa.m", "INa.h", "IK.n"):
        component, short = gate.split(".")
        alpha, beta = (rates[f"{component}.{kind}_{short}"] for kind in ("alpha", "beta"))
        steady[gate] = alpha / (alpha + beta)
    return intermediates(axon, {"v": v, **steady})["membrane.I_ion"]


def test_the_axon_rests_at_minus_sixty() -> None:
    rest = brentq(lambda v: steady_current(model(), v), -65.0, -55.0, xtol=1e-9)
    assert rest == pytest.approx(-59.9964, abs=5e-5)


def test_the_erratum_of_the_leak_moves_the_rest_to_minus_60_32() -> None:
    mistaken = model().with_values({"IL.EL": "-50.613 mV"})
    assert brentq(lambda v: steady_current(mistaken, v), -65.0, -55.0, xtol=1e-9) == pytest.approx(-60.3199, abs=5e-5)


def test_the_model_starts_at_its_rest() -> None:
    start = {s.name: s.initial for s in model().states}
    assert start == pytest.approx(
        {"membrane.v": -59.9964, "INa.m": 0.0529551, "INa.h": 0.5959941, "IK.n": 0.3177324}, abs=1e-6
    )
    assert abs(derivatives(model())["membrane.v"]) < 1e-4


def test_a_stimulus_from_rest_makes_the_action_potential_of_the_table() -> None:
    _, states = move(model(), 0.5, lambda t: {"membrane.I_stim": -20.0}, every=0.5, rtol=1e-10)
    assert states["membrane.v"][-1] == pytest.approx(-50.9301, abs=5e-5)
    after = model().with_values({name: float(course[-1]) for name, course in states.items()})
    t, states = move(after, 12.0, every=0.01, rtol=1e-10)  # the table's values are of samples every 10 us
    v = states["membrane.v"]
    assert v.max() == pytest.approx(44.3154, abs=2e-4)
    assert t[v.argmax()] + 0.5 == pytest.approx(2.11, abs=1e-9)
    assert v.min() == pytest.approx(-71.1740, abs=2e-4)
    assert np.gradient(v, t).max() == pytest.approx(298.41, abs=0.01)


def test_derivatives_agree_with_myokit_once_its_leak_is_put_in() -> None:
    names = {"membrane.v": "membrane.V", **GATES}
    axon = model().with_values({"IL.EL": "-50.613 mV"})
    assert_derivatives_agree(axon, load("mmt/hodgkin-1952"), names, lambda probe: probe.values["stimulus.Istim"])


def test_derivatives_agree_with_the_cellml_file_once_its_voltage_is_shifted() -> None:
    # all but the n gate, whose closing rate has the sign of its exponent turned round in the file:
    # 0.125 exp(+(V + 75)/80) where the paper has 0.125 exp(V/80) with V positive downwards
    theirs = {
        "membrane.v": "membrane.V",
        "INa.m": "sodium_channel_m_gate.m",
        "INa.h": "sodium_channel_h_gate.h",
    }
    reference = load("cellml/hodgkin_huxley_squid_axon_model_1952_modified")
    for probe in probes(reference):
        state = {ours: probe.state[name] for ours, name in theirs.items()}
        state["membrane.v"] += 15.0  # the file rests at -75 mV
        state["IK.n"] = probe.state["potassium_channel_n_gate.n"]
        rates = derivatives(model(), state | {"stimulus": probe.values["membrane.i_Stim"]})
        for ours, name in theirs.items():
            assert rates[ours] == pytest.approx(probe.exact[name], rel=0.0, abs=allowance(probe, name)), (
                probe.name,
                ours,
            )


def test_the_rates_are_whole_where_the_printed_formulas_are_zero_over_zero() -> None:
    for voltage, name, expected in ((-35.0, "INa.alpha_m", 1.0), (-50.0, "IK.alpha_n", 0.1)):
        assert intermediates(model(), {"v": voltage})[name] == pytest.approx(expected, rel=1e-15)


def test_the_check_finds_no_error_and_tells_that_no_ion_moves() -> None:
    report = check(model())
    assert report.errors == ()
    through = [warning.split(",")[0] for warning in report.warnings]
    assert through == [f"charge leaks through {x}" for x in ("INa.INa", "IK.IK", "IL.IL", "membrane.I_stim")]


def test_the_model_is_at_most_sixty_lines() -> None:
    assert len(inspect.getsource(hodgkin_huxley_1952).splitlines()) <= 60
