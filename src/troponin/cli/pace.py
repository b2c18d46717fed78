"""`troponin pace`: many beats, and what a beat is like as the cell settles: drift and alternans seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from troponin.cli.arguments import AsJson, Bcl, ModelName, Plot, Pulse, Save, Solver, StateFile, Step, Values, Variant
from troponin.cli.cell import cell_of, title_of
from troponin.cli.options import BCL, method, protocol, require_times
from troponin.cli.outlets import outlets
from troponin.cli.progress import progress_bar
from troponin.cli.report import Fact, Report, deliver
from troponin.cli.text import complain
from troponin.errors import ProtocolError, ValueRangeError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["pace"]

_STOPPED = 130
_ROWS = 20
_COARSEST = 10.0
"""ms between samples beyond which an upstroke and its peak are missed, and a beat is called what it is not."""

_COLUMNS = ("beat", "v_rest", "v_peak", "apd90", "ca_diastolic", "ca_peak", "ta_diastolic", "ta_peak", "verdict")
"""What is printed of the biomarkers; --json and --save hold all of them."""

_TRENDS = _COLUMNS[1:-1]
_ABOUT = (("drift", "drift per beat", "/beat"), ("alternation", "difference of neighbours that alternate", ""))
"""Of each row below the table: the ending of its facts, what it is, and what follows the unit."""


def pace(
    model: ModelName,
    beats: Annotated[int, typer.Option(help="Beats to pace.")] = 100,
    bcl: Bcl = BCL,
    variant: Variant = None,
    values: Values = None,
    state: StateFile = None,
    stimulus: Pulse = None,
    nth: Annotated[int | None, typer.Option(help="Print every nth beat.", show_default="some twenty rows")] = None,
    as_json: AsJson = False,
    save: Save = None,
    plot: Plot = None,
    every: Annotated[str, typer.Option(help="Interval between the samples that are measured.")] = "0.5 ms",
    solver: Solver = "bdf",
    rtol: Annotated[float | None, typer.Option(help="Relative tolerance.", show_default="1e-6, or 1e-4")] = None,
    step: Step = None,
) -> int:
    """Pace a cell and print its biomarkers beat by beat, how they drift and whether they alternate."""
    import troponin as tn
    from troponin.units import ms

    cell = cell_of(model, variant, values, state, stimulus)
    how = method(solver, rtol, step, cell.time_unit)
    require_times(bcl=bcl, every=every)
    if tn.parse_quantity(every).to(ms).value > _COARSEST:
        raise ValueRangeError(
            "samples so far apart miss whole beats", where="--every", got=every, expected=f"{_COARSEST:g} ms or less"
        )
    if nth is not None and nth < 1:
        raise ValueRangeError("every first beat or rarer can be printed", where="--nth", got=nth, expected="1 or more")
    if not any(given.role == "stimulus" for given in cell.inputs):
        remedy = "Drive a muscle alone by `troponin twitch`, and run what beats by itself by `troponin run --duration`."
        raise ProtocolError(f"{cell.name} has no stimulus", remedy=remedy)
    what, to = protocol(cell, beats, bcl, None), outlets(save, plot)
    keep = tn.Save([name for name in ("v", "cai", "Ta") if name in cell.meanings], every=every)
    with progress_bar(title_of(cell)) as progress:
        trace = tn.simulate(cell, what, solver=how, save=keep, progress=progress)
    table = _by_beat(trace)
    rows = _chosen(table.sizes["beat"], nth)
    title = f"{title_of(cell)}, {table.sizes['beat']} beats every {bcl}"
    feet = _trends(table)
    facts = [
        Fact(f"{name}_{label}", f"{table[name].attrs['long_name']}, {about}", value, table[name].attrs["units"] + per)
        for (label, about, per), (_, by_column) in zip(_ABOUT, feet, strict=True)
        for name, value in by_column.items()
    ]
    printed = (
        Report(title, table, facts) if as_json else Report(title, table.isel(beat=rows), shown=_COLUMNS, feet=feet)
    )
    code = deliver(printed, [table], to, as_json)
    if "interrupted" in trace.attrs:
        return complain(f"{trace.attrs['interrupted']}; these beats were kept", _STOPPED)
    return code


def _by_beat(trace: xr.Dataset) -> xr.Dataset:
    """The biomarkers of a run over the number of the beat, with the run's account."""
    import troponin as tn

    table = tn.biomarkers.table(trace)
    if "v_peak" in table:
        table = table.assign(verdict=tn.disturbances(trace)["verdict"])
    numbers = [1.0 + i for i in range(table.sizes.get("beat", 0))]
    about = {"units": "1", "long_name": "beat"}
    return table.assign_coords(beat=("beat", numbers, about)).assign_attrs({"experiment": "pace", **trace.attrs})


def _chosen(beats: int, nth: int | None) -> list[int]:
    """The rows to print: every nth, and always the first and the last two, in which alternans shows."""
    step = nth if nth is not None else max(1, -(-beats // _ROWS))
    return sorted({0, *range(step - 1, beats, step), *range(max(0, beats - 2), beats)} & set(range(beats)))


def _trends(table: xr.Dataset) -> list[tuple[str, dict[str, float]]]:
    """Drift and alternation of each biomarker, as rows below the table."""
    from troponin.analysis.markers.trend import trend

    found = {str(name): trend(data.to_numpy()) for name, data in table.data_vars.items() if name in _TRENDS}
    return [
        (label, {name: both[i] for name, both in found.items()})
        for i, label in enumerate(("drift per beat", "alternation"))
    ]
