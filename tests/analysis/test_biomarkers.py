"""Biomarkers of signals whose biomarkers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.runs import Signal, action_potential, corners, course_of, run_of, transient
from troponin.analysis import biomarkers
from troponin.errors import ProtocolError, UnitError, UnknownNameError, ValueRangeError
from troponin.units import parse_unit

TRIANGLE = action_potential(rest=-80.0, peak=20.0, rise=0.5, fall=200.0)


@given(
    percent=st.floats(1.0, 99.0),
    rest=st.floats(-95.0, -60.0),
    peak=st.floats(0.0, 60.0),
    fall=st.floats(50.0, 400.0),
)
def test_the_duration_of_a_triangle_is_a_percentage_of_its_fall(
    percent: float, rest: float, peak: float, fall: float
) -> None:
    run = run_of({"v": action_potential(rest, peak, rise=0.5, fall=fall)})
    assert biomarkers.apd(run, percent) == pytest.approx(0.25 + percent / 100 * fall, abs=0.2)


def test_rest_peak_and_upstroke_are_read_off() -> None:
    run = run_of({"v": TRIANGLE})
    assert biomarkers.resting_potential(run) == -80.0
    assert biomarkers.peak_potential(run) == 20.0
    assert biomarkers.upstroke_velocity(run) == pytest.approx(200.0)


@pytest.mark.parametrize("every", [0.1, 1.0])
def test_an_upstroke_is_found_between_samples(every: float) -> None:
    # a smooth upstroke is steepest at its middle, 12.37 ms, and falls through half its height at 212.37 ms
    run = run_of({"v": lambda t: 50 * np.tanh((t - 12.37) / 3) - 50 * np.tanh((t - 212.37) / 3)}, every=every)
    assert biomarkers.apd(run, 50) == pytest.approx(200.0, abs=0.06 * every)


def test_a_cell_that_does_not_repolarise_has_no_duration() -> None:
    run = run_of({"v": lambda t: np.where(t < 10, -80.0, 20.0)})
    assert math.isnan(biomarkers.apd(run, 90))  # type: ignore[arg-type]


def test_a_cell_at_rest_has_no_action_potential() -> None:
    # a stimulus that does not capture lifts v by less than 20 mV; so does the slow return of a cell to its rest
    for signal in (
        lambda t: np.full_like(t, -88.0),
        action_potential(rest=-88.0, peak=-69.0, rise=0.5, fall=20.0),
        lambda t: -88.0 + 0.1 * np.exp(-t / 100.0),
    ):
        table = biomarkers.table(run_of({"v": signal}))
        assert np.isnan([table["apd50"].item(), table["apd90"].item()]).all()
        assert np.isfinite([table["v_rest"].item(), table["v_peak"].item()]).all()


def test_a_small_action_potential_has_a_duration() -> None:
    run = run_of({"v": action_potential(rest=-60.0, peak=-39.0, rise=0.5, fall=200.0)})
    assert biomarkers.apd(run, 50) == pytest.approx(100.25, abs=0.01)


def test_a_potential_that_rises_steepest_after_its_peak_is_no_action_potential() -> None:
    # up in 100 ms, down, and up again within 1 ms to a lower level
    run = run_of({"v": lambda t: np.interp(t, [0, 100, 200, 300, 301], [-80.0, 20.0, -80.0, -80.0, 10.0])})
    assert math.isnan(biomarkers.apd(run, 50))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "signal",
    [
        lambda t: np.full_like(t, 1e-4),
        lambda t: 1e-4 * (1.0 + np.exp(-t / 50.0)),
        lambda t: 1e-4 * (1.0 + 0.0009 * np.sin(np.pi * t / 500.0)),
        lambda t: 1e-4 * (1.0 + t / 500.0),
    ],
    ids=["constant", "falling", "wavering", "rising"],
)
def test_a_calcium_that_is_constant_or_drifts_has_no_transient(signal: Signal) -> None:
    table = biomarkers.table(run_of({"cai": signal, "Ta": signal}))
    for name in ("ca_time_to_peak", "ca_duration80", "ta_time_to_peak", "ta_rt50"):
        assert math.isnan(table[name].item()), name
    assert table["ca_peak"].item() == pytest.approx(1e3 * float(signal(np.arange(0.0, 500.5, 0.5)).max()), rel=1e-6)


def test_calcium_is_told_in_micromolar() -> None:
    run = run_of({"cai": transient(1e-4, 6e-4, top=60.3, width=12.0)}, every=1.0)
    assert biomarkers.calcium_diastolic(run) == pytest.approx(0.1, rel=2e-5)
    assert biomarkers.calcium_peak(run) == pytest.approx(0.6, rel=1e-4)
    assert biomarkers.calcium_time_to_peak(run) == pytest.approx(60.3, abs=1e-3)


def test_a_calcium_transient_lasts_while_it_is_above_its_level() -> None:
    # a Gaussian is at 20 % of its height sqrt(2 ln 5) deviations before and after its top
    run = run_of({"cai": transient(1e-4, 6e-4, top=100.0, width=20.0)}, every=0.5)
    assert biomarkers.calcium_duration(run, 80) == pytest.approx(40 * math.sqrt(2 * math.log(5)), abs=0.01)


def test_tension_rises_and_relaxes_as_a_bump_does() -> None:
    run = run_of({"Ta": transient(0.0, 24.0, top=169.2, width=30.0)}, every=1.0)
    assert biomarkers.tension_peak(run) == pytest.approx(24.0, rel=1e-5)
    assert biomarkers.tension_time_to_peak(run) == pytest.approx(169.2, abs=1e-3)
    assert biomarkers.tension_diastolic(run) == pytest.approx(0.0, abs=1e-4)
    for percent in (50, 95):
        expected = 30.0 * math.sqrt(-2 * math.log(1 - percent / 100))
        assert biomarkers.tension_relaxation_time(run, percent) == pytest.approx(expected, abs=0.02)


def test_a_run_in_seconds_is_told_in_milliseconds() -> None:
    run = run_of({"v": TRIANGLE}, time_unit=parse_unit("s"))
    assert biomarkers.apd(run, 50) == pytest.approx(100.25, abs=0.01)


def test_each_beat_is_measured_by_itself() -> None:
    run = run_of({"v": TRIANGLE, "Ta": transient(0.0, 20.0, top=150.0, width=30.0)}, beats=3)
    table = biomarkers.table(run)
    assert table.sizes == {"beat": 3}
    assert np.allclose(table["apd50"], 100.25, atol=0.01)
    assert np.allclose(table["ta_time_to_peak"], 150.0, atol=1e-3)
    assert table["apd50"].attrs == {"units": "ms", "long_name": "APD50"}
    assert biomarkers.apd(run, 50, beat=0) == pytest.approx(100.25, abs=0.01)


def test_beats_are_found_by_their_upstrokes_where_no_stimulus_marks_them() -> None:
    run = run_of({"v": TRIANGLE}, beats=4, marked=False)
    assert biomarkers.table(run)["apd90"].to_numpy() == pytest.approx([180.25] * 4, abs=0.2)


def test_calcium_that_comes_down_after_the_potential_has_its_diastole_before_the_next_upstroke() -> None:
    # v is lowest at 200 ms of each beat of 1000 ms, calcium at 600 ms; the upstroke is at 800 ms
    v = corners((0.0, -60.0), (200.0, -80.0), (800.0, -50.0), (802.0, 30.0), (1000.0, -60.0))
    calcium = corners((0.0, 6e-4), (600.0, 1e-4), (800.0, 1.2e-4), (850.0, 9e-4), (1000.0, 6e-4))
    signals = {"v": lambda t: v(t % 1000.0), "cai": lambda t: calcium(t % 1000.0)}
    table = biomarkers.table(course_of(signals, duration=3000.0))
    np.testing.assert_allclose(table["v_rest"], -80.0, atol=1e-9)
    np.testing.assert_allclose(table["ca_diastolic"], 0.1, rtol=1e-9)  # uM
    np.testing.assert_allclose(table["ca_amplitude"], 0.8, rtol=1e-9)
    np.testing.assert_allclose(table["ca_time_to_peak"], 250.0, atol=1e-6)
    # 80 % down, at 0.26 uM: risen to on the line from 0.12 to 0.9 uM, fallen to on that from 0.6 to 0.1 uM
    up, down = 800.0 + 50.0 * (0.26 - 0.12) / 0.78, 1000.0 + 600.0 * (0.6 - 0.26) / 0.5
    np.testing.assert_allclose(table["ca_duration80"][:-1], down - up, atol=1e-6)


def test_a_quiet_run_is_one_beat() -> None:
    run = run_of({"v": lambda t: np.full_like(t, -80.0)}, marked=False)
    assert biomarkers.table(run).sizes == {"beat": 1}


def test_a_batch_is_measured_cell_by_cell() -> None:
    run = run_of({"v": TRIANGLE}, cells=[1.0, 0.5])
    peaks = biomarkers.peak_potential(run)
    assert isinstance(peaks, xr.DataArray)
    assert peaks.dims == ("cell",)
    assert peaks.to_numpy().tolist() == [20.0, 10.0]
    assert biomarkers.table(run)["v_rest"].to_numpy().tolist() == [[-80.0], [-40.0]]


def test_the_biomarkers_of_a_batch_carry_name_unit_and_what_differs() -> None:
    run = run_of({"v": TRIANGLE}, cells=[1.0, 0.5])
    durations = biomarkers.apd(run, 75)
    assert isinstance(durations, xr.DataArray)
    assert durations.name == "apd75"
    assert durations.attrs == {"units": "ms", "long_name": "APD75"}
    assert durations["cell.scale"].to_numpy().tolist() == [1.0, 0.5]
    assert biomarkers.table(run)["cell.scale"].identical(run["cell.scale"])


def test_a_variable_is_found_by_its_meaning_where_it_was_saved_by_its_name() -> None:
    run = run_of({"v": TRIANGLE}).rename(v="cell.v").assign_attrs(meanings='{"v": "cell.v"}')
    assert biomarkers.peak_potential(run) == 20.0


def test_what_the_run_does_not_hold_is_told_with_a_remedy() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown variable 'cai'.*Save\(\['cai'\]\)"):
        biomarkers.calcium_peak(run_of({"v": TRIANGLE}))
    with pytest.raises(ProtocolError, match="the run holds 1 beat"):
        biomarkers.apd(run_of({"v": TRIANGLE}), beat=1)


def test_what_the_model_does_not_have_is_not_to_be_saved() -> None:
    run = run_of({"v": TRIANGLE}).assign_attrs(meanings='{"v": "cell.v", "cai": "cell.cai"}', model="axon")
    with pytest.raises(UnknownNameError, match=r"unknown variable 'Ta'. The model axon has nothing .* v, cai\.$"):
        biomarkers.tension_peak(run)
    with pytest.raises(UnknownNameError, match=r"Save\(\['cai'\]\)"):
        biomarkers.calcium_peak(run)


@pytest.mark.parametrize("name", ["v", "time", "beat_start"])
def test_a_variable_without_a_unit_is_told(name: str) -> None:
    run = run_of({"v": TRIANGLE})
    del run[name].attrs["units"]
    with pytest.raises(UnitError, match=rf"the variable '{name}' has no unit"):
        biomarkers.apd(run)


@pytest.mark.parametrize("percent", [0.0, 100.0, -5.0, math.nan])
def test_a_percentage_is_between_0_and_100(percent: float) -> None:
    with pytest.raises(ValueRangeError):
        biomarkers.apd(run_of({"v": TRIANGLE}), percent)


@given(duration=st.floats(650.0, 1500.0), first=st.floats(0.0, 299.0))
def test_a_cell_that_beats_by_itself_is_measured_on_a_beat_whose_peak_is_there(duration: float, first: float) -> None:
    # wherever in a beat the run begins and ends, in its upstroke too
    swing: Signal = lambda t: -20.0 - 40.0 * np.cos(2.0 * np.pi * t / 300.0)  # noqa: E731
    run = course_of({"v": swing}, duration=duration, every=0.5, first=first)
    assert biomarkers.peak_potential(run) == pytest.approx(20.0, abs=0.01)
