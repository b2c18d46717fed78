"""Steps of length on a muscle in constant calcium: quick release and restretch, and the rate at which force returns.

A step is instantaneous: what follows the stretch rate moves at once, in proportion to the step, and everything else
stays.  No ramp time enters the answer.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.mechanics.bench import Bench, Record, advance, column, open_bench, stretched_by, tension
from troponin.analysis.mechanics.muscle import muscle_alone, require_stretch
from troponin.analysis.mechanics.twitch import SOLVER, start_state, to_run
from troponin.errors import ProtocolError, ValueRangeError, require_kind
from troponin.model.model import Model
from troponin.protocol.timeline import exact_time, rest, time_text
from troponin.simulation.course import Method
from troponin.units import Quantity, as_quantity, ms, uM

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ktr", "quick_release"]

Floats = NDArray[np.float64]

_SETTLE: Final = Fraction(20_000)
"""ms in which a muscle in constant calcium becomes steady."""


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A muscle in constant calcium, steady at a stretch, and the tension it holds there [kPa]."""

    bench: Bench
    y: Floats
    steady: float


def quick_release(
    model: Model,
    *,
    step: float = -0.01,
    hold: Quantity | str = "100 ms",
    calcium: Quantity | str = "10 uM",
    stretch: float = 1.0,
    every: Quantity | str = "0.1 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """Tension after a step of stretch, negative for a release, in constant calcium.

    The run begins 10 ms before the step and lasts `hold` after it.  Attributes: `T0` and `T1` (kPa), the tension
    before and right after the step, and `stiffness` = (T1 - T0) / step (kPa).  Raises `ModelError` for a model that
    does not contract.
    """
    began = clock.perf_counter()
    length = exact_time(hold, "the time after the step")
    require_kind(step, Real, "step", "a number, such as -0.01")
    if step == 0.0:
        raise ValueRangeError("a step changes the length", where="quick_release", got=step)
    require_stretch(stretch + step)
    held = _held(model, calcium, stretch, exact_time(every, "the time between samples"), length + 10, solver)
    record = Record()
    _, t1 = _steps(held, [(step, length)], record)
    facts = {"T0": held.steady, "T1": t1[0], "stiffness": (t1[0] - held.steady) / step, "step": step}
    return to_run(held.bench, record, _SETTLE, began, "quick_release", facts)


def ktr(
    model: Model,
    *,
    release: float = 0.2,
    slack: Quantity | str = "20 ms",
    follow: Quantity | str = "1000 ms",
    calcium: Quantity | str = "10 uM",
    stretch: float = 1.0,
    every: Quantity | str = "0.5 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """Redevelopment of tension after a large release, a time of slack, and a restretch (Brenner's manoeuvre).

    release   by how much it is shortened, and stretched again after `slack`
    follow    how long tension is watched then

    The attribute `ktr` (1/s) is ln 2 divided by the time in which half of the lost tension comes back, counted from
    the lowest tension after the restretch.  Source of the manoeuvre: B. Brenner, Proc. Natl. Acad. Sci. 85 (1988)
    3265, doi 10.1073/pnas.85.9.3265.
    """
    began = clock.perf_counter()
    if not 0.0 < release < 0.5:
        raise ValueRangeError("a release is a part of the length", where="ktr", got=release, expected="0 to 0.5")
    pause, length = exact_time(slack, "the slack"), exact_time(follow, "the time to follow")
    step = exact_time(every, "the time between samples")
    held = _held(model, calcium, stretch, step, pause + length + 10, solver)
    record = Record()
    _steps(held, [(-release, pause), (release, length)], record)
    time, force = record.time[-1], column(held.bench, record.rows[-1], "T")
    lowest = int(np.argmin(force))
    half = 0.5 * (force[lowest] + held.steady)
    beyond = np.flatnonzero(force[lowest:] >= half)
    rate = math.nan
    if beyond.size and beyond[0] > 0:
        i = lowest + int(beyond[0])
        share = (half - force[i - 1]) / (force[i] - force[i - 1])
        rate = 1000.0 * math.log(2.0) / float(time[i - 1] + share * (time[i] - time[i - 1]) - time[lowest])
    facts = {"ktr": rate, "T0": held.steady, "lowest": float(force[lowest])}
    return to_run(held.bench, record, _SETTLE, began, "ktr", facts)


def _held(
    model: Model, calcium: Quantity | str, stretch: float, every: Fraction, length: Fraction, solver: Method
) -> _Held:
    require_stretch(stretch)
    if every <= 0:
        raise ProtocolError("the time between samples must be positive", got=time_text(every))
    muscle = muscle_alone(model, ("cai",))
    muscle = muscle.with_values({"cai": as_quantity(calcium, uM, what="calcium"), "stretch": stretch})
    bench = open_bench(muscle, rest(Quantity(float(_SETTLE + length), ms)), solver, every)
    y, _, _ = advance(replace(bench, every=_SETTLE), start_state(bench, stretch), Fraction(0), _SETTLE)
    return _Held(bench, y, tension(bench, y))


def _steps(held: _Held, steps: Sequence[tuple[float, Fraction]], record: Record) -> tuple[Floats, list[float]]:
    """Ten ms at rest, then each step of stretch and the time after it; the tension right after each step."""
    y, t, _ = advance(held.bench, held.y, _SETTLE, _SETTLE + 10, record=record)
    found = []
    for size, length in steps:
        y = stretched_by(held.bench, y, size)
        found.append(tension(held.bench, y))
        y, t, _ = advance(held.bench, y, t, t + length, record=record)
    return y, found
