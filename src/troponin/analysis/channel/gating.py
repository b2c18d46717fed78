"""Steady gating as experiments see it: activation by conductance or by tails, and availability after prepulses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.account import described, of_current, told
from troponin.analysis.channel.clamp import Clamp, at_rest, end_of, open_clamp
from troponin.analysis.channel.family import HOLDING, STEPS
from troponin.analysis.channel.fits import Boltzmann, boltzmann
from troponin.analysis.channel.iv import reversal_of
from troponin.analysis.channel.peak import peak_of
from troponin.analysis.channel.voltages import Given, Series, length_of, potential_of, potentials_of, voltages
from troponin.errors import ModelError, ProtocolError
from troponin.model.model import Model
from troponin.results import Attribute
from troponin.simulation.course import Method
from troponin.units import mV, parse_unit

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["activation", "inactivation"]

Floats = NDArray[np.float64]

PREPULSES: Final = voltages("-140 mV", "20 mV", "5 mV")

_CONDUCTANCES: Final = ("mS/uF", "S/F", "mS/cm^2", "nS", "uS", "mS")
"""How the unit of a conductance is written."""

_NEAR: Final = 1.0
"""Distance in mV from the reversal potential within which a conductance is measured this far from it."""


def activation(
    model: Model,
    current: str,
    *,
    holding: Given = HOLDING,
    steps: Series | None = None,
    duration: Given = "500 ms",
    tail: Given | None = None,
    tail_duration: Given | None = None,
    free: Sequence[str] = (),
    held: Sequence[str] = (),
    solver: Method | None = None,
) -> xr.Dataset:
    """Activation against the potential of a step, scaled to its largest value, with Boltzmann's curve through it.

    Arguments as in `family`.  Without `tail` it is the peak conductance I / (V - E), E the reversal potential; within
    1 mV of E the channel that the step has opened is looked at 1 mV from E.  With `tail` it is the peak of the current
    after the step, which needs no reversal potential; a channel that is not closed at that potential leaves a pedestal.

    Variables over step_voltage: `activation`, its `fit` base + (top - base) / (1 + exp(-(V - v_half) / slope)), and
    `conductance` or `tail`.  Attributes: `v_half` and `slope` in mV (the slope below zero where the channel opens on
    hyperpolarisation), `base` (0 for a conductance), `top`, `residual` (root mean square), `fitted_to`, `reversal`.
    The curve goes through the points up to the largest, at `fitted_to`: beyond it a channel that inactivates fast no
    longer opens fully.  Where none can be fitted, or it is half-maximal at none of the potentials measured, they are
    NaN, with `fit_reason`.
    Raises `ModelError` for a conductance without a reversal potential.
    """
    import xarray as xr

    if tail is None and tail_duration is not None:
        raise ProtocolError("a tail needs a potential", where="activation", remedy='Give one, such as tail="-40 mV".')
    hold = potential_of(holding, "the holding potential")
    at = potentials_of(STEPS if steps is None else steps, "the steps")
    lasts = length_of(duration, "the step")
    clamp = open_clamp(model, current, free, held, solver)
    start = np.repeat(at_rest(clamp, hold), len(at), axis=0)
    settings: dict[str, Attribute] = {"holding": str(holding), "duration": str(duration)}
    if tail is None:
        found, reversal = _conductance(clamp, at, start, lasts)
        unit = clamp.patch.unit / mV
        # mS/uF and 1/ms are one unit: a conductance is called by the first
        spelled = next((name for name in _CONDUCTANCES if parse_unit(name) == unit), str(unit))
        measured = ("conductance", found, described(spelled, f"peak conductance of {clamp.patch.target}"))
        settings["reversal"] = reversal
    else:
        v = np.full_like(at, potential_of(tail, "the tail potential")[0])
        after = lasts if tail_duration is None else length_of(tail_duration, "the tail")
        found = peak_of(clamp, v, end_of(clamp, at, start, lasts), after).current
        measured = ("tail", found, of_current(clamp, "tail"))
        settings["tail"] = str(tail)
    share = found / found[np.argmax(np.abs(found))]
    data = {
        measured[0]: ("step_voltage", measured[1], measured[2]),
        "activation": ("step_voltage", share, described("1", "activation")),
    }
    axes = {"step_voltage": ("step_voltage", at, described("mV", "potential of the step"))}
    sign = 1.0 if share[np.argmax(at)] >= share[np.argmin(at)] else -1.0
    largest = float(at[np.argmax(share)])
    opening = sign * at <= sign * largest
    settings["fitted_to"] = largest
    fit = _within(at, boltzmann(at[opening], share[opening], sign=sign, pedestal=tail is not None))
    return told(_with_fit(xr.Dataset(data, axes), fit, sign), "activation", clamp, settings | _of(fit, sign))


def inactivation(
    model: Model,
    current: str,
    *,
    holding: Given = "-120 mV",
    prepulses: Series | None = None,
    duration: Given = "1000 ms",
    test: Given = "-10 mV",
    test_duration: Given = "100 ms",
    free: Sequence[str] = (),
    held: Sequence[str] = (),
    solver: Method | None = None,
) -> xr.Dataset:
    """Availability against the potential of a prepulse, scaled to its largest value, with Boltzmann's curve through it.

    prepulses, duration    potentials before the test, by default from -140 to 20 mV, and how long they last
    test, test_duration    the step at which the peak current is measured

    Other arguments as in `family`.  Variables over prepulse_voltage: `availability`, its `fit`
    base + (top - base) / (1 + exp((V - v_half) / slope)), and `peak`.  Attributes as those of `activation`, and `base`,
    what does not inactivate.
    """
    import xarray as xr

    hold = potential_of(holding, "the holding potential")
    at = potentials_of(PREPULSES if prepulses is None else prepulses, "the prepulses")
    lasts, tested = length_of(duration, "the prepulse"), length_of(test_duration, "the test")
    v = np.full_like(at, potential_of(test, "the test potential")[0])
    clamp = open_clamp(model, current, free, held, solver)
    start = np.repeat(at_rest(clamp, hold), len(at), axis=0)
    peak = peak_of(clamp, v, end_of(clamp, at, start, lasts), tested).current
    share = peak / peak[np.argmax(np.abs(peak))]
    data = {
        "peak": ("prepulse_voltage", peak, of_current(clamp, "peak")),
        "availability": ("prepulse_voltage", share, described("1", "availability")),
    }
    axes = {"prepulse_voltage": ("prepulse_voltage", at, described("mV", "potential of the prepulse"))}
    settings: dict[str, Attribute] = {"holding": str(holding), "duration": str(duration), "test": str(test)}
    fit = _within(at, boltzmann(at, share, sign=-1.0, pedestal=True))
    return told(_with_fit(xr.Dataset(data, axes), fit, -1.0), "inactivation", clamp, settings | _of(fit, 1.0))


def _conductance(clamp: Clamp, at: Floats, start: Floats, lasts: float) -> tuple[Floats, float]:
    first = peak_of(clamp, at, start, lasts)
    reversal, reason = reversal_of(clamp, first.states[np.argmax(np.abs(first.current))])
    if reason:
        raise ModelError(
            f"{clamp.patch.target} has no reversal potential, and so no conductance: {reason}",
            where=f"model {clamp.patch.model.name}",
            remedy='Measure its tails: give a potential for them, such as tail="-40 mV".',
        )
    near = np.abs(at - reversal) < _NEAR
    seen = np.where(near, reversal + _NEAR, at)
    peak = peak_of(clamp, at, start, lasts, seen) if near.any() else first
    return np.asarray(peak.current / (seen - reversal)), reversal


def _within(v: Floats, fit: Boltzmann) -> Boltzmann:
    """The fit, or none where its middle lies outside the potentials that were measured."""
    if fit.reason or v.min() <= fit.v_half <= v.max():
        return fit
    reason = f"it would be half-maximal at {fit.v_half:.1f} mV, beyond the potentials measured"
    return Boltzmann(math.nan, math.nan, math.nan, math.nan, math.nan, reason)


def _with_fit(data: xr.Dataset, fit: Boltzmann, sign: float) -> xr.Dataset:
    dim = str(next(iter(data.dims)))
    return data.assign(fit=(dim, fit.at(data[dim].to_numpy(), sign), described("1", "Boltzmann's curve")))


def _of(fit: Boltzmann, sign: float) -> dict[str, Attribute]:
    """What is told of a fit as attributes."""
    own: dict[str, Attribute] = {
        "v_half": fit.v_half,
        "slope": sign * fit.slope,
        "base": fit.base,
        "top": fit.top,
        "residual": fit.residual,
    }
    return own | ({"fit_reason": fit.reason} if fit.reason else {})
