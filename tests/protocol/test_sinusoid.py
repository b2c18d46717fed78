from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troponin.errors import ProtocolError, UnitError, UnknownNameError
from troponin.protocol import pacing
from troponin.protocol.segments import moved, segments
from troponin.protocol.timeline import Protocol


def dense(protocol: Protocol, role: str, points: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Times and values at points inside every segment, its ends included."""
    times, values = [], []
    for segment in segments(protocol):
        cubic = [float(c) for c in segment.drives[role]]
        tau = np.linspace(0.0, float(segment.length), points)
        times.append(float(segment.start) + tau)
        values.append(np.polynomial.Polynomial(cubic)(tau))
    return np.concatenate(times), np.concatenate(values)


@settings(max_examples=30)
@given(st.floats(0.1, 50.0), st.floats(-3.0, 3.0), st.sampled_from([1e-3, 1e-5, 1e-7]))
def test_a_sine_stays_within_its_tolerance(frequency: float, phase: float, tolerance: float) -> None:
    wave = pacing.sine(
        "2 mV", f"{frequency!r} Hz", "300 ms", role="v", offset="-1 mV", phase=phase, tolerance=tolerance
    )
    t, x = dense(wave, "v")
    exact = -1.0 + 2.0 * np.sin(2e-3 * np.pi * frequency * t + phase)
    assert np.abs(x - exact).max() <= 2.0 * tolerance
    assert wave.duration == 300


@pytest.mark.parametrize("kind", ["linear", "log"])
@pytest.mark.parametrize(("first", "last"), [(1.0, 40.0), (40.0, 1.0), (5.0, 5.0)])
def test_a_sweep_stays_within_its_tolerance(kind: str, first: float, last: float) -> None:
    wave = pacing.sweep(
        "0.1", f"{first} Hz", f"{last} Hz", "1 s", role="stretch", offset="1", kind=kind, tolerance=1e-5
    )
    t, x = dense(wave, "stretch")
    s = t / 1000.0
    if kind == "linear" or first == last:
        turned = first * s + 0.5 * (last - first) * s**2
    else:
        turned = first * (np.power(last / first, s) - 1.0) / np.log(last / first)
    error = np.abs(x - 1.0 - 0.1 * np.sin(2.0 * np.pi * turned)).max()
    assert error <= 0.1 * 1e-5
    assert error >= 0.1 * 1e-7  # and no piece is much shorter than it must be
    assert wave.duration == 1000


def test_a_long_sine_is_one_period_again_and_again() -> None:
    hour = pacing.sine("1 mV", "3 Hz", "3600 s", role="v")
    assert len(hour.trains) == 1
    last = list(segments(hour, start=Fraction(3_599_999)))[-1]
    assert last.end == 3_600_000
    assert float(moved(last.drives["v"], last.length)[0]) == pytest.approx(0.0, abs=1e-12)


def test_a_piece_of_a_period_ends_where_it_must() -> None:
    wave = pacing.sine("1 mV", "1 Hz", "1250 ms", role="v")
    _, x = dense(wave, "v")
    assert x[-1] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"frequency": "0 Hz"}, ProtocolError),
        ({"frequency": "1 ms"}, UnitError),
        ({"duration": "0 ms"}, ProtocolError),
        ({"amplitude": 1.0}, UnitError),
        ({"offset": "1 ms"}, UnitError),
        ({"tolerance": 0.0}, ProtocolError),
    ],
)
def test_what_is_no_sine_is_refused(change: dict[str, object], fault: type[Exception]) -> None:
    given = {"amplitude": "1 mV", "frequency": "1 Hz", "duration": "1 s", "role": "v"} | change
    with pytest.raises(fault):
        pacing.sine(**given)  # type: ignore[arg-type]


def test_an_unknown_kind_of_sweep_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="linear"):
        pacing.sweep("1 mV", "1 Hz", "2 Hz", "1 s", role="v", kind="lin")


def test_a_sweep_that_would_never_end_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"got up to 1e\+12 cycles"):
        pacing.sweep("0.05", "1 Hz", "1e12 Hz", "1 s", role="stretch")


@pytest.mark.parametrize("kind", ["linear", "log"])
def test_frequencies_beyond_all_reason_are_refused(kind: str) -> None:
    with pytest.raises(ProtocolError, match="beyond all reason"):
        pacing.sweep("0.05", "1e-300 Hz", "1 Hz", "1 s", role="stretch", kind=kind)
    with pytest.raises(ProtocolError, match="beyond all reason"):
        pacing.sine("0.05", "1e-300 Hz", "1 s", role="stretch")
