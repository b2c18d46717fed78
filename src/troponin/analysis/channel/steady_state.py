"""Steady states and time constants from the equations themselves: no protocol, no fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.account import described, told
from troponin.analysis.channel.clamp import at_rest, open_clamp
from troponin.analysis.channel.linear import flow
from troponin.analysis.channel.patch import current_of
from troponin.analysis.channel.voltages import Series, potentials_of
from troponin.analysis.channel.voltages import voltages as series
from troponin.errors import ModelError
from troponin.model.model import Model

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["steady_state"]

Floats = NDArray[np.float64]

VOLTAGES: Final = series("-120 mV", "60 mV", "1 mV")


def steady_state(
    model: Model, name: str, voltages: Series | None = None, *, free: Sequence[str] = (), held: Sequence[str] = ()
) -> xr.Dataset:
    """Where a gate, a state of a Markov chain or a current comes to rest at each potential, and how fast.

    name         a state, such as "INa.m", or a current
    voltages     potentials, by default from -120 to 60 mV every 1 mV
    free, held   as in `family`

    Variables: `steady` over voltage; for a gate `tau` over voltage, for a state of a chain `tau` over mode and voltage,
    the time constants of the whole chain from the slowest on (ms).  Both are exact: x_inf = -b/a and tau = -1/a of
    dx/dt = a x + b, the chain's stationary distribution and -1/eigenvalue.  Raises `ModelError` where the equations are
    not linear in the states.
    """
    import xarray as xr

    at = potentials_of(VOLTAGES if voltages is None else voltages, "the potentials")
    clamp = open_clamp(model, name, free, held)
    patch = clamp.patch
    if clamp.form is None:
        raise ModelError(
            f"'{patch.target}' has no steady state in closed form: {clamp.why}",
            where=f"model {model.name}",
            remedy="Hold one of the two with held=[...], or step the potential and wait: iv(...)['late'].",
        )
    states = at_rest(clamp, at)
    axes = {"voltage": ("voltage", at, described("mV", "membrane potential"))}
    data = {}
    if patch.target in patch.states:
        own = patch.states.index(patch.target)
        values = states[:, own]
        block = next(block for block in clamp.form.blocks if own in block)
        tau = _time_constants(flow(clamp.form, at).matrix[:, block][:, :, block])
        what = described("ms", "time constant")
        data["tau"] = ("voltage", tau[0], what) if len(block) == 1 else (("mode", "voltage"), tau, what)
    else:
        values = current_of(patch, at, states)
    data["steady"] = ("voltage", values, described(str(patch.unit), f"steady {patch.target}", patch.target))
    return told(xr.Dataset(data, axes), "steady_state", clamp, {})


def _time_constants(matrix: Floats) -> Floats:
    """-1/eigenvalue, the slowest first, shape [mode, lane]; without what stands still, such as a conserved sum."""
    if matrix.shape[1] == 1:
        with np.errstate(divide="ignore"):
            return np.asarray(-1.0 / matrix[:, 0, 0])[np.newaxis]
    rates = np.sort(-np.linalg.eigvals(matrix).real, axis=1)
    scale = rates[:, -1:]
    still = (np.abs(rates) <= 1e-12 * scale).all(axis=0)
    return np.asarray(1.0 / rates[:, ~still].T)
