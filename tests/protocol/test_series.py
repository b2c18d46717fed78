from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from troponin.errors import ProtocolError, UnitError, UnknownNameError
from troponin.protocol import pacing
from troponin.protocol.segments import moved, onsets, segments
from troponin.protocol.timeline import Protocol
from troponin.units import mV

TIMES = [0.0, 0.5, 2.0, 3.0, 7.0]
VALUES = [-80.0, 20.0, 25.0, -10.0, -80.0]


def follow(protocol: Protocol, role: str, times: np.ndarray) -> np.ndarray:
    """What drives an input at some times."""
    walk, found = list(segments(protocol)), []
    for time in map(Fraction, times.tolist()):
        segment = next(s for s in reversed(walk) if s.start <= time)
        found.append(float(moved(segment.drives[role], time - segment.start)[0]))
    return np.array(found)


@pytest.mark.parametrize("kind", ["linear", "cubic", "monotone"])
def test_a_series_passes_through_every_sample(kind: str) -> None:
    drive = pacing.series(TIMES, VALUES, "mV", role="v", kind=kind)
    assert drive.duration == 7
    assert np.allclose(follow(drive, "v", np.array(TIMES)), VALUES, rtol=0, atol=1e-12)


def test_lines_join_samples_exactly() -> None:
    drive = pacing.series([0, 0.1, 0.3], ["0 mV", "0.1 V", -100 * mV], role="v")
    assert [(s.start, s.drives["v"][:2]) for s in segments(drive)] == [(0, (0, 1000)), (Fraction(1, 10), (100, -1000))]


def test_a_monotone_series_never_overshoots_and_a_spline_does() -> None:
    dense = np.linspace(0.0, 7.0, 701)
    low, high = min(VALUES), max(VALUES)
    curve = follow(pacing.series(TIMES, VALUES, "mV", role="v", kind="monotone"), "v", dense)
    assert low - 1e-9 <= curve.min() <= curve.max() <= high + 1e-9
    assert follow(pacing.series(TIMES, VALUES, "mV", role="v", kind="cubic"), "v", dense).max() > high + 1.0


def test_a_spline_of_a_cubic_is_that_cubic() -> None:
    t = np.array([0.0, 1.0, 2.5, 4.0, 5.0])
    drive = pacing.series(t, 1.0 - 2.0 * t + 0.5 * t**3, "1", role="stretch", kind="cubic")
    dense = np.linspace(0.0, 5.0, 41)
    assert np.allclose(follow(drive, "stretch", dense), 1.0 - 2.0 * dense + 0.5 * dense**3, atol=1e-12)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=8), st.floats(0.01, 5.0))
def test_a_line_stays_between_its_samples(values: list[float], step: float) -> None:
    times = [step * number for number in range(len(values))]
    drive = pacing.series(times, values, "mV", role="v")
    curve = follow(drive, "v", np.linspace(0.0, 0.999 * float(drive.duration), 29))
    assert min(values) - 1e-9 <= curve.min() <= curve.max() <= max(values) + 1e-9


def test_arrays_bring_their_units() -> None:
    clock = xr.DataArray([1.0, 1.002], dims="time", attrs={"units": "s"})
    volts = xr.DataArray([0.0, 0.01], dims="time", attrs={"units": "V"})
    drive = pacing.series(clock, volts, role="v", at="5 ms")
    assert drive.duration == 7
    assert [s.start for s in segments(drive)] == [0, 5]
    in_mV = pacing.series(clock, volts, "mV", role="v")
    assert next(iter(segments(in_mV))).drives["v"] == (0, 5, 0, 0)


def test_a_column_of_pandas_is_a_series() -> None:
    column = pd.Series([-80.0, 20.0, -80.0], index=[0.0, 1.0, 4.0])
    drive = pacing.series(column.index, column, "mV", role="v")
    assert [(s.start, s.drives["v"][0]) for s in segments(drive)] == [(0, -80), (1, 20)]
    with pytest.raises(UnitError, match="durations of a calendar"):
        pacing.series(pd.to_timedelta(column.index, unit="ms"), column, "mV", role="v")


def test_a_run_is_played_back_as_a_clamp() -> None:
    run = xr.Dataset(
        {"v": ("time", [-80.0, 10.0, -80.0], {"units": "mV"})},
        {"time": ("time", [99.0, 100.0, 103.0], {"units": "ms"})},
    )
    drive = pacing.recorded(run, "v", kind="linear")
    assert (drive.duration, [s.length for s in segments(drive)]) == (4, [1, 3])
    with pytest.raises(UnknownNameError, match="'w'"):
        pacing.recorded(run, "w")


def test_a_series_on_the_stimulus_begins_no_beat() -> None:
    drive = pacing.series([0, 1], [0, -5], "A/F", role="stimulus")
    assert list(onsets(drive)) == []


def test_a_series_prints_in_a_line() -> None:
    text = str(pacing.series(np.arange(100), np.zeros(100), "mV", role="v"))
    assert text == "v from 0 to 0 mV along 99 pieces in 99 ms; 99 ms in all"


@pytest.mark.parametrize(
    ("arguments", "fault", "message"),
    [
        (([0, 1], [0, 1]), UnitError, "need a unit"),
        (([0, 1], [0], "mV"), ProtocolError, "one length"),
        (([0], [0], "mV"), ProtocolError, "two or more"),
        (([0, 0], [0, 1], "mV"), ProtocolError, "ascend; got 0 and then 0"),
        (([0, 1], [0, np.nan], "mV"), ProtocolError, "sample 1 of the series is no number"),
        (([0, 1], ["a", 1], "mV"), UnitError, "not a number"),
        (([0, 1], [[0, 1], [1, 2]], "mV"), ProtocolError, "Choose one cell"),
        (([0, 1], ["0 mV", "1 ms"]), UnitError, "fit together"),
    ],
)
def test_what_is_no_series_is_refused(arguments: tuple[object, ...], fault: type[Exception], message: str) -> None:
    with pytest.raises(fault, match=message):
        pacing.series(*arguments, role="v")  # type: ignore[arg-type]


def test_an_unknown_interpolation_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="linear"):
        pacing.series([0, 1], [0, 1], "mV", role="v", kind="linar")
