"""Arguments and options that several commands share: their names, their help, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "AsJson",
    "Bcl",
    "ModelName",
    "Plot",
    "Pulse",
    "Rtol",
    "Save",
    "Solver",
    "StateFile",
    "Step",
    "Tolerant",
    "Values",
    "Variant",
]

ModelName: TypeAlias = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model of the library (see `troponin models`) or a file.")
]
Variant: TypeAlias = Annotated[
    str | None, typer.Option(help="Cell type, such as endo; M is mid too.", show_default="the first")
]
Values: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Change a value: a number in the model's unit, one with a unit, or a factor, as x0.5; again for more.",
    ),
]
StateFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--state", metavar="FILE", help="Begin in the state at the end of a saved run, or in one from JSON."),
]
Pulse: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--stimulus",
        metavar="AMPLITUDE,DURATION",
        help='Pace with this, as "-20 A/F, 1 ms".',
        show_default="the model's",
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Bcl: TypeAlias = Annotated[str, typer.Option(help="Basic cycle length.")]
Save: TypeAlias = Annotated[Path | None, typer.Option(help="netCDF file to write.")]
Plot: TypeAlias = Annotated[Path | None, typer.Option(help="Figure to write.")]
Solver: TypeAlias = Annotated[str, typer.Option(help="bdf, ros34pw2, rodas4, rodas5p; rush_larsen, grl1, grl2.")]
Tolerant: TypeAlias = Annotated[
    str | None, typer.Option("--solver", help="bdf, ros34pw2, rodas4 or rodas5p.", show_default="bdf")
]
Rtol: TypeAlias = Annotated[float | None, typer.Option(help="Relative tolerance.", show_default="the solver's own")]
Step: TypeAlias = Annotated[str | None, typer.Option(help="Step of a fixed-step solver.", show_default="0.01 ms")]
