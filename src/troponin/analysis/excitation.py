"""One stimulus and its answer: was the cell captured, how strong must a stimulus be, how long is it refractory.

An answer counts as an action potential where the cell drives itself up: where its own inward current, that is dv/dt
without the push of the stimulus, reaches a tenth of that of a beat from rest, and the potential goes beyond the middle
between rest and the peak of that beat.  A stimulus on a plateau only pushes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.account import account
from troponin.analysis.markers.waveform import falls_to
from troponin.analysis.pace_map import PaceMap, open_pace_map, pace, traced_beat, with_beat
from troponin.analysis.strength_laws import lapicque, weiss
from troponin.errors import ModelError, ProtocolError, ValueRangeError, require_kind
from troponin.model.derivatives import derivatives
from troponin.model.model import Model
from troponin.model.pacing import own_stimulus, paced_input
from troponin.protocol.pacing import regular
from troponin.protocol.timeline import exact_time, time_text
from troponin.protocol.trains import whole
from troponin.simulation.course import Method
from troponin.solvers.method import BDF
from troponin.units import Quantity, Unit, conversion_factor, exact_value, ms, mV

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Beat",
    "Preparation",
    "answer",
    "captured",
    "own_width",
    "prepare",
    "refractory_period",
    "strength_duration",
    "threshold",
]

Floats = NDArray[np.float64]

SOLVER: Final = BDF(rtol=1e-7)

_WINDOW: Final = Fraction(100)
"""ms after a stimulus within which an action potential shows its upstroke."""

_OF_THE_RISE: Final = 0.1

_AT_REST: Final = 0.1
"""Share of what its own stimulus adds to dv/dt by which the potential of a cell at rest may still move."""

_LEAST: Final = 5.0
"""mV beyond what the stimulus pushes that a beat from rest must reach."""

_STRONGEST: Final = 1e4
"""Multiple of the model's own stimulus beyond which there is no threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class Beat:
    """The membrane potential after a stimulus, at the solver's steps: times in ms since its onset, and mV.

    `push` is what the stimulus alone adds to dv/dt [mV/ms] for `width` ms.
    """

    time: Floats
    v: Floats
    push: float
    width: float

    @property
    def own_rise(self) -> float:
        """The steepest rise that is the cell's own, in mV/ms."""
        steps = np.diff(self.time)
        slopes = np.diff(self.v)[steps > 0.0] / steps[steps > 0.0]
        on = self.time[1:][steps > 0.0] <= self.width * (1.0 + 1e-9)
        return float((slopes - self.push * on).max())


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """A cell to be stimulated: its pace map, which state is v, and what a beat of it from rest is.

    rest, peak   potentials [mV], and `rise` the steepest rise of its own [mV/ms]
    gain         what one unit of the stimulus adds to dv/dt [mV/ms]
    """

    paced: PaceMap
    v: int
    per_mV: float
    rest: float
    peak: float
    rise: float
    gain: float

    @property
    def middle(self) -> float:
        """The potential that an action potential exceeds."""
        return 0.5 * (self.rest + self.peak)


def prepare(model: Model, method: Method, y: Floats | None = None) -> Preparation:
    """A cell, by default in the model's initial state, and what an action potential of it is.

    Raises `ModelError` for a model whose membrane potential is no state, and `ProtocolError` where the model's own
    stimulus evokes no action potential.
    """
    require_kind(model, Model, "excitation", 'a Model, such as load("torord-land")')
    names = [s.name for s in model.states]
    if model.meanings.get("v") not in names:
        raise ModelError("this model has no membrane potential to excite", where=f"model {model.name}")
    v = names.index(model.meanings["v"])
    paced = open_pace_map(model, regular(_in_ms(_WINDOW)), method)
    per_mV = conversion_factor(model.states[v].unit, mV)
    start = np.array([s.initial for s in model.states]) if y is None else y
    time, states = traced_beat(paced, start)
    unit_of_time = float(model.time_unit.scale / ms.scale)
    t, v_mV = time * unit_of_time, states[:, v] * per_mV
    amplitude = own_stimulus_of(model)[0].value
    own = derivatives(model, dict(zip(names, start.tolist(), strict=True)))[names[v]] * per_mV / unit_of_time
    push = float((v_mV[1] - v_mV[0]) / (t[1] - t[0])) - own
    if not abs(own) < _AT_REST * abs(push):
        raise ProtocolError(
            "the cell does not start at rest",
            where=f"model {model.name}",
            got=f"dv/dt = {own:.3g} mV/ms without a stimulus, which pushes by {push:.3g} mV/ms",
            remedy="Start from a settled state, such as limit_cycle(model, bcl).model.",
        )
    beat = Beat(t, v_mV, push, float(own_width(model)))
    if not v_mV.max() > v_mV[0] + 1.1 * abs(push) * beat.width + _LEAST:
        raise ProtocolError(
            "the model's own stimulus evokes no action potential at rest",
            where=f"model {model.name}",
            got=f"a peak of {v_mV.max():.3g} mV",
            remedy="Start from a state at rest, and check the conductances.",
        )
    return Preparation(paced, v, per_mV, float(v_mV[0]), float(v_mV.max()), beat.own_rise, push / amplitude)


def answer(
    cell: Preparation, y: Floats, length: Fraction, *, amplitude: Quantity | None = None, width: Fraction | None = None
) -> Beat:
    """The membrane potential for `length` ms after a stimulus; by default the model's own."""
    model = cell.paced.model
    own, unit = own_stimulus_of(model)
    given = own if amplitude is None else amplitude
    lasts = own_width(model) if width is None else width
    pulse = regular(_in_ms(length), amplitude=given, duration=_in_ms(lasts))
    time, states = traced_beat(with_beat(cell.paced, pulse), y)
    t = time * float(model.time_unit.scale / ms.scale)
    return Beat(t, states[:, cell.v] * cell.per_mV, cell.gain * given.to(unit).value, float(lasts))


def captured(cell: Preparation, beat: Beat) -> bool:
    """Whether a beat shows an action potential."""
    return bool(beat.v.max() > cell.middle) and beat.own_rise > _OF_THE_RISE * cell.rise


def threshold(
    model: Model, duration: Quantity | str = "1 ms", *, tolerance: float = 1e-4, solver: Method = SOLVER
) -> Quantity:
    """The weakest stimulus of a duration that excites a cell at rest in its initial state, to a relative tolerance.

    The sign is that of the model's own stimulus (inward negative).  Raises `ProtocolError` where no stimulus does.
    """
    width = exact_time(duration, "the stimulus duration")
    _require_tolerance(tolerance, 1e-12, "threshold")
    cell = prepare(model, solver)
    y = np.array([s.initial for s in model.states])
    own, unit = own_stimulus_of(model)

    def excites(amplitude: float) -> bool:
        given = Quantity(math.copysign(amplitude, own.value), unit)
        return captured(cell, answer(cell, y, _WINDOW + width, amplitude=given, width=width))

    high = abs(own.value)
    while not excites(high):
        high *= 4.0
        if high > _STRONGEST * abs(own.value):
            raise ProtocolError(
                "no stimulus of this duration excites the cell", where="threshold", got=time_text(width)
            )
    low = high / 4.0
    while excites(low):
        high, low = low, low / 4.0
    while high / low - 1.0 > tolerance:
        middle = math.sqrt(high * low)
        low, high = (low, middle) if excites(middle) else (middle, high)
    return Quantity(math.copysign(high, own.value), unit)


def strength_duration(
    model: Model,
    durations: Sequence[Quantity | str] = ("0.2 ms", "0.5 ms", "1 ms", "2 ms", "5 ms", "10 ms"),
    *,
    solver: Method = SOLVER,
) -> xr.Dataset:
    """Threshold against the duration of the stimulus.

    Attributes: `rheobase` (the unit of the stimulus) and `chronaxie` (ms) of Weiss's law, and `lapicque_rheobase` and
    `lapicque_chronaxie` of Lapicque's (see `analysis/strength_laws.py`): where they differ, longer durations tell.
    """
    import xarray as xr

    widths = np.array([float(exact_time(d, "the stimulus duration")) for d in durations])
    if len(widths) < 2:
        raise ValueRangeError("a curve needs two durations or more", where="strength_duration", got=len(widths))
    if len(set(widths.tolist())) < len(widths):
        # the laws go through different durations: two of the same would make up a chronaxie
        got = ", ".join(map(str, durations))
        raise ValueRangeError("the durations hold one twice", where="strength_duration", got=got)
    found = [threshold(model, duration, solver=solver) for duration in durations]
    strengths = np.array([abs(q.value) for q in found])
    curve = xr.Dataset(
        {"threshold": ("duration", strengths, {"units": str(found[0].unit), "long_name": "threshold, its size"})},
        {"duration": ("duration", widths, {"units": "ms", "long_name": "duration of the stimulus"})},
    )
    facts: dict[str, float] = dict(zip(("rheobase", "chronaxie"), weiss(widths, strengths), strict=True))
    facts |= zip(("lapicque_rheobase", "lapicque_chronaxie"), lapicque(widths, strengths), strict=True)
    return account(curve, "strength_duration", model, solver, facts)


def refractory_period(
    model: Model,
    bcl: Quantity | str,
    *,
    beats: int = 20,
    strength: float = 1.0,
    tolerance: float = 0.05,
    solver: Method = SOLVER,
) -> float:
    """The effective refractory period in ms: the shortest interval after a beat at which a stimulus captures.

    bcl        cycle length of the beats before
    beats      how many of them, from the model's initial state: that of a limit cycle needs few
    strength   of the premature stimulus, relative to the model's own
    tolerance  to which the interval is bisected, in ms

    Raises `ProtocolError` where the premature stimulus never captures within the cycle.
    """
    period, count = exact_time(bcl, "the cycle length"), whole(beats, "beats")
    require_kind(strength, Real, "strength", "a number, such as 2")
    if not 0.0 < strength < math.inf:
        raise ValueRangeError("a stimulus is some positive times the model's own", where="strength", got=strength)
    _require_tolerance(tolerance, 1e-9, "refractory_period")
    cell = prepare(model, solver)
    own, unit = own_stimulus_of(model)
    width = own_width(model)
    s1 = with_beat(cell.paced, regular(_in_ms(period)))
    y = pace(s1, np.array([s.initial for s in model.states]), count - 1)

    def captures(interval: float) -> bool:
        early = pace(with_beat(cell.paced, regular(Quantity(interval, ms))), y)
        beat = answer(cell, early, _WINDOW + width, amplitude=Quantity(strength * own.value, unit), width=width)
        return captured(cell, beat)

    # no earlier than the beat before has come down to the middle: until then everything is above it
    before = answer(cell, y, period)
    down = falls_to(before.time, before.v, cell.middle, after=float(before.time[np.argmax(before.v)]))
    if math.isnan(down):
        raise ProtocolError("the beat before does not repolarise within the cycle", where="refractory_period")
    return _first(captures, max(down, float(width)), float(period), tolerance)


def _require_tolerance(tolerance: float, least: float, where: str) -> None:
    """Refuse one that a bisection of doubles never reaches, or that ends it before it begins."""
    require_kind(tolerance, Real, where, "a tolerance, such as 1e-4")
    if not least <= tolerance < math.inf:
        raise ValueRangeError("this tolerance is none", where=where, got=tolerance, expected=f"{least:g} or more")


def _first(holds: Callable[[float], bool], low: float, high: float, tolerance: float) -> float:
    if not holds(high):
        raise ProtocolError(
            "the stimulus does not capture even at the end of the cycle",
            where="refractory_period",
            remedy="Use a longer cycle, or a stronger stimulus.",
        )
    while high - low > tolerance:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def own_stimulus_of(model: Model) -> tuple[Quantity, Unit]:
    """The amplitude of the model's own stimulus, and the unit of its input."""
    pulse = own_stimulus(model)
    given = paced_input(model)
    if pulse is None or given is None:
        raise ProtocolError("the model has no stimulus of its own", where=f"model {model.name}")
    return Quantity(pulse.amplitude, given.unit), given.unit


def own_width(model: Model) -> Fraction:
    """The duration of the model's own stimulus, in ms."""
    require_kind(model, Model, "the model", 'a Model, such as load("torord-land")')
    pulse = own_stimulus(model)
    if pulse is None:
        raise ProtocolError("the model has no stimulus of its own", where=f"model {model.name}")
    return exact_value(Quantity(pulse.duration, model.time_unit), ms)


def _in_ms(time: Fraction) -> Quantity:
    return Quantity(float(time), ms)
