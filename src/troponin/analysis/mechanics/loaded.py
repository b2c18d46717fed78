"""Beats under a load: afterloaded, or taken around a work loop.

    isotonic     held until tension reaches the afterload, then shortening under it, and held again once back
    work_loop    as a ventricle does: held, ejecting at the afterload, held, filling at the preload

The switches are exact events: at each the tension is continuous and equals the load.  Work is the area of the loop
in the plane of stretch and tension, in kPa = kJ per m^3 of muscle at rest length.
"""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.mechanics.bench import Bench, Event, Record, advance, column
from troponin.analysis.mechanics.twitch import SOLVER, one_beat, open_beats, start_state, to_run
from troponin.errors import ValueRangeError
from troponin.model.model import Model
from troponin.protocol.timeline import Protocol
from troponin.simulation.course import Method
from troponin.units import Quantity, as_quantity, kPa

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["isotonic", "work_loop"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Beat:
    """One beat on the bench: where it begins and ends in ms, and the end-diastolic stretch."""

    bench: Bench
    start: Fraction
    stop: Fraction
    stretch: float


def isotonic(
    model: Model,
    beat: Protocol | None = None,
    *,
    afterload: Quantity | str,
    stretch: float = 1.0,
    beats: int = 1,
    every: Quantity | str = "0.5 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """An afterloaded twitch: the last of `beats` beats, those before being isometric at the same stretch.

    beat        as for `isometric`: a cell's own stimulus every 1000 ms by default
    afterload   the tension carried while shortening, such as "10 kPa": total tension, passive and active

    The attributes `shortening` (stretch) and `work` (kPa) tell how far and against what.  A twitch that never
    reaches the afterload stays isometric: `lifted` is 0.  Raises `ValueRangeError` for an afterload below the resting
    tension.
    """
    began = clock.perf_counter()
    load = as_quantity(afterload, kPa, what="the afterload").to(kPa).value
    beat = one_beat(model, beat)
    bench = open_beats(model, beat, beats, every, solver, stretch)
    y, start = _settled(bench, beat, stretch, beats - 1)
    one = _Beat(bench, start, start + beat.duration, stretch)
    record = Record()
    _afterloaded(one, y, load, record)
    facts = _loop_facts(bench, record)
    facts |= {"work": load * facts["shortening"], "afterload": load, "beats": beats}  # the way back gives the work back
    return to_run(bench, record, start, began, "isotonic", facts)


def work_loop(
    model: Model,
    beat: Protocol | None = None,
    *,
    afterload: Quantity | str,
    stretch: float = 1.1,
    beats: int = 5,
    settle: int = 5,
    every: Quantity | str = "0.5 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """A work loop: the last of `beats` loops, after `settle` isometric beats at the end-diastolic stretch.

    beat        as for `isometric`: a cell's own stimulus every 1000 ms by default
    afterload   the tension during ejection
    stretch     at the end of diastole; the tension there at rest is the preload, and fills the muscle again

    Attributes: `work` (kPa), `shortening`, `preload`, `afterload` (kPa), `closure` (stretch by which the last loop
    does not close), `lifted` (0 where the last beat never reached the afterload).
    Raises `ValueRangeError` for an afterload that is not above the preload.
    """
    began = clock.perf_counter()
    load = as_quantity(afterload, kPa, what="the afterload").to(kPa).value
    beat = one_beat(model, beat)
    bench = open_beats(model, beat, beats + settle, every, solver, stretch)
    y, start = _settled(bench, beat, stretch, settle)
    resting = Record()
    advance(bench, y, start, start + bench.every, record=resting)
    preload = float(column(bench, resting.rows[0], "T")[0])
    if not load > preload:
        raise ValueRangeError(
            "the afterload must be above the preload",
            where="work_loop",
            got=f"{load:g} kPa",
            expected=f"more than {preload:.4g} kPa, the resting tension at stretch {stretch:g}",
        )
    record, closure = Record(), np.nan
    for _ in range(beats):
        record = Record()
        before = y[-1]
        y = _ejecting(_Beat(bench, start, start + beat.duration, stretch), y, preload, load, record)
        start += beat.duration
        closure = float(y[-1] - before)
    facts = _loop_facts(bench, record) | {"afterload": load, "preload": preload, "closure": closure, "beats": beats}
    return to_run(bench, record, start - beat.duration, began, "work_loop", facts)


def _settled(bench: Bench, beat: Protocol, stretch: float, beats: int) -> tuple[Floats, Fraction]:
    """The state after some isometric beats, and the time in ms."""
    y, start = start_state(bench, stretch), Fraction(0)
    for _ in range(beats):
        y, start, _ = advance(bench, y, start, start + beat.duration)
    return y, start


def _afterloaded(one: _Beat, y: Floats, load: float, record: Record) -> Floats:
    """Held, shortening under the load, and held again once the muscle is back at its stretch."""
    bench = one.bench
    y, t, reached = advance(bench, y, one.start, one.stop, until=Event("T", load, +1), record=record)
    if float(column(bench, record.rows[0], "T")[0]) > load:
        raise ValueRangeError(
            "the muscle at rest carries more than the afterload",
            where="isotonic",
            got=f"{load:g} kPa",
            expected=f"more than {column(bench, record.rows[0], 'T')[0]:.4g} kPa",
        )
    if reached and t < one.stop:
        back = Event("stretch", one.stretch, +1)
        y, t, _ = advance(bench, y, t, one.stop, load=load, until=back, record=record)
    if t < one.stop:
        y, t, _ = advance(bench, y, t, one.stop, record=record)
    return y


def _ejecting(one: _Beat, y: Floats, preload: float, load: float, record: Record) -> Floats:
    """The four phases of a loop; a beat that never reaches the afterload is held throughout."""
    bench, stop = one.bench, one.stop
    y, t, opened = advance(bench, y, one.start, stop, until=Event("T", load, +1), record=record)
    if opened and t < stop:  # ejection, until shortening ends
        y, t, _ = advance(bench, y, t, stop, load=load, until=Event("stretch_rate", 0.0, +1), record=record)
    if t < stop:
        y, t, _ = advance(bench, y, t, stop, until=Event("T", preload, -1), record=record)
    if t < stop:  # filling
        y, t, _ = advance(bench, y, t, stop, load=preload, record=record)
    return y


def _loop_facts(bench: Bench, record: Record) -> dict[str, float]:
    """The area of a loop [kPa] and the shortening in it."""
    stretch = np.concatenate([column(bench, rows, "stretch") for rows in record.rows])
    tension = np.concatenate([column(bench, rows, "T") for rows in record.rows])
    work = 0.0 - float(np.sum(0.5 * (tension[1:] + tension[:-1]) * np.diff(stretch)))
    lifted = int(any(mode.any() for mode in record.mode))
    return {"work": work, "shortening": float(stretch[0] - stretch.min()), "lifted": lifted}
