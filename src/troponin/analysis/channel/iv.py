"""Current against potential: the peak of each step, its end, its tail, and where the current turns round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.account import described, of_current, told
from troponin.analysis.channel.clamp import Clamp, at_rest, end_of, open_clamp
from troponin.analysis.channel.family import HOLDING, STEPS
from troponin.analysis.channel.patch import current_of, unchecked_current_of
from troponin.analysis.channel.peak import peak_of
from troponin.analysis.channel.voltages import Given, Series, length_of, potential_of, potentials_of
from troponin.errors import ProtocolError
from troponin.model.model import Model
from troponin.simulation.course import Method

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["iv", "reversal_of"]

Floats = NDArray[np.float64]

_SEARCHED: Final = (-200.0, 200.0)
"""Potentials in mV between which the reversal potential is looked for."""


def iv(
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
    """Current against the potential of a step.

    Arguments as in `family`.  Variables over step_voltage:
    peak           the current furthest from zero during the step, from the instant after its edge to its end
    time_to_peak   when that is, in ms from the edge
    late           the current at the end of the step
    tail           with `tail`: the peak of the current after the step

    Attributes: `reversal` in mV, where the current of the open channel (its states those of the largest peak) changes
    its sign; NaN with `reversal_reason` where it does not do so once between -200 and 200 mV.
    """
    import xarray as xr

    if tail is None and tail_duration is not None:
        raise ProtocolError("a tail needs a potential", where="iv", remedy='Give one, such as tail="-40 mV".')
    hold = potential_of(holding, "the holding potential")
    at = potentials_of(STEPS if steps is None else steps, "the steps")
    lasts = length_of(duration, "the step")
    clamp = open_clamp(model, current, free, held, solver)
    start = np.repeat(at_rest(clamp, hold), len(at), axis=0)
    peak = peak_of(clamp, at, start, lasts)
    end = end_of(clamp, at, start, lasts)
    data = {
        "peak": ("step_voltage", peak.current, of_current(clamp, "peak")),
        "time_to_peak": ("step_voltage", peak.time, described("ms", "time to peak")),
        "late": ("step_voltage", current_of(clamp.patch, at, end), of_current(clamp, "late")),
    }
    settings: dict[str, str | float] = {"holding": str(holding), "duration": str(duration)}
    if tail is not None:
        v = np.full_like(at, potential_of(tail, "the tail potential")[0])
        after = lasts if tail_duration is None else length_of(tail_duration, "the tail")
        data["tail"] = ("step_voltage", peak_of(clamp, v, end, after).current, of_current(clamp, "tail"))
        settings["tail"] = str(tail)
    settings["reversal"], reason = reversal_of(clamp, peak.states[np.argmax(np.abs(peak.current))])
    settings |= {"reversal_reason": reason} if reason else {}
    axes = {"step_voltage": ("step_voltage", at, described("mV", "potential of the step"))}
    return told(xr.Dataset(data, axes), "iv", clamp, settings)


def reversal_of(clamp: Clamp, states: Floats) -> tuple[float, str]:
    """The potential in mV at which the current changes its sign in states of shape [state], and why if it is NaN."""
    from scipy.optimize import brentq

    def current(v: float) -> float:
        return float(unchecked_current_of(clamp.patch, np.array(v), states))

    grid = np.linspace(*_SEARCHED, 801)
    found = unchecked_current_of(clamp.patch, grid, states[np.newaxis])
    signs = np.sign(found)
    zeros = np.flatnonzero(signs == 0.0)
    changes = np.flatnonzero(signs[:-1] * signs[1:] < 0.0)
    if len(zeros) == 1 and not len(changes):
        return float(grid[zeros[0]]), ""
    if len(changes) == 1 and not len(zeros):
        low, high = grid[changes[0]], grid[changes[0] + 1]
        return float(brentq(current, low, high, xtol=1e-12, rtol=1e-14)), ""
    often = len(changes) + len(zeros)
    what = "does not change its sign" if not often else f"is zero at {often} potentials"
    return float("nan"), f"the current {what} between {_SEARCHED[0]:g} and {_SEARCHED[1]:g} mV"
