"""`troponin run`: a model through some beats, into a figure, a file and a table of biomarkers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troponin.cli.options import BCL, BEATS, assignments, method, protocol, require_times, what_to_keep, where_to_write
from troponin.cli.progress import progress_bar
from troponin.cli.text import biomarker_lines, complain
from troponin.errors import OutputError, SolverError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["run"]

_FAILED, _STOPPED = 1, 130


def run(
    model: Annotated[str, typer.Argument(help="A model of the library (see `troponin models`) or a file.")],
    beats: Annotated[int | None, typer.Option(help="Beats to pace.", show_default=str(BEATS))] = None,
    bcl: Annotated[str | None, typer.Option(help="Basic cycle length.", show_default=BCL)] = None,
    variant: Annotated[str | None, typer.Option(help="Cell type, such as endo.", show_default="the first")] = None,
    duration: Annotated[
        str | None, typer.Option(help="Run this long; without --beats and --bcl, as the model is written.")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change a value, VALUE a number in the model's unit or with a unit; again for more.",
        ),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="netCDF file to write.", show_default="MODEL.nc, unless --plot is given")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Figure to write.", show_default="MODEL.png, unless --save is given")
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="Interval between kept points.", show_default="0.1 ms of a beat, else 1 ms")
    ] = None,
    last: Annotated[
        str | None, typer.Option(help="Keep the last part only: a time or `all`.", show_default="the last beat")
    ] = None,
    solver: Annotated[str, typer.Option(help="bdf, ros34pw2, rodas4, rodas5p; rush_larsen, grl1, grl2.")] = "bdf",
    rtol: Annotated[float | None, typer.Option(help="Relative tolerance.", show_default="1e-6, or 1e-4")] = None,
    step: Annotated[str | None, typer.Option(help="Step of a fixed-step solver.", show_default="0.01 ms")] = None,
) -> int:
    """Run a model; write a figure and a file, and print its biomarkers.

    Everything given is checked before anything is computed.  Ctrl-C keeps what was computed; a run that cannot go on
    leaves what it computed in a file NAME.partial.nc beside its result.
    """
    import troponin as tn

    cell = tn.load(model, variant).with_values(assignments(values or []))
    how = method(solver, rtol, step, cell.time_unit)
    require_times(bcl=bcl, duration=duration, every=every)
    what = protocol(cell, beats, bcl, duration)
    duration = BCL if what is None and duration is None else duration
    keep = what_to_keep(every, last, bcl or BCL if what is not None and duration is None else None)
    save, plot = where_to_write(cell, save, plot)
    title = f"{cell.name} {cell.variant or ''}".strip()
    try:
        with progress_bar(title) as progress:
            trace = tn.simulate(cell, what, duration=duration, solver=how, save=keep, progress=progress)
    except SolverError as fault:
        return complain(f"{fault} {_partial(fault.partial, save or plot)}", _FAILED)
    written, complaints = _written(trace, save, plot)
    print("\n".join([title, *biomarker_lines(trace), *(f"wrote {path}" for path in written)]))
    if complaints:
        return complain("\n".join(complaints), _FAILED)
    if "interrupted" in trace.attrs:
        return complain(f"{trace.attrs['interrupted']}; this part was kept", _STOPPED)
    return 0


def _written(trace: xr.Dataset, save: Path | None, plot: Path | None) -> tuple[list[Path], list[str]]:
    """The files that were written, and what is to be said of those that could not be."""
    import troponin as tn

    written, complaints = [], []
    if save:
        try:
            written.append(tn.save(trace, save))
        except OutputError as fault:
            complaints.append(f"{fault} {_elsewhere(trace, save)}")
    if plot:
        try:
            written.append(tn.plot.write(tn.plot.overview(trace), plot))
        except OutputError as fault:
            complaints.append(str(fault))
    return written, complaints


def _elsewhere(trace: xr.Dataset, save: Path) -> str:
    """Keep a run that cannot be written where it should: it may have taken hours."""
    import troponin as tn

    try:
        place = tn.save(trace, Path(tempfile.mkdtemp(prefix="troponin-")) / save.name)
    except (OutputError, OSError):
        return "It could not be kept anywhere else either."
    return f"The run is kept in {place}."


def _partial(trace: xr.Dataset | None, beside: Path | None) -> str:
    """Keep what a run computed before it failed, in a file of its own: an older result stays as it is."""
    import troponin as tn

    if trace is None or beside is None:
        return "Nothing was computed and nothing is written."
    try:
        place = tn.save(trace, beside.with_suffix(".partial.nc"))
    except OutputError as fault:
        return f"What was computed until then is lost: {fault}"
    return f"What was computed until then is in {place}."
