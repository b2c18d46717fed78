"""`troponin run`: a model through some beats, into a figure, a file and a table of biomarkers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troponin.cli.progress import progress_bar
from troponin.cli.text import biomarker_lines, complain
from troponin.errors import SolverError, UnknownNameError, ValueRangeError

if TYPE_CHECKING:
    from troponin.model.model import Model
    from troponin.protocol.timeline import Protocol
    from troponin.simulation.course import Method
    from troponin.simulation.save import Save

__all__ = ["run"]

_BEATS = 3
_BCL = "1000 ms"
_ALL = "all"
_FAILED, _STOPPED = 1, 130


def run(
    model: Annotated[str, typer.Argument(help="A model of the library (see `troponin models`) or a file.")],
    beats: Annotated[int | None, typer.Option(help="Beats to pace.", show_default=str(_BEATS))] = None,
    bcl: Annotated[str | None, typer.Option(help="Basic cycle length.", show_default=_BCL)] = None,
    variant: Annotated[str | None, typer.Option(help="Cell type, such as endo.", show_default="the first")] = None,
    duration: Annotated[
        str | None, typer.Option(help="Run this long; without --beats and --bcl, as the model is written.")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change a value; again for more.")
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
    solver: Annotated[str, typer.Option(help="Solver: bdf, ros34pw2, rodas4 or rodas5p.")] = "bdf",
    rtol: Annotated[float | None, typer.Option(help="Relative tolerance.", show_default="1e-6")] = None,
) -> int:
    """Run a model; write a figure and a file, and print its biomarkers.

    Everything given is checked before anything is computed.  Ctrl-C keeps what was computed.
    """
    import troponin as tn

    cell = tn.load(model, variant).with_values(dict(map(_assignment, values or [])))
    method = _method(solver, rtol)
    protocol = _protocol(cell, beats, bcl, duration)
    duration = _BCL if protocol is None and duration is None else duration
    keep = _save(every, last, bcl or _BCL if protocol is not None and duration is None else None)
    save, plot = _targets(cell, save, plot)
    title = f"{cell.name} {cell.variant or ''}".strip()
    try:
        with progress_bar(title) as progress:
            trace = tn.simulate(cell, protocol, duration=duration, solver=method, save=keep, progress=progress)
    except SolverError as fault:
        return complain(str(fault), _FAILED)
    written = [tn.save(trace, save)] if save else []
    if plot:
        written.append(tn.plot.write(tn.plot.overview(trace), plot))
    print("\n".join([title, *biomarker_lines(trace), *(f"wrote {path}" for path in written)]))
    if "interrupted" in trace.attrs:
        return complain(f"{trace.attrs['interrupted']}; this part was kept", _STOPPED)
    return 0


def _assignment(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (sign and name.strip() and value.strip()):
        raise ValueRangeError("a value is set by NAME=VALUE", where="--set", got=f"'{text}'")
    return name.strip(), value.strip()


def _method(solver: str, rtol: float | None) -> Method:
    import troponin as tn
    from troponin.solvers.method import TABLEAU_NAMES

    tableaus = {name.lower(): name for name in TABLEAU_NAMES}
    if solver.lower() not in ("bdf", *tableaus):
        raise UnknownNameError("solver", solver, ["bdf", *tableaus], where="--solver")
    method = tn.BDF() if solver.lower() == "bdf" else tn.Rosenbrock(tableaus[solver.lower()])
    return method if rtol is None else replace(method, rtol=rtol)


def _protocol(cell: Model, beats: int | None, bcl: str | None, duration: str | None) -> Protocol | None:
    """Pacing where it is asked for, or where the model has a stimulus and nothing else is said."""
    import troponin as tn

    if beats is None and bcl is None and (duration is not None or cell.stimulus is None):
        return None
    return tn.pacing.regular(_BCL if bcl is None else bcl, beats=_BEATS if beats is None else beats)


def _save(every: str | None, last: str | None, beat: str | None) -> Save:
    """What is asked for; of a run that ends with a beat of that length, the beat in fine steps."""
    import troponin as tn

    if every is None:
        every = "1 ms" if beat is None else "0.1 ms"
    return tn.Save(every=every, last=None if last == _ALL else last or beat)


def _targets(cell: Model, save: Path | None, plot: Path | None) -> tuple[Path | None, Path | None]:
    """Where to write, made sure of: what is asked for, or a figure and a file named for the model."""
    import troponin as tn
    from troponin.destination import require_writable

    if save is None and plot is None:
        stem = re.sub(r"[^\w.-]+", "-", cell.name)  # a file's model may be called anything
        save, plot = Path(f"{stem}.nc"), Path(f"{stem}.png")
    return (
        None if save is None else require_writable(save),
        None if plot is None else tn.plot.require_picture(plot),
    )
