"""Calcium transients as drives."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analysis.mechanics.land import TRANSIENT, transient
from troponin.analysis.mechanics.calcium import calcium_beat, calcium_transient
from troponin.errors import ProtocolError, ValueRangeError
from troponin.library.catalogue import load_library
from troponin.protocol.timeline import repeated
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate


def test_calcium_goes_in_straight_lines_through_the_points() -> None:
    beat = calcium_transient(list(TRANSIENT), list(TRANSIENT.values()))
    run = simulate(load_library("land-2017"), repeated(beat, 2), save=Save(["cai", "Ta"], every="1 ms"))
    expected = np.interp(np.arange(1000.0), list(TRANSIENT), list(TRANSIENT.values()))
    np.testing.assert_allclose(run["cai"][:1000], expected, rtol=1e-12)
    np.testing.assert_allclose(run["cai"][1000:2000], expected, rtol=1e-12)
    ramps = simulate(load_library("land-2017"), repeated(transient(), 2), save=Save(["Ta"], every="1 ms"))
    np.testing.assert_allclose(run["Ta"], ramps["Ta"], rtol=1e-9, atol=1e-12)


def test_a_transient_that_is_none_is_refused() -> None:
    with pytest.raises(ProtocolError, match="ascend from 0"):
        calcium_transient([10.0, 20.0], [0.1, 0.2])
    with pytest.raises(ProtocolError, match="ascend from 0"):
        calcium_transient([0.0, 20.0, 20.0], [0.1, 0.2, 0.1])
    with pytest.raises(ProtocolError, match="time for each value"):
        calcium_transient([0.0], [0.1])
    with pytest.raises(ValueRangeError, match="negative"):
        calcium_transient([0.0, 1.0], [0.1, -0.1])


def test_a_typical_beat_follows_its_formula_and_repeats_itself() -> None:
    wave = calcium_beat("800 ms", diastolic="0.1 uM", peak="0.7 uM", rise="30 ms", decay="120 ms")
    assert wave.duration == 800
    clamp = simulate(load_library("land-2017"), repeated(wave, 2), save=Save("cai", every="0.5 ms"))
    t, found = clamp["time"].to_numpy() % 800.0, clamp["cai"].to_numpy()

    def shape(at: np.ndarray) -> np.ndarray:
        return np.exp(-at / 120) / -np.expm1(-800 / 120) - np.exp(-at / 30) / -np.expm1(-800 / 30)

    top = np.log(120 / 30 * np.expm1(-800 / 120) / np.expm1(-800 / 30)) / (1 / 30 - 1 / 120)
    share = (shape(t) - shape(np.zeros(1))) / (shape(np.array([top])) - shape(np.zeros(1)))
    np.testing.assert_allclose(found, 0.1 + 0.6 * share, atol=2e-3 * 0.6)
    np.testing.assert_allclose(found[0], found[-1], rtol=1e-12)


@pytest.mark.parametrize("wrong", [{"peak": "0.1 uM"}, {"decay": "80 ms"}, {"diastolic": "-1 uM"}, {"rise": "0 ms"}])
def test_a_beat_that_is_none_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueRangeError):
        calcium_beat(**wrong)
