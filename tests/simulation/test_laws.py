"""What must hold of every run: no edge is missed, and neither time, nor cuts, nor the order of things, nor what is kept
changes what happens."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import troponin as tn
from tests.protocol.test_timeline import protocols as any_protocols
from tests.protocol.test_timeline import starts
from troponin.expr.functions import exp
from troponin.expr.nodes import Symbol
from troponin.model.model import Input, Model, Parameter, Role, State
from troponin.protocol import pacing
from troponin.protocol.timeline import Protocol, Wave, sequence, time_text
from troponin.simulation.final_state import final_state
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF, Rosenbrock
from troponin.units import ms, mV, parse_unit

TIGHT = BDF(rtol=1e-9)
PER_CAPACITANCE = parse_unit("A/F")
few = settings(max_examples=8, deadline=None)


def protocols() -> st.SearchStrategy[Protocol]:
    """Any protocol, made to last whole ms, so that runs one after the other are kept at the same times."""
    return any_protocols().map(lambda protocol: replace(protocol, duration=Fraction(ceil(protocol.duration))))


def adder() -> Model:
    """da/dt = -i and db/dt = s: what the two inputs bring, exactly."""
    inputs = tuple(
        Input(f"cell.{name}", PER_CAPACITANCE, role) for name, role in (("i", Role.STIMULUS), ("s", Role.STRETCH))
    )
    states = (State("cell.a", mV, 0.0, -Symbol("cell.i")), State("cell.b", mV, 0.0, Symbol("cell.s")))
    return Model("adder", ms, states, (), inputs, meanings={"stimulus": "cell.i"})


def excitable() -> Model:
    """Two nonlinear states at rest at the origin, driven by two inputs."""
    v, w, i, s, tau = (Symbol(f"cell.{name}") for name in ("v", "w", "i", "s", "tau"))
    inputs = (Input("cell.i", PER_CAPACITANCE, Role.STIMULUS), Input("cell.s", PER_CAPACITANCE, Role.STRETCH))
    pull = (v * (1.0 + 0.3 * exp(-(v**2))) + w) / tau
    states = (State("cell.v", mV, 0.0, s - i - pull), State("cell.w", mV, 0.0, (0.8 * v - w) / (8.0 * tau)))
    return Model("excitable", ms, states, (Parameter("cell.tau", ms, 2.0),), inputs, meanings={"v": "cell.v"})


def brought(protocol: Protocol, role: str, until: Fraction) -> Fraction:
    """The integral of an input up to a time, by summing over every piece of every wave."""
    total = Fraction(0)
    for train in protocol.trains:
        assert isinstance(train.wave, Wave)
        for begin in starts(train) if train.role == role else ():
            for piece in train.wave.pieces:
                t = max(Fraction(0), min(until, begin + piece.length) - begin)
                total += sum(c * t ** (n + 1) / (n + 1) for n, c in enumerate(piece.cubic))
                begin += piece.length
    return total


def levels(protocol: Protocol) -> Protocol:
    """The same edges with constant values between them, which a solver adds up exactly."""
    trains = []
    for train in protocol.trains:
        assert isinstance(train.wave, Wave)
        flat = [replace(p, cubic=(p.cubic[0] or Fraction(1), *[Fraction(0)] * 3)) for p in train.wave.pieces]
        trains.append(replace(train, wave=replace(train.wave, pieces=tuple(flat))))
    return replace(protocol, trains=tuple(trains))


@settings(max_examples=30, deadline=None)
@given(protocols().map(levels))
def test_no_edge_of_any_protocol_is_missed(protocol: Protocol) -> None:
    exact = [-brought(protocol, "stimulus", protocol.duration), brought(protocol, "stretch", protocol.duration)]
    for solver in (BDF(), Rosenbrock()):
        run = simulate(adder(), protocol, solver=solver, save=Save(every="1000 ms"))
        found = [float(run[name][-1]) for name in ("cell.a", "cell.b")]
        # the smallest piece brings 1/144; a thousand doubles of size 1e4 round to 1e-9
        assert found == pytest.approx([float(x) for x in exact], rel=1e-10, abs=1e-8)


@pytest.mark.parametrize("solver", [BDF(), Rosenbrock()])
def test_a_stimulus_of_a_hundredth_of_a_ms_after_an_hour_of_rest_still_fires(solver: BDF) -> None:
    late = pacing.shifted(pacing.pulse("-1000 A/F", "0.01 ms"), "3600 s")
    cell = tn.load("beeler-reuter-1977")
    settled = cell.with_values(final_state(cell, simulate(cell, duration="100 s", save=Save(last="1 ms"))))
    weak = pacing.shifted(pacing.pulse("-5000 uA/cm^2", "0.01 ms"), "3600 s")
    run = simulate(settled, weak, duration="3600100 ms", save=Save(["v"], every="1 ms", last="100 ms"), solver=solver)
    assert run["v"][0] < -80.0
    assert run["v"].max() > 10.0
    exact = simulate(adder(), late, duration="3601 s", save=Save(every="1000 s"), solver=solver)
    assert exact["cell.a"][-1] == pytest.approx(10.0, rel=1e-12)


@few
@given(protocols(), st.integers(1, 400))
def test_shifting_time_shifts_the_run_and_changes_nothing_else(protocol: Protocol, by: int) -> None:
    here = simulate(excitable(), protocol, solver=TIGHT, save=Save(every="0.5 ms"))
    there = simulate(
        excitable(),
        pacing.shifted(protocol, f"{by} ms"),
        solver=TIGHT,
        save=Save(every="0.5 ms", last=time_text(protocol.duration)),
    )
    assert np.allclose(there["time"] - by, here["time"], rtol=0, atol=1e-9)
    for name in here.data_vars:
        assert np.allclose(there[name], here[name], rtol=1e-6, atol=1e-6 * max(1.0, float(abs(here[name]).max())))


@few
@given(protocols(), protocols())
def test_a_run_in_two_parts_is_the_run_in_one(first: Protocol, second: Protocol) -> None:
    cell = excitable()
    whole = simulate(
        cell, sequence(first, second), solver=TIGHT, save=Save(every="0.5 ms", last=time_text(second.duration))
    )
    middle = simulate(cell, first, solver=TIGHT)
    after = simulate(cell.with_values(final_state(cell, middle)), second, solver=TIGHT, save=Save(every="0.5 ms"))
    assert np.allclose(whole["time"] - float(first.duration), after["time"], rtol=0, atol=1e-9)
    for name in after.data_vars:
        assert np.allclose(whole[name], after[name], rtol=1e-6, atol=1e-6 * max(1.0, float(abs(after[name]).max())))


@few
@given(protocols(), protocols())
def test_the_order_of_inputs_and_of_what_is_added_changes_nothing(one: Protocol, other: Protocol) -> None:
    cell = excitable()
    turned = replace(cell, inputs=cell.inputs[::-1], states=cell.states[::-1])
    run = simulate(cell, one + other, solver=TIGHT)
    for again in (simulate(cell, other + one, solver=TIGHT), simulate(turned, one + other, solver=TIGHT)):
        for name in run.data_vars:
            assert np.allclose(again[name], run[name], rtol=1e-6, atol=1e-6 * max(1.0, float(abs(run[name]).max())))


@few
@given(protocols(), st.sampled_from(["0.1 ms", "0.25 ms", "7 ms"]))
def test_what_is_kept_changes_no_number(protocol: Protocol, every: str) -> None:
    often = simulate(excitable(), protocol, save=Save(every="0.05 ms"))
    seldom = simulate(excitable(), protocol, save=Save(["v"], every=every))
    common = often.sel(time=seldom["time"], method="nearest")
    assert np.array_equal(common["time"], seldom["time"])
    assert np.array_equal(common["v"], seldom["v"])
    assert often.attrs["count_steps"] == seldom.attrs["count_steps"]


def test_stretch_voltage_potassium_and_temperature_are_driven_at_once() -> None:
    cell = tn.clamped(tn.load("torord-land"), "v", "ko", temperature="phys.T")
    drive = pacing.steps([("-85 mV", "20 ms"), ("10 mV", "100 ms"), ("-85 mV", "30 ms")], role="v")
    drive += pacing.ramp("5 mM", "8 mM", "150 ms", role="ko")
    drive += pacing.series([0.0, 150.0], [300.0, 310.0], "K", role="temperature")
    drive += pacing.sine("0.02", "20 Hz", "150 ms", role="stretch", offset="1.05")
    run = simulate(cell, drive, save=Save(["v", "ko", "phys.T", "stretch", "stretch_rate", "Ta"], every="2 ms"))
    t = run["time"].to_numpy()
    inside = slice(None, -1)  # at the very end every input is still where its last piece ends
    assert np.array_equal(run["v"][inside], np.where(t < 20, -85.0, np.where(t < 120, 10.0, -85.0))[inside])
    assert np.allclose(run["ko"], 5.0 + 3.0 * t / 150.0, rtol=1e-12)
    assert np.allclose(run["phys.T"], 300.0 + t / 15.0, rtol=1e-12)
    w = 2.0 * np.pi * 0.02
    assert np.allclose(run["stretch"], 1.05 + 0.02 * np.sin(w * t), rtol=0, atol=0.02 * 1e-5)
    assert np.allclose(run["stretch_rate"], 0.02 * w * np.cos(w * t), rtol=0, atol=0.02 * w * 1e-3)
    assert run["Ta"].max() > 2.0 * float(run["Ta"][0])
