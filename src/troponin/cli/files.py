"""`troponin step`, `diff` and `convert`: models held against each other, and written in other formats."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from troponin.cli.arguments import AsJson, ModelName, Variant
from troponin.cli.cell import read_json
from troponin.cli.text import columns
from troponin.errors import FormatError, ValueRangeError

if TYPE_CHECKING:
    from troponin.model.model import Model
    from troponin.model.step import Gap, Step

__all__ = ["convert", "diff", "step"]

_DIFFERENT = 1
_SHOWN = 40


def step(
    name: ModelName,
    state: Annotated[Path | None, typer.Option(help="JSON with the values of states, by name.")] = None,
    time: Annotated[float | None, typer.Option(help="The time, in the model's own unit.", show_default="0")] = None,
    against: Annotated[str | None, typer.Option(metavar="OTHER", help="Compare with a model or with JSON.")] = None,
    tolerance: Annotated[float, typer.Option(help="Relative difference of derivatives that counts as one.")] = 1e-9,
    variant: Variant = None,
    as_json: AsJson = False,
) -> int:
    """Print every state's value and derivative, in the model's own units; or compare them with another's."""
    import troponin as tn

    if not tolerance >= 0.0:
        raise ValueRangeError("a tolerance cannot be negative", where="--tolerance", got=tolerance)
    if time is not None and not math.isfinite(time):
        raise ValueRangeError("a time must be a finite number", where="--time", got=time)
    model = tn.load(name, variant)
    values, given = tn.state_in(read_json(state)) if state is not None else ({}, None)
    at = time if time is not None else given if given is not None else 0.0
    ours = tn.step(model, tn.translated(values, model), at)
    if against is None:
        print(json.dumps(ours, indent=2) if as_json else "\n".join(_table(ours, model)))
        return 0
    found = tn.gaps(ours, _other(against, ours, at))
    if as_json:
        print(json.dumps(_gap_data(found, at), indent=2))
    else:
        print("\n".join(_gap_lines(found, str(name), against)))
    return _DIFFERENT if found[0].relative > tolerance else 0


def diff(first: ModelName, second: ModelName, as_json: AsJson = False) -> int:
    """Show what two models differ in: names, units, values, formulas, meanings, and rates."""
    import troponin as tn

    called = (Path(first).name, Path(second).name)
    found = tn.differences(tn.load(first), tn.load(second), names=called if called[0] != called[1] else (first, second))
    if as_json:
        print(json.dumps({"structure": found.structure, "rates": _gap_data(list(found.rates), 0.0)}, indent=2))
    else:
        print("\n".join([*found.structure, *_gap_lines(list(found.rates), first, second)]))
    return 0 if found.same else _DIFFERENT


def convert(
    name: ModelName,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; its extension names the format.")],
    to: Annotated[str | None, typer.Option(help="cellml, cellml-1.1, mmt, gotran, easyml, latex or numpy.")] = None,
    variant: Variant = None,
) -> None:
    """Write a model in another format: CellML 2.0 or 1.1, mmt, gotran, EasyML, LaTeX or a NumPy script."""
    import troponin as tn

    tn.save_model(tn.load(name, variant), target, to)
    print(f"written to {target}")


def _other(against: str, ours: Step, at: float) -> Step:
    """The step that ours is compared with: from JSON, or another model's at the same state and time."""
    import troponin as tn

    if against.endswith(".json"):
        data = read_json(Path(against))
        table = data.get("states")
        if not isinstance(table, dict) or not all(map(_has_derivative, table.values())):
            raise FormatError("this JSON holds no derivatives", where=f"{against}:1", remedy="Make it by step --json.")
        return data
    model = tn.load(against)
    short = {s.name.rpartition(".")[2].lower() for s in model.states}
    values = {
        n: entry["value"]
        for n, entry in ours["states"].items()
        if n in model.variables or n.rpartition(".")[2].lower() in short
    }
    return tn.step(model, tn.translated(values, model), at)


def _has_derivative(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("derivative"), int | float)


def _table(found: Step, model: Model) -> list[str]:
    rows = [("state", "value", "", f"derivative at {found['time']:g} {model.time_unit}", "")]
    for name, entry in found["states"].items():
        unit = str(model.variables[name].unit)
        per_time = f"{'1' if unit == 'dimensionless' else unit}/{model.time_unit}"
        rows.append((name, repr(entry["value"]), unit, repr(entry["derivative"]), per_time))
    return columns(rows)


def _gap_lines(found: list[Gap], first: str, second: str) -> list[str]:
    rows = [("state", f"derivative in {Path(first).name}", f"in {Path(second).name}", "relative difference")]
    for gap in found[:_SHOWN]:
        label = gap.name if gap.name == gap.other else f"{gap.name} ({gap.other})"
        rows.append((label, repr(gap.derivatives[0]), repr(gap.derivatives[1]), f"{gap.relative:.3g}"))
    largest = f"{len(found)} states compared, largest relative difference {found[0].relative:.3g}" if found else ""
    return [*columns(rows), largest]


def _gap_data(found: list[Gap], at: float) -> dict[str, Any]:
    states = {
        gap.name: {"values": gap.values, "derivatives": gap.derivatives, "relative": gap.relative} for gap in found
    }
    return {"time": at, "largest": found[0].relative if found else None, "states": states}
