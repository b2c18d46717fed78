"""The command `troponin`: its subcommands, and the one place where an error becomes a line and an exit code.

Exit codes: 0 done; 1 a run that could not go on or be written, or a model that is not sound; 2 a bad value, told in
one line before anything is computed; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.metadata import version
from typing import Annotated, Any

import typer

from troponin.cli.cache import cache
from troponin.cli.clamp import clamp
from troponin.cli.files import convert, diff, step
from troponin.cli.library import check, info, models
from troponin.cli.limit_cycle import limit_cycle
from troponin.cli.muscle import muscle
from troponin.cli.pace import pace
from troponin.cli.restitution import restitution
from troponin.cli.resume import resume
from troponin.cli.run import run
from troponin.cli.text import complain
from troponin.cli.threshold import threshold
from troponin.cli.twitch import twitch
from troponin.errors import SolverError, TroponinError

__all__ = ["app", "main"]

_FAILED, _BAD_VALUE, _STOPPED = 1, 2, 130

_COMPLAINT: Any = typer.BadParameter.__bases__[0].__bases__[0]
"""The class of all complaints about arguments; typer's, since it brings its own copy of click."""

app = typer.Typer(
    name="troponin",
    help="A heart cell from ion to tension.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _stoppable(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command, whose interruption reaches `main`: typer would end without a word."""

    @wraps(command)
    def stoppable(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except KeyboardInterrupt as stop:
            raise typer.Abort from stop

    return stoppable


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"troponin {version('troponin')}")
        raise typer.Exit


@app.callback()
def _command(
    _: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A heart cell from ion to tension."""


_LABORATORY = (run, resume, pace, limit_cycle, restitution, threshold, clamp, twitch, muscle)
_MODELS = (models, info, check, step, diff, convert, cache)

for command in (*_LABORATORY, *_MODELS):
    app.command(command.__name__.replace("_", "-"))(_stoppable(command))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with the given arguments, those of the process by default; returns the exit code."""
    _accept_any_text()
    try:
        code = app(list(sys.argv[1:] if arguments is None else arguments), prog_name="troponin", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a full disk can be told
    except SolverError as fault:
        return complain(str(fault), _FAILED)
    except TroponinError as fault:
        return complain(str(fault), _BAD_VALUE)
    except (KeyboardInterrupt, typer.Abort):
        return complain("stopped before the end; nothing more is written", _STOPPED)
    except _COMPLAINT as fault:
        told = fault.format_message()  # empty where nothing was asked for and the help is shown
        return complain(told, _BAD_VALUE) if told else _BAD_VALUE
    except OSError as fault:
        where = f" ({fault.filename})" if fault.filename else ""
        return complain(f"the system refused: {fault.strerror or fault}{where}", _FAILED)
    except MemoryError:
        return complain("there is not enough memory. Keep less of the run: --every, --last", _FAILED)
    return code if isinstance(code, int) else 0


def _accept_any_text() -> None:
    """Where a terminal's alphabet lacks a letter of an author's name, print a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
