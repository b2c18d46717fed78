"""`troponin clamp`: one current under voltage clamp, and the whole cell where none is named."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from troponin.cli.arguments import AsJson, ModelName, Plot, Rtol, Save, StateFile, Tolerant, Values, Variant
from troponin.cli.cell import cell_of, title_of
from troponin.cli.options import tolerant
from troponin.cli.outlets import outlets
from troponin.cli.progress import progress_bar
from troponin.cli.report import Fact, Report, deliver
from troponin.cli.series import one_quantity, quantities
from troponin.errors import ValueRangeError
from troponin.units import ms, mV

if TYPE_CHECKING:
    import xarray as xr

    from troponin.units import Quantity, Unit

__all__ = ["clamp"]


class Kind(StrEnum):
    """What is measured."""

    family = "family"
    iv = "iv"
    activation = "activation"
    inactivation = "inactivation"
    recovery = "recovery"
    deactivation = "deactivation"


_STEPS = ("holding", "steps", "duration", "tail", "tail_duration")
_TAKES: dict[Kind, tuple[str, ...]] = {
    Kind.family: _STEPS,
    Kind.iv: _STEPS,
    Kind.activation: _STEPS,
    Kind.inactivation: ("holding", "steps", "duration", "test", "test_duration"),
    Kind.recovery: ("holding", "pulse", "duration", "intervals", "test_duration", "exponentials"),
    Kind.deactivation: ("holding", "pulse", "duration", "steps", "tail_duration", "exponentials"),
}
"""The options of each measurement."""

_CALLED = {(Kind.inactivation, "steps"): "prepulses", (Kind.deactivation, "steps"): "tails"}
"""What a measurement calls an option, where that is something else."""

_FACTS = {
    "reversal": ("reversal potential", "mV"),
    "v_half": ("half-maximal at", "mV"),
    "slope": ("slope factor", "mV"),
    "base": ("base of the fit", "1"),
    "residual": ("root mean square of the fit's residual", "1"),
    "method": ("solution", ""),
}


def clamp(
    model: ModelName,
    current: Annotated[
        str | None, typer.Argument(metavar="CURRENT", help="Such as INa or IKr.IKr; the whole cell without one.")
    ] = None,
    kind: Annotated[
        Kind,
        typer.Argument(metavar="KIND", help="What is measured of the current."),
    ] = Kind.family,
    holding: Annotated[
        str | None, typer.Option(help="Where the channel rests.", show_default="-80 mV; -120 mV for inactivation")
    ] = None,
    steps: Annotated[
        str | None,
        typer.Option(help="Potentials of steps, prepulses or tails, as '-80:60:10 mV'."),
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(
            help="Of the steps or the first pulse.", show_default="500 ms, or 1 s; of a deactivation, to the peak"
        ),
    ] = None,
    tail: Annotated[str | None, typer.Option(help="Potential after the steps.")] = None,
    tail_duration: Annotated[str | None, typer.Option(help="Of the tail.")] = None,
    test: Annotated[str | None, typer.Option(help="Where availability is tested.", show_default="-10 mV")] = None,
    test_duration: Annotated[str | None, typer.Option(help="Of the test or the second pulse.")] = None,
    pulse: Annotated[str | None, typer.Option(help="Potential of the first pulse.")] = None,
    intervals: Annotated[str | None, typer.Option(help="Between pulses, as '1, 10, 100 ms'.")] = None,
    exponentials: Annotated[int | None, typer.Option(help="How many are fitted: 1, 2 or 3.", show_default="1")] = None,
    free: Annotated[list[str] | None, typer.Option(help="A state that is to move; again for more.")] = None,
    held: Annotated[list[str] | None, typer.Option(help="A state that is to stay; again for more.")] = None,
    variant: Variant = None,
    values: Values = None,
    state: StateFile = None,
    as_json: AsJson = False,
    save: Save = None,
    plot: Plot = None,
    solver: Tolerant = None,
    rtol: Rtol = None,
) -> int:
    """Clamp the potential: one current of a model, exactly where its equations are linear, or the whole cell."""
    import troponin as tn
    from troponin.cli.whole_cell import whole_cell

    if current in set(Kind):
        raise ValueRangeError(
            "the name of a current comes before what is measured of it", got=f"'{current}'",
            expected="a current", remedy=f"Write it so: troponin clamp {model} CURRENT {current}",
        )  # fmt: skip
    cell = cell_of(model, variant, values, state)
    how, to = tolerant(solver, rtol, cell.time_unit), outlets(save, plot)
    potentials = {"holding": holding, "tail": tail, "test": test, "pulse": pulse}
    times = {"duration": duration, "tail_duration": tail_duration, "test_duration": test_duration}
    given: dict[str, Any] = {n: _quantity(x, mV, n) for n, x in potentials.items() if x is not None}
    given |= {n: _quantity(x, ms, n) for n, x in times.items() if x is not None}
    given |= {"steps": quantities(steps, mV, "--steps")} if steps is not None else {}
    given |= {"intervals": quantities(intervals, ms, "--intervals")} if intervals is not None else {}
    given |= {"exponentials": exponentials} if exponentials is not None else {}
    others = {"free": free or (), "held": held or ()} | ({} if how is None else {"solver": how})
    if current is None:
        _require_taken("a clamp of the whole cell", _STEPS, [*given, *(n for n in ("free", "held") if others[n])])
        with progress_bar(f"{title_of(cell)}, voltage clamp", total=None):
            data, table = whole_cell(cell, given, how)
        title = f"{title_of(cell)}, the whole cell, each furthest from zero during the step"
        return deliver(Report(title, table), [data], to, as_json)
    _require_taken(kind.value, _TAKES[kind], given)
    asked = {_CALLED.get((kind, name), name): value for name, value in given.items()} | others
    with progress_bar(f"{title_of(cell)}, {current}", total=None):
        data = getattr(tn.channel, kind.value)(cell, current, **asked)
        table = tn.channel.iv(cell, current, **asked) if kind is Kind.family else data
    title = f"{title_of(cell)}, {data.attrs['current']}, {kind.value}"
    shown = _with_reasons(_flat(table)).assign_attrs(experiment=kind.value)
    return deliver(Report(title, shown, _facts(table)), [data], to, as_json)


def _quantity(text: str, unit: Unit, name: str) -> Quantity:
    """The quantity of an option, with the unit that a plain number lacks."""
    try:
        float(text)
    except ValueError:
        return one_quantity(text, unit, _option(name))
    remedy = f'Give a unit, such as "{text.strip()} {unit}".'
    raise ValueRangeError("a unit is missing", where=_option(name), got=f"'{text}'", remedy=remedy)


def _require_taken(kind: str, taken: tuple[str, ...], given: Any) -> None:
    """Refuse what a measurement has no use for."""
    foreign = [name for name in given if name not in taken]
    if foreign:
        raise ValueRangeError(
            f"{kind} does not take this option",
            where=", ".join(map(_option, foreign)),
            expected=", ".join(map(_option, taken)),
            remedy="Leave it out.",
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _flat(data: xr.Dataset) -> xr.Dataset:
    """The table over one dimension: a column for each exponential, or none where these are facts."""
    if "component" not in data.sizes:
        return data
    along = [str(name) for name in data.data_vars if "component" in data[name].dims]
    rest = data.drop_vars(along)
    if all(data[name].dims == ("component",) for name in along):
        return rest
    parts = range(data.sizes["component"])
    apart = {f"{name}_{i + 1}": data[name].isel(component=i) for name in along for i in parts}
    return rest.assign(apart)


def _with_reasons(data: xr.Dataset) -> xr.Dataset:
    """The table with a column of why there is no answer, where there is one missing."""
    missing = json.loads(data.attrs.get("missing", "{}"))
    if not missing:
        return data
    dim = str(next(iter(data.sizes)))
    reasons = [missing.get(f"{value:g} mV", "") for value in data[dim].to_numpy()]
    return data.assign(reason=(dim, reasons, {"units": "1", "long_name": "why there is none"}))


def _facts(data: xr.Dataset) -> list[Fact]:
    told = data.attrs
    facts = [Fact(name, about, told[name], unit) for name, (about, unit) in _FACTS.items() if name in told]
    reasons = [name for name in told if str(name).endswith("_reason") and name != "method_reason" and told[name]]
    facts += [Fact(str(name), "because", told[name]) for name in reasons]
    if "remark" in told:  # in the words of the command line
        options = re.sub(r"(\w+)=(\d)", r"--\1 \2", str(told["remark"])).replace(
            "shorter duration", "shorter --duration"
        )
        facts.append(Fact("remark", "remark", options))
    for name in ("tau", "share"):
        if name in data and data[name].dims == ("component",):
            for i, value in enumerate(data[name].to_numpy().tolist()):
                about = f"{data[name].attrs.get('long_name', name)}, {i + 1}"
                facts.append(Fact(f"{name}_{i + 1}", about, value, str(data[name].attrs.get("units", "1"))))
    return facts
