"""A voltage-step family: the current over time at each potential of a step from the holding potential."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.channel.account import described, of_current, told
from troponin.analysis.channel.clamp import Clamp, at_rest, open_clamp, states_along
from troponin.analysis.channel.flow import Steps, sample_times
from troponin.analysis.channel.patch import current_of
from troponin.analysis.channel.peak import octaves
from troponin.analysis.channel.voltages import Given, Series, length_of, potential_of, potentials_of, voltages
from troponin.errors import ProtocolError
from troponin.model.model import Model
from troponin.simulation.course import Method

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["HOLDING", "STEPS", "family"]

Floats = NDArray[np.float64]

HOLDING: Final = "-80 mV"
STEPS: Final = voltages("-80 mV", "60 mV", "10 mV")

_BEFORE: Final = 0.05
"""Share of the step that is shown before it, at the holding potential."""

_FINE: Final = 11
_COARSE: Final = 32
"""After an edge samples begin 2^-15 of the step apart and double every 16, up to a 512th of the step."""

_MOST_SAMPLES: Final = 20_000_000


def family(
    model: Model,
    current: str,
    *,
    holding: Given = HOLDING,
    steps: Series | None = None,
    duration: Given = "500 ms",
    tail: Given | None = None,
    tail_duration: Given | None = None,
    every: Given | None = None,
    free: Sequence[str] = (),
    held: Sequence[str] = (),
    solver: Method | None = None,
) -> xr.Dataset:
    """The current after steps of the potential, each from the rest at the holding potential.

    current                 name of the current, such as "INa.INa" or "IKr"
    holding                 potential at which the channel has come to rest before the step
    steps, duration         potentials of the steps, by default from -80 to 60 mV, and how long they last
    tail, tail_duration     potential after the step, where there is a tail; as long as the step by default
    every                   interval between samples; by default they are dense after each edge
    free, held              states that move although they would be held, and the other way round (see this room's page)
    solver                  an ODE solver; by default the exact solution where the equations are linear

    Variables `current` [step_voltage, time], `voltage` [step_voltage, time] in mV, and every state that moves, by its
    name.  Time is in ms from the step; at an edge there are two samples, the limits before it and after it.  Raises
    what `isolate` raises for names, `UnitError` and `ProtocolError` for potentials and times.
    """
    import xarray as xr

    hold = potential_of(holding, "the holding potential")
    at = potentials_of(STEPS if steps is None else steps, "the steps")
    lasts = length_of(duration, "the step")
    if tail is None and tail_duration is not None:
        raise ProtocolError("a tail needs a potential", where="family", remedy='Give one, such as tail="-40 mV".')
    parts = [(at, lasts)]
    if tail is not None:
        after = lasts if tail_duration is None else length_of(tail_duration, "the tail")
        parts.append((np.full_like(at, potential_of(tail, "the tail potential")[0]), after))
    spacing = None if every is None else length_of(every, "the time between samples")
    clamp = open_clamp(model, current, free, held, solver)
    time, potential, states = _course(clamp, hold, parts, spacing)
    data = {
        "current": (("step_voltage", "time"), current_of(clamp.patch, potential, states), of_current(clamp, "current")),
        "voltage": (("step_voltage", "time"), potential, described("mV", "membrane potential")),
    }
    for i, name in enumerate(clamp.patch.states):
        unit = str(model.variables[name].unit)
        data[name] = (("step_voltage", "time"), states[:, :, i], described(unit, name, name))
    axes = {
        "step_voltage": ("step_voltage", at, described("mV", "potential of the step")),
        "time": ("time", time, described("ms", "time from the step")),
    }
    settings = {"holding": str(holding), "duration": str(duration)} | ({} if tail is None else {"tail": str(tail)})
    return told(xr.Dataset(data, axes), "family", clamp, settings)


def _course(
    clamp: Clamp, hold: Floats, parts: Sequence[tuple[Floats, float]], spacing: float | None
) -> tuple[Floats, Floats, Floats]:
    """Times [time], potentials [lane, time] and states [lane, time, state] of steps one after the other."""
    lanes = len(parts[0][0])
    samplings = [_sampling(length, spacing) for _, length in parts]
    count = sum(number for sampling in samplings for _, number in sampling)
    if count * lanes * (2 + len(clamp.patch.states)) > _MOST_SAMPLES:
        raise ProtocolError(
            "this family would keep too many samples", where="family", got=f"{count} times of {lanes} steps",
            remedy="Sample less often, or leave `every` out.",
        )  # fmt: skip
    state = np.repeat(at_rest(clamp, hold), lanes, axis=0)
    times = [np.array([-_BEFORE * parts[0][1], np.nextafter(0.0, -1.0)])]
    potentials, states, begin = [np.full((lanes, 2), hold[0])], [np.repeat(state[:, np.newaxis], 2, axis=1)], 0.0
    for number, ((v, length), sampling) in enumerate(zip(parts, samplings, strict=True)):
        local = begin + sample_times(sampling)
        begin += length
        # the last sample of a step is the limit before the edge
        local[-1] = begin if number == len(parts) - 1 else np.nextafter(begin, -np.inf)
        found = states_along(clamp, v, state, sampling)
        state = found[:, -1]
        times.append(local)
        potentials.append(np.repeat(v[:, np.newaxis], len(local), axis=1))
        states.append(found)
    return np.concatenate(times), np.concatenate(potentials, axis=1), np.concatenate(states, axis=1)


def _sampling(length: float, spacing: float | None) -> Steps:
    if spacing is None:
        early = octaves(length / (_COARSE // 2), _FINE)
        step = early[-1][0]
        return [*early, (step, round((length - length / (_COARSE // 2)) / step))]
    whole = int(np.floor(length / spacing * (1.0 + 1e-12)))
    left = length - whole * spacing
    runs = [(spacing, whole)] if whole else []
    return [*runs, (left, 1)] if left > 1e-9 * length else runs
