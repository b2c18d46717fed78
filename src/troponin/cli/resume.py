"""`troponin resume`: a run that was stopped by Ctrl-C goes on from the file that was kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troponin.cli.arguments import Plot, Values
from troponin.cli.cell import cell_of, title_of
from troponin.cli.outlets import keep_partial, outlets, written
from troponin.cli.progress import progress_bar
from troponin.cli.text import biomarker_lines, complain
from troponin.errors import OutputError, SolverError, UnknownNameError

if TYPE_CHECKING:
    import xarray as xr

    from troponin.model.model import Model

__all__ = ["resume"]

_FAILED, _STOPPED = 1, 130


def resume(
    file: Annotated[Path, typer.Argument(metavar="FILE.nc", help="What was kept of a run.")],
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="The model's file.", show_default="the library's model")
    ] = None,
    values: Values = None,
    save: Annotated[Path | None, typer.Option(help="netCDF file to write.", show_default="FILE.nc itself")] = None,
    plot: Plot = None,
) -> int:
    """Go on with a run that was stopped, to the numbers that it would have had; print its biomarkers.

    A library model gets the values that the run had; for another, give the file, and --set as it was.
    """
    import troponin as tn

    stopped = tn.open(file)
    if "model" not in stopped.attrs:
        raise OutputError("this is not a run of Troponin", where=str(file))
    if stopped.attrs.get("experiment"):
        told = f"of the experiment '{stopped.attrs['experiment']}'"
        raise OutputError("only what `troponin run` kept can be resumed", where=str(file), got=told)
    if "interrupted" not in stopped.attrs:
        remedy = f"To go on from its end: troponin run {model or stopped.attrs['model']} --state {file}."
        raise OutputError("this run was not interrupted", where=str(file), remedy=remedy)
    cell = _cell(stopped, model, values)
    to, title = outlets(save or file, plot), title_of(cell)
    try:
        with progress_bar(title) as progress:
            run = tn.resume(cell, stopped, progress=progress)
    except SolverError as fault:
        return complain(f"{fault} {keep_partial(fault.partial, to)}", _FAILED)
    done, complaints = written(to, run, lambda: tn.plot.overview(run))
    print("\n".join([title, *biomarker_lines(run), *(f"wrote {path}" for path in done)]))
    if complaints:
        return complain("\n".join(complaints), _FAILED)
    if "interrupted" in run.attrs:
        return complain(f"{run.attrs['interrupted']}; this part was kept, to be resumed again", _STOPPED)
    return 0


def _cell(stopped: xr.Dataset, model: str | None, values: list[str] | None) -> Model:
    """The model of a run as it was."""
    if model is not None:
        return cell_of(model, stopped.attrs["variant"] or None, values)
    try:
        cell = cell_of(stopped.attrs["model"], stopped.attrs["variant"] or None)
    except UnknownNameError as fault:
        fault.remedy = "Give the file that it is in: --model FILE."
        raise
    return cell.with_values(json.loads(stopped.attrs["changed"]))
