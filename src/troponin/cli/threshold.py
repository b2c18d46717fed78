"""`troponin threshold`: how strong a stimulus must be, and how early one may come."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from troponin.cli.arguments import AsJson, Bcl, ModelName, Plot, Rtol, Save, StateFile, Tolerant, Values, Variant
from troponin.cli.cell import cell_of, title_of
from troponin.cli.options import BCL, tolerant
from troponin.cli.outlets import outlets
from troponin.cli.progress import progress_bar
from troponin.cli.report import Fact, Report, deliver
from troponin.cli.series import one_quantity, quantities
from troponin.errors import OutputError, ValueRangeError
from troponin.units import Quantity, ms

if TYPE_CHECKING:
    from troponin.model.model import Model

__all__ = ["threshold"]


class Kind(StrEnum):
    """What is measured."""

    strength = "strength"
    refractory = "refractory"


_DURATIONS = "0.2, 0.5, 1, 2, 5, 10, 20 ms"


def threshold(
    model: ModelName,
    kind: Annotated[
        Kind, typer.Argument(metavar="KIND", help="Strength against duration; refractory period.")
    ] = Kind.strength,
    durations: Annotated[
        str | None, typer.Option(help="Of the stimulus, as '0.5, 1, 2 ms'.", show_default=_DURATIONS)
    ] = None,
    bcl: Bcl = BCL,
    beats: Annotated[int | None, typer.Option(help="Beats before the early stimulus.", show_default="20")] = None,
    strength: Annotated[
        float | None, typer.Option(help="Of the early stimulus, in times the model's own.", show_default="1")
    ] = None,
    variant: Variant = None,
    values: Values = None,
    state: StateFile = None,
    as_json: AsJson = False,
    save: Save = None,
    plot: Plot = None,
    solver: Tolerant = None,
    rtol: Rtol = None,
) -> int:
    """Find the weakest stimulus at each duration, with rheobase and chronaxie; or the refractory period."""
    cell = cell_of(model, variant, values, state)
    how, to = tolerant(solver, rtol, cell.time_unit), outlets(save, plot)
    others: dict[str, Any] = {} if how is None else {"solver": how}
    title = f"{title_of(cell)}, {kind.value}"
    if kind is Kind.refractory:
        if durations is not None:
            raise ValueRangeError("the model's own stimulus is used", where="--durations", remedy="Leave it out.")
        if save is not None or plot is not None:
            raise OutputError(
                "one number makes neither file nor figure", where="--save, --plot", remedy="Leave it out."
            )
        others |= {name: value for name, value in (("beats", beats), ("strength", strength)) if value is not None}
        return _refractory(title, cell, one_quantity(bcl, ms, "--bcl"), others, as_json)
    for option, value in (("--beats", beats), ("--strength", strength)):
        if value is not None:
            raise ValueRangeError("thresholds are those of a cell at rest", where=option, remedy="Leave it out.")
    given = quantities(durations or _DURATIONS, ms, "--durations")
    import troponin as tn

    with progress_bar(title, total=None):
        curve = tn.excitation.strength_duration(cell, given, **others)
    unit, told = curve["threshold"].attrs["units"], curve.attrs
    facts = []
    for name, law in (("", "Weiss"), ("lapicque_", "Lapicque")):
        facts.append(Fact(f"{name}rheobase", f"rheobase, by {law}'s law", told[f"{name}rheobase"], unit))
        facts.append(Fact(f"{name}chronaxie", f"chronaxie, by {law}'s law", told[f"{name}chronaxie"], "ms"))
    return deliver(Report(title, curve, facts), [curve], to, as_json)


def _refractory(title: str, cell: Model, bcl: Quantity, settings: dict[str, Any], as_json: bool) -> int:
    import xarray as xr

    import troponin as tn

    with progress_bar(title, total=None):
        period = tn.excitation.refractory_period(cell, bcl, **settings)
    table = xr.Dataset(attrs={"experiment": "refractory_period", "model": cell.name, "variant": cell.variant or ""})
    fact = Fact("refractory_period", f"effective refractory period at {bcl}", period, "ms")
    return deliver(Report(title, table, [fact]), [table], outlets(None, None), as_json)
