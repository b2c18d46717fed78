"""Disturbances: which beats of a run are not regular action potentials, and how.

    failure to capture      the stimulus evokes no action potential
    failure to repolarise   v has not come down when the next stimulus is due
    EAD, DAD                early and delayed afterdepolarisations, and the beats that they trigger
    alternans               of the action potential, of calcium, of tension

All are read off the trace of v (`afterdepolarisations`), so that a run needs no other signal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.afterdepolarisations import Afterdepolarisation, Limits, Reading, read_beat
from troponin.analysis.markers.beats import SampledBeat, beats_of, has
from troponin.analysis.markers.definitions import apd, pushed_part, rest, rise_from_start
from troponin.analysis.markers.measured import filled, of_cells
from troponin.analysis.markers.stimulus import pulse_of
from troponin.errors import ValueRangeError, require_kind
from troponin.results import BEAT_START
from troponin.units import Quantity, Unit, as_quantity, kPa, ms, mV, uM

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["REGULAR", "disturbances", "read_again"]

REGULAR: Final = "regular"
"""The verdict on a beat that nothing disturbs."""

_TRANSIENTS: Final = (("cai", uM, "ca_alternans"), ("Ta", kPa, "ta_alternans"))

_COLUMNS: Final[Mapping[str, tuple[str, str, Any]]] = {
    "verdict": ("", "what disturbs the beat", ""),
    "captured": ("", "whether the beat is an action potential", False),
    "repolarised": ("", "whether v came down before the next beat", False),
    "eads": ("", "number of early afterdepolarisations", 0),
    "ead_time": ("ms", "take-off of the largest EAD, from the start of the beat", math.nan),
    "ead_takeoff": ("mV", "take-off potential of the largest EAD", math.nan),
    "ead_amplitude": ("mV", "amplitude of the largest EAD", math.nan),
    "dads": ("", "number of delayed afterdepolarisations", 0),
    "dad_time": ("ms", "take-off of the largest DAD, from the start of the beat", math.nan),
    "dad_takeoff": ("mV", "take-off potential of the largest DAD", math.nan),
    "dad_amplitude": ("mV", "amplitude of the largest DAD", math.nan),
    "triggered": ("", "number of action potentials without a stimulus", 0),
    "apd_alternans": ("ms", "alternation of APD90, the longer beat positive", math.nan),
    "ca_alternans": ("uM", "alternation of the amplitude of [Ca2+]i", math.nan),
    "ta_alternans": ("kPa", "alternation of the amplitude of active tension", math.nan),
}
"""Unit, meaning and what fills the row of a cell with fewer beats, for each variable of the answer, in its order."""


@dataclass(frozen=True, slots=True)
class _Thresholds:
    """The thresholds of `disturbances`, as numbers in mV and ms."""

    repolarisation: float
    depolarised: float
    response: float
    ead: float
    dad: float
    early: float
    push: float
    stimulus: float
    apd_alternans: float
    relative_alternans: float


def disturbances(
    run: xr.Dataset,
    *,
    repolarisation: float = 90.0,
    depolarised: Quantity | str = "-40 mV",
    response: Quantity | str = "20 mV",
    ead: Quantity | str = "1 mV",
    dad: Quantity | str = "3 mV",
    early: Quantity | str = "50 ms",
    push: Quantity | str | None = None,
    apd_alternans: Quantity | str = "5 ms",
    relative_alternans: float = 0.05,
) -> xr.Dataset:
    """What disturbs each beat of a run: variables over `beat` (and `cell`), with a `verdict` in plain words.

    repolarisation       percentage after which the cell has repolarised, from the beat's peak to its v at rest; where
                         it has none of its own, from the highest to the lowest v of the run
    depolarised          v above which it has not, whatever the percentage, and which an action potential exceeds
    response             rise of v beyond what the stimulus pushes that makes an action potential
    ead, dad             rise of v that makes an early and a delayed afterdepolarisation; less than 3 mV may be the hump
                         after the undershoot of a regular beat
    early                time after its stimulus until which an action potential is captured, and after its upstroke
                         until which a rise is its notch
    push                 what the stimulus alone adds to v; by default its charge, by its unit per capacitance, or per
                         area at 1 uF/cm^2, else 0 mV.  No more than 60 mV, or two thirds of the run's swing, count
    apd_alternans        difference between the APD90 of successive beats from which they alternate
    relative_alternans   the same for the amplitude of calcium and of tension, relative to the larger

    `captured` and `repolarised` are true or false; `eads`, `dads` and `triggered` (DADs that become action
    potentials) are numbers; of the largest EAD and DAD there are `_time` (its take-off, from the start of the beat),
    `_takeoff` and `_amplitude`, NaN where there is none.  `apd_alternans`, `ca_alternans` and `ta_alternans` are the
    differences from the beat before where they change sign from beat to beat for four beats or more, so that the longer
    beat is positive; else 0, and NaN where there are no four beats to tell.  `verdict` is the first of these that
    holds: not computed, no repolarisation, no capture, triggered beat, EAD, DAD, premature (the beat before has not
    ended), alternans, regular.

    Raises `UnknownNameError` for a run without v, and `UnitError` and `ValueRangeError` for thresholds that are none.
    """
    import xarray as xr

    potentials = beats_of(run, "v", mV)
    pulse = pulse_of(run)
    thresholds = _Thresholds(
        _within(repolarisation, 100.0, "repolarisation"),
        as_quantity(depolarised, mV, what="depolarised").to(mV).value,
        _positive(response, mV, "response"),
        _positive(ead, mV, "ead"),
        _positive(dad, mV, "dad"),
        _positive(early, ms, "early"),
        pulse.push if push is None else _positive(push, mV, "push"),
        pulse.lasts,
        _positive(apd_alternans, ms, "apd_alternans"),
        _within(relative_alternans, 1.0, "relative_alternans"),
    )
    transients = {name: beats_of(run, signal, unit) for signal, unit, name in _TRANSIENTS if has(run, signal)}
    cells = [
        _cell(v, {name: beats[i] for name, beats in transients.items()}, thresholds, BEAT_START in run.coords)
        for i, v in enumerate(potentials)
    ]
    dims = ("cell", "beat") if "cell" in run.sizes else ("beat",)
    columns: dict[str, Any] = {}
    for name, (unit, long_name, fill) in _COLUMNS.items():
        rows = [cell[name] for cell in cells if name in cell]
        if rows:
            values = filled(rows, fill) if len(dims) > 1 else np.array(rows[0])
            columns[name] = (dims, values, {"long_name": long_name} | ({"units": unit} if unit else {}))
    told = {f"{name}_threshold": value for name, value in asdict(thresholds).items()}
    return xr.Dataset(columns, of_cells(run), {"model": run.attrs.get("model", ""), **told})


def read_again(run: xr.Dataset, found: xr.Dataset, cell: int = 0) -> list[tuple[SampledBeat, Reading]]:
    """Every beat of a cell with all that it shows, by the thresholds of what `disturbances` has found in its run."""
    given = _Thresholds(**{name: found.attrs[f"{name}_threshold"] for name in _Thresholds.__slots__})
    beats = beats_of(run, "v", mV)[cell]
    limits = _limits(beats, given)
    paced = BEAT_START in run.coords
    return [(v, read_beat(v, each, paced=paced)) for v, each in zip(beats, limits, strict=True)]


def _cell(
    potential: Sequence[SampledBeat], transients: Mapping[str, Sequence[SampledBeat]], given: _Thresholds, paced: bool
) -> dict[str, Sequence[Any]]:
    """The columns of one cell."""
    limits = _limits(potential, given)
    readings = [read_beat(v, each, paced=paced) for v, each in zip(potential, limits, strict=True)]
    differences = {"apd_alternans": _alternation([apd(v, 90.0) for v in potential])}
    apart = {"apd_alternans": np.abs(differences["apd_alternans"]) >= given.apd_alternans}
    for name, beats in transients.items():
        amplitudes = np.array([rise_from_start(x) for x in beats])
        differences[name] = _alternation(amplitudes)
        larger = np.maximum(amplitudes, np.roll(amplitudes, 1))
        apart[name] = np.abs(differences[name]) >= given.relative_alternans * larger
    alternate = np.any(list(apart.values()), axis=0) if potential else []
    return {
        "verdict": [_verdict(*each) for each in zip(potential, readings, alternate, strict=True)],
        "captured": [reading.captured for reading in readings],
        "repolarised": [reading.repolarised for reading in readings],
        "eads": [len(reading.eads) for reading in readings],
        "dads": [len(reading.dads) for reading in readings],
        "triggered": [reading.triggered for reading in readings],
        **_largest("ead", [reading.eads for reading in readings]),
        **_largest("dad", [reading.dads for reading in readings]),
        **{name: list(values) for name, values in differences.items()},
    }


def _limits(potential: Sequence[SampledBeat], given: _Thresholds) -> list[Limits]:
    """The thresholds in terms of v for each beat of a cell, by its own potentials or by those of the whole run."""
    low = float(min((v.value.min() for v in potential), default=math.nan))
    high = float(max((v.value.max() for v in potential), default=math.nan))
    run = Limits(
        peak=given.depolarised,
        repolarised=_level(high, low, given),
        response=given.response,
        ead=given.ead,
        dad=given.dad,
        early=given.early,
        push=pushed_part(given.push, high - low),
        lasts=given.stimulus,
    )
    own = [(v.highest[1], rest(v)) for v in potential]
    return [
        replace(run, repolarised=_level(top, bottom, given)) if top - bottom >= given.response else run
        for top, bottom in own
    ]


def _level(high: float, low: float, given: _Thresholds) -> float:
    return min(high - given.repolarisation / 100.0 * (high - low), given.depolarised)


def _verdict(v: SampledBeat, reading: Reading, alternates: bool) -> str:
    holds = {
        "not computed": not np.isfinite(v.value).all(),
        "no repolarisation": not reading.repolarised,
        "no capture": not reading.captured,
        "triggered beat": reading.triggered > 0,
        "EAD": bool(reading.eads),
        "DAD": bool(reading.dads),
        "premature": math.isnan(rest(v)),
        "alternans": alternates,
    }
    return next((word for word, true in holds.items() if true), REGULAR)


def _largest(kind: str, found: Sequence[Sequence[Afterdepolarisation]]) -> dict[str, list[float]]:
    none = Afterdepolarisation(math.nan, math.nan, math.nan)
    largest = [max(each, key=lambda one: one.amplitude, default=none) for each in found]
    return {
        f"{kind}_time": [one.time for one in largest],
        f"{kind}_takeoff": [one.takeoff for one in largest],
        f"{kind}_amplitude": [one.amplitude for one in largest],
    }


def _alternation(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """The differences from the value before, where they change sign twice in a row; else 0, NaN where none can tell.

    A value among four that go up and down in turn is one of them, from the third of the run on.  One turn alone is that
    of a cell which settles.
    """
    steps = np.diff(values, prepend=math.nan)
    turns = np.full(len(steps) + 1, math.nan)  # of each difference against the one before it; none after the last
    product = steps[1:] * steps[:-1]
    turns[1:-1][np.isfinite(product)] = product[np.isfinite(product)] < 0.0
    own, before, after = turns[:-1], np.concatenate([[math.nan], turns[:-2]])[: len(steps)], turns[1:]
    beside = np.fmax(before, after)
    found: NDArray[np.float64] = np.where(own * beside == 1.0, steps, np.where(np.isnan(own + beside), math.nan, 0.0))
    return found


def _positive(value: Quantity | str, unit: Unit, what: str) -> float:
    number = as_quantity(value, unit, what=what).to(unit).value
    if not number > 0.0:
        raise ValueRangeError("this threshold must be positive", where=what, got=value)
    return number


def _within(value: float, most: float, what: str) -> float:
    require_kind(value, Real, what, "a number")
    if not 0.0 < value < most:
        raise ValueRangeError(f"this lies between 0 and {most:g}", where=what, got=value)
    return value
