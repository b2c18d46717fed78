"""Twitches under loads: constant tension, exact events, loops that close."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.mechanics.land import transient
from troponin.analysis.mechanics.loaded import isotonic, work_loop
from troponin.analysis.mechanics.muscle import isotonic_model
from troponin.analysis.mechanics.twitch import fixed_ends, isometric
from troponin.errors import KindError, ModelError, ProtocolError, ValueRangeError
from troponin.library.catalogue import load_library
from troponin.protocol.pacing import regular
from troponin.protocol.timeline import Piece, Protocol, Train, Wave, repeated, together
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import DIMENSIONLESS, Quantity, kPa

LAND = load_library("land-2017")


def loaded(run: xr.Dataset) -> xr.Dataset:
    """The part of a run in which the muscle carries a load."""
    return run.isel(time=np.flatnonzero(run["loaded"].to_numpy() == 1.0))


def as_length_control(run: xr.Dataset, beats_before: int) -> Protocol:
    """The stretch of a run as a drive: a Hermite cubic between samples."""
    time, stretch, rate = (run[name].to_numpy() for name in ("time", "stretch", "stretch_rate"))
    pieces = []
    rest = float(stretch[0])
    if beats_before:
        pieces.append(Piece(Fraction(1000 * beats_before), (Fraction(rest), Fraction(0), Fraction(0), Fraction(0))))
    for i in np.flatnonzero(np.diff(time) > 1e-9):
        d = time[i + 1] - time[i]
        # rates at the ends of the piece: where a phase begins the sample after the event holds the new rate
        a, b = rate[i] * d, rate[i + 1] * d
        rise = stretch[i + 1] - stretch[i]
        terms = (stretch[i], a / d, (3 * rise - 2 * a - b) / d**2, (a + b - 2 * rise) / d**3)
        pieces.append(Piece(Fraction(d), tuple(Fraction(float(x)) for x in terms)))  # type: ignore[arg-type]
    wave = Wave(DIMENSIONLESS, tuple(pieces))
    return Protocol(wave.length, (Train("stretch", wave, Fraction(0)),))


def test_an_isometric_twitch_is_that_of_a_plain_run() -> None:
    twitch = isometric(LAND, transient(), beats=3, every="1 ms")
    plain = simulate(LAND, repeated(transient(), 3), solver=BDF(rtol=1e-8), save=Save(["Ta"], last="1000 ms"))
    np.testing.assert_allclose(twitch["Ta"], plain["Ta"], rtol=1e-5, atol=1e-5)
    assert twitch["stretch"].min() == twitch["stretch"].max() == 1.0
    # facts/land2017, section 8, with the full transient of 1001 samples: 51.325 kPa
    assert abs(float(twitch["Ta"].max()) - 51.325) < 0.5


def test_under_a_load_tension_is_the_load_and_length_continuous() -> None:
    run = isotonic(LAND, transient(), afterload="15 kPa", beats=2)
    part = loaded(run)
    assert part.sizes["time"] > 300
    np.testing.assert_allclose(part["T"], 15.0, atol=1e-5)
    outside = run.isel(time=np.flatnonzero(run["loaded"].to_numpy() == 0.0))
    assert float(outside["T"].max()) <= 15.0 + 1e-6
    assert np.abs(np.diff(run["stretch"])).max() < 0.002
    np.testing.assert_allclose(run["stretch"][-1], 1.0, atol=1e-7)
    np.testing.assert_allclose(run.attrs["work"], 15.0 * run.attrs["shortening"])


def test_the_length_found_under_a_load_gives_the_load_when_it_is_imposed() -> None:
    run = isotonic(LAND, transient(), afterload="15 kPa", beats=1, every="0.25 ms")
    imposed = simulate(
        LAND,
        together(transient(), as_length_control(run, 0)),
        duration="1000.001 ms",
        solver=BDF(rtol=1e-8),
        save=Save(["T"], every="1 ms"),
    )
    part = loaded(run)
    inside = imposed.sel(time=slice(float(part["time"][0]) + 2.0, float(part["time"][-1]) - 2.0))
    assert inside.sizes["time"] > 100
    np.testing.assert_allclose(inside["T"], 15.0, atol=0.02)


@pytest.mark.parametrize("every", ["0.5 ms", "3 ms", "10 ms"])
def test_events_do_not_depend_on_the_samples(every: str) -> None:
    run = isotonic(LAND, transient(), afterload="20 kPa", beats=1, every=every)
    part = loaded(run)
    fine = loaded(isotonic(LAND, transient(), afterload="20 kPa", beats=1, every="0.1 ms"))
    for end in (0, -1):
        np.testing.assert_allclose(float(part["time"][end]), float(fine["time"][end]), atol=1e-5)
    np.testing.assert_allclose(part["T"][0], 20.0, atol=1e-6)


def test_a_load_that_is_never_reached_leaves_the_twitch_isometric() -> None:
    heavy = isotonic(LAND, transient(), afterload="300 kPa", beats=1)
    assert float(heavy["loaded"].max()) == 0.0
    assert heavy.attrs["shortening"] == 0.0
    np.testing.assert_allclose(heavy["T"], isometric(LAND, transient(), beats=1)["T"], rtol=1e-9, atol=1e-12)


def test_the_lighter_the_load_the_further_and_the_faster_it_shortens() -> None:
    runs = [isotonic(LAND, transient(), afterload=f"{load} kPa", beats=1) for load in (5, 15, 30)]
    shortening = [run.attrs["shortening"] for run in runs]
    fastest = [-float(run["stretch_rate"].min()) for run in runs]
    assert shortening == sorted(shortening, reverse=True)
    assert fastest == sorted(fastest, reverse=True)


def test_a_work_loop_closes_and_its_area_is_its_work() -> None:
    loop = work_loop(LAND, transient(), afterload="30 kPa", beats=3, settle=3)
    stretch, tension = loop["stretch"].to_numpy(), loop["T"].to_numpy()
    assert abs(loop.attrs["closure"]) < 1e-6
    work = -float(np.sum(0.5 * (tension[1:] + tension[:-1]) * np.diff(stretch)))
    np.testing.assert_allclose(loop.attrs["work"], work, rtol=1e-12)
    # the corners: ejection at the afterload and filling at the preload enclose at most this rectangle
    box = (30.0 - loop.attrs["preload"]) * (stretch.max() - stretch.min())
    assert 0.95 * box < work < 1.001 * box
    held = loop["loaded"].to_numpy() == 0.0
    assert np.abs(np.diff(stretch)[held[1:] & held[:-1]]).max() < 1e-12
    carried = tension[~held]
    off = np.minimum(np.abs(carried - 30.0), np.abs(carried - loop.attrs["preload"]))
    np.testing.assert_allclose(off, 0.0, atol=1e-5)


def test_a_model_under_load_has_stretch_as_a_state_and_the_load_as_an_input() -> None:
    model = isotonic_model(LAND)
    assert model.states[-1].name == LAND.meanings["stretch"]
    assert {i.role for i in model.inputs} == {"time", "calcium", "load"}
    assert model.meanings["load"] == "mechanics.load"


def test_what_cannot_be_loaded_is_refused() -> None:
    with pytest.raises(ModelError, match="does not contract"):
        isometric(load_library("beeler-reuter-1977"), regular("500 ms"))
    with pytest.raises(ValueRangeError, match="above the preload"):
        work_loop(LAND, transient(), afterload="1 kPa", beats=1, settle=1)
    with pytest.raises(ValueRangeError, match="at rest carries more"):
        isotonic(LAND, transient(), afterload="1 kPa", stretch=1.1, beats=1)
    with pytest.raises(ValueRangeError, match="stretch"):
        isometric(LAND, transient(), stretch=3.0)
    with pytest.raises(ProtocolError, match="beats"):
        isometric(LAND, transient(), beats=0)


@pytest.mark.slow
def test_in_the_coupled_cell_shortening_sets_calcium_free() -> None:
    cell, beat = load_library("torord-land"), regular("1000 ms")
    held, short = isometric(cell, beat, beats=2), isotonic(cell, beat, afterload="5 kPa", beats=2)
    at = float(short["time"][int(np.argmin(short["stretch"].to_numpy()))])
    free = [float(run["cai"].interp(time=at)) for run in (held.drop_duplicates("time"), short.drop_duplicates("time"))]
    assert free[1] > 1.02 * free[0]


def test_twitches_at_several_stretches_are_a_batch() -> None:
    batch = isometric(LAND, transient(), stretch=[0.95, 1.05], beats=2)
    assert batch.attrs["experiment"] == "isometric"
    assert batch["stretch"].to_numpy().tolist() == [0.95, 1.05]
    for number, stretch in enumerate((0.95, 1.05)):
        alone = isometric(LAND, transient(), stretch=stretch, beats=2)
        assert np.array_equal(batch["T"].isel(cell=number), alone["T"])
    with pytest.raises(ValueRangeError, match="no stretch is given"):
        isometric(LAND, transient(), stretch=[])


def test_a_load_that_is_carried_between_two_samples_only_is_not_missed() -> None:
    peak = float(isometric(LAND, transient(), every="0.1 ms")["T"].max())
    for every in ("100 ms", "0.5 ms"):
        run = isotonic(LAND, transient(), afterload=Quantity(0.9998 * peak, kPa), every=every)
        carried = loaded(run)["time"].to_numpy()
        assert carried.size
        if every == "100 ms":
            coarse = carried[[0, -1]]
            assert 0.0 < coarse[1] - coarse[0] < 100.0
    # tension grazes the load at 2e-4 of itself per ms, and is known to the solver's 1e-8
    np.testing.assert_allclose(carried[[0, -1]], coarse, rtol=0.0, atol=1e-3)


@given(every=st.sampled_from(["0.3 ms", "1 ms", "7 ms", "40 ms"]), load=st.floats(3.0, 30.0))
@settings(max_examples=8)
def test_when_the_muscle_changes_over_does_not_depend_on_the_samples(every: str, load: float) -> None:
    fine, other = (isotonic(LAND, transient(), afterload=Quantity(load, kPa), every=e) for e in ("0.5 ms", every))
    moments = [loaded(run)["time"].to_numpy()[[0, -1]] for run in (fine, other)]
    np.testing.assert_allclose(moments[0], moments[1], rtol=0.0, atol=1e-5)


def test_a_stretch_in_text_is_refused() -> None:
    with pytest.raises(KindError, match="one number or several"):
        isometric(LAND, transient(), stretch="1.1")  # type: ignore[arg-type]


@pytest.mark.parametrize("stretch", [0.1, 10.0, float("nan")])
def test_ends_that_are_fixed_where_no_muscle_reaches_are_refused(stretch: float) -> None:
    with pytest.raises(ValueRangeError, match="no muscle has this stretch"):
        fixed_ends(LAND, transient(), spring="500 kPa", stretch=stretch)


@pytest.mark.parametrize("stretch", [0.9, 1.1])
def test_a_first_beat_begins_with_the_dashpot_at_the_length_of_the_muscle(stretch: float) -> None:
    """Land's passive element at rest: T_p = a (exp(b (lambda - 1)) - 1), nothing viscous."""
    steady = 2.1 * np.expm1(9.1 * (stretch - 1.0))  # kPa; S. Land et al. 2017, table 1
    single = isotonic(LAND, transient(), afterload="50 kPa", stretch=stretch, beats=1, every="5 ms")
    springy = fixed_ends(LAND, transient(), spring="100 MPa", stretch=stretch, every="5 ms")
    np.testing.assert_allclose(isometric(LAND, transient(), stretch=stretch, every="5 ms")["Tp"], steady, rtol=1e-12)
    assert float(single["Tp"][0]) == pytest.approx(steady, rel=1e-12)
    assert float(springy["Tp"][0]) == pytest.approx(steady, rel=1e-12)


def test_a_cell_brings_its_own_beat_and_a_muscle_alone_needs_one() -> None:
    cell = load_library("torord-land")
    own = isotonic(cell, afterload="10 kPa", every="5 ms")
    assert own.equals(isotonic(cell, regular("1000 ms"), afterload="10 kPa", every="5 ms"))
    for run in (
        lambda: isometric(LAND),
        lambda: work_loop(LAND, afterload="10 kPa"),
        lambda: fixed_ends(LAND, spring="1 MPa"),
    ):
        with pytest.raises(ProtocolError, match="calcium_beat"):
            run()


def test_a_load_that_is_never_lifted_takes_no_work_and_is_told() -> None:
    for run in (isotonic, work_loop):
        facts = run(LAND, transient(), afterload="90 kPa", stretch=1.0, beats=1, every="5 ms").attrs
        assert facts["lifted"] == 0
        assert str(facts["work"]) == "0.0"
    assert isotonic(LAND, transient(), afterload="10 kPa", every="5 ms").attrs["lifted"] == 1
