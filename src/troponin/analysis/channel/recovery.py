"""Recovery and deactivation: how a channel comes back, measured by pairs of pulses and by tails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.account import described, of_current, told
from troponin.analysis.channel.clamp import at_rest, end_of, open_clamp, states_along
from troponin.analysis.channel.family import HOLDING
from troponin.analysis.channel.fits import exponentials as fitted
from troponin.analysis.channel.flow import sample_times
from troponin.analysis.channel.patch import current_of
from troponin.analysis.channel.peak import octaves, peak_of
from troponin.analysis.channel.voltages import (
    Given,
    Series,
    length_of,
    lengths_of,
    potential_of,
    potentials_of,
    voltages,
)
from troponin.errors import ValueRangeError
from troponin.model.model import Model
from troponin.results import Attribute
from troponin.simulation.course import Method
from troponin.units import Quantity, ms

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["deactivation", "recovery"]

Floats = NDArray[np.float64]

INTERVALS: Final = tuple(Quantity(float(f"{x:.3g}"), ms) for x in np.geomspace(0.5, 5000.0, 33))
TAILS: Final = voltages("-120 mV", "-40 mV", "10 mV")

_MOST_EXPONENTIALS: Final = 3
_FAINT: Final = 1e-6
"""Share of the largest tail below which a tail is too small for a time constant."""


def recovery(
    model: Model,
    current: str,
    *,
    holding: Given = HOLDING,
    pulse: Given = "-10 mV",
    duration: Given = "1000 ms",
    intervals: Series | None = None,
    test_duration: Given = "100 ms",
    exponentials: int = 1,
    free: Sequence[str] = (),
    held: Sequence[str] = (),
    solver: Method | None = None,
) -> xr.Dataset:
    """Recovery from inactivation: the peak of a second pulse over that of the first, against the interval between them.

    pulse, duration            the first pulse, from the rest at the holding potential
    intervals                  times at the holding potential between the pulses, by default from 0.5 ms to 5 s
    test_duration              how long the second pulse lasts
    exponentials               how many are fitted: 1, 2 or 3

    Other arguments as in `family`.  Variables: `recovery` and its `fit` rest + sum_i a_i exp(-t / tau_i) over interval;
    `tau` (ms, from the fastest on) and `share`, the part of each in what recovers, over component.  Attributes:
    `first`, the peak of the first pulse, `rest`, `residual`, and `fit_reason` where nothing can be fitted and `tau` is
    NaN.
    """
    import xarray as xr

    _require_count(exponentials)
    hold, v = potential_of(holding, "the holding potential"), potential_of(pulse, "the potential of the pulse")
    lasts, tested = length_of(duration, "the pulse"), length_of(test_duration, "the test")
    gaps = lengths_of(INTERVALS if intervals is None else intervals, "the intervals")
    clamp = open_clamp(model, current, free, held, solver)
    start = at_rest(clamp, hold)
    first = peak_of(clamp, v, start, lasts).current[0]
    steps = [(float(step), 1) for step in np.diff(gaps, prepend=0.0)]
    between = states_along(clamp, hold, end_of(clamp, v, start, lasts), steps)[0, 1:]
    second = peak_of(clamp, np.repeat(v, len(gaps)), between, tested).current
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # where no current flows nothing recovers: NaN, and the fit says so
        share = second / first
    fit = fitted(gaps, share, exponentials)
    decays = np.exp(-(gaps - gaps[0])[:, np.newaxis] / fit.tau) @ fit.amplitude
    # amplitudes are those at the first interval; what recovers is counted from the end of the pulse on
    amplitude = fit.amplitude * np.exp(gaps[0] / fit.tau)
    data = {
        "recovery": ("interval", share, described("1", "second peak over the first")),
        "fit": ("interval", fit.rest + decays, described("1", "sum of exponentials")),
        "tau": ("component", fit.tau, described("ms", "time constant of recovery")),
        "share": ("component", amplitude / amplitude.sum(), described("1", "share of what recovers")),
    }
    axes = {"interval": ("interval", gaps, described("ms", "interval between the pulses"))}
    settings: dict[str, Attribute] = {"holding": str(holding), "pulse": str(pulse), "duration": str(duration)}
    settings |= {"first": float(first), "rest": fit.rest}
    settings |= {"residual": fit.residual} | ({"fit_reason": fit.reason} if fit.reason else {})
    return told(xr.Dataset(data, axes), "recovery", clamp, settings)


def deactivation(
    model: Model,
    current: str,
    *,
    holding: Given = HOLDING,
    pulse: Given = "40 mV",
    duration: Given = "1000 ms",
    tails: Series | None = None,
    tail_duration: Given = "5000 ms",
    exponentials: int = 1,
    free: Sequence[str] = (),
    held: Sequence[str] = (),
    solver: Method | None = None,
) -> xr.Dataset:
    """Deactivation: the time constants with which the tail current goes, against the potential of the tail.

    pulse, duration         the pulse that opens the channel
    tails, tail_duration    potentials after it, by default from -120 to -40 mV, and how long they last
    exponentials            how many are fitted to each tail, from its peak on: 1, 2 or 3

    Other arguments as in `family`.  Variables: `peak` over tail_voltage; `tau` (ms, from the fastest on) and `share`
    over component and tail_voltage, and `residual` relative to the peak.  Where a tail is too small, near the reversal
    potential, they are NaN, and the attribute `missing` (JSON) says at which potentials and why.
    """
    import xarray as xr

    _require_count(exponentials)
    hold, v = potential_of(holding, "the holding potential"), potential_of(pulse, "the potential of the pulse")
    at = potentials_of(TAILS if tails is None else tails, "the tails")
    after = length_of(tail_duration, "the tail")
    lasts = length_of(duration, "the pulse")
    clamp = open_clamp(model, current, free, held, solver)
    opened = np.repeat(end_of(clamp, v, at_rest(clamp, hold), lasts), len(at), axis=0)
    peak = peak_of(clamp, at, opened, after)
    steps = octaves(after)
    times, trace = sample_times(steps), states_along(clamp, at, opened, steps)
    traces = current_of(clamp.patch, at[:, np.newaxis], trace)
    tau, part = np.full((2, exponentials, len(at)), np.nan)
    residual, missing = np.full(len(at), np.nan), {}
    for lane in range(len(at)):
        if abs(peak.current[lane]) <= _FAINT * np.abs(peak.current).max():
            missing[f"{at[lane]:g} mV"] = "the tail is too small"
            continue
        seen = times >= peak.time[lane]
        fit = fitted(times[seen], traces[lane, seen] / peak.current[lane], exponentials)
        tau[:, lane], residual[lane] = fit.tau, fit.residual
        part[:, lane] = fit.amplitude / fit.amplitude.sum()
        if fit.reason:
            missing[f"{at[lane]:g} mV"] = fit.reason
    data = {
        "peak": ("tail_voltage", peak.current, of_current(clamp, "peak tail")),
        "tau": (("component", "tail_voltage"), tau, described("ms", "time constant of deactivation")),
        "share": (("component", "tail_voltage"), part, described("1", "share of the tail")),
        "residual": ("tail_voltage", residual, described("1", "root mean square of what is left, over the peak")),
    }
    axes = {"tail_voltage": ("tail_voltage", at, described("mV", "potential of the tail"))}
    settings = {"holding": str(holding), "pulse": str(pulse), "duration": str(duration), "missing": json.dumps(missing)}
    return told(xr.Dataset(data, axes), "deactivation", clamp, settings)


def _require_count(count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST_EXPONENTIALS:
        raise ValueRangeError("exponentials are counted", got=count, expected=f"1 to {_MOST_EXPONENTIALS}")
