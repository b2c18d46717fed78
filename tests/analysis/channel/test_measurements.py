"""Families, current-voltage curves, gating, recovery and tails, on channels whose answers are known."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.channel.chains import V, X, Y, cell, gate_at, one_gate
from troponin.analysis.channel.family import family
from troponin.analysis.channel.fits import boltzmann, exponentials
from troponin.analysis.channel.gating import activation, inactivation
from troponin.analysis.channel.iv import iv
from troponin.analysis.channel.recovery import deactivation, recovery
from troponin.analysis.channel.steady_state import steady_state
from troponin.analysis.channel.voltages import voltages
from troponin.errors import ModelError, ProtocolError, UnitError, ValueRangeError
from troponin.expr.functions import exp
from troponin.library.catalogue import load_library
from troponin.model.derivatives import intermediates
from troponin.model.transform import clamped
from troponin.protocol.shapes import steps
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import Rosenbrock
from troponin.units import Quantity, mV

TP06 = load_library("ten-tusscher-panfilov-2006")
TORORD = load_library("torord-land")

# dx/dt = (s(v) - x) / 3 ms and dy/dt = (1 - s(v + 40) - y) / 50 ms, s Boltzmann's curve with slope 6 mV
OPEN = 1.0 / (1.0 + exp(-(V + 20.0) / 6.0))
SHUT = 1.0 / (1.0 + exp((V + 60.0) / 6.0))
TRANSIENT = cell(0.5 * X * Y * (V - 50.0), {"I.x": (0.0, (OPEN - X) / 3.0), "I.y": (1.0, (SHUT - Y) / 50.0)})
SHUTTING = cell(0.5 * Y * (V - 50.0), {"I.y": (1.0, (SHUT - Y) / 50.0)})
LASTING = cell(0.5 * X * (V + 85.0), {"I.x": (0.0, (OPEN - X) / 3.0)})


def test_a_family_holds_both_limits_at_every_edge() -> None:
    data = family(one_gate(), "I.I", steps=["-40 mV", "20 mV"], duration="8 ms", tail="-60 mV")
    time, v = data["time"].to_numpy(), data["voltage"].to_numpy()
    assert np.all(np.diff(time) > 0.0)
    for edge, before, after in ((0.0, [-80.0, -80.0], [-40.0, 20.0]), (8.0, [-40.0, 20.0], [-60.0, -60.0])):
        k = int(np.flatnonzero(time == edge)[0])
        assert edge - time[k - 1] < 1e-14
        np.testing.assert_array_equal(v[:, k - 1], before)
        np.testing.assert_array_equal(v[:, k], after)
        # the gate does not jump, the current does
        np.testing.assert_allclose(data["I.x"][:, k - 1], data["I.x"][:, k], rtol=0.0, atol=1e-15)
        np.testing.assert_allclose(
            data["current"][:, k], 2.0 * data["I.x"][:, k] * (np.array(after) - 30.0), rtol=1e-14
        )
    assert time[-1] == 16.0


def test_a_family_follows_the_closed_form() -> None:
    data = family(one_gate(), "I.I", steps=["-40 mV", "0 mV", "40 mV"], duration="20 ms", every="0.3 ms")
    during = data.sel(time=slice(0.0, 20.0))
    rest = gate_at(np.array([np.inf]), -80.0, 0.0)[0]
    for lane, v in enumerate(data["step_voltage"].to_numpy()):
        wanted = 2.0 * gate_at(during["time"].to_numpy(), v, rest) * (v - 30.0)
        np.testing.assert_allclose(during["current"][lane], wanted, rtol=1e-13, atol=1e-14)
    assert data["current"].attrs == {"units": "A/F", "long_name": "current I.I", "variable": "I.I"}


def test_the_bench_and_the_clamped_cell_agree_where_no_concentration_moves() -> None:
    axon = load_library("hodgkin-huxley-1952")
    data = family(axon, "INa.INa", holding="-75 mV", steps=["-10 mV"], duration="5 ms", tail="-60 mV", every="0.05 ms")
    rested = clamped(axon, "v").with_values({n: float(data[n][0, 0]) for n in ("INa.m", "INa.h")} | {"v": "-75 mV"})
    command = steps([("-10 mV", "5 ms"), ("-60 mV", "5 ms")], role="v")
    run = simulate(rested, command, solver=Rosenbrock(rtol=1e-10), save=Save(["INa.INa"], every="0.05 ms"))
    ours = data.sel(time=run["time"].to_numpy()[:-1], method="nearest")
    np.testing.assert_allclose(run["INa.INa"][:-1], ours["current"][0], rtol=0.0, atol=1e-6)  # of 2000


def test_sampling_changes_nothing() -> None:
    coarse, fine = (
        family(TORORD, "IKr", steps=["0 mV"], duration="40 ms", tail="-40 mV", every=every)
        for every in ("4 ms", "1 ms")
    )
    shared = fine.sel(time=coarse["time"], method="nearest", tolerance=1e-12)
    np.testing.assert_allclose(coarse["current"], shared["current"], rtol=0.0, atol=1e-13)


@settings(deadline=None, max_examples=25)
@given(v=st.floats(-19.0, 45.0))
def test_a_peak_between_samples_is_found_exactly(v: float) -> None:
    # the gate x opens with 3 ms from nothing while y shuts with 50 ms from 1: their product peaks where its slope is 0
    data = iv(TRANSIENT, "I.I", holding="-140 mV", steps=[Quantity(v, mV)], duration="400 ms")
    t = float(data["time_to_peak"][0])
    x0, x1 = 1.0 / (1.0 + math.exp(20.0)), 1.0 / (1.0 + math.exp(-(v + 20.0) / 6.0))
    y0, y1 = 1.0 / (1.0 + math.exp(-80.0 / 6.0)), 1.0 / (1.0 + math.exp((v + 60.0) / 6.0))
    x, y = x1 + (x0 - x1) * math.exp(-t / 3.0), y1 + (y0 - y1) * math.exp(-t / 50.0)
    assert (x1 - x) / 3.0 * y + (y1 - y) / 50.0 * x == pytest.approx(0.0, abs=1e-9)
    assert float(data["peak"][0]) == pytest.approx(0.5 * x * y * (v - 50.0), rel=1e-12)


def test_a_current_that_only_rises_peaks_at_the_end_and_one_without_gates_at_once() -> None:
    rising = iv(LASTING, "I.I", steps=["0 mV"], duration="20 ms")
    assert float(rising["time_to_peak"][0]) == 20.0
    assert float(rising["peak"][0]) == float(rising["late"][0])
    instant = iv(TP06, "IK1", duration="20 ms")
    np.testing.assert_array_equal(instant["peak"], instant["late"])
    for v, current in zip(instant["step_voltage"].to_numpy(), instant["peak"].to_numpy(), strict=True):
        assert current == pytest.approx(intermediates(TP06, {"v": float(v)})["IK1.IK1"], rel=1e-13)


@pytest.mark.parametrize(("current", "ion", "outer"), [("INa", "nai", "Nao"), ("IKr", "ki", "Ko"), ("Ito", "ki", "Ko")])
def test_the_reversal_potential_is_that_of_nernst(current: str, ion: str, outer: str) -> None:
    data = iv(TP06, current, duration="20 ms", steps=["0 mV", "40 mV"])
    inner = TP06[ion].value
    out = next(p.value for p in TP06.parameters if p.name.lower().endswith(outer.lower()))
    wanted = 8314.472 * 310.0 / 96485.3415 * math.log(out / inner)
    assert data.attrs["reversal"] == pytest.approx(wanted, abs=2e-3)  # R and F of one source or the other


def test_a_current_that_never_reverses_says_so() -> None:
    data = iv(cell(X, {"I.x": (0.0, (OPEN - X) / 3.0)}), "I.I", duration="20 ms")
    assert math.isnan(data.attrs["reversal"])
    assert "does not change its sign" in data.attrs["reversal_reason"]
    with pytest.raises(ModelError, match="no reversal potential"):
        activation(cell(X, {"I.x": (0.0, (OPEN - X) / 3.0)}), "I.I", duration="20 ms")


@pytest.mark.parametrize("tail", [None, "-120 mV"])
def test_activation_is_the_gate_that_the_equations_hold(tail: str | None) -> None:
    data = activation(
        LASTING, "I.I", holding="-140 mV", steps=voltages("-85 mV", "35 mV", "5 mV"), duration="200 ms", tail=tail
    )
    assert data.attrs["v_half"] == pytest.approx(-20.0, abs=1e-6)
    assert data.attrs["slope"] == pytest.approx(6.0, abs=1e-6)
    wanted = 1.0 / (1.0 + np.exp(-(data["step_voltage"].to_numpy() + 20.0) / 6.0))
    np.testing.assert_allclose(data["activation"], wanted / wanted.max(), rtol=1e-9)  # -85 mV, where it reverses, too
    if tail is None:
        np.testing.assert_allclose(data["conductance"], 0.5 * wanted, rtol=1e-9)
        assert data["conductance"].attrs["units"] == "mS/uF"


def test_a_channel_that_opens_on_hyperpolarisation_has_a_slope_below_zero() -> None:
    funny = cell(0.1 * X * (V + 30.0), {"I.x": (0.0, (1.0 / (1.0 + exp((V + 90.0) / 8.0)) - X) / 100.0)})
    data = activation(funny, "I.I", holding="-40 mV", steps=voltages("-150 mV", "-50 mV", "10 mV"), duration="4 s")
    assert data.attrs["v_half"] == pytest.approx(-90.0, abs=1e-6)
    assert data.attrs["slope"] == pytest.approx(-8.0, abs=1e-6)


def test_tails_of_the_rapid_delayed_rectifier_have_the_half_activation_that_ohara_and_rudy_wrote() -> None:
    # x_inf = 1 / (1 + exp(-(v + 8.337) / 6.789)) for both of its gates, whose shares depend on the tail's v alone
    cell = load_library("ohara-rudy-2011")
    steps = voltages("-60 mV", "50 mV", "5 mV")
    data = activation(cell, "IKr", steps=steps, duration="100 s", tail="-120 mV", tail_duration="1 s")
    assert data.attrs["v_half"] == pytest.approx(-8.337, abs=1e-4)
    assert data.attrs["slope"] == pytest.approx(6.789, abs=1e-4)


def test_availability_is_the_gate_that_inactivates() -> None:
    # without activation the peak is the instant after the edge, and the fit exact
    data = inactivation(SHUTTING, "I.I", duration="2 s", prepulses=voltages("-140 mV", "20 mV", "5 mV"), test="20 mV")
    assert data.attrs["v_half"] == pytest.approx(-60.0, abs=1e-6)
    assert data.attrs["slope"] == pytest.approx(6.0, abs=1e-6)
    assert float(data["availability"].max()) == 1.0
    real = inactivation(TRANSIENT, "I.I", duration="2 s", prepulses=voltages("-140 mV", "-40 mV", "5 mV"), test="20 mV")
    assert real.attrs["v_half"] == pytest.approx(-60.0, abs=0.2)  # while x opens the test pulse changes y too
    assert real.attrs["slope"] == pytest.approx(6.0, abs=0.1)


def test_recovery_follows_the_closed_form_of_the_gate_that_recovers() -> None:
    data = recovery(SHUTTING, "I.I", holding="-140 mV", pulse="20 mV", duration="100 ms")
    low, high = (1.0 / (1.0 + math.exp((v + 60.0) / 6.0)) for v in (20.0, -140.0))
    left = low + (high - low) * math.exp(-100.0 / 50.0)
    wanted = 1.0 - (1.0 - left / high) * np.exp(-data["interval"].to_numpy() / 50.0)
    np.testing.assert_allclose(data["recovery"], wanted, rtol=1e-12)
    np.testing.assert_allclose(data["fit"], wanted, rtol=1e-8)
    assert float(data["tau"][0]) == pytest.approx(50.0, rel=1e-8)
    assert data.attrs["rest"] == pytest.approx(1.0, abs=1e-9)
    assert data.attrs["first"] == pytest.approx(0.5 * high * (20.0 - 50.0), rel=1e-12)


def test_shares_of_recovery_are_counted_from_the_end_of_the_pulse() -> None:
    two = cell(
        0.5 * (0.7 * X + 0.3 * Y) * (V - 50.0), {"I.x": (1.0, (SHUT - X) / 5.0), "I.y": (1.0, (SHUT - Y) / 100.0)}
    )
    times = [f"{t} ms" for t in (3, 5, 8, 12, 20, 35, 60, 100, 180, 300, 500, 900)]
    data = recovery(two, "I.I", holding="-140 mV", pulse="20 mV", duration="10 s", intervals=times, exponentials=2)
    np.testing.assert_allclose(data["tau"], [5.0, 100.0], rtol=1e-6)
    np.testing.assert_allclose(data["share"], [0.7, 0.3], rtol=1e-6)


def test_a_tail_is_fitted_from_its_peak_on() -> None:
    # opened by 50 ms and released from inactivation within 1 ms, exp(-t/50) (1 - exp(-t)): its peak is at ln 51 ms
    hooked = cell(0.5 * X * Y * (V - 50.0), {"I.x": (0.0, (OPEN - X) / 50.0), "I.y": (1.0, (SHUT - Y) / 1.0)})
    data = deactivation(hooked, "I.I", tails=["-120 mV"], duration="1 s", tail_duration="500 ms")
    assert float(data["tau"][0, 0]) == pytest.approx(50.0, rel=0.05)
    assert float(data["residual"][0]) < 0.01


def test_activation_is_fitted_up_to_the_largest_conductance() -> None:
    # above 20 mV something else blocks the channel at once
    blocked = cell(0.5 * X * (V + 85.0) / (1.0 + exp((V - 20.0) / 5.0)), {"I.x": (0.0, (OPEN - X) / 3.0)})
    data = activation(blocked, "I.I", steps=voltages("-70 mV", "60 mV", "5 mV"))
    v, share = data["step_voltage"].to_numpy(), data["activation"].to_numpy()
    assert data.attrs["fitted_to"] == v[np.argmax(share)] < 20.0
    assert data.attrs["v_half"] == pytest.approx(-20.0, abs=1.0)
    assert data.attrs["slope"] == pytest.approx(6.0, abs=1.0)


def test_tails_of_a_channel_that_never_closes_stand_on_a_pedestal() -> None:
    leaky = cell(0.5 * (0.25 + X) * (V + 85.0), {"I.x": (0.0, (OPEN - X) / 3.0)})
    data = activation(leaky, "I.I", steps=voltages("-70 mV", "40 mV", "5 mV"), tail="-140 mV")
    assert data.attrs["v_half"] == pytest.approx(-20.0, abs=1e-6)
    assert data.attrs["slope"] == pytest.approx(6.0, abs=1e-6)
    assert data.attrs["base"] / data.attrs["top"] == pytest.approx(0.2, abs=1e-4)


def test_one_step_knows_nothing_of_the_others_whatever_their_order() -> None:
    bent = cell(X * (V + 85.0), {"I.x": (0.1, (OPEN - X) / (3.0 + X))})
    for model, current in ((TORORD, "IKr"), (bent, "I.I")):
        whole = iv(model, current, steps=["-40 mV", "0 mV", "30 mV"], duration="50 ms", tail="-60 mV")
        turned = iv(model, current, steps=["30 mV", "-40 mV"], duration="50 ms", tail="-60 mV")
        shared = whole.sel(step_voltage=turned["step_voltage"])
        for name in ("peak", "late", "tail", "time_to_peak"):
            np.testing.assert_allclose(shared[name], turned[name], rtol=1e-11)


def test_tails_decay_with_the_gates_time_constant_and_are_missing_where_the_current_reverses() -> None:
    data = deactivation(LASTING, "I.I", tails=["-120 mV", "-100 mV", "-85 mV", "-60 mV"], tail_duration="60 ms")
    tau = data["tau"].to_numpy()[0]
    np.testing.assert_allclose(tau[[0, 1, 3]], 3.0, rtol=1e-9)
    assert math.isnan(tau[2])
    assert json.loads(data.attrs["missing"]) == {"-85 mV": "the tail is too small"}


def test_a_tail_is_as_fast_as_the_equations_have_it_however_fast_that_is() -> None:
    # m^3 with the closed time constant of m; below -120 mV it is far below 2^-24 of the tail
    steps = voltages("-140 mV", "-100 mV", "10 mV")
    data = deactivation(TP06, "INa", holding="-120 mV", duration="1 ms", tails=steps)
    wanted = steady_state(TP06, "INa.m", steps)["tau"].to_numpy() / 3.0
    np.testing.assert_allclose(data["tau"][0], wanted, rtol=1e-2)
    assert wanted.min() < 1e-8


def test_what_is_over_between_two_samples_has_no_time_constant() -> None:
    t = np.linspace(0.0, 10.0, 101)
    fit = exponentials(t, np.exp(-t / 0.02))
    assert math.isnan(fit.tau[0])
    assert "too fast to resolve: the samples are 0.1 ms apart" in fit.reason
    assert exponentials(t, np.exp(-t / 0.2)).tau[0] == pytest.approx(0.2, rel=1e-9)


def test_the_pulse_before_a_tail_ends_where_its_current_peaks() -> None:
    data = deactivation(TRANSIENT, "I.I", holding="-140 mV", pulse="20 mV", tails=["-120 mV"])
    first = iv(TRANSIENT, "I.I", holding="-140 mV", steps=["20 mV"], duration="1 s")
    assert float(data.attrs["duration"].removesuffix(" ms")) == pytest.approx(float(first["time_to_peak"][0]), rel=1e-5)
    assert "remark" not in data.attrs
    spent = deactivation(TRANSIENT, "I.I", holding="-140 mV", pulse="20 mV", duration="1 s", tails=["-120 mV"])
    assert "has inactivated the channel: a shorter duration" in spent.attrs["remark"]


def test_a_channel_that_only_deactivates_recovers_from_nothing() -> None:
    slow = cell(0.5 * X * (V + 85.0), {"I.x": (0.0, (OPEN - X) / 300.0)})
    data = recovery(slow, "I.I", pulse="20 mV", test_duration="100 ms")
    assert np.isnan(data["tau"]).all()
    assert "deactivates" in data.attrs["fit_reason"]


def test_a_poor_fit_of_recovery_suggests_one_exponential_more() -> None:
    two = cell(0.5 * (X + Y) * (V - 50.0), {"I.x": (1.0, (SHUT - X) / 5.0), "I.y": (1.0, (SHUT - Y) / 300.0)})
    how = {"holding": "-140 mV", "pulse": "20 mV", "duration": "10 s"}
    assert "exponentials=2" in recovery(two, "I.I", **how).attrs["remark"]  # type: ignore[arg-type]
    assert "remark" not in recovery(two, "I.I", exponentials=2, **how).attrs  # type: ignore[arg-type]


def test_what_is_half_maximal_beyond_the_steps_has_no_half_maximal_potential() -> None:
    data = activation(LASTING, "I.I", steps=voltages("-60 mV", "-30 mV", "5 mV"))
    assert math.isnan(data.attrs["v_half"])
    assert "half-maximal at -2" in data.attrs["fit_reason"]
    assert "beyond the potentials measured" in data.attrs["fit_reason"]


def test_the_tail_of_hERG_has_a_hook_that_is_found_and_decays_with_the_slowest_mode() -> None:
    data = deactivation(TORORD, "IKr", tails=["-100 mV"], exponentials=2, pulse="40 mV", tail_duration="2 s")
    chain = steady_state(TORORD, "IKr.O", ["-100 mV"])
    assert float(data["tau"][1, 0]) == pytest.approx(float(chain["tau"][0, 0]), rel=3e-3)
    opened = family(TORORD, "IKr", steps=["40 mV"], duration="1 s", tail="-100 mV", tail_duration="2 s")
    assert abs(float(data["peak"][0])) > abs(float(opened["current"].sel(time=1000.0)[0])) * 1.5


def test_steady_states_and_time_constants_are_those_of_the_equations() -> None:
    data = steady_state(one_gate(), "I.x", voltages("-100 mV", "50 mV", "5 mV"))
    v = data["voltage"].to_numpy()
    a, b = 0.2 * np.exp((v + 20.0) / 30.0), 0.05 * np.exp(-(v + 20.0) / 40.0)
    np.testing.assert_allclose(data["steady"], a / (a + b), rtol=1e-14)
    np.testing.assert_allclose(data["tau"], 1.0 / (a + b), rtol=1e-14)
    assert data["tau"].attrs["units"] == "ms"
    current = steady_state(one_gate(), "I.I", voltages("-100 mV", "50 mV", "5 mV"))
    np.testing.assert_allclose(current["steady"], 2.0 * a / (a + b) * (v - 30.0), rtol=1e-13, atol=1e-14)


def test_a_step_that_lasts_ends_in_the_steady_state() -> None:
    at = voltages("-60 mV", "40 mV", "20 mV")
    late = iv(TORORD, "IKr", steps=at, duration="30 s")["late"]
    np.testing.assert_allclose(late, steady_state(TORORD, "IKr", at)["steady"], rtol=1e-10)


def test_a_solver_gives_the_measurements_of_the_exact_solution() -> None:
    exact, solved = (
        iv(TP06, "INa", holding="-120 mV", steps=voltages("-50 mV", "50 mV", "20 mV"), duration="20 ms", solver=solver)
        for solver in (None, Rosenbrock(rtol=1e-10))
    )
    np.testing.assert_allclose(solved["peak"], exact["peak"], rtol=1e-8)
    np.testing.assert_allclose(solved["time_to_peak"], exact["time_to_peak"], rtol=0.0, atol=1e-5)
    assert solved.attrs["method"].startswith("Rosenbrock(")
    assert (exact.attrs["solver"], solved.attrs["solver"]) == ("exact", "Rosenbrock")


def test_calcium_dependent_inactivation_makes_the_l_type_current_of_the_rudy_cells_a_task_for_a_solver() -> None:
    data = iv(TORORD, "ICaL", steps=["0 mV"], duration="100 ms")
    assert data.attrs["method_reason"] == "the rate of ICaL.nca_ss is not linear in ICaL.jca"
    held = iv(TORORD, "ICaL", steps=["0 mV"], duration="100 ms", held=["ICaL.nca_ss", "ICaL.nca_i"])
    assert held.attrs["method"] == "exact"
    with pytest.raises(ModelError, match="no steady state in closed form"):
        steady_state(TORORD, "ICaL")


@given(
    half=st.floats(-60.0, 20.0), slope=st.floats(2.0, 15.0), top=st.floats(0.5, 2.0), base=st.floats(0.0, 0.3),
    sign=st.sampled_from([1.0, -1.0]),
)  # fmt: skip
def test_boltzmanns_curve_is_fitted_exactly(half: float, slope: float, top: float, base: float, sign: float) -> None:
    v = np.linspace(-140.0, 100.0, 49)
    y = base + (top - base) / (1.0 + np.exp(-sign * (v - half) / slope))
    fit = boltzmann(v, y, sign=sign, pedestal=True)
    np.testing.assert_allclose(
        [fit.v_half, fit.slope, fit.base, fit.top], [half, slope, base, top], rtol=1e-6, atol=1e-7
    )


@settings(deadline=None, max_examples=40)
@given(tau=st.floats(1.0, 50.0), ratio=st.floats(3.0, 40.0), share=st.floats(0.15, 0.85), rest=st.floats(-1.0, 1.0))
def test_two_exponentials_are_told_apart(tau: float, ratio: float, share: float, rest: float) -> None:
    t = np.geomspace(0.1, 5.0 * tau * ratio, 120)
    y = rest + share * np.exp(-t / tau) + (1.0 - share) * np.exp(-t / (ratio * tau))
    fit = exponentials(t, y, 2)
    np.testing.assert_allclose(fit.tau, [tau, ratio * tau], rtol=1e-5)
    assert fit.rest == pytest.approx(rest, abs=1e-6)


def test_fits_that_cannot_be_made_say_why() -> None:
    assert boltzmann(np.array([0.0, 1.0]), np.array([0.0, 1.0])).reason == "2 points are too few for 3 unknowns"
    assert "equal" in boltzmann(np.arange(9.0), np.ones(9)).reason
    assert "equal" in exponentials(np.arange(9.0), np.ones(9)).reason
    t = np.linspace(0.0, 10.0, 50)
    assert "coincide" in exponentials(t, np.exp(-t) * (1.0 + t), 2).reason


def test_potentials_from_one_to_another() -> None:
    assert [str(x) for x in voltages("-20 mV", "0.02 V", "20 mV")] == ["-20 mV", "0 mV", "20 mV"]
    assert [x.value for x in voltages("0 mV", "-0.3 mV", "0.1 mV")] == [0.0, -0.1, -0.2, -0.3]
    with pytest.raises(ProtocolError, match="too small"):
        voltages("0 mV", "1 mV", "0 mV")


def test_bad_protocols_are_refused_before_anything_is_computed() -> None:
    with pytest.raises(UnitError, match="needs a unit"):
        family(TP06, "INa", holding=-80)  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match="must last"):
        iv(TP06, "INa", duration="0 ms")
    with pytest.raises(ProtocolError, match="twice"):
        iv(TP06, "INa", steps=["0 mV", "0 mV"])
    with pytest.raises(ProtocolError, match=r"ms.*mM"):
        iv(TP06, "INa", steps=["0 ms", "3 mM"])
    with pytest.raises(ProtocolError, match="needs a potential"):
        family(TP06, "INa", tail_duration="10 ms")
    with pytest.raises(ProtocolError, match="rise"):
        recovery(TP06, "INa", intervals=["10 ms", "5 ms"])
    with pytest.raises(ValueRangeError, match="1 to 3"):
        recovery(TP06, "INa", exponentials=4)
    with pytest.raises(ProtocolError, match="too many samples"):
        family(TP06, "INa", duration="100 s", every="0.001 ms")
