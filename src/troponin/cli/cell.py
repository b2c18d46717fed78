"""The cell that a command is about: loaded, in the state and with the values that are asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from troponin.errors import FormatError, OutputError, ValueRangeError

if TYPE_CHECKING:
    from troponin.model.model import Model
    from troponin.units import Quantity

__all__ = ["assignments", "cell_of", "read_json", "title_of"]


def cell_of(
    name: str,
    variant: str | None = None,
    values: Iterable[str] | None = None,
    state: Path | None = None,
    stimulus: str | None = None,
) -> Model:
    """The model of `MODEL --variant`, with its `--stimulus`, in its `--state`, and with the values of `--set`."""
    import troponin as tn

    cell = tn.load(name, variant)
    if stimulus is not None:
        amplitude, comma, duration = stimulus.partition(",")
        if not comma:
            expected = 'an amplitude and a duration, as "-20 A/F, 1 ms"'
            raise ValueRangeError("this is no stimulus", where="--stimulus", got=f"'{stimulus}'", expected=expected)
        cell = tn.stimulated(cell, amplitude.strip(), duration.strip())
    if state is not None:
        cell = cell.with_values(_state(cell, state))
    return cell.with_values({name: _scaled(cell, name, value) for name, value in assignments(values or ()).items()})


def title_of(cell: Model) -> str:
    """The cell's name and type."""
    return f"{cell.name} {cell.variant or ''}".strip()


def assignments(texts: Iterable[str]) -> dict[str, str]:
    """The values of `--set NAME=VALUE`."""
    values: dict[str, str] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (sign and name and value):
            raise ValueRangeError("a value is set by NAME=VALUE", where="--set", got=f"'{text}'")
        if name in values:
            raise ValueRangeError(f"'{name}' is set twice", where="--set", got=f"{values[name]} and {value}")
        values[name] = value
    return values


def read_json(path: Path) -> dict[str, Any]:
    """An object of JSON from a file.  Raises `FormatError` with its line for anything else."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise FormatError("the file cannot be read", where=str(path), got=fault.strerror) from None
    except RecursionError:
        raise FormatError("this JSON is nested too deeply", where=str(path)) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        line = getattr(fault, "lineno", 1)
        raise FormatError("this is not JSON", where=f"{path}:{line}", got=getattr(fault, "msg", None)) from None
    if not isinstance(data, dict):
        raise FormatError("this is not a JSON object", where=f"{path}:1", expected='{"name": value}')
    return data


def _scaled(cell: Model, name: str, value: str) -> str | Quantity:
    """The value that is set; a factor multiplies the value that the cell has."""
    factor = re.fullmatch(r"[x×*]\s*(.+)", value)
    if factor is None:
        return value
    try:
        return float(factor[1]) * cell[name]
    except ValueError:
        expected = "a number after the x, as in x0.5"
        raise ValueRangeError("this is no factor", where=f"--set {name}", got=value, expected=expected) from None


def _state(cell: Model, path: Path) -> dict[str, Any]:
    """Every state as a saved run left it, or those that a file of JSON gives."""
    import troponin as tn

    if path.suffix.lower() == ".json":
        values, _ = tn.state_in(read_json(path))
        return dict(tn.translated(values, cell))
    run = tn.open(path)
    if "cell" in run.sizes:
        told = f"a batch of {run.sizes['cell']} cells"
        raise OutputError("one state is needed", where="--state", got=told, remedy="Save one of its cells.")
    return tn.final_state(cell, run)
