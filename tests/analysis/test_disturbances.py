"""Disturbances: of traces drawn with a ruler, and of cells that are known to misbehave."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.runs import action_potential, corners, course_of, run_of, transient
from troponin.analysis import biomarkers
from troponin.analysis.disturbances import REGULAR, disturbances
from troponin.analysis.markers.stimulus import Pulse, pulse_in
from troponin.errors import UnitError, UnknownNameError, ValueRangeError
from troponin.library.catalogue import load_library
from troponin.protocol.pacing import regular
from troponin.protocol.record import to_dict
from troponin.protocol.shapes import ramp
from troponin.protocol.timeline import sequence
from troponin.results import open_run, save
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.units import conversion_factor, ms, mV, parse_unit

REGULAR_BEAT = action_potential(rest=-85.0, peak=35.0, rise=0.5, fall=200.0)
PLATEAU = ((10.0, -85.0), (10.5, 35.0))


def of_one_beat(*points: tuple[float, float]) -> xr.Dataset:
    """What disturbs a beat of straight lines; v is back at rest when it ends."""
    return disturbances(run_of({"v": corners((0.0, -85.0), *points, (500.0, -85.0))})).isel(beat=0)


@given(peak=st.floats(0.0, 50.0), fall=st.floats(100.0, 400.0), rest=st.floats(-95.0, -60.0))
def test_a_plain_action_potential_is_regular(peak: float, fall: float, rest: float) -> None:
    found = disturbances(run_of({"v": action_potential(rest, peak, rise=0.5, fall=fall)}, beats=4))
    assert found["verdict"].to_numpy().tolist() == [REGULAR] * 4
    assert found["captured"].all()
    assert found["repolarised"].all()
    assert not (found["eads"] + found["dads"] + found["triggered"]).any()
    assert found["apd_alternans"].to_numpy()[2:] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert np.isnan(found["apd_alternans"][:2]).all()


@given(
    takeoff=st.floats(-60.0, 10.0), height=st.floats(1.5, 20.0), time=st.integers(80, 200), lasts=st.integers(20, 100)
)
def test_a_rise_before_repolarisation_is_an_early_afterdepolarisation(
    takeoff: float, height: float, time: int, lasts: int
) -> None:
    found = of_one_beat(*PLATEAU, (time, takeoff), (time + lasts, takeoff + height), (400, -85))
    assert found["verdict"] == "EAD"
    assert found["eads"] == 1
    assert float(found["ead_time"]) == time
    assert float(found["ead_takeoff"]) == pytest.approx(takeoff)
    assert float(found["ead_amplitude"]) == pytest.approx(height)
    assert found["dads"] == 0


def test_all_early_afterdepolarisations_are_counted_and_the_largest_is_told() -> None:
    found = of_one_beat(*PLATEAU, (100, -10), (130, -5), (160, -15), (200, 5), (240, -20), (260, -18), (350, -85))
    assert found["eads"] == 3
    assert (float(found["ead_time"]), float(found["ead_amplitude"])) == (160.0, 20.0)


@given(notch=st.integers(11, 55), depth=st.floats(0.0, 30.0))
def test_a_spike_and_dome_is_no_afterdepolarisation(notch: int, depth: float) -> None:
    found = of_one_beat(*PLATEAU, (notch, 10.0 - depth), (100, 15), (300, -85))
    assert found["verdict"] == REGULAR


def test_the_next_stimulus_is_no_afterdepolarisation() -> None:
    # 2:1 block: the stimulus of the second beat falls on the plateau of the first and pushes it by 15 mV
    v = corners((0, -85), (10, -85), (10.5, 35), (200, 0), (201, 15), (240, -5), (330, -85), (400, -85))
    found = disturbances(course_of({"v": v}, duration=400.0, starts=[0.0, 200.0]))
    assert found["captured"].to_numpy().tolist() == [True, False]
    assert found["repolarised"].to_numpy().tolist() == [False, True]
    assert found["verdict"].to_numpy().tolist() == ["no repolarisation", "no capture"]
    assert not found["eads"].any()


@given(height=st.floats(3.1, 25.0), time=st.integers(250, 350))
def test_a_small_rise_after_repolarisation_is_a_delayed_afterdepolarisation(height: float, time: int) -> None:
    found = of_one_beat(*PLATEAU, (200, -85), (time, -85), (time + 40, -85 + height), (time + 90, -85))
    assert found["verdict"] == "DAD"
    assert (int(found["dads"]), int(found["triggered"]), int(found["eads"])) == (1, 0, 0)
    assert float(found["dad_amplitude"]) == pytest.approx(height)
    assert float(found["dad_time"]) == time
    assert float(found["dad_takeoff"]) == -85.0


def test_a_delayed_afterdepolarisation_may_trigger_a_beat_with_its_own_notch() -> None:
    found = of_one_beat(*PLATEAU, (200, -85), (250, -85), (280, -65), (281, 30), (290, 10), (310, 15), (450, -85))
    assert found["verdict"] == "triggered beat"
    assert (int(found["dads"]), int(found["triggered"]), int(found["eads"])) == (1, 1, 0)


def test_a_potential_that_only_drifts_up_in_diastole_is_regular() -> None:
    run = run_of({"v": corners((0.0, -70.0), (10.0, -70.0), (10.5, 30.0), (200.0, -85.0), (500.0, -70.0))}, beats=3)
    assert disturbances(run)["verdict"].to_numpy().tolist() == [REGULAR] * 3


def test_a_hump_after_the_undershoot_of_a_beat_is_no_delayed_afterdepolarisation() -> None:
    humped = (*PLATEAU, (200, -86), (350, -84.5))
    assert of_one_beat(*humped)["verdict"] == REGULAR


def test_a_cell_that_stays_up_does_not_repolarise() -> None:
    v = corners((0, -85), (10, -85), (10.5, 35), (200, -20), (400, -25), (800, -24))
    found = disturbances(course_of({"v": v}, duration=800.0, starts=[0.0, 400.0]))
    assert found["verdict"].to_numpy().tolist() == ["no repolarisation"] * 2
    assert found["captured"].to_numpy().tolist() == [True, False]
    table = biomarkers.table(course_of({"v": v}, duration=800.0, starts=[0.0, 400.0]))
    assert np.isnan(table["apd90"]).all()


def test_a_depolarised_cell_that_no_stimulus_excites_has_not_repolarised() -> None:
    found = disturbances(run_of({"v": action_potential(rest=-15.0, peak=30.0, rise=1.0, fall=30.0)}, beats=2))
    assert found["verdict"].to_numpy().tolist() == ["no repolarisation"] * 2


def test_a_quiet_cell_is_not_captured() -> None:
    found = disturbances(run_of({"v": lambda t: np.full_like(t, -85.0)}, beats=2))
    assert found["verdict"].to_numpy().tolist() == ["no capture"] * 2


@pytest.mark.parametrize(("strength", "captured"), [("-52 A/F", False), ("-20 A/F", True)])
def test_a_response_is_what_goes_beyond_the_push_of_the_stimulus(strength: str, captured: bool) -> None:
    # every second stimulus lifts v by 60 mV, which is little more than -52 A/F for 1 ms push by themselves
    small = corners((0.0, -45.0), (1.0, 15.0), (60.0, -85.0), (300.0, -85.0))
    large = corners((0.0, -85.0), (1.0, 35.0), (200.0, -55.0), (300.0, -45.0))
    run = course_of({"v": lambda t: np.where(t < 300.0, large(t), small(t - 300.0))}, duration=600.0, starts=[0, 300])
    protocol = regular("300 ms", beats=2, amplitude=strength, duration="1 ms")
    found = disturbances(run.assign_attrs(protocol_data=json.dumps(to_dict(protocol))))
    assert found["captured"].to_numpy().tolist() == [True, captured]
    assert disturbances(run, push="52 mV")["captured"].to_numpy().tolist() == [True, False]


@pytest.mark.parametrize(("strength", "push"), [("-52 A/F", 104.0), ("-20 uA/cm^2", 40.0), ("-1 nA", 0.0)])
def test_the_push_of_a_stimulus_is_its_charge_by_the_capacitance(strength: str, push: float) -> None:
    assert pulse_in(regular("1000 ms", amplitude=strength, duration="2 ms")) == Pulse(pytest.approx(push), 2.0)


def test_the_push_is_the_charge_also_of_a_stimulus_that_rises_and_the_longest_of_several_lasts() -> None:
    rising = ramp("0 A/F", "-40 A/F", "3 ms", role="stimulus")  # a triangle of 60 mV
    both = sequence(rising, regular("1000 ms", amplitude="-50 A/F", duration="1 ms"))
    assert pulse_in(rising) == Pulse(pytest.approx(60.0), 3.0)
    assert pulse_in(both) == Pulse(pytest.approx(60.0), 3.0)


def test_beats_that_only_grow_longer_do_not_alternate() -> None:
    def growing(t: object) -> object:
        number = np.floor(t / 500.0)  # type: ignore[operator]
        local = t - 500.0 * number
        return np.interp(local, [0.0, 1.0, 1.5], [-85.0, -85.0, 35.0]) - np.clip(
            (local - 1.5) * 120.0 / (200.0 + 20.0 * number), 0.0, 120.0
        )

    found = disturbances(course_of({"v": growing}, duration=2000.0, starts=[0, 500, 1000, 1500]))
    assert found["verdict"].to_numpy().tolist() == [REGULAR] * 4
    assert found["apd_alternans"].to_numpy()[2:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("small", "alternate"), [(0.949, True), (0.951, False)])
def test_calcium_alternates_by_a_twentieth_of_the_larger_amplitude(small: float, alternate: bool) -> None:
    v, ca = action_potential(-85.0, 35.0, rise=0.5, fall=200.0), transient(0.0, 2.0, top=60.0, width=10.0)
    signals = {
        "v": lambda t: v(t % 300.0),
        "cai": lambda t: np.where((t // 300.0) % 2 == 0, 1.0, small) * ca(t % 300.0),
    }
    found = disturbances(course_of(signals, duration=1200.0, starts=[0, 300, 600, 900]))
    assert (found["verdict"][2:] == ("alternans" if alternate else REGULAR)).all()


@pytest.mark.parametrize(
    ("falls", "differences", "alternans"),
    [
        ([300.0, 180.0, 190.0, 200.0], [0.0, 0.0], [False] * 4),  # it settles: one turn
        ([300.0, 180.0, 190.0, 180.0], [9.0, -9.0], [False, False, True, True]),
        ([200.0, 180.0, 200.0], [np.nan], [False] * 3),  # three beats cannot tell
    ],
)
def test_alternans_turns_twice(falls: list[float], differences: list[float], alternans: list[bool]) -> None:
    def settling(t: np.ndarray) -> np.ndarray:
        local, fall = t % 500.0, np.array(falls)[np.minimum(t // 500.0, len(falls) - 1).astype(int)]
        return np.interp(local, [0.0, 10.0, 10.5], [-85.0, -85.0, 35.0]) - np.clip(
            (local - 10.5) * 120.0 / fall, 0.0, 120.0
        )

    starts = [500.0 * k for k in range(len(falls))]
    found = disturbances(course_of({"v": settling}, duration=500.0 * len(falls) - 0.5, starts=starts))
    assert found["apd_alternans"].to_numpy()[2:] == pytest.approx(differences, abs=0.01, nan_ok=True)
    assert (found["verdict"] == "alternans").to_numpy().tolist() == alternans


def test_alternans_is_signed_by_the_longer_beat() -> None:
    long, short = (action_potential(-85.0, 35.0, rise=0.5, fall=fall) for fall in (200.0, 160.0))
    large, small = (transient(1e-4, top, top=60.0, width=10.0) for top in (6e-4, 5e-4))

    def turns(even: object, odd: object) -> object:
        return lambda t: np.where((t // 300.0) % 2 == 0, even(t % 300.0), odd(t % 300.0))  # type: ignore[operator]

    starts = [300.0 * k for k in range(5)]
    concordant = course_of(
        {"v": turns(long, short), "cai": turns(large, small)},  # type: ignore[dict-item]
        duration=1499.5,
        starts=starts,
    )
    found = disturbances(concordant)
    assert found["apd_alternans"].to_numpy() == pytest.approx(
        [np.nan, np.nan, 36.0, -36.0, 36.0], abs=0.01, nan_ok=True
    )
    assert found["ca_alternans"].to_numpy()[2:] == pytest.approx([0.1, -0.1, 0.1], rel=1e-3)
    assert found["verdict"].to_numpy().tolist() == [REGULAR] * 2 + ["alternans"] * 3
    assert "ta_alternans" not in found
    weak = disturbances(concordant, apd_alternans="40 ms", relative_alternans=0.25)
    assert (weak["verdict"] == REGULAR).all()


def test_a_batch_is_read_cell_by_cell() -> None:
    run = run_of({"v": REGULAR_BEAT}, beats=3, cells=[1.0, 0.1])
    found = disturbances(run)
    assert found["captured"].dims == ("cell", "beat")
    assert found["verdict"].to_numpy().tolist() == [[REGULAR] * 3, ["no repolarisation"] * 3]
    assert found["cell.scale"].identical(run["cell.scale"])


def test_cells_that_beat_by_themselves_may_have_different_numbers_of_beats() -> None:
    time = np.arange(0.0, 3000.0)
    rows = [-20.0 + 50.0 * np.sin(2 * np.pi * time / period) for period in (500.0, 800.0)]
    run = xr.Dataset(
        {"v": (("cell", "time"), np.stack(rows), {"units": "mV"})}, {"time": ("time", time, {"units": "ms"})}
    )
    found, table = disturbances(run), biomarkers.table(run)
    assert found.sizes == table.sizes
    beats = [int((row != "").sum()) for row in found["verdict"].to_numpy()]
    assert beats[0] > beats[1] >= 3
    assert set(np.unique(found["verdict"])) <= {"", REGULAR, "no repolarisation"}
    assert np.isfinite(table["v_rest"][1, : beats[1]]).all()
    assert np.isnan(table["v_rest"][1, beats[1] :]).all()


def test_a_cell_that_could_not_be_computed_is_told() -> None:
    run = run_of({"v": REGULAR_BEAT}, beats=2, cells=[1.0, np.nan])
    assert disturbances(run)["verdict"].to_numpy()[1].tolist() == ["not computed"] * 2


def test_the_answer_is_kept_in_a_file(tmp_path: object) -> None:
    found = disturbances(run_of({"v": REGULAR_BEAT}, beats=2))
    again = open_run(save(found, f"{tmp_path}/disturbances.nc"))
    for name in found.data_vars:
        np.testing.assert_array_equal(again[name], found[name])


@given(steps=st.integers(0, 4000), potential=st.sampled_from(["mV", "V"]), clock=st.sampled_from(["ms", "s"]))
def test_shifting_time_and_changing_units_changes_nothing(steps: int, potential: str, clock: str) -> None:
    bumps = corners(
        (0, -85), (10, -85), (10.5, 35), (200, -20), (250, 10), (350, -85), (400, -80), (450, -85), (499, -85)
    )
    run = run_of({"v": bumps, "cai": transient(1e-4, 6e-4, top=60.0, width=10.0)}, beats=3)
    per_v, per_t = conversion_factor(mV, parse_unit(potential)), conversion_factor(ms, parse_unit(clock))
    time = (run["time"].to_numpy() + 0.25 * steps) * per_t
    starts = (run["beat_start"].to_numpy() + 0.25 * steps) * per_t
    other = run.assign_coords(time=("time", time, {"units": clock}), beat_start=("beat", starts, {"units": clock}))
    other["v"] = (run["v"].dims, run["v"].to_numpy() * per_v, {"units": potential})
    found, expected = disturbances(other), disturbances(run)
    assert expected["eads"].to_numpy().tolist() == expected["dads"].to_numpy().tolist() == [1, 1, 1]
    for name, column in expected.items():
        if column.dtype.kind == "f":
            np.testing.assert_allclose(found[name], column, rtol=1e-9, atol=1e-9, err_msg=str(name))
        else:
            np.testing.assert_array_equal(found[name], column, err_msg=str(name))


def test_thresholds_that_are_none_are_refused() -> None:
    run = run_of({"v": REGULAR_BEAT})
    with pytest.raises(ValueRangeError, match="repolarisation"):
        disturbances(run, repolarisation=100.0)
    with pytest.raises(ValueRangeError, match="ead"):
        disturbances(run, ead="-1 mV")
    with pytest.raises(UnitError, match="early needs a unit"):
        disturbances(run, early=50)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="'v'"):
        disturbances(run_of({"cai": transient(1e-4, 6e-4, top=60.0, width=20.0)}))


def library_run(name: str, bcl: str, beats: int, last: str, values: dict[str, float] | None = None) -> xr.Dataset:
    """The last part of a run of a library model, some values of which are multiplied."""
    model = load_library(name)
    changed = {key: model[key].value * factor for key, factor in (values or {}).items()}
    return simulate(model.with_values(changed), regular(bcl, beats=beats), save=Save(["v", "cai"], "1 ms", last))


@pytest.mark.parametrize("name", ["beeler-reuter-1977", "ten-tusscher-panfilov-2006", "ohara-rudy-2011", "tomek-2020"])
def test_the_cells_of_the_library_are_regular_at_1_hz(name: str) -> None:
    assert (disturbances(library_run(name, "1000 ms", 5, "3000 ms"))["verdict"] == REGULAR).all()


def test_ohara_rudy_has_early_afterdepolarisations_when_its_rapid_potassium_current_is_blocked() -> None:
    run = library_run("ohara-rudy-2011", "4000 ms", 10, "4000 ms", {"IKr.GKr": 0.1})
    found = disturbances(run).isel(beat=0)
    assert found["verdict"] == "EAD"
    assert -40.0 < float(found["ead_takeoff"]) < 0.0  # where the L-type calcium current recovers
    # the duration is that to the repolarisation after the last of them
    assert float(biomarkers.apd(run, 90)) > float(found["ead_time"]) + 100.0
    assert disturbances(library_run("ohara-rudy-2011", "1000 ms", 10, "1000 ms", {"IKr.GKr": 0.1}))["eads"] == 0


def test_beeler_reuter_alternates_and_then_follows_every_second_stimulus() -> None:
    alternating = library_run("beeler-reuter-1977", "280 ms", 40, "1680 ms")
    found = disturbances(alternating)
    assert found["verdict"].to_numpy()[2:].tolist() == ["alternans"] * 4
    assert (np.sign(found["apd_alternans"]) == np.sign(found["ca_alternans"]))[2:].all()
    blocked = library_run("beeler-reuter-1977", "200 ms", 40, "1200 ms")
    found = disturbances(blocked)
    captured = found["captured"].to_numpy()
    assert (captured != np.roll(captured, 1)).all()
    table = biomarkers.table(blocked)
    assert np.isnan(table["apd90"]).all()
    assert np.isnan(table["v_rest"].to_numpy()[~captured]).all()


def test_tentusscher_panfilov_is_blocked_2_to_1_though_each_stimulus_lifts_it_by_50_mv() -> None:
    run = library_run("ten-tusscher-panfilov-2006", "200 ms", 20, "800 ms")
    captured = disturbances(run)["captured"].to_numpy()
    assert captured.sum() == 2
    assert (captured != np.roll(captured, 1)).all()


def test_beeler_reuter_beats_by_itself_between_stimuli_without_most_of_its_background_current() -> None:
    found = disturbances(library_run("beeler-reuter-1977", "3000 ms", 4, "3000 ms", {"IK1.gK1": 0.2}))
    assert found["verdict"] == "triggered beat"


def test_tomek_has_the_early_afterdepolarisations_that_its_authors_ask_of_it() -> None:
    # their evaluation (DataReporter.m of the public code): 1000 beats at 4000 ms, IKr x 0.15, Nao 137 and Cao 2 mM
    solution = {"IKr.GKr": 0.15, "extracellular.nao": 137.0 / 140.0, "extracellular.cao": 2.0 / 1.8}
    found = disturbances(library_run("tomek-2020", "4000 ms", 1000, "4000 ms", solution))
    assert found["verdict"] == "EAD"


def test_tomek_alternates_below_300_ms_and_only_there() -> None:
    # by the same evaluation, after 1000 beats: by more than 5 ms
    below = disturbances(library_run("tomek-2020", "260 ms", 1000, "1040 ms"))
    assert below["verdict"].to_numpy()[2:].tolist() == ["alternans"] * 2
    assert (np.abs(below["apd_alternans"][2:]) > 5.0).all()
    assert (np.sign(below["apd_alternans"]) == np.sign(below["ca_alternans"]))[2:].all()
    above = disturbances(library_run("tomek-2020", "300 ms", 1000, "1200 ms"))
    assert (above["verdict"] == REGULAR).all()


CONDUCTANCES = {
    "ohara-rudy-2011": ["IKr.GKr", "IKs.GKs", "ICaL.PCa", "IK1.GK1", "INa.GNa"],
    "beeler-reuter-1977": ["IK1.gK1", "Ix1.gx1", "INa.gNa", "Is.gs"],
}


@pytest.mark.parametrize("bcl", ["250 ms", "1000 ms"])
@pytest.mark.parametrize("name", CONDUCTANCES)
def test_a_beat_without_a_duration_has_a_verdict_that_tells_why_and_no_other(name: str, bcl: str) -> None:
    # cells whose conductances are far from the model's own, of which many misbehave
    model, random = load_library(name), np.random.default_rng(20261124)
    conductances = CONDUCTANCES[name]
    values = {key: model[key].value * np.exp(random.normal(0.0, 1.5, 60)) for key in conductances}
    run = simulate(model, regular(bcl, beats=8), values=values, save=Save(["v"], "1 ms"))
    found = disturbances(run)
    has_duration = np.isfinite(biomarkers.apd(run, 90, beat=-1))
    last = found.isel(beat=-1)
    single = last["captured"] & last["repolarised"] & (last["triggered"] == 0) & (last["verdict"] != "premature")
    np.testing.assert_array_equal(has_duration, single)
    assert len(set(last["verdict"].to_numpy().tolist())) > 1  # or the cells would show nothing
