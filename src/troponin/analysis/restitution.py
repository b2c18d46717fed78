"""Restitution: how the action potential depends on the rest before it, and on the rate.

    s1s2              a beat after beats at one cycle length, at each coupling interval
    dynamic           cycle length by cycle length, each paced until the cell follows it
    rate_dependence   biomarkers of the limit cycle at each cycle length: APD, calcium, tension (Bowditch)
    post_pause        biomarkers of the beat after a pause

Durations are counted from the steepest rise to `percent` repolarisation, towards one potential all along a curve: that
before the last S1 beat; in a dynamic curve that of the model's initial state.  The diastolic interval before a beat is
its interval from the beat before less the duration of that beat: from repolarisation to upstroke, where both answer
their stimuli alike fast.  A stimulus that does not capture has no duration: NaN, and `captured` is false.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.analysis import biomarkers
from troponin.analysis.account import account
from troponin.analysis.cycle.limit_cycle import limit_cycle
from troponin.analysis.excitation import Beat, Preparation, answer, captured, own_width, prepare
from troponin.analysis.markers.waveform import falls_to, steepest_rise
from troponin.analysis.pace_map import pace, with_beat
from troponin.errors import ProtocolError, ValueRangeError
from troponin.model.model import Model
from troponin.protocol.pacing import regular
from troponin.protocol.timeline import exact_time, sequence
from troponin.simulation.course import Method
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import Quantity, ms

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["dynamic", "post_pause", "rate_dependence", "s1s2"]

Floats = NDArray[np.float64]
Times = Sequence[Quantity | str]

SOLVER: Final = BDF(rtol=1e-7)

_OF_THE_CYCLE: Final = {
    "period": {"units": "1", "long_name": "beats after which it repeats"},
    "converged": {"long_name": "whether the cycle was found"},
    "residual": {"units": "1", "long_name": "change over one period in scaled units"},
    "beats": {"units": "1", "long_name": "beats that the search took"},
}
"""What is told of each limit cycle beside its biomarkers, with attributes."""

_BEAT: Final = {"units": "1", "long_name": "beat of the cycle"}

_ALTERNATES: Final = 1.0
"""Difference between two durations in ms from which they are said to alternate."""


def s1s2(
    model: Model,
    bcl: Quantity | str,
    intervals: Times,
    *,
    beats: int = 20,
    percent: float = 90.0,
    solver: Method = SOLVER,
) -> xr.Dataset:
    """The S1-S2 restitution curve.

    bcl        cycle length of the S1 beats
    intervals  from the last S1 to the S2
    beats      how many S1 beats, from the model's initial state: that of a limit cycle needs one

    Variables over `interval` (ms): `apd` of the S2, `di` (the diastolic interval before it), `captured`, and `slope`,
    d(apd)/d(di) by differences.  Attributes: `apd_s1` and `steepest`.  Raises `ProtocolError` for intervals that are
    shorter than the stimulus, and where the last S1 does not repolarise.
    """
    import xarray as xr

    coupling = _ascending(intervals, own_width(model), "s1s2")
    period, cell = exact_time(bcl, "the cycle length"), prepare(model, solver)
    y = pace(with_beat(cell.paced, regular(_in_ms(period))), _start(model), _whole(beats) - 1)
    first = answer(cell, y, period)
    apd_s1, rest = _duration(cell, first, percent, float(first.v[0])), float(first.v[0])
    if np.isnan(apd_s1):
        raise ProtocolError("the S1 beat does not repolarise within its cycle", where="s1s2", got=bcl)
    found, took = [], []
    for interval in coupling:
        early = pace(with_beat(cell.paced, regular(_in_ms(interval))), y)
        beat = answer(cell, early, max(period, Fraction(1000)))
        took.append(captured(cell, beat))
        found.append(_duration(cell, beat, percent, rest) if took[-1] else np.nan)
    apd, di = np.array(found), np.array([float(t) for t in coupling]) - apd_s1
    slope = _slopes(di, apd)
    curve = xr.Dataset(
        {
            "apd": ("interval", apd, {"units": "ms", "long_name": f"APD{percent:g} of the S2"}),
            "di": ("interval", di, {"units": "ms", "long_name": "diastolic interval"}),
            "slope": ("interval", slope, {"units": "1", "long_name": "slope of restitution"}),
            "captured": ("interval", np.array(took), {"long_name": "whether the S2 captured"}),
        },
        {"interval": ("interval", [float(t) for t in coupling], {"units": "ms", "long_name": "S1-S2 interval"})},
    )
    facts: dict[str, float] = {
        "bcl": float(period),
        "beats": beats,
        "percent": percent,
        "apd_s1": apd_s1,
        "steepest": _steepest(slope),
    }
    return account(curve, "s1s2", model, solver, facts)


def dynamic(
    model: Model, cycle_lengths: Times, *, beats: int = 50, percent: float = 90.0, solver: Method = SOLVER
) -> xr.Dataset:
    """The dynamic restitution curve: each cycle length in turn, from where the one before it ended.

    beats   paced at each cycle length; the last two are told, so that alternans shows

    Variables over `bcl` (ms) and `beat` (2): `apd`, `di` before it; over `bcl`: `alternans`, the difference of the
    two durations where it is more than 1 ms, else 0 (NaN where one does not capture), and `captured`.
    """
    import xarray as xr

    periods = [exact_time(t, "a cycle length") for t in cycle_lengths]
    if _whole(beats) < 3:
        raise ProtocolError(
            "three beats or more are needed, the last of which are measured", where="dynamic", got=beats
        )
    cell, y = prepare(model, solver), _start(model)
    apds, took = [], []
    for period in periods:
        paced = with_beat(cell.paced, regular(_in_ms(period)))
        y = pace(paced, y, beats - 3)
        last = []
        for _ in range(3):
            beat = answer(cell, y, period)
            caught = captured(cell, beat)
            last.append((_duration(cell, beat, percent, cell.rest) if caught else np.nan, caught))
            y = pace(paced, y)
        apds.append([d for d, _ in last])
        took.append(all(c for _, c in last[1:]))
    measured = np.array(apds).reshape(-1, 3)
    lengths = np.array([float(p) for p in periods])
    apd, di = measured[:, 1:], lengths[:, np.newaxis] - measured[:, :-1]
    apart = np.abs(np.diff(apd, axis=1)[:, 0])
    alternans = np.where(np.isnan(apart) | (apart > _ALTERNATES), apart, 0.0)
    curve = xr.Dataset(
        {
            "apd": (("bcl", "beat"), apd, {"units": "ms", "long_name": f"APD{percent:g}"}),
            "di": (("bcl", "beat"), di, {"units": "ms", "long_name": "diastolic interval before the beat"}),
            "alternans": ("bcl", alternans, {"units": "ms", "long_name": "difference between two beats"}),
            "captured": ("bcl", np.array(took), {"long_name": "whether both stimuli captured"}),
        },
        {"bcl": ("bcl", lengths, {"units": "ms", "long_name": "cycle length"})},
    )
    return account(curve, "dynamic", model, solver, {"beats": beats, "percent": percent})


def rate_dependence(model: Model, cycle_lengths: Times, *, solver: Method | None = None) -> xr.Dataset:
    """All biomarkers of the limit cycle at each cycle length, over `bcl` (ms) and `beat`.

    `beat` counts the beats of a cycle from 1 and is as long as the longest period: 1 where all beats are alike, 2 with
    alternans, whose two beats both stand there.  A cycle with fewer beats, by its `period`, is NaN beyond them.
    `converged` and `residual` say how far each cycle can be trusted (see `limit_cycle`).
    """
    import xarray as xr

    parts, bcl = [], [float(exact_time(t, "a cycle length")) for t in cycle_lengths]
    if not bcl:
        raise ProtocolError("no cycle lengths are given", where="rate_dependence", expected="one or more")
    for length in cycle_lengths:
        cycle = limit_cycle(model, length, solver=solver)
        row = biomarkers.table(cycle.trace)
        row = row.assign_coords(beat=("beat", 1 + np.arange(row.sizes["beat"]), _BEAT))
        row = row.assign({name: ((), getattr(cycle, name), about) for name, about in _OF_THE_CYCLE.items()})
        parts.append(row.drop_attrs(deep=False))
    index = xr.DataArray(bcl, dims="bcl", attrs={"units": "ms", "long_name": "cycle length"})
    table = xr.concat(parts, dim="bcl", join="outer").transpose("bcl", "beat").assign_coords(bcl=index)
    table["beat"].attrs.update(_BEAT)
    return account(table, "rate_dependence", model, cycle.solver, {})


def post_pause(model: Model, bcl: Quantity | str, pauses: Times, *, solver: Method | None = None) -> xr.Dataset:
    """Biomarkers of the first beat after a pause, from the limit cycle at a cycle length: over `pause` (ms).

    pauses   from the last regular stimulus to the next; one as long as the cycle is no pause

    In a cell that stores calcium while it rests, peak calcium and tension grow with the pause: post-pause
    potentiation.  `converged` of the cycle before is an attribute.  Raises `ProtocolError` for pauses that do not
    ascend or are shorter than the stimulus.
    """
    import xarray as xr

    lengths = _ascending(pauses, own_width(model), "post_pause")
    cycle = limit_cycle(model, bcl, solver=solver)
    parts = []
    for pause in lengths:
        beats = sequence(regular(_in_ms(pause)), regular(bcl))
        run = simulate(cycle.model, beats, solver=cycle.solver, save=Save(every="0.1 ms"))
        parts.append(biomarkers.table(run).isel(beat=1).drop_attrs(deep=False))
    index = xr.DataArray([float(p) for p in lengths], dims="pause", attrs={"units": "ms", "long_name": "pause"})
    table = xr.concat(parts, dim="pause").assign_coords(pause=index)
    facts = {"bcl": float(cycle.beat.duration), "converged": cycle.converged}
    return account(table, "post_pause", model, cycle.solver, {**facts, "why": cycle.why})


def _duration(cell: Preparation, beat: Beat, percent: float, rest: float) -> float:
    """The action potential duration of a beat in ms, towards a resting potential."""
    if not 0.0 < percent < 100.0:
        raise ValueRangeError("a percentage lies between 0 and 100", where="percent", got=percent)
    top = int(np.argmax(beat.v))
    level = float(beat.v[top] - percent / 100.0 * (beat.v[top] - rest))
    return falls_to(beat.time, beat.v, level, after=float(beat.time[top])) - _upstroke(beat)


def _upstroke(beat: Beat) -> float:
    """The time of the steepest rise, in ms after the stimulus."""
    return steepest_rise(beat.time, beat.v)[0]


def _slopes(di: Floats, apd: Floats) -> Floats:
    """d(apd)/d(di) at each point by differences between the neighbours that have a duration; NaN elsewhere."""
    slope = np.full(len(apd), np.nan)
    known = np.flatnonzero(np.isfinite(apd))
    if known.size > 1:
        slope[known] = np.gradient(apd[known], di[known])
    return slope


def _steepest(slope: Floats) -> float:
    """The largest slope; NaN where there is none."""
    return float(np.nanmax(slope)) if np.isfinite(slope).any() else float("nan")


def _ascending(intervals: Times, least: Fraction, where: str) -> list[Fraction]:
    found = [exact_time(t, "an interval") for t in intervals]
    if not found or any(b <= a for a, b in pairwise(found)) or found[0] <= least:
        raise ProtocolError(
            "intervals must ascend, from more than the stimulus lasts",
            where=where,
            got=", ".join(map(str, intervals)) or "none",
        )
    return found


def _whole(beats: int) -> int:
    if isinstance(beats, bool) or not isinstance(beats, int) or beats < 1:
        raise ProtocolError("the number of beats must be positive", got=beats, expected="1, 2, 3, ...")
    return beats


def _start(model: Model) -> Floats:
    return np.array([state.initial for state in model.states])


def _in_ms(time: Fraction) -> Quantity:
    return Quantity(float(time), ms)
