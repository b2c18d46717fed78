"""`troponin restitution`: how a beat depends on the rest before it, on the rate, and on a pause."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from troponin.cli.arguments import AsJson, Bcl, ModelName, Plot, Pulse, Rtol, Save, StateFile, Tolerant, Values, Variant
from troponin.cli.cell import cell_of, title_of
from troponin.cli.options import BCL, tolerant
from troponin.cli.outlets import outlets
from troponin.cli.progress import progress_bar
from troponin.cli.report import Fact, Report, deliver
from troponin.cli.series import one_quantity, quantities
from troponin.errors import ValueRangeError
from troponin.units import Quantity, ms

if TYPE_CHECKING:
    import xarray as xr

    from troponin.model.model import Model
    from troponin.solvers.method import BDF, Rosenbrock

__all__ = ["restitution"]


class Kind(StrEnum):
    """What is varied."""

    s1s2 = "s1s2"
    dynamic = "dynamic"
    rate = "rate"
    pause = "pause"


_SHARES = {
    Kind.s1s2: (0.24, 0.26, 0.28, 0.3, 0.32, 0.34, 0.36, 0.38, 0.4, 0.43, 0.46, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0),
    Kind.dynamic: (1.0, 0.8, 0.65, 0.55, 0.48, 0.42, 0.38, 0.35, 0.33, 0.31, *(x / 100 for x in range(30, 20, -1))),
    Kind.rate: (2.0, 1.5, 1.0, 0.75, 0.6, 0.5, 0.4, 0.33),
    Kind.pause: (1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
}
"""What is tried where nothing is said, as parts of --bcl."""

_BEATS = {Kind.s1s2: 20, Kind.dynamic: 30}

_MARKERS = ("v_rest", "apd50", "apd90", "ca_diastolic", "ca_peak", "ta_diastolic", "ta_peak")

_SHOWN = {
    Kind.s1s2: ("interval", "di", "apd", "slope", "captured"),
    Kind.dynamic: ("bcl", "apd_1", "apd_2", "di_1", "di_2", "alternans", "captured"),
    Kind.rate: ("bcl", "beat", *_MARKERS, "period", "converged"),
    Kind.pause: ("pause", *_MARKERS),
}


def restitution(
    model: ModelName,
    kind: Annotated[
        Kind,
        typer.Argument(
            metavar="KIND",
            help="A premature beat; faster and faster; limit cycles against rate; the beat after a pause.",
        ),
    ] = Kind.s1s2,
    bcl: Bcl = BCL,
    times: Annotated[
        str | None,
        typer.Option(
            help="Intervals, cycle lengths or pauses, as '300, 400 ms' or '300:1000:50 ms'.",
            show_default="parts and multiples of --bcl",
        ),
    ] = None,
    beats: Annotated[
        int | None, typer.Option(help="S1 beats, or beats at each cycle length.", show_default="20, or 30")
    ] = None,
    percent: Annotated[float | None, typer.Option(help="Repolarisation.", show_default="90")] = None,
    variant: Variant = None,
    values: Values = None,
    state: StateFile = None,
    stimulus: Pulse = None,
    as_json: AsJson = False,
    save: Save = None,
    plot: Plot = None,
    solver: Tolerant = None,
    rtol: Rtol = None,
) -> int:
    """Measure restitution: S1-S2, dynamic, rate dependence, or the beat after a pause."""
    cell = cell_of(model, variant, values, state, stimulus)
    how, to = tolerant(solver, rtol, cell.time_unit), outlets(save, plot)
    cycle = one_quantity(bcl, ms, "--bcl")
    given = quantities(times, ms, "--times") if times is not None else [share * cycle for share in _SHARES[kind]]
    settings = _settings(kind, beats, percent)
    with progress_bar(f"{title_of(cell)}, {kind.value}", total=None):
        data = _measured(kind, cell, cycle, given, how, settings)
    report = Report(f"{title_of(cell)}, {_title(kind, bcl)}", _flat(data), _facts(data), _SHOWN[kind])
    return deliver(report, [data], to, as_json)


def _settings(kind: Kind, beats: int | None, percent: float | None) -> dict[str, float | int]:
    """The settings of an experiment; those that it does not have are refused."""
    own = kind in _BEATS
    for option, value in (("--beats", beats), ("--percent", percent)):
        if value is not None and not own:
            raise ValueRangeError(
                f"{kind.value} is measured on limit cycles, with all biomarkers", where=option, remedy="Leave it out."
            )
    if not own:
        return {}
    if percent is not None and not 0.0 < percent < 100.0:
        raise ValueRangeError("a percentage lies between 0 and 100", where="--percent", got=percent)
    return {"beats": _BEATS[kind] if beats is None else beats, "percent": 90.0 if percent is None else percent}


def _measured(
    kind: Kind,
    cell: Model,
    bcl: Quantity,
    times: list[Quantity],
    how: BDF | Rosenbrock | None,
    settings: dict[str, float | int],
) -> xr.Dataset:
    import troponin as tn

    solver = {} if how is None else {"solver": how}
    if kind is Kind.s1s2:
        return tn.restitution.s1s2(cell, bcl, times, **settings, **solver)  # type: ignore[arg-type]
    if kind is Kind.dynamic:
        return tn.restitution.dynamic(cell, times, **settings, **solver)  # type: ignore[arg-type]
    if kind is Kind.rate:
        return tn.restitution.rate_dependence(cell, times, solver=how)
    return tn.restitution.post_pause(cell, bcl, times, solver=how)


def _flat(data: xr.Dataset) -> xr.Dataset:
    """The table over one dimension: the two last beats of a cycle length side by side, those of a cycle in rows."""
    if "beat" not in data.sizes:
        return data
    if "period" in data:
        return _in_rows(data)
    apart = {f"{name}_{i + 1}": data[name].isel(beat=i) for name in ("apd", "di") for i in range(data.sizes["beat"])}
    return data.drop_vars(("apd", "di")).assign(apart)


def _in_rows(data: xr.Dataset) -> xr.Dataset:
    """A row for each beat of each cycle, without those that a cycle does not have."""
    rows = data.broadcast_like(data["beat"]).stack(row=("bcl", "beat")).reset_index("row")
    rows = rows.isel(row=rows["beat"].to_numpy() <= rows["period"].to_numpy())
    for name in ("bcl", "beat"):
        rows[name].attrs.update(data[name].attrs)
    return rows


def _facts(data: xr.Dataset) -> list[Fact]:
    told = data.attrs
    facts = []
    if told["experiment"] == "s1s2":
        facts.append(Fact("apd_s1", f"APD{told['percent']:g} of the S1", told["apd_s1"], "ms"))
        facts.append(Fact("steepest", "steepest slope of restitution", told["steepest"], "1"))
    if told["experiment"] == "post_pause":
        facts.append(Fact("converged", "limit cycle before the pause found", bool(told["converged"])))
        if told["why"]:
            facts.append(Fact("why", "not found, because", told["why"]))
    return facts


def _title(kind: Kind, bcl: str) -> str:
    return {
        Kind.s1s2: f"S2 after S1 beats every {bcl}",
        Kind.dynamic: "the last two beats at each cycle length",
        Kind.rate: "limit cycles at each cycle length",
        Kind.pause: f"the beat after a pause, from the limit cycle at {bcl}",
    }[kind]
