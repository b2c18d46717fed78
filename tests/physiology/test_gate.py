"""Gates: rates and relaxation are two spellings of one thing, temperature changes their speed, rest is rest."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.physiology.motion import move
from troponin.errors import ModelError, UnitError, ValueRangeError
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import exp, vtrap
from troponin.expr.nodes import Symbol
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Model
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel
from troponin.physiology.gate import Gate, q10_factor, v
from troponin.physiology.membrane import StimulusCurrent, voltage
from troponin.units import mM, ms, mV

ALPHA, BETA = 0.01 * vtrap(v + 50, 10), 0.125 * exp(-(v + 60) / 80)


def held(gate: Gate, millivolts: float, temperature: str = "279.45 K") -> Model:
    """A membrane so large that nothing moves its voltage, with one gated channel."""
    cell = Cell("held", capacitance="1e30 uF/cm^2", temperature=temperature, v=f"{millivolts} mV")
    cell.add(Channel("IK", reversal="-72 mV", conductance="36 mS/cm^2", open=gate**4))
    return cell.build()


@pytest.mark.parametrize("millivolts", [-120.0, -60.0, -50.0, 0.0, 45.0])
def test_a_gate_at_rest_stays_at_rest(millivolts: float) -> None:
    model = held(Gate("n", alpha=ALPHA, beta=BETA), millivolts)
    assert derivatives(model)["IK.n"] == pytest.approx(0.0, abs=1e-16)


@pytest.mark.parametrize("millivolts", [-90.0, -50.0, 20.0])
def test_rates_and_relaxation_are_two_spellings_of_one_gate(millivolts: float) -> None:
    by_rates = held(Gate("n", alpha=ALPHA, beta=BETA, initial=0.4), millivolts)
    relaxing = Gate("n", inf=ALPHA / (ALPHA + BETA), tau=1 / (ALPHA + BETA), initial=0.4)
    assert derivatives(held(relaxing, millivolts))["IK.n"] == pytest.approx(derivatives(by_rates)["IK.n"], rel=1e-13)


def test_a_gate_under_a_voltage_step_follows_its_exact_solution() -> None:
    model = held(Gate("n", alpha=ALPHA, beta=BETA, initial=0.1), 0.0)
    alpha, beta = (float(x) for x in evaluate([ALPHA, BETA], {"v": 0.0}))
    t, states = move(model, 10.0, every=0.5, rtol=1e-11)
    rest = alpha / (alpha + beta)
    exact = rest + (0.1 - rest) * np.exp(-(alpha + beta) * t)
    np.testing.assert_allclose(states["IK.n"], exact, rtol=1e-8)


def test_hodgkin_and_huxleys_gates_have_the_published_rest() -> None:
    rest = -59.9964
    m_alpha, m_beta = 0.1 * vtrap(v + 35, 10), 4 * exp(-(v + 60) / 18)
    h_alpha, h_beta = 0.07 * exp(-(v + 60) / 20), 1 / (1 + exp(-(v + 30) / 10))
    pairs = ((m_alpha, m_beta), (h_alpha, h_beta), (ALPHA, BETA))
    steady = [float(evaluate([a / (a + b)], {"v": rest})[0]) for a, b in pairs]
    assert steady == pytest.approx([0.0529551, 0.5959941, 0.3177324], abs=1e-6)


def test_a_q10_of_three_speeds_hodgkin_and_huxleys_rates_as_published() -> None:
    factor = q10_factor(3.0, "279.45 K")
    assert float(evaluate([factor], {"phys.T": 273.15 + 18.5})[0]) == pytest.approx(3.82022, rel=5e-6)
    assert float(evaluate([factor], {"phys.T": 279.45})[0]) == 1.0


@pytest.mark.parametrize("by_rates", [True, False])
def test_a_q10_speeds_a_gate_and_leaves_its_steady_state(by_rates: bool) -> None:
    form = {"alpha": ALPHA, "beta": BETA} if by_rates else {"inf": ALPHA / (ALPHA + BETA), "tau": 1 / (ALPHA + BETA)}
    cold, warm = (
        held(Gate("n", **form, initial=0.4, q10=3.0, reference="279.45 K"), 0.0, temperature)
        for temperature in ("279.45 K", "299.45 K")
    )
    assert derivatives(warm)["IK.n"] / derivatives(cold)["IK.n"] == pytest.approx(9.0, rel=1e-13)
    resting = held(Gate("n", **form, q10=3.0, reference="279.45 K"), 0.0, "299.45 K")
    assert resting["IK.n"].value == pytest.approx(held(Gate("n", **form), 0.0)["IK.n"].value, rel=1e-14)


def test_a_gate_may_depend_on_calcium_and_on_another_gate() -> None:
    cell = Cell("calcium gate", capacitance="1 uF/cm^2", v="0 mV")
    cai = cell.parameter("Ca.cai", "0.3 uM")
    first = Gate("x.d", inf=0.25, tau=3.0)
    cell.add(Gate("x.fca", inf=first / (1 + (cai / (0.6e-3 * mM) * 1e-3) ** 2), tau=2.0))
    with pytest.raises(ModelError, match=r"x\.fca_inf"):
        cell.build()  # uM against mM is a factor of a thousand, and is told
    sound = Cell("calcium gate", capacitance="1 uF/cm^2", v="0 mV")
    cai = sound.parameter("Ca.cai", "3e-4 mM")
    sound.add(Gate("x.fca", inf=first / (1 + (cai / (0.6e-3 * mM)) ** 2), tau=2.0))
    assert sound.build()["x.fca"].value == pytest.approx(0.25 / 1.25, rel=1e-14)


def test_a_time_constant_may_be_a_quantity() -> None:
    cell = Cell("quantity", capacitance="1 uF/cm^2", v="0 mV")
    tau = cell.equation("x.tau", 5.0 * ms + 0.1 * ms / mV * voltage, "ms")
    cell.add(Gate("x.p", inf=1.0, tau=tau, initial=0.0))
    model = cell.build()
    assert derivatives(model)["x.p"] == pytest.approx(0.2, rel=1e-15)
    assert intermediates(model)["x.tau_p"] == 5.0


@pytest.mark.parametrize(
    "given", [{}, {"alpha": 1.0}, {"inf": 0.5}, {"alpha": 1.0, "beta": 1.0, "tau": 2.0}, {"alpha": 1.0, "tau": 1.0}]
)
def test_a_gate_is_given_by_rates_or_by_relaxation_and_not_by_halves(given: dict[str, float]) -> None:
    with pytest.raises(ModelError, match="either by alpha and beta or by inf and tau"):
        Gate("n", **given)


def test_a_q10_without_its_reference_temperature_is_refused() -> None:
    with pytest.raises(ModelError, match="reference temperature"):
        Gate("n", inf=0.5, tau=1.0, q10=3.0)


def test_a_lone_gate_without_a_component_is_refused() -> None:
    cell = Cell("lone", capacitance="1 uF/cm^2", v="0 mV")
    cell.add(Gate("n", inf=0.5, tau=1.0))
    with pytest.raises(ModelError, match="needs its component"):
        cell.build()


def test_the_initial_voltage_decides_where_a_gate_starts() -> None:
    low, high = (held(Gate("n", alpha=ALPHA, beta=BETA), x)["IK.n"].value for x in (-60.0, 0.0))
    assert low == pytest.approx(0.3176769, abs=1e-6)
    assert high > 0.8
    assert math.isclose(low, float(evaluate([ALPHA / (ALPHA + BETA)], {Symbol("v").name: -60.0})[0]), rel_tol=1e-14)


@pytest.mark.parametrize("initial", [-0.1, 7.0, 2])
def test_a_gate_starts_as_a_fraction(initial: float) -> None:
    with pytest.raises(ValueRangeError, match="gate m: a gate is a fraction"):
        Gate("m", inf=0.5, tau=1.0, initial=initial)


@pytest.mark.parametrize("q10", [0.0, -3.0, math.nan])
def test_a_q10_is_positive(q10: float) -> None:
    with pytest.raises(ValueRangeError, match="gate m: a Q10 must be positive"):
        Gate("m", inf=0.5, tau=1.0, q10=q10, reference="310 K")


@pytest.mark.parametrize("duration", ["0 ms", "-1 ms"])
def test_a_stimulus_lasts(duration: str) -> None:
    cell = Cell("small", capacitance="1 uF/cm^2", v="-60 mV")
    cell.add(StimulusCurrent("-20 uA/cm^2", duration=duration))
    with pytest.raises(ValueRangeError, match="a stimulus must last"):
        cell.build()


def test_a_time_constant_may_be_text_with_its_unit() -> None:
    number, text = (held(Gate("n", inf=0.5, tau=tau, initial=0.0), -60.0) for tau in (50.0, "0.05 s"))
    assert derivatives(text)["IK.n"] == pytest.approx(derivatives(number)["IK.n"], rel=1e-15)
    with pytest.raises(UnitError, match="furlong"):
        Gate("n", inf=0.5, tau="5 furlongs")
