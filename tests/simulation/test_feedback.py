"""Feedback against solutions in closed form, and against the protocol that resulted."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import troponin as tn
from tests.simulation.cells import OWN_STIMULUS, collapse, decay
from tests.simulation.test_simulate import stop_after
from troponin.errors import ModelError, ProtocolError, SolverError, UnitError, UnknownNameError
from troponin.expr.functions import log
from troponin.expr.nodes import Symbol
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.model.transform import clamped
from troponin.protocol import pacing
from troponin.protocol.feedback import Feedback
from troponin.protocol.segments import onsets
from troponin.simulation.load import load
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen
from troponin.units import DIMENSIONLESS, Unit, ms, mV

TIGHT = BDF(rtol=1e-10)
TAU = 20.0
PULSE = {"amplitude": "-20 mV/ms", "duration": "0.5 ms"}
PEAK = 20.0 * TAU * (1.0 - np.exp(-0.5 / TAU))
PER_MS = DIMENSIONLESS / ms


def leaky(unit: Unit = ms) -> Model:
    """dv/dt = -v/tau - i: a pulse of 20 mV/ms for 0.5 ms lifts v from 0 to PEAK, from where it decays."""
    v, i, tau = Symbol("cell.v"), Symbol("cell.i"), Symbol("cell.tau")
    per = float(ms.scale / unit.scale)
    return Model(
        "leaky", unit,
        (State("cell.v", mV, 0.0, -(v / tau) - i),),
        (Parameter("cell.tau", unit, TAU * per),),
        (Input("cell.i", mV / unit, Role.STIMULUS), Input("cell.time", unit, Role.TIME)),
        (Equation("cell.twice", mV, 2.0 * v),),
        {"v": "cell.v", "stimulus": "cell.i", "time": "cell.time"},
        OWN_STIMULUS if unit == ms else None,
    )  # fmt: skip


def oscillator(second: float = 0.0) -> Model:
    """v = 50 sin(w t) + second sin(2 w t) [mV] with a period of 100 ms, whatever comes; `count` adds up the stimuli."""
    w, parts = Symbol("cell.w"), [Symbol(f"cell.{name}") for name in ("c1", "s1", "c2", "s2")]
    c1, s1, c2, s2 = parts
    start = (50.0, 0.0, second, 0.0)
    rates = (-(w * s1), w * c1, -(2.0 * w * s2), 2.0 * w * c2)
    harmonics = [State(x.name, mV, y, rate) for x, y, rate in zip(parts, start, rates, strict=True)]
    return Model(
        "oscillator",
        ms,
        (
            State("cell.v", mV, 0.0, w * c1 + 2.0 * w * c2),
            *harmonics,
            State("cell.count", mV, 0.0, -Symbol("cell.i")),
        ),
        (Parameter("cell.w", PER_MS, 2.0 * np.pi / 100.0),),
        (Input("cell.i", mV / ms, Role.STIMULUS),),
        meanings={"v": "cell.v", "stimulus": "cell.i"},
        stimulus=OWN_STIMULUS,
    )


def answers(run: xr.Dataset) -> list[float]:
    return [float(t) for t in run["beat_start"]] if "beat_start" in run.coords else []


def again(model: Model, run: xr.Dataset, solver: BDF, every: str = "1 ms") -> xr.Dataset:
    """The protocol that resulted, run by itself."""
    return simulate(model, pacing.of_run(run), solver=solver, save=Save(every=every))


def test_a_stimulus_comes_at_90_percent_repolarisation_of_a_peak_at_an_edge() -> None:
    loop = pacing.pulse("-20 mV/ms", "0.5 ms") + pacing.on_repolarisation(90, threshold="5 mV", **PULSE)
    run = simulate(leaky(), loop, duration="200 ms", solver=TIGHT)
    first = 0.5 + TAU * np.log(10.0)
    found = answers(run)
    assert found[1] == pytest.approx(first, abs=1e-6)
    # the second beat begins at a tenth of the first one's peak, which is the lowest since that
    low = 0.1 * PEAK
    peak = low * np.exp(-0.5 / TAU) + PEAK
    assert found[2] - found[1] == pytest.approx(0.5 + TAU * np.log(peak / (peak - 0.9 * (peak - low))), abs=1e-6)


def test_a_smooth_peak_is_found_between_the_steps() -> None:
    with pytest.warns(RuntimeWarning, match="never answered"):
        run = simulate(
            oscillator(), pacing.on_repolarisation(70, threshold="0 mV", **PULSE), duration="90 ms", solver=TIGHT
        )
    # the first upstroke is at t = 0 itself: whoever begins on a threshold has not risen through it
    assert answers(run) == []
    run = simulate(
        oscillator(), pacing.on_repolarisation(70, threshold="1 mV", **PULSE), duration="300 ms", solver=TIGHT
    )
    first = 100.0 * (0.5 - np.arcsin((50.0 - 0.7 * 50.0) / 50.0) / (2 * np.pi))  # from 0 mV up to 50 mV
    later = 100.0 * (0.5 - np.arcsin((50.0 - 0.7 * 100.0) / 50.0) / (2 * np.pi))  # from -50 mV
    assert np.allclose(answers(run), [first, 100.0 + later, 200.0 + later], rtol=0, atol=1e-6)


def test_a_higher_peak_that_comes_later_counts() -> None:
    w = 2.0 * np.pi / 100.0

    def v(t: float) -> float:
        return float(50.0 * np.sin(w * t) - 40.0 * np.sin(2.0 * w * t))

    def rate(t: float) -> float:
        return float(np.cos(w * t) - 1.6 * np.cos(2.0 * w * t))

    top = v(brentq(rate, 30.0, 45.0))
    low = v(brentq(rate, 5.0, 15.0))
    level = top - 0.3 * (top - low)
    expected = brentq(lambda t: v(t) - level, 40.0, 50.0)
    run = simulate(
        oscillator(second=-40.0),
        pacing.on_repolarisation(30, limit=1, threshold="0 mV", **PULSE),
        duration="99 ms",
        solver=TIGHT,
    )
    assert answers(run) == [pytest.approx(expected, abs=1e-6)]


@pytest.mark.parametrize(
    ("direction", "shares"), [("rising", [1 / 12]), ("falling", [5 / 12]), ("either", [1 / 12, 5 / 12])]
)
def test_a_stimulus_comes_where_a_variable_passes_a_level(direction: str, shares: list[float]) -> None:
    loop = pacing.on_crossing("v", "25 mV", direction, **PULSE)
    run = simulate(oscillator(), loop, duration="200 ms", solver=TIGHT)
    expected = [100.0 * (turn + share) for turn in range(2) for share in shares]
    assert np.allclose(answers(run), expected, rtol=0, atol=1e-6)
    assert run["cell.count"][-1] == pytest.approx(10.0 * len(expected), rel=1e-12)


def test_any_variable_may_be_watched_in_any_unit() -> None:
    loop = pacing.on_crossing("cell.twice", "0.01 V", "falling", **PULSE, limit=1)
    run = simulate(leaky().with_values({"v": 20.0}), loop, duration="30 ms", solver=TIGHT)
    assert answers(run) == [pytest.approx(TAU * np.log(4.0), abs=1e-6)]


def test_a_pacemaker_on_demand_is_silent_where_the_cell_beats_and_steps_in_where_it_does_not() -> None:
    run = simulate(oscillator(), pacing.on_demand("130 ms", threshold="10 mV"), duration="950 ms")
    assert answers(run) == []
    run = simulate(oscillator(), pacing.on_demand("80 ms", threshold="25 mV"), duration="400 ms", solver=TIGHT)
    up = 100.0 / 12.0
    assert np.allclose(answers(run), [up + 80.0 + 100.0 * turn for turn in range(4)], rtol=0, atol=1e-6)
    quiet = simulate(leaky(), pacing.on_demand("100 ms", threshold="1 V"), duration="350 ms")
    assert answers(quiet) == [100.0, 200.0, 300.0]  # it does not capture, and tries again
    caught = simulate(leaky(), pacing.on_demand("100 ms", threshold="5 mV"), duration="350 ms", solver=TIGHT)
    rise = -TAU * np.log1p(-5.0 / (20.0 * TAU))
    assert answers(caught)[:2] == pytest.approx([100.0, 200.0 + rise], abs=1e-5)


def test_a_delay_a_refractory_time_and_a_limit_are_kept() -> None:
    level = {"name": "v", "level": "25 mV"}
    late = simulate(oscillator(), pacing.on_crossing(**level, **PULSE, delay="150 ms"), duration="400 ms", solver=TIGHT)
    assert np.allclose(answers(late), [150 + 100 * (turn + 1 / 12) for turn in range(3)], rtol=0, atol=1e-6)
    seldom = pacing.on_crossing(**level, **PULSE, refractory="150 ms")
    assert np.allclose(
        answers(simulate(oscillator(), seldom, duration="500 ms")), [8.3333, 208.3333, 408.3333], atol=1e-3
    )
    twice = pacing.on_crossing(**level, **PULSE, limit=2)
    assert len(answers(simulate(oscillator(), twice, duration="500 ms"))) == 2


def test_a_response_that_does_not_end_with_the_run_is_cut_off_there() -> None:
    long = pacing.steps([("-1 mV/ms", "50 ms"), ("-2 mV/ms", "50 ms")], role="stimulus")
    run = simulate(oscillator(), pacing.on_demand("30 ms", threshold="1 V", response=long), duration="100 ms")
    assert run["cell.count"][-1] == pytest.approx(50.0 + 2.0 * 20.0)
    assert pacing.of_run(run).duration == 100


def test_a_response_may_be_any_protocol_on_any_input() -> None:
    train = pacing.regular("5 ms", beats=3, **PULSE)
    run = simulate(oscillator(), pacing.on_crossing("v", "25 mV", response=train, limit=1), duration="100 ms")
    assert np.allclose(np.array(answers(run)) - answers(run)[0], [0, 5, 10], atol=1e-12)


def test_a_response_may_drive_other_inputs_than_the_stimulus_and_parameters() -> None:
    quick = pacing.level("10 ms", "30 ms", role="cell.tau")
    loop = pacing.on_crossing("v", "10 mV", "falling", response=quick, limit=1)
    run = simulate(clamped(leaky(), "cell.tau").with_values({"v": 20.0}), loop, duration="100 ms", solver=TIGHT)
    met = TAU * np.log(2.0)
    t = run["time"].to_numpy()
    slow, after = 20.0 * np.exp(-t / TAU), 10.0 * np.exp(-3.0) * np.exp(-(t - met - 30.0) / TAU)
    exact = np.where(t < met, slow, np.where(t < met + 30.0, 10.0 * np.exp(-(t - met) / 10.0), after))
    assert np.allclose(run["v"], exact, rtol=0, atol=1e-6)
    assert answers(run) == []  # no stimulus, no beat
    other_inputs = pacing.of_run(run).trains[0]
    assert float(other_inputs.start) == pytest.approx(met, abs=1e-6)


@pytest.mark.parametrize("solver", [BDF(), Rosenbrock()])
def test_the_protocol_that_resulted_gives_the_same_numbers_by_itself(solver: BDF) -> None:
    loop = pacing.regular("70 ms", beats=3, **PULSE) + pacing.on_crossing("v", "2 mV", "falling", delay="7 ms")
    run = simulate(leaky(), loop, solver=solver)
    assert len(answers(run)) > 5
    copy = again(leaky(), run, solver)
    for name in run.data_vars:
        assert np.array_equal(run[name], copy[name])
    assert np.array_equal(run["beat_start"], copy["beat_start"])
    assert pacing.of_run(copy) == pacing.of_run(run)


@pytest.mark.filterwarnings("ignore:feedback never answered")  # some loops hear nothing, and that is drawn at random
@settings(max_examples=15, deadline=None)
@given(
    st.integers(20, 90), st.integers(5, 95), st.sampled_from([0, 3, 11]), st.integers(2, 12), st.integers(25, 60),
)  # fmt: skip
def test_whatever_the_loops_the_protocol_that_resulted_gives_the_same_numbers(
    bcl: int, percent: int, delay: int, level: int, escape: int
) -> None:
    loops = pacing.on_repolarisation(percent, threshold="1 mV", delay=f"{delay} ms", limit=4, **PULSE)
    loops += pacing.on_crossing("v", f"{level} mV", "falling", refractory="13 ms", **PULSE)
    loops += pacing.on_demand(f"{escape} ms", threshold="1 mV", **PULSE)
    run = simulate(leaky(), pacing.regular(f"{bcl} ms", beats=2, **PULSE) + loops)
    copy = again(leaky(), run, BDF())
    assert np.array_equal(run["v"], copy["v"])
    assert list(onsets(pacing.of_run(run))) == sorted(onsets(pacing.of_run(run)))


def test_times_are_exact_fractions_of_what_the_solver_found() -> None:
    run = simulate(oscillator(), pacing.on_crossing("v", "25 mV", **PULSE), duration="200 ms")
    (first, second) = onsets(pacing.of_run(run))
    assert float(first) == answers(run)[0]
    assert first == Fraction(answers(run)[0])
    assert second.denominator & (second.denominator - 1) == 0


def test_a_model_in_seconds_answers_at_the_same_times() -> None:
    s = Unit(ms.dimension, ms.scale * 1000)
    loop = pacing.pulse("-20 mV/ms", "0.5 ms") + pacing.on_repolarisation(90, threshold="5 mV", **PULSE)
    runs = [simulate(leaky(unit), loop, duration="150 ms", solver=TIGHT) for unit in (ms, s)]
    assert np.allclose(answers(runs[0]), 1000.0 * np.array(answers(runs[1])), rtol=1e-9)


def test_the_run_tells_its_feedback_and_what_came_of_it() -> None:
    loop = pacing.on_demand("100 ms", threshold="1 V", limit=2)
    run = simulate(leaky(), loop, duration="350 ms")
    assert run.attrs["feedback"] == "after 100 ms without a beat [the model's own stimulus], at most 2 times"
    assert pacing.from_dict(json.loads(run.attrs["feedback_data"])) == loop
    assert run.attrs["protocol"].endswith(
        "2 times, 100 ms to 100 ms apart (after 100 ms without a beat); 350 ms in all"
    )
    assert run.attrs["count_steps"] > 0


def test_only_the_last_part_may_be_kept() -> None:
    loop = pacing.on_demand("30 ms", threshold="1 V")
    whole, last = (simulate(leaky(), loop, duration="200 ms", save=Save(last=part)) for part in (None, "50 ms"))
    assert np.array_equal(whole["v"][-51:], last["v"])
    assert answers(last) == [150.0, 180.0]


def test_an_interruption_keeps_what_was_computed_and_what_was_answered() -> None:
    loop = pacing.on_demand("30 ms", threshold="1 V")
    whole = simulate(leaky(), loop, duration="400 ms")
    part = simulate(leaky(), loop, duration="400 ms", progress=stop_after(6))
    assert part.attrs["interrupted"].startswith("stopped at ")
    assert 1 < part.sizes["time"] < 400
    assert np.array_equal(part["v"], whole["v"][: part.sizes["time"]])
    assert answers(part) == [t for t in answers(whole) if t < float(part["time"][-1]) + 1.0][: len(answers(part))]


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    simulate(leaky(), pacing.on_demand("30 ms", threshold="1 V"), duration="200 ms", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def fading() -> Model:
    """A cell whose second state has no value beyond a time."""
    x, tau = Symbol("pool.x"), Symbol("pool.tau")
    pool = collapse()
    cell = leaky()
    return Model(
        "fading", ms, (*cell.states, State("pool.x", DIMENSIONLESS, 0.5, (log(x) - 1.0) / tau)),
        (*cell.parameters, *pool.with_values({"pool.tau": 300.0}).parameters), cell.inputs, cell.equations,
        cell.meanings, cell.stimulus,
    )  # fmt: skip


def test_a_run_that_cannot_go_on_hands_over_what_was_computed_and_answered() -> None:
    with pytest.raises(SolverError, match="model fading at t = ") as told:
        simulate(fading(), pacing.on_demand("30 ms", threshold="1 V"), duration="400 ms")
    part = told.value.partial
    assert part is not None
    assert part["pool.x"].notnull().all()
    assert answers(part) == [30.0 * turn for turn in range(1, 1 + int(float(part["time"][-1]) // 30))]


def test_every_cell_of_a_batch_has_its_own_answers() -> None:
    loop = pacing.pulse("-20 mV/ms", "0.5 ms") + pacing.on_repolarisation(90, threshold="5 mV", limit=1, **PULSE)
    taus = [10.0, 20.0, 40.0]
    batch = simulate(leaky(), loop, duration="200 ms", values={"cell.tau": taus}, solver=TIGHT, threads=2)
    for cell, tau in enumerate(taus):
        alone = simulate(leaky().with_values({"cell.tau": tau}), loop, duration="200 ms", solver=TIGHT)
        assert np.array_equal(batch["v"][cell], alone["v"])
        assert pacing.of_run(batch, cell=cell) == pacing.of_run(alone)
        assert list(onsets(pacing.of_run(alone)))[1] == pytest.approx(0.5 + tau * np.log(10.0), abs=1e-6)
        starts = batch["beat_start"][cell].dropna("beat")
        assert np.array_equal(starts, alone["beat_start"])
    with pytest.raises(ProtocolError, match="of_run"):
        pacing.of_run(batch)


def test_a_cell_of_a_batch_that_fails_is_told_and_the_others_go_on() -> None:
    loop = pacing.on_demand("30 ms", threshold="1 V")
    with pytest.warns(RuntimeWarning, match="1 of 2 cells could not go on"):
        batch = simulate(fading(), loop, duration="200 ms", values={"pool.tau": [300.0, 3000.0]})
    assert batch["v"][0].isnull().any()
    assert batch["v"][1].notnull().all()


@pytest.mark.parametrize(
    ("loop", "fault", "message"),
    [
        (pacing.on_demand("1 s"), ProtocolError, "not said how long"),
        (pacing.on_crossing("cai", "1 uM"), UnknownNameError, "'cai'"),
        (pacing.on_crossing("v", "1 uM"), UnitError, "level of cell.v"),
        (pacing.on_demand("1 s", amplitude="1 uM", duration="1 ms"), UnitError, "driven in the wrong unit"),
        (pacing.on_demand("1 s", response=pacing.level("1 mM", "1 ms", role="ko")), UnknownNameError, "ko"),
    ],
)
def test_feedback_that_does_not_fit_the_model_is_refused(loop: Feedback, fault: type[Exception], message: str) -> None:
    with pytest.raises(fault, match=message):
        simulate(leaky(), loop, duration=None if fault is ProtocolError else "10 s")


def test_fixed_steps_find_no_events_and_are_refused() -> None:
    with pytest.raises(SolverError, match="BDF or Rosenbrock"):
        simulate(leaky(), pacing.on_demand("1 s"), duration="10 s", solver=RushLarsen(step=0.05))


def test_feedback_of_a_potential_needs_one_that_is_free() -> None:
    with pytest.raises(ModelError, match="on_crossing"):
        simulate(clamped(leaky(), "v"), pacing.on_demand("1 s"), duration="10 s")
    with pytest.raises(ProtocolError, match="no stimulus of its own"):
        simulate(decay(), pacing.on_demand("1 s"), duration="10 s")


def test_without_feedback_within_the_run_nothing_changes() -> None:
    beats = pacing.regular("70 ms", beats=3, **PULSE)
    with pytest.warns(RuntimeWarning, match=r"never answered in the whole run: when v is rising through 1 V\."):
        never = simulate(leaky(), beats + pacing.on_crossing("v", "1 V"))
    assert never.attrs["unanswered"] == "when v is rising through 1 V"
    plain = simulate(leaky(), beats)
    assert np.array_equal(never["v"], plain["v"])
    assert pacing.of_run(never) == beats


def test_a_loop_that_nothing_starts_is_told_and_one_that_hears_no_silence_is_no_reason_to_warn() -> None:
    with pytest.warns(RuntimeWarning, match="give it a first beat"):
        alone = simulate(leaky(), pacing.on_repolarisation(90, threshold="5 mV", **PULSE), duration="50 ms")
    assert alone.attrs["unanswered"] == "at 90% repolarisation"
    started = pacing.pulse("-20 mV/ms", "0.5 ms") + pacing.on_repolarisation(90, threshold="5 mV", **PULSE)
    assert "unanswered" not in simulate(leaky(), started, duration="200 ms").attrs
    quiet = simulate(leaky(), pacing.on_demand("1 s", threshold="5 mV", **PULSE), duration="50 ms")
    assert quiet.attrs["unanswered"] == "after 1000 ms without a beat"


def test_a_loop_of_a_batch_is_silent_where_no_cell_hears_it() -> None:
    loop = pacing.pulse("-20 mV/ms", "0.5 ms") + pacing.on_crossing("v", "5 mV", "falling", limit=1, **PULSE)
    assert "unanswered" not in simulate(leaky(), loop, duration="50 ms", values={"cell.v": [0.0, -100.0]}).attrs
    with pytest.warns(RuntimeWarning, match="never answered"):
        none = simulate(leaky(), loop, duration="50 ms", values={"cell.v": [-100.0, -200.0]})
    assert none.attrs["unanswered"] == "when v is falling through 5 mV"


def test_in_a_published_cell_the_moment_is_that_which_its_trace_shows() -> None:
    cell, loop = load("beeler-reuter-1977"), pacing.regular("400 ms") + pacing.on_repolarisation(90, limit=1)
    solver = BDF(rtol=1e-8)
    run = simulate(cell, loop, solver=solver, save=Save(["v"], every="0.02 ms"))
    (_, second) = answers(run)
    alone = simulate(cell, pacing.regular("400 ms"), solver=solver, save=Save(["v"], every="0.02 ms"))
    t, v = alone["time"].to_numpy(), alone["v"].to_numpy()
    top = int(v.argmax())
    level = v[top] - 0.9 * (v[top] - v[:top].min())
    after = top + int(np.flatnonzero(v[top:] < level)[0])
    expected = np.interp(level, [v[after], v[after - 1]], [t[after], t[after - 1]])
    assert second == pytest.approx(expected, abs=1e-4)  # v is known every 0.02 ms, its peak to 1e-4 mV
    copy = simulate(cell, pacing.of_run(run), solver=solver, save=Save(["v"], every="0.02 ms"))
    assert np.array_equal(run["v"], copy["v"])


def test_what_is_measured_on_a_batch_is_measured_from_each_cell_s_own_stimuli() -> None:
    loop = pacing.regular("1 s") + pacing.on_repolarisation(90, limit=2, delay="300 ms")
    cell, conductances = tn.load("beeler-reuter-1977"), [4.0, 2.0]
    how = {"duration": "3 s", "save": Save("v", every="1 ms"), "solver": TIGHT}
    batch = simulate(cell, loop, values={"INa.gNa": conductances}, **how)  # type: ignore[arg-type]
    for number, conductance in enumerate(conductances):
        alone = simulate(cell.with_values({"INa.gNa": conductance}), loop, **how)  # type: ignore[arg-type]
        for measured in (tn.biomarkers.table, tn.disturbances):
            theirs = measured(batch).isel(cell=number)
            assert theirs.drop_vars("INa.gNa").equals(measured(alone))
