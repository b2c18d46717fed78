"""Definitions of biomarkers: on beats known as formulas, and on samples of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.runs import action_potential, corners, course_of, run_of, transient
from troponin.analysis import biomarkers
from troponin.analysis.disturbances import disturbances
from troponin.analysis.markers.beat import Beat
from troponin.analysis.markers.marker import BEAT_MARKERS, apd_at, calcium_decay_between, calcium_duration_at
from troponin.errors import KindError, UnitError, UnknownNameError, ValueRangeError
from troponin.library.catalogue import load_library
from troponin.protocol.pacing import regular
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import conversion_factor, parse_unit

BCL = 1000.0


@dataclass(frozen=True)
class Spike:
    """A beat known as a formula: a jump at `top` from `low` to `high`, and an exponential return."""

    low: float
    high: float
    top: float
    tau: float
    start: float = 0.0
    end: float = math.inf
    pushed: float = 0.0

    @property
    def first(self) -> float:
        return self.low

    @property
    def last(self) -> float:
        return self.low

    @property
    def highest(self) -> tuple[float, float]:
        return self.top, self.high

    @property
    def lowest(self) -> tuple[float, float]:
        return 0.0, self.low

    @property
    def steepest_rise(self) -> tuple[float, float]:
        return self.top, math.inf

    @property
    def steepest_fall(self) -> tuple[float, float]:
        return self.top, -(self.high - self.low) / self.tau

    @property
    def integral(self) -> float:
        return (self.high - self.low) * self.tau

    def falls_to(self, level: float, *, after: float) -> float:
        when = self.top + self.tau * math.log((self.high - self.low) / (level - self.low))
        return when if when >= after else math.nan

    def rises_to(self, level: float, *, before: float) -> float:
        return self.top if self.top <= before and self.low < level <= self.high else math.nan


def test_the_definitions_are_exact_for_a_beat_that_is_a_formula() -> None:
    v: Beat = Spike(-90.0, 40.0, top=5.0, tau=80.0)
    assert apd_at(90.0).measure(v) == pytest.approx(80.0 * math.log(10.0), rel=1e-14)
    assert apd_at(50.0).measure(v) == pytest.approx(80.0 * math.log(2.0), rel=1e-14)
    calcium: Beat = Spike(0.1, 0.9, top=30.0, tau=150.0)
    for early, late in ((30.0, 80.0), (10.0, 95.0)):
        assert calcium_decay_between(early, late).measure(calcium) == pytest.approx(150.0, rel=1e-12)
    assert calcium_duration_at(80.0).measure(calcium) == pytest.approx(150.0 * math.log(5.0), rel=1e-14)


def test_what_a_stimulus_pushes_is_no_action_potential() -> None:
    assert math.isnan(apd_at(90.0).measure(Spike(-63.0, -18.0, top=2.0, tau=20.0, pushed=50.0)))
    assert math.isnan(apd_at(90.0).measure(Spike(-88.0, -40.0, top=2.0, tau=20.0, pushed=50.0)))
    # a long strong stimulus would push further than any cell goes: that hides no action potential
    assert apd_at(90.0).measure(Spike(-88.0, 40.0, top=2.0, tau=80.0, pushed=260.0)) > 0.0


def test_every_marker_asks_for_levels_that_follow_from_extremes_alone() -> None:
    asked: list[tuple[float, ...]] = []
    for answer in (1.0, 7.0):
        levels = []

        class Recorder(Spike):
            def falls_to(self, level: float, *, after: float) -> float:
                levels.append(level)  # noqa: B023
                return answer  # noqa: B023

            def rises_to(self, level: float, *, before: float) -> float:
                levels.append(level)  # noqa: B023
                return answer  # noqa: B023

        for marker in BEAT_MARKERS:
            marker.measure(Recorder(0.1, 90.0, top=3.0, tau=10.0))
        asked.append(tuple(levels))
    assert asked[0] == asked[1]


def test_the_page_defines_every_marker_of_the_table_and_every_function() -> None:
    page = (Path(__file__).parents[3] / "docs" / "experiments" / "biomarkers.md").read_text()
    told = set(re.findall(r"`(\w+)[`(]", page))
    assert {marker.name for marker in BEAT_MARKERS} <= told
    assert set(biomarkers.__all__) - {"table"} <= told


def smooth(t: np.ndarray) -> np.ndarray:
    """An action potential of two smooth steps."""
    return -85.0 + 60.0 * (np.tanh((t - 20.3) / 1.5) - np.tanh((t - 250.7) / 25.0))


def rounded(t: np.ndarray) -> np.ndarray:
    """A transient of two exponentials."""
    return 1e-4 * (1.0 + 8.0 * np.clip(np.exp(-(t - 10.0) / 150.0) - np.exp(-(t - 10.0) / 20.0), 0.0, None))


MEASURES: dict[str, Callable[[xr.Dataset], object]] = {
    "apd90": lambda run: biomarkers.apd(run, 90),
    "apd50": lambda run: biomarkers.apd(run, 50),
    "triangulation": biomarkers.triangulation,
    "v_peak": biomarkers.peak_potential,
    "upstroke": biomarkers.upstroke_velocity,
    "CaTD80": biomarkers.calcium_duration,
    "decay": biomarkers.calcium_decay,
    "charge": lambda run: biomarkers.charge(run, "cai"),
}


@pytest.mark.parametrize("name", MEASURES)
def test_refining_the_samples_converges_with_the_square_of_the_interval(name: str) -> None:
    measure = MEASURES[name]

    def value(every: float, later: float = 0.0) -> float:
        signals = {"v": lambda t: smooth(t - later), "cai": lambda t: rounded(t - later)}
        return float(measure(course_of(signals, duration=BCL, starts=[0.0], every=every)))  # type: ignore[arg-type]

    def worst(every: float) -> float:
        """The largest error over where the samples fall."""
        return max(abs(value(every, later) - value(0.004, later)) for later in every * np.arange(0.0, 1.0, 0.1))

    assert worst(0.1) <= worst(0.4) / 12.0 + 1e-8 * abs(value(0.4))  # 16 for second order


@given(steps=st.integers(0, 4000), beats=st.integers(1, 3))
def test_shifting_time_changes_nothing(steps: int, beats: int) -> None:
    shift = 0.25 * steps  # exact in binary, so that the samples are the same to the last bit

    def repeated(signal: Callable[[np.ndarray], np.ndarray], by: float) -> Callable[[np.ndarray], np.ndarray]:
        return lambda t: signal((t - by) % 500.0)

    starts = [500.0 * k for k in range(beats)]
    signals = {"v": smooth, "cai": rounded, "Ta": transient(0.0, 24.0, top=169.2, width=30.0)}
    tables = [
        biomarkers.table(
            course_of(
                {name: repeated(signal, by) for name, signal in signals.items()},
                duration=500.0 * beats - 0.5,
                starts=[start + by for start in starts],
                first=by,
            )
        )
        for by in (0.0, shift)
    ]
    for name, column in tables[0].items():
        np.testing.assert_allclose(tables[1][name], column, rtol=1e-9, atol=1e-9, err_msg=str(name))


@given(
    units=st.fixed_dictionaries(
        {
            "v": st.sampled_from(["mV", "V", "uV"]),
            "cai": st.sampled_from(["mM", "uM", "nM"]),
            "Ta": st.sampled_from(["kPa", "Pa", "mN/mm^2"]),
            "time": st.sampled_from(["ms", "s"]),
        }
    )
)
def test_a_change_of_units_changes_nothing(units: dict[str, str]) -> None:
    run = run_of({"v": smooth, "cai": rounded, "Ta": transient(0.0, 24.0, top=169.2, width=30.0)}, beats=2)
    other = run.copy(deep=True)
    for name, unit in units.items():
        factor = conversion_factor(parse_unit(run[name].attrs["units"]), parse_unit(unit))
        other[name] = (run[name].dims, run[name].to_numpy() * factor, run[name].attrs | {"units": unit})
    start = conversion_factor(parse_unit("ms"), parse_unit(units["time"])) * run["beat_start"].to_numpy()
    other = other.assign_coords(beat_start=("beat", start, {"units": units["time"]}))
    told, expected = biomarkers.table(other), biomarkers.table(run)
    for name, column in expected.items():
        np.testing.assert_allclose(told[name], column, rtol=1e-9, atol=1e-9, err_msg=str(name))
        assert told[name].attrs == column.attrs


@given(share=st.floats(0.05, 0.95))
def test_a_stimulus_between_samples_does_not_spoil_the_rest_before_it(share: float) -> None:
    # a slow drift, and an upstroke at the stimulus: the first sample after it lies on the way up
    at = 100.0 + share
    drift = lambda t: -85.0 + 0.001 * t  # noqa: E731
    run = course_of(
        {"v": lambda t: drift(t) + np.interp(t, [at, at + 1.0, at + 200.0], [0.0, 120.0, 0.0])},
        duration=500.0,
        starts=[at],
        every=1.0,
    )
    assert biomarkers.resting_potential(run) == pytest.approx(drift(at), abs=1e-9)


def test_the_peak_of_a_coarsely_sampled_spike_is_not_beyond_it() -> None:
    run = run_of({"v": action_potential(rest=-80.0, peak=20.0, rise=0.5, fall=200.0)}, every=0.5)
    assert biomarkers.peak_potential(run) == 20.0


def test_the_whole_of_a_potential_is_rest_amplitude_and_overshoot() -> None:
    run = run_of({"v": action_potential(rest=-80.0, peak=20.0, rise=0.5, fall=200.0)})
    assert biomarkers.amplitude(run) == 100.0
    assert biomarkers.overshoot(run) == 20.0
    assert biomarkers.triangulation(run) == pytest.approx(120.0, abs=1e-9)
    assert biomarkers.triangulation(run, 40, 90) == pytest.approx(100.0, abs=1e-9)
    low = run_of({"v": action_potential(rest=-80.0, peak=-5.0, rise=0.5, fall=200.0)})
    assert math.isnan(biomarkers.overshoot(low))  # type: ignore[arg-type]


def test_a_beat_that_begins_on_a_plateau_has_no_rest_and_no_duration() -> None:
    # the stimulus at 0 only lifts the plateau of the beat before
    run = run_of({"v": corners((0.0, -10.0), (1.0, 30.0), (100.0, -10.0), (200.0, -85.0), (500.0, -85.0))})
    table = biomarkers.table(run)
    for name in ("v_rest", "v_amplitude", "apd50", "apd90", "triangulation90_30"):
        assert math.isnan(table[name].item()), name
    assert table["v_peak"].item() == 30.0


@pytest.mark.parametrize(("start", "rests"), [(-62.0, True), (-50.0, False)])
def test_a_beat_rests_where_v_has_come_down_by_three_quarters_of_its_swing(start: float, rests: bool) -> None:
    # the swing is from -85 to 15 mV, three quarters of the way down is -60 mV
    run = run_of({"v": corners((0.0, start), (0.5, 15.0), (100.0, 15.0), (200.0, -85.0), (500.0, -85.0))})
    assert math.isfinite(biomarkers.resting_potential(run)) is rests  # type: ignore[arg-type]
    assert math.isfinite(biomarkers.apd(run, 50)) is rests  # type: ignore[arg-type]


@pytest.mark.parametrize("higher", [True, False])
def test_two_action_potentials_in_one_beat_have_no_one_duration(higher: bool) -> None:
    first, second = (15.0, 25.0) if higher else (25.0, 15.0)
    rise = 0.5 if higher else 1.0  # where the second is the smaller one, it is the steeper one
    two = corners(
        *((0.0, -85.0), (5.0, -85.0), (5.0 + rise, first), (100.0, -85.0)),
        *((250.0, -85.0), (250.5, second), (350.0, -85.0), (500.0, -85.0)),
    )
    assert math.isnan(biomarkers.apd(run_of({"v": two}), 90))  # type: ignore[arg-type]


def test_a_higher_action_potential_after_a_steeper_one_leaves_no_one_duration() -> None:
    two = corners(
        *((0.0, -85.0), (5.0, -85.0), (5.2, 15.0), (100.0, -85.0)),
        *((250.0, -85.0), (251.0, 25.0), (350.0, -85.0), (500.0, -85.0)),
    )
    run = run_of({"v": two}, every=0.1)
    assert biomarkers.peak_potential(run) == 25.0
    assert math.isnan(biomarkers.apd(run, 90))  # type: ignore[arg-type]


def test_rest_is_where_the_beat_begins_though_the_undershoot_is_lower() -> None:
    run = run_of({"v": corners((0, -60), (10, -60), (10.5, 40), (11, 40), (12.5, -70), (60, -60), (500, -60))})
    assert biomarkers.resting_potential(run) == -60.0
    assert biomarkers.amplitude(run) == 100.0
    # down to -10 mV, half of the amplitude, on a line that falls 110 mV in 1.5 ms
    assert biomarkers.apd(run, 50) == pytest.approx(11 + 50 / 110 * 1.5 - 10.25, abs=1e-9)


def test_the_notch_before_a_higher_dome_is_no_repolarisation() -> None:
    dome = corners((0, -85), (5, -85), (5.5, 20), (6, 20), (15, -10), (50, 30), (250, -85), (500, -85))
    run = run_of({"v": dome})
    # 30 % down from the dome at 30 mV is -4.5 mV, which the notch has passed before; the last line falls 115 mV
    assert biomarkers.apd(run, 30) == pytest.approx(50 + 34.5 / 115 * 200 - 5.25, abs=1e-9)


@pytest.mark.parametrize(("peak", "shown"), [(-45.0, False), (-35.0, True)])
def test_an_action_potential_rises_above_minus_40_mv(peak: float, shown: bool) -> None:
    run = run_of({"v": corners((0, -85), (5, -85), (6, peak), (200, -85), (500, -85))}, every=0.1)
    assert math.isfinite(biomarkers.apd(run, 50)) is shown  # type: ignore[arg-type]


def test_an_early_afterdepolarisation_belongs_to_its_action_potential() -> None:
    bump = corners((0, -85), (10, -85), (10.5, 35), (200, -20), (250, 10), (350, -85), (500, -85))
    # down to -73 mV on the last line, which falls 95 mV in 100 ms
    assert biomarkers.apd(run_of({"v": bump}), 90) == pytest.approx(250 + 83 / 95 * 100 - 10.25, abs=1e-3)


def test_tension_is_fastest_where_a_bump_is_steepest() -> None:
    run = run_of({"Ta": transient(2.0, 26.0, top=200.0, width=40.0)}, every=0.1)
    slope = 24.0 / 40.0 * math.exp(-0.5)
    assert biomarkers.tension_fastest_rise(run) == pytest.approx(slope, rel=1e-5)
    assert biomarkers.tension_fastest_fall(run) == pytest.approx(-slope, rel=1e-5)
    assert biomarkers.tension_amplitude(run) == pytest.approx(24.0, rel=1e-4)


def test_the_charge_of_a_current_is_its_integral_with_its_own_unit() -> None:
    run = run_of({"IKr": corners((0.0, 0.0), (100.0, 2.0), (200.0, 0.0))}, beats=2)
    assert biomarkers.charge(run, "cell.IKr") == pytest.approx(0.2)  # 200 A/F ms
    assert biomarkers.charge(run, "IKr", beat=0) == pytest.approx(0.2)
    batch = run_of({"IKr": lambda t: np.ones_like(t)}, cells=[1.0, -3.0])
    carried = biomarkers.charge(batch, "IKr")
    assert isinstance(carried, xr.DataArray)
    assert carried.to_numpy() == pytest.approx([0.5, -1.5])
    assert carried.attrs == {"units": "C/F", "long_name": "charge carried by IKr"}


@pytest.mark.parametrize(
    ("unit", "carried"), [("pA", "pC"), ("uA/cm^2", "uC/cm^2"), ("A/F", "C/F"), ("mM/ms", "M"), ("nA", "nC")]
)
def test_a_charge_is_written_as_one_writes_it(unit: str, carried: str) -> None:
    run = run_of({"IKr": lambda t: np.ones_like(t)}, cells=[1.0])
    run["IKr"].attrs["units"] = unit
    told = biomarkers.charge(run, "IKr")
    assert isinstance(told, xr.DataArray)
    assert told.attrs["units"] == carried
    second = parse_unit("s")
    assert float(told[0]) == pytest.approx(0.5 * conversion_factor(parse_unit(unit) * second, parse_unit(carried)))


def test_qnet_is_the_sum_of_six_charges_over_a_beat_that_repolarises() -> None:
    sizes = {"INaL": -0.3, "ICaL": -1.0, "IKr": 0.5, "Ito": 0.25, "IKs": 0.125, "IK1": 0.75}
    currents = {name: lambda t, size=size: np.full_like(t, size) for name, size in sizes.items()}
    run = run_of({"v": smooth, **currents}, bcl=2000.0)
    assert biomarkers.qnet(run) == pytest.approx(2.0 * sum(sizes.values()))
    assert biomarkers.qnet(run.rename(ICaL="ICaLCa")) == biomarkers.qnet(run)
    # where a run holds the whole current of the channel and what calcium carries of it, the latter counts
    both = run.rename(ICaL="ICaLCa").assign(ICaL=1.5 * run["ICaL"])
    assert biomarkers.qnet(both) == biomarkers.qnet(run)
    with pytest.raises(UnknownNameError, match=r"unknown variable 'INaL, IKs'.*Save\(\[\"v\", \"INaL\""):
        biomarkers.qnet(run.drop_vars(["INaL", "IKs"]))
    stuck = run_of({"v": lambda t: np.where(t < 10, -80.0, 20.0), **currents}, bcl=2000.0)
    assert math.isnan(biomarkers.qnet(stuck))  # type: ignore[arg-type]


def test_the_own_upstroke_is_the_largest_inward_current_by_the_capacitance() -> None:
    run = run_of({"v": smooth, "I_ion": transient(0.5, -300.0, top=20.0, width=0.5)}, every=0.05)
    assert biomarkers.own_upstroke_velocity(run) == pytest.approx(300.0, rel=1e-3)
    for unit, capacitance, expected in (
        ("uA/cm^2", "2 uF/cm^2", 150.0),
        ("pA", "50 pF", 6.0),
        ("nA", "0.1 nF", 3000.0),
    ):
        run["I_ion"].attrs["units"] = unit
        assert biomarkers.own_upstroke_velocity(run, capacitance=capacitance) == pytest.approx(expected, rel=1e-3)
        with pytest.raises(UnitError, match="capacitance"):
            biomarkers.own_upstroke_velocity(run)


def test_a_cell_that_beats_by_itself_has_a_cycle_length() -> None:
    run = course_of({"v": lambda t: -20.0 + 40.0 * np.sin(2 * np.pi * t / 813.4)}, duration=5000.0, every=0.2)
    lengths = [biomarkers.cycle_length(run, beat=k) for k in range(5)]
    assert math.isnan(lengths[0])  # type: ignore[arg-type]
    assert lengths[1:] == pytest.approx([813.4] * 4, abs=0.01)
    assert biomarkers.rate(run, beat=2) == pytest.approx(60_000.0 / 813.4, rel=1e-4)
    assert biomarkers.resting_potential(run) == pytest.approx(-60.0, abs=1e-4)


def test_the_order_of_a_batch_s_axes_changes_nothing() -> None:
    run = run_of({"v": smooth}, cells=[1.0, 0.9], beats=2)
    turned = run.transpose("time", "cell", "beat")
    xr.testing.assert_identical(biomarkers.table(turned), biomarkers.table(run))
    xr.testing.assert_identical(disturbances(turned), disturbances(run))


@pytest.mark.parametrize("measure", [biomarkers.apd, biomarkers.table, biomarkers.qnet, disturbances])
def test_what_is_no_run_is_told(measure: Callable[[object], object]) -> None:
    with pytest.raises(KindError, match="the Dataset of a run"):
        measure("run.nc")


def test_percentages_are_in_order() -> None:
    run = run_of({"v": smooth, "cai": rounded})
    with pytest.raises(ValueRangeError, match="late"):
        biomarkers.triangulation(run, 90, 30)
    with pytest.raises(ValueRangeError, match="early"):
        biomarkers.calcium_decay(run, 0.0)


def library_beat(name: str, beats: int, every: str, bcl: str = "1000 ms") -> xr.Dataset:
    """The last beat of a library model."""
    kept = Save(["v", "I_ion", "INaL", "ICaL", "IKr", "Ito", "IKs", "IK1"], every, last=bcl)
    return simulate(load_library(name), regular(bcl, beats=beats), save=kept, solver=BDF(rtol=1e-8))


@pytest.mark.parametrize(("name", "push"), [("ohara-rudy-2011", 40.0), ("tomek-2020", 53.0)])
def test_the_ionic_current_carries_out_what_the_stimulus_brings_in_but_for_the_change_of_v(
    name: str, push: float
) -> None:
    run = library_beat(name, 2, "0.02 ms")
    v = run["v"].to_numpy()
    assert biomarkers.charge(run, "I_ion") == pytest.approx(1e-3 * (push - (v[-1] - v[0])), abs=2e-5)


def test_the_own_upstroke_of_a_cell_is_what_is_left_of_its_upstroke_without_the_stimulus() -> None:
    run = library_beat("tomek-2020", 2, "0.005 ms")  # its upstroke is steepest while the stimulus of -53 A/F acts
    own, whole = biomarkers.own_upstroke_velocity(run), biomarkers.upstroke_velocity(run)
    assert own == pytest.approx(float(whole) - 53.0, rel=1e-3)


@pytest.mark.parametrize("name", ["ohara-rudy-2011", "tomek-2020", "torord-land"])
def test_more_of_the_outward_currents_makes_more_of_qnet(name: str) -> None:
    kept = Save(["v", "INaL", "ICaL", "IKr", "Ito", "IKs", "IK1"], "0.5 ms", last="2000 ms")
    model, beats = load_library(name), regular("2000 ms", beats=5)
    base = model["IKr.GKr"].value
    plain, blocked = (
        float(biomarkers.qnet(simulate(model.with_values({"IKr.GKr": base * part}), beats, save=kept)))
        for part in (1.0, 0.5)
    )
    assert blocked < plain  # a blocker of IKr alone lowers qNet (Dutta et al. 2017)


def test_the_cycle_of_a_cell_that_beats_by_itself_is_the_time_between_its_passages_of_0_mv() -> None:
    model = load_library("beeler-reuter-1977")
    pacemaker = model.with_values({"IK1.gK1": 0.2 * model["IK1.gK1"].value})
    run = simulate(pacemaker, duration="8000 ms", save=Save(["v"], "0.5 ms"), solver=BDF(rtol=1e-8))
    v, time = run["v"].to_numpy(), run["time"].to_numpy()
    up = np.flatnonzero((v[:-1] < 0.0) & (v[1:] >= 0.0))
    passages = time[up] - v[up] / (v[up + 1] - v[up]) * 0.5
    assert biomarkers.cycle_length(run) == pytest.approx(passages[-1] - passages[-2], abs=0.5)
    assert biomarkers.table(run).sizes["beat"] >= 3
    assert (disturbances(run)["captured"]).all()
