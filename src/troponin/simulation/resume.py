"""resume: a run that was stopped goes on, and ends as if nothing had happened."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import ModelError, OutputError, TroponinError, require_kind
from troponin.model.model import Model
from troponin.model.structure import digest
from troponin.protocol.grid import grid, grid_times
from troponin.protocol.record import exact_number, from_dict
from troponin.protocol.timeline import Protocol, time_text
from troponin.simulation.advance import Stop, advance
from troponin.simulation.course import Course, Method, Progress
from troponin.simulation.prepare import prepared
from troponin.simulation.report import account_of_save, dataset
from troponin.simulation.save import Save, select
from troponin.simulation.simulate import simulate
from troponin.solvers.integrate import Counters
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["resume"]

_METHODS: Final[Mapping[str, type[BDF | Rosenbrock | RushLarsen]]] = {
    method.__name__: method for method in (BDF, Rosenbrock, RushLarsen)
}


def resume(
    model: Model, run: xr.Dataset, *, threads: int | None = None, progress: Progress | None = None
) -> xr.Dataset:
    """The whole of a run that was stopped by Ctrl-C, with the numbers that it would have had.

    model      the model of the run, as it was at its beginning
    run        what was kept, from `simulate` or from a file
    threads    threads that share a batch
    progress   called now and then with the fraction that is done

    One cell goes on from the edge of the protocol at which it was stopped; of a batch the cells that were left out are
    run.  Stopped again, it can be resumed again.  Raises `OutputError` for a run that is not interrupted or had
    feedback, `ModelError` for another model, and what `simulate` raises.
    """
    import xarray as xr

    require_kind(model, Model, "model", 'a Model, such as load("torord-land")')
    require_kind(run, xr.Dataset, "run", 'the Dataset of a run, such as open("run.nc")')
    protocol, method, save = _read(model, run)
    if "cell" in run.sizes:
        return _with_the_others(model, run, protocol, method, save, threads, progress)
    return _to_its_end(model, run, protocol, method, save, progress)


def _read(model: Model, run: xr.Dataset) -> tuple[Protocol, Method, Save]:
    """What was asked of the run.  Raises `OutputError` where it has lost what it takes to go on."""
    try:
        _require_resumable(model, run)
        last = None if run.attrs["saved_last"] == "all" else run.attrs["saved_last"]
        save = Save([str(name) for name in run.data_vars], every=run.attrs["saved_every"], last=last)
        protocol, method = from_dict(json.loads(run.attrs["protocol_data"])), _method(run)
        _ = float(run.attrs["wall_time_s"]), _work(run)
        if "cell" not in run.sizes:
            _ = _place(model, run)
    except TroponinError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
        raise OutputError(
            "this run does not hold what it takes to go on",
            where="resume",
            got=f"{type(fault).__name__}: {fault}",
            remedy="Give it as it was kept, with all of its attributes, or run it again.",
        ) from fault
    return protocol, method, save


def _place(model: Model, run: xr.Dataset) -> tuple[Fraction, NDArray[np.float64]]:
    """Where one cell was stopped, in ms, and its state there."""
    state = json.loads(run.attrs["state"])
    return exact_number(run.attrs["reached"]), np.array([float(state[s.name]) for s in model.states])


def _require_resumable(model: Model, run: xr.Dataset) -> None:
    if "interrupted" not in run.attrs:
        raise OutputError(
            "this run was not interrupted",
            where="resume",
            remedy="To run longer, go on from its end: model.with_values(final_state(model, run)).",
        )
    if "feedback" in run.attrs:
        raise OutputError("a run with feedback cannot be resumed", where="resume", remedy="Run it again.")
    if digest(model) != run.attrs["digest"]:
        raise ModelError(
            "this is not the model of the run, or not with the same values",
            where=f"resume, model {model.name}",
            complaints=[f"the run is of {run.attrs['model']} {run.attrs['variant']}, changed: {run.attrs['changed']}"],
            remedy="Load the same model, and set the values that were changed.",
        )


def _method(run: xr.Dataset) -> Method:
    told = json.loads(run.attrs["solver_settings"])
    settings: dict[str, Any] = {name: float(x) if x == "inf" else x for name, x in told.items()}
    if isinstance(settings.get("atol"), list):
        settings["atol"] = tuple(settings["atol"])
    return _METHODS[run.attrs["solver"]](**settings)


def _to_its_end(
    model: Model, run: xr.Dataset, protocol: Protocol, method: Method, save: Save, progress: Progress | None
) -> xr.Dataset:
    """One cell, from where it was stopped."""
    began = time.perf_counter() - float(run.attrs["wall_time_s"])
    reached, y = _place(model, run)
    points = grid(save.every, protocol.duration, last=save.last)
    course = prepared(model, method, protocol, points, select(model, save.names))
    k = course.kernel.constants([parameter.value for parameter in model.parameters])
    trace = advance(course, y, k, progress, after=Stop(reached, _kept(course, run, reached), _work(run)))
    whole = dataset(course, trace, began, account_of_save(save))
    if trace.fault is not None:
        trace.fault.partial = whole
        raise trace.fault
    return whole


def _kept(course: Course, run: xr.Dataset, reached: Fraction) -> NDArray[np.float64]:
    """What a run had kept of the part to keep when it was stopped, shape [time, column]."""
    columns = np.column_stack([run[column.name].to_numpy() for column in course.selection.columns])
    points = course.points
    if reached <= points.first:
        # a run that was stopped before that part began has kept something else instead
        return columns[:0]
    times = grid_times(points, course.model.time_unit)[: ceil((reached - points.first) / points.every)]
    if not np.array_equal(times, run["time"].to_numpy()):
        raise OutputError(
            "this run is not whole up to where it was stopped",
            where="resume",
            got=f"{run.sizes['time']} points",
            expected=f"{len(times)}, {run.attrs['saved_every']} apart, to {time_text(reached)}",
            remedy="Give it as it was kept, and choose a part of it afterwards.",
        )
    return columns


def _work(run: xr.Dataset) -> Counters:
    return Counters(**{name: int(run.attrs[f"count_{name}"]) for name in Counters.__slots__})


def _with_the_others(
    model: Model,
    run: xr.Dataset,
    protocol: Protocol,
    method: Method,
    save: Save,
    threads: int | None,
    progress: Progress | None,
) -> xr.Dataset:
    """A batch, with the cells that were left out."""
    failures = json.loads(run.attrs.get("failures", "{}"))
    numbers = np.stack([data.transpose("cell", "time").to_numpy() for data in run.data_vars.values()])
    waiting = np.isnan(numbers).all(axis=(0, 2))
    waiting[[int(cell) for cell in failures]] = False
    values = {
        str(given.attrs["variable"]): given.to_numpy() for given in run.coords.values() if given.dims == ("cell",)
    }
    others = {name: given[waiting] for name, given in values.items()}
    later = simulate(model, protocol, solver=method, save=save, values=others, threads=threads, progress=progress)
    whole = run.copy(deep=True)
    for name, data in later.data_vars.items():
        whole[name][waiting] = data.to_numpy()
    cells = np.flatnonzero(waiting)
    failures |= {str(cells[int(cell)]): told for cell, told in json.loads(later.attrs.get("failures", "{}")).items()}
    whole.attrs = _together(run, later, failures)
    return whole


def _together(run: xr.Dataset, later: xr.Dataset, failures: Mapping[str, str]) -> dict[str, Any]:
    """The attributes of a batch in two parts."""
    attributes = {name: value for name, value in run.attrs.items() if name not in ("interrupted", "failures")}
    work = _work(run).plus(_work(later))
    attributes |= {f"count_{name}": getattr(work, name) for name in Counters.__slots__}
    attributes["wall_time_s"] = float(run.attrs["wall_time_s"]) + float(later.attrs["wall_time_s"])
    if failures:
        attributes["failures"] = json.dumps(dict(sorted(failures.items(), key=lambda item: int(item[0]))))
    if "interrupted" in later.attrs:
        size, missing = run.sizes["cell"], later.sizes["cell"]
        done = size - missing + int(str(later.attrs["interrupted"]).split()[2])
        attributes["interrupted"] = f"stopped after {done} of {size} cells"
    return attributes
