"""Recovery and deactivation: how a channel comes back, measured by pairs of pulses and by tails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.account import described, of_current, told
from troponin.analysis.channel.clamp import Clamp, at_rest, end_of, open_clamp, states_along
from troponin.analysis.channel.family import HOLDING
from troponin.analysis.channel.fits import Exponentials, no_exponentials
from troponin.analysis.channel.fits import exponentials as fitted
from troponin.analysis.channel.flow import Steps, sample_times
from troponin.analysis.channel.linear import flow
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

_LONGEST: Final = 1000.0
"""ms within which the pulse before a tail is ended where its current peaks."""

_RESOLVED: Final = 64.0
"""Samples begin this part of the shortest time constant apart: a gate to the fourth power decays four times as fast."""

_MOST_OCTAVES: Final = 60

_WANING: Final = 0.01
"""Share of its peak below which the current at the end of a pulse is called small."""

_POOR: Final = 0.005
"""Residual of a fit, as a share of what recovers, beyond which it is called poor."""


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
    NaN; `remark` where more exponentials would fit better.  A second peak that falls with the interval is that of a
    channel that deactivates and has nothing to recover from.
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
    fit = _fit_of_recovery(gaps, share, exponentials)
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
    if fit.residual > _POOR * np.ptp(share) and exponentials < _MOST_EXPONENTIALS:
        settings["remark"] = f"the fit is poor: try exponentials={exponentials + 1}"
    return told(xr.Dataset(data, axes), "recovery", clamp, settings)


def _fit_of_recovery(gaps: Floats, share: Floats, count: int) -> Exponentials:
    if share[-1] < share[0]:
        return no_exponentials(count, "the second peak falls with the interval: this channel deactivates, not recovers")
    return fitted(gaps, share, count)


def deactivation(
    model: Model,
    current: str,
    *,
    holding: Given = HOLDING,
    pulse: Given = "40 mV",
    duration: Given | None = None,
    tails: Series | None = None,
    tail_duration: Given = "5000 ms",
    exponentials: int = 1,
    free: Sequence[str] = (),
    held: Sequence[str] = (),
    solver: Method | None = None,
) -> xr.Dataset:
    """Deactivation: the time constants with which the tail current goes, against the potential of the tail.

    pulse, duration         the pulse that opens the channel; by default it ends where its current peaks within 1 s, and
                            lasts 1 s where that is at once
    tails, tail_duration    potentials after it, by default from -120 to -40 mV, and how long they last
    exponentials            how many are fitted to each tail, from its peak on: 1, 2 or 3

    Other arguments as in `family`.  Variables: `peak` over tail_voltage; `tau` (ms, from the fastest on) and `share`
    over component and tail_voltage, and `residual` relative to the peak.  Where a tail is too small, near the reversal
    potential, they are NaN, and the attribute `missing` (JSON) says at which potentials and why; `remark`, where
    the pulse has inactivated the channel.
    """
    import xarray as xr

    _require_count(exponentials)
    hold, v = potential_of(holding, "the holding potential"), potential_of(pulse, "the potential of the pulse")
    at = potentials_of(TAILS if tails is None else tails, "the tails")
    after = length_of(tail_duration, "the tail")
    limit = _LONGEST if duration is None else length_of(duration, "the pulse")
    clamp = open_clamp(model, current, free, held, solver)
    start = at_rest(clamp, hold)
    first = peak_of(clamp, v, start, limit)
    lasts = float(first.time[0]) or limit if duration is None else limit
    end = end_of(clamp, v, start, lasts)
    left = abs(float(current_of(clamp.patch, v, end)[0]))
    opened = np.repeat(end, len(at), axis=0)
    peak = peak_of(clamp, at, opened, after)
    steps = _sampling(clamp, at, after)
    times, trace = sample_times(steps), states_along(clamp, at, opened, steps)
    traces = current_of(clamp.patch, at[:, np.newaxis], trace)
    tau, part = np.full((2, exponentials, len(at)), np.nan)
    residual, missing = np.full(len(at), np.nan), {}
    for lane in range(len(at)):
        if abs(peak.current[lane]) <= _FAINT * np.abs(peak.current).max():
            missing[f"{at[lane]:g} mV"] = "the tail is too small"
            continue
        if peak.time[lane] >= after:
            missing[f"{at[lane]:g} mV"] = "the current is largest at the end of the tail: it does not go"
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
    spent = f"{lasts:.6g} ms" if duration is None else str(duration)
    settings = {"holding": str(holding), "pulse": str(pulse), "duration": spent, "missing": json.dumps(missing)}
    if left < _WANING * abs(float(first.current[0])):
        settings["remark"] = (
            f"the pulse of {spent} has inactivated the channel: a shorter duration leaves more to close"
        )
    return told(xr.Dataset(data, axes), "deactivation", clamp, settings)


def _sampling(clamp: Clamp, at: Floats, duration: float) -> Steps:
    """Samples of a tail, dense enough at its start for the fastest that the equations hold, where these tell it."""
    usual = octaves(duration)
    if clamp.form is None or not clamp.patch.states:
        return usual
    fastest = float(np.abs(np.linalg.eigvals(flow(clamp.form, at).matrix)).max())
    wanted = np.log2(max(usual[0][0] * fastest * _RESOLVED, 1.0))
    return octaves(duration, min(len(usual) - 1 + int(np.ceil(wanted)), _MOST_OCTAVES))


def _require_count(count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST_EXPONENTIALS:
        raise ValueRangeError("exponentials are counted", got=count, expected=f"1 to {_MOST_EXPONENTIALS}")
