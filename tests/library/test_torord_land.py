"""The coupled cell against another code's right-hand side (MonoAlg3D_C).

Its derivatives stand in a file beside this one.  Its biomarkers (LSODA at 1e-7) were read from samples every 0.5 ms,
hence the tolerance of times.
"""

import json
from pathlib import Path

import pytest

from troponin import BDF, Save, simulate
from troponin.analysis import biomarkers
from troponin.library.catalogue import load_library
from troponin.model.derivatives import derivatives, intermediates
from troponin.protocol import pacing

HALF_SAMPLE = 0.55
TIGHT = BDF(rtol=1e-8)
BEATS_100 = {
    "endo": {"apd50": 218.5, "apd90": 272.0, "ca": (0.0707, 0.4826, 42.5), "Ta": (0.072, 24.767, 169.0),
             "rt": (115.0, 224.5, 266.0)},
    "epi": {"apd50": 198.0, "apd90": 240.0, "ca": (0.0631, 0.7190, 31.0), "Ta": (0.058, 43.268, 167.0),
            "rt": (112.5, 216.5, 256.5)},
    "mid": {"apd50": 283.0, "apd90": 344.5, "ca": (0.0747, 0.997, 7.5), "Ta": (0.081, 61.986, 191.5),
            "rt": (141.5, 253.5, 294.5)},
}  # fmt: skip


@pytest.mark.parametrize("variant", ["endo", "epi", "mid"])
def test_its_derivatives_are_those_of_another_code(variant: str) -> None:
    reference = json.loads(Path(__file__).with_name("torord_land_derivatives.json").read_text())
    probes = {"initial": {"stimulus": -53.0}, "plateau": reference["plateau"]}
    for probe, state in probes.items():
        rates = derivatives(load_library("torord-land", variant), state)
        expected = reference["derivatives"][variant][probe]
        assert set(rates) - set(expected) == {"land.Cd"}, "that code has no passive element"
        for name, rate in expected.items():
            assert rates[name] == pytest.approx(rate, rel=2e-9, abs=1e-17), f"{probe} {name}"


@pytest.mark.parametrize("variant", ["endo", "epi", "mid"])
def test_after_100_beats_its_biomarkers_are_those_of_another_code(variant: str) -> None:
    kept = Save(["v", "cai", "Ta"], every="0.5 ms", last="1000 ms")
    run = simulate(load_library("torord-land", variant), pacing.regular("1000 ms", beats=100), solver=TIGHT, save=kept)
    expected = BEATS_100[variant]

    assert biomarkers.apd(run, 50) == pytest.approx(expected["apd50"], abs=HALF_SAMPLE)
    assert biomarkers.apd(run, 90) == pytest.approx(expected["apd90"], abs=HALF_SAMPLE)
    lowest, peak, when = expected["ca"]
    assert float(run["cai"].min()) * 1e3 == pytest.approx(lowest, abs=1e-4)
    assert biomarkers.calcium_peak(run) == pytest.approx(peak, abs=5e-4)
    assert biomarkers.calcium_time_to_peak(run) == pytest.approx(when, abs=HALF_SAMPLE)
    diastolic, peak, when = expected["Ta"]
    assert biomarkers.tension_diastolic(run) == pytest.approx(diastolic, abs=6e-4)
    assert biomarkers.tension_peak(run) == pytest.approx(peak, abs=1e-3)
    assert biomarkers.tension_time_to_peak(run) == pytest.approx(when, abs=HALF_SAMPLE)
    for percent, time in zip((50, 90, 95), expected["rt"], strict=True):
        assert biomarkers.tension_relaxation_time(run, percent) == pytest.approx(time, abs=HALF_SAMPLE)


@pytest.mark.parametrize(
    ("total", "parts"),
    [
        ("ICaL.ICaL", ("ICaL.ICaL_ss", "ICaL.ICaL_i")),
        ("ICaL.ICaNa", ("ICaL.ICaNa_ss", "ICaL.ICaNa_i")),
        ("ICaL.ICaK", ("ICaL.ICaK_ss", "ICaL.ICaK_i")),
        ("INaCa.INaCa", ("INaCa.INaCa_ss", "INaCa.INaCa_i")),
    ],
)
def test_a_current_in_two_places_is_shown_as_their_sum(total: str, parts: tuple[str, str]) -> None:
    now = intermediates(load_library("torord-land"), {"v": 0.0, "ICaL.d": 0.5})
    assert now[total] == pytest.approx(sum(now[part] for part in parts), rel=1e-15)
    assert all(now[part] != 0.0 for part in parts)


def test_the_calcium_that_troponin_binds_is_taken_from_the_cytosol() -> None:
    model = load_library("torord-land")
    stretched = model.with_values({"mechanics.stretch": 1.1})
    kept = Save(["cai"], last="1000 ms")
    short, long = (
        simulate(cell, pacing.regular("1000 ms", beats=3), save=kept)["cai"].max() for cell in (model, stretched)
    )

    assert float(long) < float(short), "stretch raises the affinity of troponin and so lowers free calcium"


def test_release_by_the_subspace_current_alone_makes_a_weaker_twitch() -> None:
    model = load_library("torord-land").with_values({"ryr.trigger_i": 0.0})
    run = simulate(model, pacing.regular("1000 ms", beats=100), save=Save(["Ta"], every="0.5 ms", last="1000 ms"))

    assert biomarkers.tension_peak(run) == pytest.approx(24.03, abs=0.01)  # the figure in the model's own file
