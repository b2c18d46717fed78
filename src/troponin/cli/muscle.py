"""`troponin muscle`: steady force and stiffness of a muscle in constant calcium."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from troponin.cli.arguments import AsJson, ModelName, Plot, Save, Values, Variant
from troponin.cli.cell import cell_of, title_of
from troponin.cli.outlets import outlets
from troponin.cli.progress import progress_bar
from troponin.cli.report import Fact, Report, deliver
from troponin.cli.series import numbers, one_quantity, quantities
from troponin.errors import ValueRangeError
from troponin.units import parse_unit, uM

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["muscle"]


class Kind(StrEnum):
    """What is measured."""

    calcium = "force-calcium"
    length = "force-length"
    velocity = "force-velocity"
    release = "release"
    ktr = "ktr"
    stiffness = "stiffness"


_TAKES = {
    Kind.calcium: ("stretch",),
    Kind.length: ("calcium", "stretches"),
    Kind.velocity: ("calcium", "stretch"),
    Kind.release: ("calcium", "stretch", "step"),
    Kind.ktr: ("calcium", "stretch"),
    Kind.stiffness: ("calcium", "stretch", "frequencies"),
}
"""The settings of each measurement."""

_FUNCTIONS = {
    Kind.calcium: "force_calcium",
    Kind.length: "force_length",
    Kind.velocity: "force_velocity",
    Kind.release: "quick_release",
    Kind.ktr: "ktr",
    Kind.stiffness: "dynamic_stiffness",
}

_FREQUENCIES = "0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100 1/s"

_FACTS = {
    "pCa50": ("pCa of half-maximal tension", "1"),
    "EC50": ("calcium of half-maximal tension", "uM"),
    "hill": ("Hill coefficient", "1"),
    "Tmax": ("tension at saturating calcium", "kPa"),
    "vmax": ("velocity that leaves no tension", "1/s"),
    "ktr": ("rate of redevelopment of tension", "1/s"),
    "T0": ("tension before the step", "kPa"),
    "T1": ("tension right after the step", "kPa"),
    "lowest": ("lowest tension after the restretch", "kPa"),
    "stiffness": ("instant stiffness", "kPa"),
}


def muscle(
    model: ModelName,
    kind: Annotated[
        Kind,
        typer.Argument(metavar="KIND", help="What is measured."),
    ] = Kind.calcium,
    calcium: Annotated[str | None, typer.Option(help="Free calcium, held.", show_default="10 uM, saturating")] = None,
    stretch: Annotated[
        str | None, typer.Option(help="Stretch; of force-length several, as '0.8:1.2:0.05'.", show_default="1")
    ] = None,
    step: Annotated[float | None, typer.Option(help="Of stretch, for release.", show_default="-0.01")] = None,
    frequencies: Annotated[
        str | None, typer.Option(help="For stiffness, as '1, 10, 100 1/s'.", show_default="0.1 to 100 1/s")
    ] = None,
    variant: Variant = None,
    values: Values = None,
    as_json: AsJson = False,
    save: Save = None,
    plot: Plot = None,
) -> int:
    """Measure a muscle in constant calcium: force against calcium, length or velocity, releases, stiffness."""
    import troponin as tn

    cell, to = cell_of(model, variant, values), outlets(save, plot)
    given = _given(kind, calcium, stretch, step, frequencies)
    with progress_bar(f"{title_of(cell)}, {kind.value}", total=None):
        data = getattr(tn.mechanics, _FUNCTIONS[kind])(cell, **given)
    told = data.attrs
    facts = [Fact(name, about, told[name], unit) for name, (about, unit) in _FACTS.items() if name in told]
    return deliver(Report(f"{title_of(cell)}, {kind.value}", _table(data), facts), [data], to, as_json)


def _given(
    kind: Kind, calcium: str | None, stretch: str | None, step: float | None, frequencies: str | None
) -> dict[str, Any]:
    """The arguments of a measurement; an option that it does not take is refused."""
    taken = _TAKES[kind]
    options = {
        "--calcium": ("calcium", calcium),
        "--step": ("step", step),
        "--frequencies": ("frequencies", frequencies),
    }
    for option, (name, value) in options.items():
        if value is not None and name not in taken:
            raise ValueRangeError(f"{kind.value} does not take this option", where=option, remedy="Leave it out.")
    given: dict[str, Any] = {}
    if calcium is not None:
        given["calcium"] = one_quantity(calcium, uM, "--calcium")
    if step is not None:
        given["step"] = step
    if kind is Kind.stiffness:
        given["frequencies"] = quantities(frequencies or _FREQUENCIES, parse_unit("1/s"), "--frequencies")
    if stretch is not None:
        several = numbers(stretch, "--stretch")
        if "stretches" not in taken and len(several) > 1:
            raise ValueRangeError(f"{kind.value} is measured at one stretch", where="--stretch", got=stretch)
        given["stretch"] = several if "stretches" in taken else several[0]
    return given


def _table(data: xr.Dataset) -> xr.Dataset:
    """The curve; of what goes on in time only the facts are told."""
    if "time" not in data.sizes:
        return data
    import xarray as xr

    return xr.Dataset(attrs=data.attrs)
