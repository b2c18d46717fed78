"""`troponin twitch`: beats of a muscle that is held, afterloaded, taken around work loops, or pulls a spring."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from troponin.cli.arguments import AsJson, Bcl, ModelName, Plot, Pulse, Rtol, Save, StateFile, Tolerant, Values, Variant
from troponin.cli.cell import cell_of, title_of
from troponin.cli.options import BCL, tolerant
from troponin.cli.outlets import asked_by, outlets
from troponin.cli.progress import progress_bar
from troponin.cli.report import Report, deliver
from troponin.cli.series import numbers, one_quantity, quantities
from troponin.errors import FormatError, ModelError, OutputError, ValueRangeError
from troponin.units import Quantity, kPa, ms

if TYPE_CHECKING:
    import xarray as xr

    from troponin.model.model import Model
    from troponin.protocol.timeline import Protocol

__all__ = ["twitch"]

_LOADED = ("afterload", "preload", "spring", "shortening", "work", "closure")
_UNITS = {"afterload": "kPa", "preload": "kPa", "spring": "kPa", "work": "kPa", "shortening": "1", "closure": "1"}
_HELD = ("ta_diastolic", "ta_peak", "ta_time_to_peak", "ta_rt50", "ta_rt90", "ca_diastolic", "ca_peak", "apd90")
_CARRIED = ("preload", "shortening", "work", "closure", "ca_peak", "apd90")
"""What is printed of a muscle that is held, and of one that is loaded; --json holds everything."""

_ACCOUNT = {"afterload": "; loads are total tension", "stretch": "; ta is active tension"}
"""Which tension the columns are about, by what is varied."""

_AT_REST, _FILLED = 1.0, 1.1
"""Stretch of a twitch, and at the end of diastole of a work loop."""


@dataclass(frozen=True, slots=True)
class _Bench:
    """What is done: a title, the values to try and their name, and the run at one of them, or at all."""

    title: str
    varied: str
    runs: Callable[[], list[xr.Dataset]]


def twitch(
    model: ModelName,
    stretch: Annotated[
        str | None, typer.Option(help="One or several, as '0.95, 1, 1.05'.", show_default="1; 1.1 for --loop")
    ] = None,
    afterload: Annotated[
        str | None, typer.Option(help="Shorten under a load: one or several, as '5, 10, 20 kPa'.")
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Work loops against the afterload, 10 kPa by default.")] = False,
    spring: Annotated[str | None, typer.Option(help="Fixed ends, in series with springs, as '500 kPa'.")] = None,
    calcium: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="For a muscle alone: a run, or CSV with ms and uM.", show_default="a typical transient"
        ),
    ] = None,
    bcl: Bcl = BCL,
    beats: Annotated[int, typer.Option(help="Beats, of which the last is shown.")] = 3,
    variant: Variant = None,
    values: Values = None,
    state: StateFile = None,
    stimulus: Pulse = None,
    as_json: AsJson = False,
    save: Save = None,
    plot: Plot = None,
    every: Annotated[str, typer.Option(help="Interval between samples.")] = "0.5 ms",
    solver: Tolerant = None,
    rtol: Rtol = None,
) -> int:
    """Let a muscle twitch: isometric at some stretches, afterloaded, in work loops, or against a spring."""
    from troponin.analysis.mechanics.laid_out import along

    cell = cell_of(model, variant, values, state, stimulus)
    how, to = tolerant(solver, rtol, cell.time_unit), outlets(save, plot)
    one_quantity(every, ms, "--every")
    common: dict[str, Any] = {"beats": beats, "every": every} | ({} if how is None else {"solver": how})
    stretches = None if stretch is None else numbers(stretch, "--stretch")
    given = "10 kPa" if loop and afterload is None else afterload
    loads = [] if given is None else quantities(given, kPa, "--afterload")
    springs = [] if spring is None else quantities(spring, kPa, "--spring")
    bench = _bench(cell, _beat(cell, bcl, calcium), stretches, loads, loop, springs, common)
    _require_once(loads, "--afterload")
    _require_once(springs, "--spring")
    with progress_bar(f"{title_of(cell)}, {bench.title}", total=None):
        runs = bench.runs()
    shown = (bench.varied, *(_HELD if bench.varied != "afterload" else _CARRIED))
    account = _ACCOUNT.get(bench.varied, _ACCOUNT["stretch"])
    report = Report(f"{title_of(cell)}, {bench.title}{account}", _table(runs, bench.varied), shown=shown)
    code = deliver(report, runs, to, as_json, kept=along(runs, bench.varied) if len(runs) > 1 else None)
    never = [f"{run.attrs['afterload']:g} kPa" for run in runs if not run.attrs.get("lifted", 1)]
    if never and not as_json:
        print(f"never lifted, the muscle stayed at its length: {', '.join(never)}")
    return code


def _require_once(given: list[Quantity], option: str) -> None:
    """Refuse a load or a spring that is given twice: what a file is laid along has each value once."""
    values = [each.to(kPa).value for each in given]
    if len(set(values)) < len(values):
        raise ValueRangeError("a value is given twice", where=option, got=", ".join(f"{x:g} kPa" for x in values))


def _bench(
    cell: Model,
    beat: Protocol,
    stretches: list[float] | None,
    loads: list[Quantity],
    loop: bool,
    springs: list[Quantity],
    common: dict[str, Any],
) -> _Bench:
    import troponin as tn

    if loads and springs:
        raise ValueRangeError("a muscle carries a load or pulls a spring", where="--spring", remedy="Give one of them.")
    if not loads and not springs:
        held = stretches or [_AT_REST]
        return _Bench("isometric", "stretch", lambda: [tn.mechanics.isometric(cell, beat, stretch=held, **common)])
    if stretches is not None and len(stretches) > 1:
        raise ValueRangeError("a muscle under load begins at one stretch", where="--stretch", got=len(stretches))
    at = stretches[0] if stretches else _FILLED if loop else _AT_REST
    if springs:
        fixed = tn.mechanics.fixed_ends
        return _Bench(
            "fixed ends", "spring", lambda: [fixed(cell, beat, spring=s, stretch=at, **common) for s in springs]
        )
    under = tn.mechanics.work_loop if loop else tn.mechanics.isotonic
    title = f"{'work loops' if loop else 'afterloaded'} from stretch {at:g}"
    return _Bench(title, "afterload", lambda: [under(cell, beat, stretch=at, afterload=a, **common) for a in loads])


def _beat(cell: Model, bcl: str, calcium: Path | None) -> Protocol:
    """One beat: the cell's own stimulus, or for a muscle alone a calcium transient."""
    import troponin as tn

    roles = {given.role for given in cell.inputs}
    if not {"stretch", "stretch_rate"} <= roles:
        raise ModelError(
            "this model does not contract", where=f"model {cell.name}", remedy="Use torord-land or land-2017."
        )
    one_quantity(bcl, ms, "--bcl")
    if "calcium" not in roles:
        if calcium is not None:
            raise ValueRangeError(f"{cell.name} makes its own calcium", where="--calcium", remedy="Leave it out.")
        return tn.pacing.regular(bcl)
    if calcium is None:
        return tn.mechanics.calcium_beat(bcl)
    with asked_by("--calcium"):
        return _recorded(calcium) if calcium.suffix.lower() == ".csv" else _of_run(calcium)


def _recorded(path: Path) -> Protocol:
    """The transient in a file of CSV: two columns, ms and uM, under a heading or none."""
    import troponin as tn

    times, values = [], []
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as fault:
        raise FormatError("the file cannot be read", where=str(path), got=getattr(fault, "strerror", fault)) from None
    for number, line in enumerate(lines, start=1):
        try:
            t, c = map(float, line)
        except ValueError:
            if number == 1 or not any(line):
                continue
            raise FormatError("this is no time and value", where=f"{path}:{number}", got=", ".join(line)) from None
        times.append(t)
        values.append(c)
    return tn.mechanics.calcium_transient(times, values)


def _of_run(path: Path) -> Protocol:
    """The transient in the last beat of a saved run, every 5 ms."""
    import numpy as np

    import troponin as tn

    run = tn.open(path)
    if "cai" not in run or "beat_start" not in run.coords:
        raise OutputError("the run holds no beat with 'cai'", where=str(path), remedy="Save 'cai' of a paced cell.")
    begin = float(run["beat_start"][-1])
    last = run["cai"].sel(time=slice(begin, None))
    t = last["time"].to_numpy() - begin
    at = np.unique(np.append(np.arange(0.0, t[-1], 5.0), t[-1]))
    factor = float((1.0 * tn.parse_unit(last.attrs["units"])).to(tn.parse_unit("uM")).value)
    return tn.mechanics.calcium_transient(at, np.interp(at, t, last.to_numpy() * factor))


def _table(runs: list[xr.Dataset], varied: str) -> xr.Dataset:
    """What each run was held at or loaded with, and its biomarkers."""
    import xarray as xr

    import troponin as tn

    if varied == "stretch":
        table = tn.biomarkers.table(runs[0]).isel(beat=-1)
        return table.swap_dims(cell="stretch").assign_attrs(runs[0].attrs)
    rows = []
    for run in runs:
        own = {name: ((), run.attrs[name], {"units": _UNITS[name]}) for name in _LOADED if name in run.attrs}
        rows.append(tn.biomarkers.table(run).isel(beat=-1).drop_attrs(deep=False).assign(own).set_coords(varied))
    return xr.concat(rows, dim=varied).assign_attrs(runs[0].attrs)
