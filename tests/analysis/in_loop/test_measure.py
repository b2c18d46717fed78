"""measure: what is measured in the run is what is measured on a fine trace of it, and what theory says."""

from __future__ import annotations

import json
import warnings
from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

import troponin as tn
from troponin.analysis.in_loop.measure import measure
from troponin.errors import (
    KindError,
    ModelError,
    ProtocolError,
    SolverError,
    UnitError,
    UnknownNameError,
    ValueRangeError,
)
from troponin.expr.functions import power
from troponin.expr.nodes import Number, Symbol
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.protocol.shapes import once
from troponin.protocol.timeline import Piece, Wave, constant
from troponin.units import DIMENSIONLESS, kPa, ms, parse_unit, uM

EVERY = 0.01
SIGNALS = ("v", "cai", "Ta")


def signals_of(model: Model) -> list[str]:
    return [name for name in SIGNALS if name in model.meanings]


def traced(model: Model, protocol, every: float = EVERY, **settings) -> xr.Dataset:
    return tn.simulate(model, protocol, save=tn.Save(signals_of(model), every=f"{every} ms"), **settings)


def curvature(run: xr.Dataset, signal: str, cell: int | None, beat: int, near_top: bool) -> float:
    """The largest second difference of a sampled signal in a beat, in the biomarkers' unit; around its top or anywhere.

    A smooth signal lies within it of what lies between samples.
    """
    data = run[signal] if cell is None else run[signal][cell]
    starts = [*run["beat_start"].to_numpy(), np.inf]
    time = run["time"].to_numpy()
    x = data.to_numpy()[(time >= starts[beat]) & (time <= starts[beat + 1])] * (1e3 if signal == "cai" else 1.0)
    top = int(x.argmax())
    if near_top:
        x = x[max(top - 4, 0) : top + 5]
    return float(np.abs(np.diff(x, 2)).max(initial=0.0))


def agree(found: xr.Dataset, run: xr.Dataset, every: float = EVERY) -> None:
    """All biomarkers are those of a trace, as far as its samples tell.

    Times: a passage lies in the same interval of the trace, and so does the upstroke, so that a duration differs by two
    intervals at most.  Peaks: by the second difference around the top.  Slopes: by the second difference in one.
    Values at the start are the same to the last bit, which shows that the run is.
    """
    table = tn.biomarkers.table(run)
    beats = found.sizes["beat"]
    assert set(table.data_vars) == set(found.data_vars)
    for name, column in found.data_vars.items():
        expected = table[name].isel(beat=slice(-beats, None))
        assert column.dims == expected.dims
        assert column.units == expected.units
        np.testing.assert_array_equal(column.isnull(), expected.isnull(), err_msg=str(name))
        if name in ("v_rest", "ca_diastolic", "ta_diastolic"):
            np.testing.assert_array_equal(column, expected, err_msg=str(name))
            continue
        signal = {"v": "v", "a": "v", "t": "Ta", "c": "cai"}[str(name)[0]] if not str(name).startswith("tri") else "v"
        difference = np.abs((column - expected).to_numpy())
        for index in np.ndindex(difference.shape):
            cell, beat = (None, index[0]) if len(index) == 1 else index
            number = table.sizes["beat"] - beats + beat
            bound = 2 * every
            if column.units != "ms":
                slope = "fastest" in str(name)
                bound = curvature(run, signal, cell, number, near_top=not slope) / (every if slope else 1.0) + 1e-9
            if not np.isnan(difference[index]):
                assert difference[index] <= bound, f"{name} {index}: {difference[index]} beyond {bound}"


@pytest.mark.parametrize(
    ("name", "bcl"),
    [
        ("hodgkin-huxley-1952", "50 ms"),
        ("beeler-reuter-1977", "1000 ms"),
        ("ten-tusscher-panfilov-2006", "800 ms"),
        ("ohara-rudy-2011", "1000 ms"),
        ("torord-land", "1000 ms"),
    ],
)
@pytest.mark.parametrize("solver", [tn.BDF(), tn.Rosenbrock()], ids=lambda method: type(method).__name__)
def test_what_is_measured_is_what_a_fine_trace_shows(name: str, bcl: str, solver) -> None:
    model, protocol = tn.load(name), tn.pacing.regular(bcl, beats=2)
    agree(measure(model, protocol, beats=2, solver=solver), traced(model, protocol, solver=solver))


@pytest.mark.parametrize(
    ("name", "bcl", "beats"),
    [
        ("beeler-reuter-1977", "200 ms", 6),  # every second stimulus falls on the plateau before
        ("torord-land", "60 ms", 5),  # peaks at edges
        ("ten-tusscher-panfilov-2006", "270 ms", 4),  # beats that begin before the last is over
        ("ohara-rudy-2011", "180 ms", 5),
    ],
)
def test_beats_that_come_too_early_are_judged_as_on_a_trace(name: str, bcl: str, beats: int) -> None:
    model, protocol = tn.load(name), tn.pacing.regular(bcl, beats=beats)
    agree(measure(model, protocol, beats=beats), traced(model, protocol))


def test_early_afterdepolarisations_are_judged_as_on_a_trace() -> None:
    cell = tn.load("ohara-rudy-2011")
    blocked = cell.with_values({"IKr.GKr": 0.1 * cell["IKr.GKr"]})
    protocol = tn.pacing.regular("4000 ms", beats=3)
    agree(measure(blocked, protocol, beats=2), traced(blocked, protocol, every=0.02), every=0.02)


def test_a_cell_that_does_not_fire_has_a_rest_and_a_peak_and_no_duration() -> None:
    model = tn.load("beeler-reuter-1977")
    protocol = tn.pacing.regular("500 ms", beats=2, amplitude="-1 uA/cm^2", duration="2 ms")
    found = measure(model, protocol, beats=2)
    agree(found, traced(model, protocol))
    assert found["v_peak"].notnull().all()
    assert found[["apd30", "apd90", "triangulation90_30"]].to_array().isnull().all()


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_random_population_is_measured_as_on_its_traces(seed: int) -> None:
    model, protocol = tn.load("ten-tusscher-panfilov-2006"), tn.pacing.regular("600 ms", beats=2)
    rng = np.random.default_rng(seed)
    names = ("INa.GNa", "ICaL.GCaL", "IKr.GKr", "IKs.GKs", "Ito.Gto")
    values = {name: model[name].value * rng.lognormal(0.0, 0.5, 5) for name in names}
    # the interpolant rises as fast as the cell up to the tolerance, which decides when an upstroke is steepest
    solver = tn.Rosenbrock(rtol=1e-6)
    found = measure(model, protocol, values=values, threads=1, solver=solver)
    agree(found, traced(model, protocol, values=values, threads=1, solver=solver))
    for name in names:
        np.testing.assert_array_equal(found[name], values[name])


def test_numbers_depend_neither_on_threads_nor_on_company_nor_on_order() -> None:
    model, protocol = tn.load("beeler-reuter-1977"), tn.pacing.regular("400 ms", beats=3)
    conductances = np.linspace(2.0, 6.0, 21)

    def cells(given: np.ndarray, threads: int) -> xr.Dataset:
        values = {"INa.gNa": given}
        return measure(model, protocol, beats=2, names=["apd90", "v_upstroke"], values=values, threads=threads)

    one = cells(conductances, 1)
    for threads in (2, 3):
        assert cells(conductances, threads).equals(one)
    order = np.random.default_rng(2).permutation(21)
    assert cells(conductances[order], 2).equals(one.isel(cell=order))
    assert cells(conductances[4:5], 1).equals(one.isel(cell=slice(4, 5)))


def test_a_cell_of_a_batch_is_the_cell_alone() -> None:
    model, protocol = tn.load("beeler-reuter-1977"), tn.pacing.regular("500 ms", beats=2)
    conductances = [3.0, 4.0, 5.0]
    batch = measure(model, protocol, values={"INa.gNa": conductances}, solver=tn.Rosenbrock(rtol=1e-8))
    for cell, conductance in enumerate(conductances):
        alone = measure(model.with_values({"INa.gNa": conductance}), protocol, solver=tn.BDF(rtol=1e-9))
        for name in alone.data_vars:
            assert float(batch[name][cell, 0]) == pytest.approx(float(alone[name][0]), rel=1e-5, abs=1e-4), name


@settings(max_examples=4, deadline=None)
@given(st.fractions(20, 650, max_denominator=7))
def test_a_further_edge_in_the_protocol_changes_no_biomarker(cut: Fraction) -> None:
    model, tight = tn.load("ten-tusscher-panfilov-2006"), tn.BDF(rtol=1e-9)
    whole = tn.pacing.regular("700 ms", beats=2, amplitude="-52 A/F", duration="1 ms")
    zero = constant(tn.parse_quantity("0 A/F"), tn.parse_unit("A/F"))
    nothing = Wave(tn.parse_unit("A/F"), (Piece(cut, zero), Piece(700 - cut, zero)))
    parts = tn.pacing.together(whole, once(nothing, Fraction(700), "stimulus", background=True))
    one, two = (measure(model, protocol, beats=2, solver=tight) for protocol in (whole, parts))
    for name in one.data_vars:
        np.testing.assert_allclose(two[name], one[name], rtol=1e-6, atol=2e-6, err_msg=str(name))


def test_the_measured_run_is_that_of_simulate_to_the_last_bit() -> None:
    """However many beats are measured, and whatever on them: each begins with the state that an unmeasured run has."""
    model, protocol = tn.load("torord-land"), tn.pacing.regular("500 ms", beats=4)
    run = tn.simulate(model, protocol, save=tn.Save(["v", "cai", "Ta"], every="500 ms"))
    found = measure(model, protocol, beats=3)
    np.testing.assert_array_equal(found["v_rest"], run["v"][1:4])
    np.testing.assert_array_equal(found["ca_diastolic"], 1e3 * run["cai"][1:4])
    np.testing.assert_array_equal(found["ta_diastolic"], run["Ta"][1:4])
    np.testing.assert_array_equal(found["beat_start"], run["beat_start"][1:4])
    last = measure(model, protocol, names=["v_rest", "ta_peak"])
    np.testing.assert_array_equal(last["v_rest"], found["v_rest"][-1:])
    np.testing.assert_array_equal(last["ta_peak"], found["ta_peak"][-1:])


def transient_model(rise: float = 3.0, fall: float = 40.0) -> Model:
    """ds/dt = -i - s / rise, dc/dt = (s - c) / fall, and tension T = c^2: a pulse and two exponentials."""
    i, s, c, slow, quick = (Symbol(f"cell.{name}") for name in ("i", "s", "c", "fall", "rise"))
    per = parse_unit("uM/ms")
    return Model(
        "transient",
        ms,
        (State("cell.s", uM, 0.0, -i - s / quick), State("cell.c", uM, 0.0, (s - c) / slow)),
        (Parameter("cell.rise", ms, rise), Parameter("cell.fall", ms, fall), Parameter("cell.k", PER_SQUARE, 1.0)),
        (Input("cell.i", per, Role.STIMULUS),),
        (Equation("cell.T", kPa, Symbol("cell.k") * c * c),),
        meanings={"cai": "cell.c", "Ta": "cell.T", "stimulus": "cell.i"},
        stimulus=Stimulus(-1.0, 1.0),
    )


PER_SQUARE = parse_unit("kPa/uM^2")


class Transient:
    """The closed form of `transient_model` after a pulse of 1 ms, from rest."""

    def __init__(self, rise: float, fall: float) -> None:
        self.rise, self.fall = rise, fall

    def c(self, t: float) -> float:
        """The concentration."""
        a, b = self.rise, self.fall

        def step(t: float) -> float:
            """What a current of 1 gives that lasts."""
            if t <= 0.0:
                return 0.0
            lost = a * (a * np.exp(-t / a) - b * np.exp(-t / b)) / (a - b)
            return float(a - lost)

        return step(t) - step(t - 1.0)

    def slope(self, t: float) -> float:
        """dc/dt."""
        a, b = self.rise, self.fall

        def step(t: float) -> float:
            return float(a * (np.exp(-t / a) - np.exp(-t / b)) / (a - b)) if t > 0.0 else 0.0

        return step(t) - step(t - 1.0)

    @property
    def peak(self) -> float:
        """When c is highest."""
        return float(brentq(self.slope, 0.5, 20.0 * (self.rise + self.fall)))

    def falls(self, percent: float) -> float:
        """When c has come back by so many percent."""
        level = (1.0 - percent / 100.0) * self.c(self.peak)
        return float(brentq(lambda t: self.c(t) - level, self.peak, 60.0 * (self.rise + self.fall)))

    def rises(self, percent: float) -> float:
        """When c goes up through the same level."""
        level = (1.0 - percent / 100.0) * self.c(self.peak)
        return float(brentq(lambda t: self.c(t) - level, 0.0, self.peak))


@pytest.mark.parametrize("batch", [False, True], ids=["one", "batch"])
@settings(max_examples=8, deadline=None)
@given(st.floats(1.0, 10.0), st.floats(1.2, 8.0))
def test_a_transient_of_two_exponentials_is_measured_as_its_closed_form_says(
    batch: bool, rise: float, ratio: float
) -> None:
    fall = rise * ratio
    exact, length = Transient(rise, fall), round(40.0 * fall)
    protocol = tn.pacing.regular(f"{length} ms")
    names = ["ca_peak", "ca_time_to_peak", "ca_duration80", "ca_decay", "cell.c", "ta_fastest_rise", "ta_fastest_fall"]
    names += ["ta_rt50", "ta_peak"]
    if batch:
        values = {"cell.rise": [2.0, rise, 3.0], "cell.fall": [5.0, fall, 30.0]}
        many = measure(transient_model(), protocol, names=names, values=values, solver=tn.Rosenbrock(rtol=1e-9))
        found = many.isel(cell=1)
    else:
        found = measure(transient_model(rise, fall), protocol, names=names, solver=tn.BDF(rtol=1e-10))
    got = {name: float(found[name][0]) for name in names}
    top = exact.c(exact.peak)
    assert got["ca_peak"] == pytest.approx(top, rel=1e-6)
    assert got["ca_time_to_peak"] == pytest.approx(exact.peak, rel=1e-4)
    assert got["ca_duration80"] == pytest.approx(exact.falls(80.0) - exact.rises(80.0), rel=1e-5)
    assert got["ca_decay"] == pytest.approx((exact.falls(80.0) - exact.falls(30.0)) / np.log(70 / 20), rel=1e-5)
    assert got["cell.c"] == pytest.approx(1e-3 * rise, rel=1e-5)  # in uM s: what a pulse brings, for `rise` ms
    assert got["ta_peak"] == pytest.approx(top**2, rel=1e-6)
    assert got["ta_rt50"] == pytest.approx(exact.falls(100.0 * (1.0 - 0.5**0.5)) - exact.peak, rel=1e-4)
    turn = 6.0 * (rise + fall)
    for name, sign, lower, upper in (("rise", -1, 0.0, exact.peak), ("fall", 1, exact.peak, turn)):

        def tension_slope(t: float, sign: int = sign) -> float:
            return 2.0 * sign * exact.c(t) * exact.slope(t)

        best = minimize_scalar(tension_slope, bounds=(lower, upper), method="bounded", options={"xatol": 1e-9})
        assert got[f"ta_fastest_{name}"] == pytest.approx(sign * best.fun, rel=1e-5)


def test_charges_and_the_upstroke_are_those_of_a_trace() -> None:
    model, protocol = tn.load("torord-land"), tn.pacing.regular("1000 ms", beats=1)
    currents = ["INaL", "ICaL", "IKr", "Ito", "IKs", "IK1"]
    found = measure(model, protocol, names=["qnet", "v_upstroke_own", "v_upstroke", "apd75", *currents])
    kept = tn.Save(["v", "I_ion", *currents], every="0.01 ms")
    run = tn.simulate(model, protocol, save=kept)
    assert float(found["qnet"][0]) == pytest.approx(tn.biomarkers.qnet(run), rel=1e-5)
    for name in currents:
        assert found[name].units == "C/F"
        assert float(found[name][0]) == pytest.approx(tn.biomarkers.charge(run, name), rel=2e-4), name
    assert float(found["apd75"][0]) == pytest.approx(tn.biomarkers.apd(run, 75), abs=2 * EVERY)


def test_the_upstroke_is_that_of_ever_finer_traces() -> None:
    model, protocol = tn.load("torord-land"), tn.pacing.regular("10 ms", beats=1)
    found = measure(model, protocol, names=["v_upstroke_own", "v_upstroke"])
    short = []
    for every in ("0.01 ms", "0.001 ms"):
        run = tn.simulate(model, protocol, save=tn.Save(["v", "I_ion"], every=every))
        own = -float(run["I_ion"].min())
        assert own <= float(found["v_upstroke_own"][0]) <= own * 1.001  # a sample may miss the top, and is no higher
        short.append(float(found["v_upstroke"][0]) / tn.biomarkers.upstroke_velocity(run) - 1.0)
    assert (
        0.0 < short[1] < 0.1 * short[0] < 1e-3
    )  # the rise between two samples is a mean: by the square of an interval


def test_a_slope_follows_a_stretch_that_moves() -> None:
    """The chain rule holds through the input: the difference quotients of a fine trace say the same."""
    model = tn.load("torord-land")
    moved = tn.pacing.together(
        tn.pacing.regular("500 ms"), tn.pacing.sine("0.05", "5 Hz", "500 ms", role="stretch", offset="1.05")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure(model, moved, names=["ta_fastest_rise", "ta_fastest_fall"])
    table = tn.biomarkers.table(traced(model, moved))
    assert float(found["ta_fastest_fall"][0]) < -0.1
    for name in found.data_vars:
        assert float(found[name][0]) == pytest.approx(float(table[name][0]), rel=1e-3)


def fading() -> Model:
    """dx/dt = -1 - sqrt(x) / tau from 5: the rate is no number once x has gone below zero; T = x."""
    x, tau = Symbol("pool.x"), Symbol("pool.tau")
    one = Number(1.0, parse_unit("kPa/ms"))
    root = Number(1.0, parse_unit("kPa")) * power(x / Number(1.0, kPa), Number(0.5))
    return Model(
        "fading",
        ms,
        (State("pool.x", kPa, 5.0, -(one * Symbol("pool.rate")) - root / tau),),
        (Parameter("pool.tau", ms, 1e6), Parameter("pool.rate", DIMENSIONLESS, 0.0)),
        (Input("pool.i", parse_unit("kPa/ms"), Role.STIMULUS),),
        meanings={"Ta": "pool.x"},
        stimulus=Stimulus(-1.0, 1.0),
    )


def test_a_cell_that_cannot_go_on_is_nan_and_told_and_the_others_are_measured() -> None:
    protocol = tn.pacing.regular("20 ms", beats=3)
    rates = [0.0, 1.0, 0.01, 0.2, 0.0, 0.0, 0.0, 0.0, 0.1]  # those above 0.08 end at 5, 25 and 50 ms
    with pytest.warns(RuntimeWarning, match=r"3 of 9 cells could not go on; the first: .*cell 1, at t = [45]"):
        found = measure(fading(), protocol, beats=2, names=["ta_diastolic", "ta_peak"], values={"pool.rate": rates})
    assert found["ta_peak"].isnull().sum("beat").to_numpy().tolist() == [0, 2, 0, 2, 0, 0, 0, 0, 1]
    assert list(json.loads(found.attrs["failures"])) == ["1", "3", "8"]
    with pytest.raises(SolverError, match=r"at t = [45]"):
        measure(fading().with_values({"pool.rate": 1.0}), protocol)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        healthy = [rates[cell] for cell in (0, 2, 4, 5, 6, 7)]
        alone = measure(fading(), protocol, beats=2, names=["ta_diastolic", "ta_peak"], values={"pool.rate": healthy})
    assert alone["ta_diastolic"].equals(found["ta_diastolic"].isel(cell=[0, 2, 4, 5, 6, 7]))


def test_what_cannot_be_measured_is_told_before_anything_is_computed() -> None:
    model, protocol = tn.load("beeler-reuter-1977"), tn.pacing.regular("400 ms", beats=3)
    with pytest.raises(UnknownNameError, match="apd90"):
        measure(model, protocol, names=["adp90"])
    with pytest.raises(ModelError, match="ta_peak needs Ta"):
        measure(model, protocol, names=["ta_peak", "apd90"])
    with pytest.raises(ModelError, match="qnet needs INaL"):
        measure(model, protocol, names="qnet")
    with pytest.raises(ModelError, match="is a parameter"):
        measure(model, protocol, names=["INa.gNa"])
    with pytest.raises(UnitError, match="v_upstroke_own"):
        measure(model, protocol, names=["v_upstroke_own"])
    with pytest.raises(ValueRangeError, match="percentages"):
        measure(model, protocol, names=["apd100"])
    with pytest.raises(ValueRangeError, match="percentages"):
        measure(model, protocol, names=["triangulation30_90"])
    with pytest.raises(ValueRangeError, match="no biomarkers"):
        measure(model, protocol, names=[])
    with pytest.raises(ProtocolError, match="3 beats"):
        measure(model, protocol, beats=4)
    with pytest.raises(ProtocolError, match="where beats begin"):
        measure(model, tn.pacing.rest("100 ms"))
    with pytest.raises(ValueRangeError, match="beats"):
        measure(model, protocol, beats=0)
    with pytest.raises(KindError, match="fixed steps"):
        measure(model, protocol, solver=tn.RushLarsen())  # type: ignore[arg-type]
    with pytest.raises(KindError, match="given times"):
        measure(model, tn.pacing.on_demand("1000 ms"))  # type: ignore[arg-type]


def test_progress_goes_up_to_one() -> None:
    model, protocol = tn.load("beeler-reuter-1977"), tn.pacing.regular("400 ms", beats=5)
    for values in (None, {"INa.gNa": np.linspace(3.0, 5.0, 17)}):
        seen: list[float] = []
        measure(model, protocol, beats=2, values=values, progress=seen.append)
        assert seen == sorted(seen)
        assert seen[-1] == 1.0


def test_what_is_measured_says_where_it_comes_from() -> None:
    model, protocol = tn.load("beeler-reuter-1977"), tn.pacing.regular("400 ms", beats=3)
    found = measure(model, protocol, beats=2, values={"INa.gNa": [3.0, 4.0]})
    assert found.attrs["experiment"] == "measure"
    assert (found.attrs["model"], found.attrs["beats"], found.attrs["solver"]) == (model.name, 2, "Rosenbrock")
    assert found["apd90"].attrs == {"units": "ms", "long_name": "APD90"}
    assert found["INa.gNa"].attrs["variable"] == "INa.gNa"
    np.testing.assert_array_equal(found["beat_start"], [400.0, 800.0])
