"""Beats of a muscle that is held, afterloaded, or taken around a work loop.

    isometric    length is held: the twitch that experimenters measure
    fixed_ends   length is held of muscle and a spring in series
    isotonic     held until tension reaches the afterload, then shortening under it, and held again once back
    work_loop    as a ventricle does: held, ejecting at the afterload, held, filling at the preload

The switches are exact events: at each the tension is continuous and equals the load.  Work is the area of the loop
in the plane of stretch and tension, in kPa = kJ per m^3 of muscle at rest length.
"""

from __future__ import annotations

import time as clock
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.mechanics.bench import WATCHED, Bench, Event, Record, advance, column, open_bench
from troponin.analysis.mechanics.muscle import muscle_of, series_model
from troponin.errors import ProtocolError, ValueRangeError
from troponin.model.model import Model, Role
from troponin.protocol.timeline import Protocol, exact_time, repeated
from troponin.results import Attribute, Column, to_dataset
from troponin.simulation.course import Method
from troponin.simulation.provenance import provenance
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.integrate import Counters
from troponin.solvers.method import BDF
from troponin.units import DIMENSIONLESS, Quantity, as_quantity, kPa, ms

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["fixed_ends", "isometric", "isotonic", "start_state", "to_run", "work_loop"]

Floats = NDArray[np.float64]

SOLVER = BDF(rtol=1e-8)


@dataclass(frozen=True, slots=True, eq=False)
class _Beat:
    """One beat on the bench: where it begins and ends in ms, and the end-diastolic stretch."""

    bench: Bench
    start: Fraction
    stop: Fraction
    stretch: float


def isometric(
    model: Model,
    beat: Protocol,
    *,
    stretch: float = 1.0,
    beats: int = 1,
    every: Quantity | str = "0.5 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """Twitches at a fixed stretch: the last of `beats` beats as a run.

    beat       a protocol that lasts one beat: a stimulus, or a calcium transient on the input "calcium"
    stretch    SL / SL_rest
    every      the interval between samples

    Raises `ModelError` for a model that does not contract.
    """
    began = clock.perf_counter()
    bench = _bench(model, beat, beats, every, solver, stretch)
    y, length = start_state(bench, stretch), beat.duration
    record = Record()
    for number in range(beats):
        keep = record if number == beats - 1 else None
        y, _, _ = advance(bench, y, number * length, (number + 1) * length, record=keep)
    return to_run(bench, record, (beats - 1) * length, began)


def fixed_ends(
    model: Model,
    beat: Protocol,
    *,
    spring: Quantity | str,
    stretch: float = 1.0,
    beats: int = 1,
    every: Quantity | str = "0.5 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """Twitches between fixed ends of a muscle in series with a spring, as real preparations are: the last of `beats`.

    spring    its stiffness as stress per stretch of the muscle, such as "500 kPa"
    stretch   the distance of the ends in rest lengths of the muscle, at which the spring is slack

    The muscle shortens as it stretches the spring, T = E (L - lambda); a stiff spring leaves it isometric.
    """
    stiff = as_quantity(spring, kPa, what="the stiffness of the spring")
    if not stiff.value > 0.0:
        raise ValueRangeError("a spring must be stiff", where="fixed_ends", got=spring, expected="more than 0 kPa")
    at = {given.role: given.name for given in muscle_of(model).model.inputs}
    joined = series_model(model.with_values({at[Role.STRETCH]: stretch}), stiff)
    names = [name for name in WATCHED if name in joined.meanings]
    save = Save(names, every=every, last=Quantity(float(beat.duration), ms))
    return simulate(joined, repeated(beat, beats), solver=solver, save=save)


def isotonic(
    model: Model,
    beat: Protocol,
    *,
    afterload: Quantity | str,
    stretch: float = 1.0,
    beats: int = 1,
    every: Quantity | str = "0.5 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """An afterloaded twitch: the last of `beats` beats, those before being isometric at the same stretch.

    afterload   the tension carried while shortening, such as "10 kPa": total tension, passive and active

    The attributes `shortening` (stretch) and `work` (kPa) tell how far and against what.  A twitch that never
    reaches the afterload stays isometric.  Raises `ValueRangeError` for an afterload below the resting tension.
    """
    began = clock.perf_counter()
    load = as_quantity(afterload, kPa, what="the afterload").to(kPa).value
    bench = _bench(model, beat, beats, every, solver, stretch)
    y, start = _settled(bench, beat, stretch, beats - 1)
    one = _Beat(bench, start, start + beat.duration, stretch)
    record = Record()
    _afterloaded(one, y, load, record)
    facts = _loop_facts(bench, record)
    facts |= {"work": load * facts["shortening"], "afterload": load}  # the way back gives the work back
    return to_run(bench, record, start, began, facts)


def work_loop(
    model: Model,
    beat: Protocol,
    *,
    afterload: Quantity | str,
    stretch: float = 1.1,
    beats: int = 5,
    settle: int = 5,
    every: Quantity | str = "0.5 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """A work loop: the last of `beats` loops, after `settle` isometric beats at the end-diastolic stretch.

    afterload   the tension during ejection
    stretch     at the end of diastole; the tension there at rest is the preload, and fills the muscle again

    Attributes: `work` (kPa), `shortening`, `preload`, `afterload` (kPa), `closure` (stretch by which the last loop
    does not close).  Raises `ValueRangeError` for an afterload that is not above the preload.
    """
    began = clock.perf_counter()
    load = as_quantity(afterload, kPa, what="the afterload").to(kPa).value
    bench = _bench(model, beat, beats + settle, every, solver, stretch)
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
    facts = _loop_facts(bench, record) | {"afterload": load, "preload": preload, "closure": closure}
    return to_run(bench, record, start - beat.duration, began, facts)


def start_state(bench: Bench, stretch: float) -> Floats:
    """The model's initial state at a stretch, the stretch last."""
    return np.array([*(state.initial for state in bench.model.states), stretch])


def to_run(
    bench: Bench, record: Record, first: Fraction, began: float, facts: Mapping[str, Attribute] | None = None
) -> xr.Dataset:
    """A record as a Dataset that begins at `first` (ms): the watched quantities and `loaded`, 1 under a load."""
    model = bench.model
    per = float(ms.scale / model.time_unit.scale)
    time = np.concatenate(record.time)
    rows = np.concatenate([np.column_stack([r, m]) for r, m in zip(record.rows, record.mode, strict=True)])
    kept = [Column(name, model.meanings[name], model.variable(name).unit, name) for name in bench.columns]
    kept.append(Column("loaded", "loaded", DIMENSIONLESS, "1 where the muscle carries a load, 0 where it is held"))
    attributes = provenance(model, bench.drive, bench.method, Counters(), clock.perf_counter() - began)
    return to_dataset(
        kept,
        (time - float(first)) * per,
        rows,
        time_unit=model.time_unit,
        beat_starts=[0.0],
        attributes={**attributes, **(facts or {})},
    )


def _bench(model: Model, beat: Protocol, beats: int, every: Quantity | str, solver: Method, stretch: float) -> Bench:
    if beats < 1:
        raise ProtocolError("the number of beats must be positive", got=beats, expected="1 or more")
    if not 0.5 < stretch < 2.0:
        raise ValueRangeError("no muscle has this stretch", where="stretch", got=stretch, expected="0.5 to 2")
    step = exact_time(every, "the time between samples")
    if step <= 0:
        raise ProtocolError("the time between samples must be positive", got=every)
    at = {given.role: given.name for given in model.inputs}
    held = model.with_values({at[Role.STRETCH]: stretch}) if Role.STRETCH in at else model
    return open_bench(held, repeated(beat, beats), solver, step)


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
    work = -float(np.sum(0.5 * (tension[1:] + tension[:-1]) * np.diff(stretch)))
    return {"work": work, "shortening": float(stretch[0] - stretch.min())}
