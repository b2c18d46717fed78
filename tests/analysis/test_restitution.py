"""Restitution curves against whole runs and limit cycles."""

from __future__ import annotations

import numpy as np
import pytest

from troponin.analysis import biomarkers
from troponin.analysis.cycle.limit_cycle import limit_cycle
from troponin.analysis.markers.beats import beats_of
from troponin.analysis.restitution import dynamic, post_pause, rate_dependence, s1s2
from troponin.errors import ProtocolError, ValueRangeError
from troponin.library.catalogue import load_library
from troponin.protocol.pacing import regular
from troponin.protocol.timeline import sequence
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import mV

MYOCYTE = load_library("beeler-reuter-1977")


def test_an_s2_beat_is_that_of_the_whole_protocol() -> None:
    curve = s1s2(MYOCYTE, "800 ms", ["340 ms", "500 ms"], beats=4)
    for interval in (340, 500):
        whole = sequence(regular("800 ms", beats=3), regular(f"{interval} ms"), regular("800 ms"))
        run = simulate(MYOCYTE, whole, solver=BDF(rtol=1e-8), save=Save("v", every="0.05 ms", last="800 ms"))
        rest = float(simulate(MYOCYTE, regular("800 ms", beats=3), save=Save("v"))["v"][-1])
        v, time = run["v"].to_numpy(), run["time"].to_numpy()
        up = time[np.argmax(np.diff(v))] + 0.025
        top = int(np.argmax(v))
        level = v[top] - 0.9 * (v[top] - rest)
        down = time[top + int(np.argmax(v[top:] <= level))]
        np.testing.assert_allclose(float(curve["apd"].sel(interval=interval)), down - up, atol=0.15)


def test_at_the_cycle_length_the_s2_is_an_s1() -> None:
    curve = s1s2(MYOCYTE, "600 ms", ["300 ms", "600 ms"], beats=15)
    np.testing.assert_allclose(float(curve["apd"][-1]), curve.attrs["apd_s1"], atol=0.1)
    np.testing.assert_allclose(curve["di"] + curve.attrs["apd_s1"], curve["interval"], rtol=1e-14)


def test_restitution_rises_with_the_diastolic_interval_and_flattens() -> None:
    curve = s1s2(MYOCYTE, "1000 ms", [f"{t} ms" for t in (320, 360, 420, 500, 700, 1000)], beats=3)
    apd, slope = curve["apd"].to_numpy(), curve["slope"].to_numpy()
    assert np.all(np.diff(apd) > 0.0)
    assert np.all(np.diff(slope) < 0.0)
    assert curve.attrs["steepest"] == slope[0]
    di = curve["di"].to_numpy()
    np.testing.assert_allclose(slope[[0, -1]], (np.diff(apd) / np.diff(di))[[0, -1]], rtol=1e-9)


def test_a_stimulus_on_the_plateau_does_not_capture_and_has_no_duration() -> None:
    curve = s1s2(MYOCYTE, "1000 ms", ["100 ms", "500 ms"], beats=2)
    assert curve["captured"].to_numpy().tolist() == [False, True]
    assert np.isnan(float(curve["apd"][0]))


def test_beats_paced_long_enough_are_those_of_the_limit_cycle() -> None:
    curve = dynamic(MYOCYTE, ["600 ms", "300 ms"], beats=40)
    for bcl in (600, 300):
        cycle = limit_cycle(MYOCYTE, f"{bcl} ms")
        beat = beats_of(cycle.trace, "v", mV)[0][0]
        top, peak = beat.highest
        # biomarkers count from the potential at the beat's own start, this curve from that at rest
        level = peak - 0.9 * (peak - float(MYOCYTE["v"]))
        expected = beat.falls_to(level, after=top) - beat.steepest_rise[0]
        np.testing.assert_allclose(curve["apd"].sel(bcl=bcl), expected, atol=0.1)
    assert curve["alternans"].to_numpy().tolist() == [0.0, 0.0]


def test_the_last_beats_that_were_asked_for_are_told() -> None:
    three, four = (dynamic(MYOCYTE, ["400 ms"], beats=beats) for beats in (3, 4))
    np.testing.assert_allclose(four["apd"][0, 0], three["apd"][0, 1], rtol=1e-12)
    np.testing.assert_allclose(four["di"][0, 0], three["di"][0, 1], rtol=1e-12)
    # the third of three is the third of the whole run
    run = simulate(MYOCYTE, regular("400 ms", beats=3), solver=BDF(rtol=1e-8), save=Save("v", every="0.1 ms"))
    beat = beats_of(run, "v", mV)[0][2]
    level = beat.highest[1] - 0.9 * (beat.highest[1] - float(MYOCYTE["v"]))
    expected = beat.falls_to(level, after=beat.highest[0]) - beat.steepest_rise[0]
    np.testing.assert_allclose(three["apd"][0, 1], expected, atol=0.1)


def test_alternans_shows_in_the_last_two_beats() -> None:
    model = load_library("ten-tusscher-panfilov-2006")
    curve = dynamic(model, ["300 ms", "240 ms"], beats=40)
    assert float(curve["alternans"][0]) == 0.0
    assert float(curve["alternans"][1]) > 20.0
    # the rest before a beat follows the beat before it, and a long beat follows a long rest
    np.testing.assert_allclose(curve["di"][:, 1] + curve["apd"][:, 0], curve["bcl"], rtol=1e-14)
    assert np.argmax(curve["di"].to_numpy()[1]) == np.argmax(curve["apd"].to_numpy()[1])
    # of alternating beats the one before the first is as the second
    np.testing.assert_allclose(float(curve["di"][1, 0]), 240.0 - float(curve["apd"][1, 1]), atol=1.0)


def test_rate_dependence_is_that_of_limit_cycles() -> None:
    table = rate_dependence(MYOCYTE, ["1000 ms", "500 ms"])
    assert table["converged"].all()
    expected = [float(biomarkers.apd(limit_cycle(MYOCYTE, bcl).trace, 90)) for bcl in ("1000 ms", "500 ms")]
    assert table["apd90"].dims == ("bcl", "beat")
    np.testing.assert_allclose(table["apd90"].sel(beat=1), expected)
    assert table.sizes["beat"] == 1
    assert table["apd90"].attrs["units"] == "ms"


def test_rate_dependence_tells_both_beats_of_alternans() -> None:
    model = load_library("ten-tusscher-panfilov-2006")
    table = rate_dependence(model, ["240 ms", "1000 ms"])
    assert table["period"].to_numpy().tolist() == [2, 1]
    cycle = limit_cycle(model, "240 ms")
    both = [float(biomarkers.apd(cycle.trace, 90, beat=i)) for i in (0, 1)]
    np.testing.assert_allclose(table["apd90"].sel(bcl=240.0), both)
    first, second = table["apd90"].sel(bcl=240.0).to_numpy()
    assert abs(first - second) > 20.0
    assert np.isfinite(table["apd90"].sel(bcl=1000.0, beat=1))
    assert np.isnan(table["apd90"].sel(bcl=1000.0, beat=2))


def test_a_pause_as_long_as_the_cycle_is_no_pause_and_a_longer_one_lengthens_the_beat_after_it() -> None:
    after = post_pause(MYOCYTE, "400 ms", ["400 ms", "600 ms", "1500 ms"])
    regular_beat = float(biomarkers.apd(limit_cycle(MYOCYTE, "400 ms").trace, 90))
    np.testing.assert_allclose(float(after["apd90"][0]), regular_beat, atol=0.05)
    assert np.all(np.diff(after["apd90"]) > 5.0)
    assert after.attrs["converged"]
    with pytest.raises(ProtocolError, match="ascend"):
        post_pause(MYOCYTE, "400 ms", ["1 ms"])


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ProtocolError, match="ascend"):
        s1s2(MYOCYTE, "1000 ms", ["500 ms", "400 ms"])
    with pytest.raises(ProtocolError, match="ascend"):
        s1s2(MYOCYTE, "1000 ms", [])
    with pytest.raises(ProtocolError, match="three beats"):
        dynamic(MYOCYTE, ["500 ms"], beats=2)
    with pytest.raises(ProtocolError, match="beats"):
        s1s2(MYOCYTE, "1000 ms", ["500 ms"], beats=0)
    with pytest.raises(ValueRangeError, match="percentage"):
        s1s2(MYOCYTE, "1000 ms", ["500 ms"], percent=100.0)
    with pytest.raises(ProtocolError, match="does not repolarise"):
        s1s2(MYOCYTE, "150 ms", ["140 ms"], beats=1)
