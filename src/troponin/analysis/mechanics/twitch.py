"""Twitches of a muscle that is held.

isometric    its length is held: the twitch that experimenters measure
fixed_ends   the length of muscle and a spring in series is held
"""

from __future__ import annotations

import time as clock
from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.account import EXPERIMENT
from troponin.analysis.mechanics.bench import WATCHED, Bench, Record, advance, open_bench
from troponin.analysis.mechanics.muscle import muscle_of, require_stretch, series_model
from troponin.analysis.mechanics.passive import relaxed
from troponin.errors import ProtocolError, ValueRangeError, require_kind
from troponin.model.model import Model, Role
from troponin.protocol.pacing import regular
from troponin.protocol.timeline import Protocol, exact_time, repeated
from troponin.results import BEAT_START, Attribute, Column, to_dataset
from troponin.simulation.course import Method
from troponin.simulation.provenance import provenance
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import DIMENSIONLESS, Quantity, as_quantity, kPa, ms

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["fixed_ends", "isometric", "one_beat", "open_beats", "start_state", "to_run"]

Floats = NDArray[np.float64]

SOLVER = BDF(rtol=1e-8)

_OWN = "1000 ms"
"""How long a beat of a cell lasts where none is given."""


def isometric(
    model: Model,
    beat: Protocol | None = None,
    *,
    stretch: float | Sequence[float] = 1.0,
    beats: int = 1,
    every: Quantity | str = "0.5 ms",
    solver: Method = SOLVER,
) -> xr.Dataset:
    """Twitches at a fixed stretch: the last of `beats` beats as a run.

    beat       a protocol that lasts one beat: a stimulus, or for a muscle alone a calcium transient on the input
               "calcium"; a cell's own stimulus every 1000 ms by default
    stretch    SL / SL_rest; several make a batch, whose coordinate `stretch` tells its cells apart
    every      the interval between samples

    Raises `ModelError` for a model that does not contract, and `ProtocolError` for a muscle alone without a beat.
    """
    require_kind(stretch, (Real, list, tuple, np.ndarray), "stretch", "one number or several, such as [1.0, 1.1]")
    if not isinstance(stretch, float | int):
        return _abreast([isometric(model, beat, stretch=s, beats=beats, every=every, solver=solver) for s in stretch])
    began = clock.perf_counter()
    beat = one_beat(model, beat)
    bench = open_beats(model, beat, beats, every, solver, stretch)
    y, length = start_state(bench, stretch), beat.duration
    record = Record()
    for number in range(beats):
        keep = record if number == beats - 1 else None
        y, _, _ = advance(bench, y, number * length, (number + 1) * length, record=keep)
    return to_run(bench, record, (beats - 1) * length, began, "isometric", {"beats": beats})


def fixed_ends(
    model: Model,
    beat: Protocol | None = None,
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
    require_stretch(stretch)
    muscle, each = muscle_of(model), one_beat(model, beat)
    joined = series_model(model.with_values({muscle.stretch.name: stretch, **relaxed(muscle, stretch)}), stiff)
    names = [name for name in WATCHED if name in joined.meanings]
    save = Save(names, every=every, last=Quantity(float(each.duration), ms))
    run = simulate(joined, repeated(each, beats), solver=solver, save=save)
    facts = {EXPERIMENT: "fixed_ends", "spring": stiff.to(kPa).value, "length": stretch, "beats": beats}
    return _from_its_beat(run).assign_attrs(facts | run.attrs)


def _from_its_beat(run: xr.Dataset) -> xr.Dataset:
    """A run of one beat with its time counted from the start of the beat."""
    clock = run["time"].attrs
    start = {"units": clock["units"], "long_name": "start of the beat"}
    counted = ("time", run["time"].to_numpy() - float(run["time"][0]), clock)
    return run.drop_vars(BEAT_START, errors="ignore").assign_coords(
        {"time": counted, BEAT_START: ("beat", [0.0], start)}
    )


def _abreast(runs: Sequence[xr.Dataset]) -> xr.Dataset:
    """Runs at several stretches as a batch."""
    import xarray as xr

    if not runs:
        raise ValueRangeError("no stretch is given", where="isometric", expected="one or more")
    at = xr.DataArray([float(run["stretch"][0]) for run in runs], dims="cell", attrs=runs[0]["stretch"].attrs)
    held = [run.drop_vars("stretch") for run in runs]
    return xr.concat(held, dim="cell", combine_attrs="override", join="exact").assign_coords(stretch=at)


def start_state(bench: Bench, stretch: float) -> Floats:
    """The model's initial state at a stretch, the stretch last; what is passive has been there for long."""
    passive = relaxed(bench.muscle, stretch)
    return np.array([*(passive.get(state.name, state.initial) for state in bench.model.states), stretch])


def to_run(
    bench: Bench,
    record: Record,
    first: Fraction,
    began: float,
    experiment: str,
    facts: Mapping[str, Attribute],
) -> xr.Dataset:
    """A record as a Dataset that begins at `first` (ms): the watched quantities and `loaded`, 1 under a load."""
    model = bench.model
    per = float(ms.scale / model.time_unit.scale)
    time = np.concatenate(record.time)
    rows = np.concatenate([np.column_stack([r, m]) for r, m in zip(record.rows, record.mode, strict=True)])
    kept = [Column(name, model.meanings[name], model.variable(name).unit, name) for name in bench.columns]
    kept.append(Column("loaded", "loaded", DIMENSIONLESS, "1 where the muscle carries a load, 0 where it is held"))
    attributes = provenance(model, bench.drive, bench.method, None, clock.perf_counter() - began)
    return to_dataset(
        kept,
        (time - float(first)) * per,
        rows,
        time_unit=model.time_unit,
        beat_starts=[0.0],
        attributes={EXPERIMENT: experiment, **facts, **attributes},
    )


def one_beat(model: Model, beat: Protocol | None) -> Protocol:
    """The beat that is given, or a cell's own stimulus and 1000 ms.  Raises `ProtocolError` for a muscle alone."""
    require_kind(beat, (Protocol, type(None)), "beat", 'a protocol of one beat, such as pacing.regular("1000 ms")')
    if beat is not None:
        return beat
    muscle_of(model)
    if model.stimulus is None:
        raise ProtocolError(
            f"{model.name} has no stimulus of its own, and no beat is given",
            where="beat",
            remedy='Give a beat, such as mechanics.calcium_beat("1000 ms") for a muscle alone.',
        )
    return regular(_OWN)


def open_beats(
    model: Model, beat: Protocol, beats: int, every: Quantity | str, solver: Method, stretch: float
) -> Bench:
    """The bench for some beats of a muscle at a stretch, both made sure of."""
    if beats < 1:
        raise ProtocolError("the number of beats must be positive", got=beats, expected="1 or more")
    require_stretch(stretch)
    step = exact_time(every, "the time between samples")
    if step <= 0:
        raise ProtocolError("the time between samples must be positive", got=every)
    at = {given.role: given.name for given in model.inputs}
    held = model.with_values({at[Role.STRETCH]: stretch}) if Role.STRETCH in at else model
    return open_bench(held, repeated(beat, beats), solver, step)
