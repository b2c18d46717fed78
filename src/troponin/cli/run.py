"""`troponin run`: a model through some beats, into a figure, a file and a table of biomarkers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from troponin.cli.arguments import AsJson, ModelName, Pulse, Solver, StateFile, Step, Values, Variant
from troponin.cli.cell import cell_of, title_of
from troponin.cli.options import BCL, BEATS, method, protocol, require_times, what_to_keep
from troponin.cli.outlets import keep_partial, outlets, written
from troponin.cli.progress import progress_bar
from troponin.cli.report import Report, as_text, of_last_beat
from troponin.cli.text import biomarker_lines, complain, course_of, remarks_on
from troponin.errors import SolverError

__all__ = ["run"]

_FAILED, _STOPPED = 1, 130


def run(
    model: ModelName,
    beats: Annotated[int | None, typer.Option(help="Beats to pace.", show_default=str(BEATS))] = None,
    bcl: Annotated[str | None, typer.Option(help="Basic cycle length.", show_default=BCL)] = None,
    variant: Variant = None,
    duration: Annotated[
        str | None, typer.Option(help="Run this long; without --beats and --bcl, as the model is written.")
    ] = None,
    values: Values = None,
    state: StateFile = None,
    stimulus: Pulse = None,
    as_json: AsJson = False,
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
    solver: Solver = "bdf",
    rtol: Annotated[float | None, typer.Option(help="Relative tolerance.", show_default="1e-6, or 1e-4")] = None,
    step: Step = None,
) -> int:
    """Run a model; write a figure and a file, and print its biomarkers.

    Everything given is checked before anything is computed.  Ctrl-C keeps what was computed; a run that cannot go on
    leaves what it computed in a file NAME.partial.nc beside its result.
    """
    import troponin as tn

    cell = cell_of(model, variant, values, state, stimulus)
    how = method(solver, rtol, step, cell.time_unit)
    require_times(bcl=bcl, duration=duration, every=every)
    what = protocol(cell, beats, bcl, duration)
    duration = BCL if what is None and duration is None else duration
    keep = what_to_keep(every, last, bcl or BCL if what is not None and duration is None else None)
    to, title = outlets(save, plot, named_for=cell), title_of(cell)
    try:
        with progress_bar(title) as progress:
            trace = tn.simulate(cell, what, duration=duration, solver=how, save=keep, progress=progress)
    except SolverError as fault:
        return complain(f"{fault} {keep_partial(fault.partial, to)}", _FAILED)
    done, complaints = written(to, trace, lambda: tn.plot.overview(trace))
    if as_json:
        print(as_text(Report(title, of_last_beat(trace)), done))
    else:
        count, cycle = (None, None) if what is None else (BEATS if beats is None else beats, bcl or BCL)
        course = course_of(cell, count, cycle, duration, solver.lower())
        lines = [*biomarker_lines(trace), *remarks_on(cell, model), *(f"wrote {path}" for path in done)]
        print("\n".join([f"{title}, {course}", *lines]))
    if complaints:
        return complain("\n".join(complaints), _FAILED)
    if "interrupted" in trace.attrs:
        further = f": troponin resume {to.save}" if to.save else ""
        return complain(f"{trace.attrs['interrupted']}; this part was kept{further}", _STOPPED)
    return 0
