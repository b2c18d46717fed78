"""Dynamic clamp against solutions in closed form, and against cells that were built with the current."""

from __future__ import annotations

import numpy as np
import pytest

import troponin as tn
from tests.physiology.cells import whole_cell
from troponin.errors import ExpressionError, KindError, ModelError, UnitError, UnknownNameError
from troponin.expr.functions import exp
from troponin.expr.nodes import Symbol
from troponin.model.audit import leaks
from troponin.model.check import check
from troponin.model.derivatives import derivatives
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel
from troponin.physiology.dynamic_clamp import dynamic_clamp
from troponin.physiology.gate import Gate, v
from troponin.physiology.markov import Markov
from troponin.units import V, parse_unit, s


def passive() -> Model:
    """C dv/dt = -g (v - E) with C/g = 20 ms and E = -80 mV."""
    cell = Cell("passive", capacitance="1 uF/cm^2", v="-60 mV")
    cell.add(Channel("leak", conductance="0.05 mS/cm^2", reversal="-80 mV"))
    return cell.build()


def rectifier() -> Channel:
    gate = Gate("n", inf=1 / (1 + exp(-(v + 60) / 5)), tau=20.0)
    return Channel("IKx", conductance="0.05 mS/cm^2", reversal="-90 mV", open=gate)


def test_a_second_leak_pulls_the_cell_to_the_weighted_mean_with_the_faster_time_constant() -> None:
    both = dynamic_clamp(passive(), "leak", "0.15 * (v + 40)")
    run = tn.simulate(
        both, duration="30 ms", solver=tn.BDF(rtol=1e-9), save=tn.Save(["v", "dynamic_clamp.leak", "I_ion"])
    )
    t = run["time"].to_numpy()
    assert np.allclose(run["v"], -50.0 - 10.0 * np.exp(-t / 5.0), rtol=1e-7)
    assert np.allclose(run["dynamic_clamp.leak"], 0.15 * (run["v"] + 40.0), rtol=1e-12)
    assert np.allclose(run["I_ion"], 0.15 * (run["v"] + 40.0) + 0.05 * (run["v"] + 80.0), atol=1e-12)
    assert run["dynamic_clamp.leak"].attrs["units"] == "uA/cm^2"


def test_text_a_function_an_expression_and_units_say_the_same() -> None:
    volts = Symbol("v")
    forms = [
        "0.15 * (v + 40)",
        "0.15 [mS/cm^2] * (membrane.v + 40 [mV])",
        "0.00015 [S/cm^2] * (v + 0.04 [V] * 1000 [mV/V])",
        lambda v: 0.15 * (v + 40),
        0.15 * (volts + 40),
    ]
    rates = [derivatives(dynamic_clamp(passive(), "leak", form))["membrane.v"] for form in forms]
    assert rates == pytest.approx([-0.05 * 20 - 0.15 * -20] * 5, rel=1e-12)
    assert all(check(dynamic_clamp(passive(), "leak", form)).errors == () for form in forms)


def test_a_current_may_depend_on_time_and_on_other_variables() -> None:
    cell = dynamic_clamp(whole_cell(), "odd", lambda v, cai, time: cai * (v + 85) + 0.01 * time)
    shifted = {"v": -80.0}
    change = derivatives(cell, shifted, t=3.0)["membrane.v"] - derivatives(whole_cell(), shifted)["membrane.v"]
    assert change == pytest.approx(-(cell["cai"].value * 5.0 + 0.03), rel=1e-9)


def test_a_clamped_channel_with_a_gate_is_the_channel_of_a_cell_that_was_built_with_it() -> None:
    built = Cell("passive", capacitance="1 uF/cm^2", v="-60 mV")
    built.add(Channel("leak", conductance="0.05 mS/cm^2", reversal="-80 mV"), rectifier())
    clamp = dynamic_clamp(passive(), "IKx", rectifier())
    state = {"membrane.v": -50.0, "IKx.n": 0.3}
    assert derivatives(clamp, state) == pytest.approx(derivatives(built.build(), state), rel=1e-14)
    assert clamp["IKx.n"].value == pytest.approx(0.5)  # its steady state at -60 mV
    assert check(clamp).errors == ()
    assert clamp.variable("dynamic_clamp.IKx").unit == parse_unit("uA/cm^2")


def test_a_channel_with_a_chain_of_states_and_a_gate_that_knows_temperature_are_clamped() -> None:
    warm = Gate("n", inf=0.5 + 0.0 * v, tau=20.0, initial=0.2, q10=2.0, reference="300 K")
    chain = Markov("gating", {"C": 0.75, "O": 0.25}, {("C", "O"): (0.3, 0.1)})
    channel = Channel("IKx", conductance="0.05 mS/cm^2", reversal="-90 mV", open=warm * chain["O"])
    clamp = dynamic_clamp(passive(), "IKx", channel)
    rates = derivatives(clamp)
    names = {state.name.rpartition(".")[2] for state in clamp.states}
    assert {"n", "O"} <= names
    assert rates["IKx.n"] == pytest.approx(2.0 * 0.3 / 20.0, rel=1e-12)  # at 310 K, ten degrees warmer
    assert rates[next(name for name in rates if name.endswith(".O"))] == pytest.approx(0.3 * 0.75 - 0.1 * 0.25)
    current = 0.05 * 0.2 * 0.25 * 30.0
    assert rates["membrane.v"] - derivatives(passive())["membrane.v"] == pytest.approx(-current)
    assert check(clamp).errors == ()


def test_what_is_conserved_stays_conserved_where_the_stimulus_is_carried() -> None:
    clamp = dynamic_clamp(whole_cell(), "leak", "0.3 * (v + 80)")
    assert [x.name for x in clamp.invariants] == [x.name for x in whole_cell().invariants]
    assert leaks(clamp) == leaks(whole_cell()) == ()


def test_what_nobody_carries_ends_the_conservation_of_charge() -> None:
    before = whole_cell(carrier=None)
    clamp = dynamic_clamp(before, "leak", "0.3 * (v + 80)")
    assert "charge" in {x.name for x in before.invariants}
    assert "charge" not in {x.name for x in clamp.invariants}


def inverse() -> Model:
    """A cell in volts and seconds whose stimulus depolarises where it is positive, without a named I_ion."""
    x, i, tau = Symbol("cell.v"), Symbol("cell.i"), Symbol("cell.tau")
    unit = parse_unit("A/F")
    return Model(
        "inverse",
        s,
        (State("cell.v", V, -0.06, i - x / tau),),
        (Parameter("cell.tau", s, 0.02),),
        (Input("cell.i", unit, Role.STIMULUS),),
        meanings={"v": "cell.v", "stimulus": "cell.i"},
    )


def test_a_current_is_positive_outward_whatever_the_sign_of_the_models_stimulus() -> None:
    clamp = dynamic_clamp(inverse(), "out", "2.0")
    assert derivatives(clamp)["cell.v"] - derivatives(inverse())["cell.v"] == pytest.approx(-2.0)  # 2 A/F = 2 V/s
    assert check(clamp).errors == ()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_total_current_of_either_sign_takes_it_once_and_the_ion_that_carries_the_stimulus_moves(sign: float) -> None:
    """dv/dt = -sign (I + stimulus), both positive outward for sign 1 and inward for -1; dk/dt = -0.01 sign stimulus."""
    potential, total, whole, given = (Symbol(f"cell.{name}") for name in ("v", "total", "whole", "stimulus"))
    A_F, mV, mM, ms = (parse_unit(text) for text in ("A/F", "mV", "mM", "ms"))
    cell = Model(
        "signed",
        ms,
        (State("cell.v", mV, -60.0, -sign * whole), State("cell.k", mM, 140.0, -0.01 * sign * given)),
        inputs=(Input("cell.stimulus", A_F, Role.STIMULUS),),
        equations=(
            Equation("cell.total", A_F, 0.1 * sign * (potential + 80.0)),
            Equation("cell.whole", A_F, total + given),
        ),
        meanings={"v": "cell.v", "ki": "cell.k", "I_ion": "cell.total", "stimulus": "cell.stimulus"},
    )
    before, after = derivatives(cell), derivatives(dynamic_clamp(cell, "out", "2.0"))
    assert before == pytest.approx({"cell.v": -2.0, "cell.k": 0.0})
    # 2 A/F outward: potassium leaves, and v falls once, though the stimulus stands beside the total
    assert after == pytest.approx({"cell.v": -4.0, "cell.k": -0.02})


def test_a_channel_is_clamped_to_a_cell_in_volts_and_seconds() -> None:
    gate = Gate("n", inf=1 / (1 + exp(-(v + 60) / 5)), tau=20.0, initial=0.2)
    channel = Channel("IKx", conductance="1 mS/uF", reversal="-90 mV", open=gate)
    clamp = dynamic_clamp(inverse(), "IKx", channel)
    rates = derivatives(clamp)
    assert rates["cell.v"] - derivatives(inverse())["cell.v"] == pytest.approx(-0.2 * 30.0)  # V/s
    assert rates["IKx.n"] == pytest.approx(0.3 / 0.020)  # per second
    assert check(clamp).errors == ()


@pytest.mark.parametrize(
    ("current", "fault", "message"),
    [
        ("0.3 * (w + 80)", UnknownNameError, "'w'"),
        ("0.3 [mS] * (v + 80 [mV])", UnitError, "dynamic clamp leak: .*got uA; expected"),
        ("0.3 [mS/cm^2] * (v + 80 [mM])", UnitError, "units do not fit"),
        ("0.3 * (v +", ExpressionError, "0.3"),
        (lambda volts: volts, UnknownNameError, "volts"),
        ("0.1 * I_ion", ModelError, "needs itself"),
        (Channel("IK", ion=tn.Ion("K", 1), conductance="1 mS/cm^2"), ModelError, "reversal"),
    ],
)
def test_what_is_no_current_is_refused(current: object, fault: type[Exception], message: str) -> None:
    with pytest.raises(fault, match=message):
        dynamic_clamp(passive(), "leak", current)  # type: ignore[arg-type]


def test_a_name_that_is_taken_and_a_cell_without_a_free_potential_are_refused() -> None:
    with pytest.raises(ModelError, match="there already"):
        dynamic_clamp(passive(), "leak.leak", "0.1 * v")
    with pytest.raises(ModelError, match="no free membrane potential"):
        dynamic_clamp(tn.clamped(passive(), "v"), "leak", "0.1 * v")
    with pytest.raises(KindError, match="torord-land"):
        dynamic_clamp("passive", "leak", "0.1 * v")  # type: ignore[arg-type]
