"""One step of a comparison by hand: every state's value and derivative, as everybody who ports a model does.

A step is plain data, {"time": t, "states": {name: {"value": x, "derivative": dx/dt}}}, in the model's own
units, so that it can be kept as JSON and held against another tool's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from troponin.errors import ModelError, UnknownNameError
from troponin.model.derivatives import derivatives
from troponin.model.model import Model

__all__ = ["Gap", "Step", "gaps", "state_in", "step", "translated"]

Step: TypeAlias = dict[str, Any]
"""{"time": float, "states": {name: {"value": float, "derivative": float}}}."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How far two steps are apart in one state; `relative` is |a - b| / max(|a|, |b|) of the derivatives."""

    name: str
    other: str
    values: tuple[float, float]
    derivatives: tuple[float, float]

    @property
    def relative(self) -> float:
        """The relative difference of the derivatives: 0 for equal ones, 1 for one against nothing."""
        a, b = self.derivatives
        if a == b or (math.isnan(a) and math.isnan(b)):
            return 0.0
        if not (math.isfinite(a) and math.isfinite(b)):
            return math.inf
        return abs(a - b) / max(abs(a), abs(b))


def step(model: Model, state: Mapping[str, float] | None = None, t: float = 0.0) -> Step:
    """Every state's value and derivative at a state (the model's own where it is not given) and a time.

    Raises what `derivatives` raises for names and values that do not fit.
    """
    rates = derivatives(model, state, t)
    given = {model.qualified(name): float(value) for name, value in (state or {}).items()}
    states = {s.name: {"value": given.get(s.name, s.initial), "derivative": rates[s.name]} for s in model.states}
    return {"time": t, "states": states}


def state_in(data: Mapping[str, Any]) -> tuple[dict[str, float], float | None]:
    """The state and the time in what was read from JSON: a step, or names and numbers.

    Raises `ModelError` for anything else.
    """
    time = data.get("time", data.get("t"))
    table = data.get("states", {n: v for n, v in data.items() if n not in ("time", "t")})
    if not isinstance(table, Mapping):
        raise ModelError("this is no state", remedy='Give {"name": value} or {"states": {"name": {"value": number}}}.')
    values: dict[str, float] = {}
    for name, entry in table.items():
        number = entry.get("value") if isinstance(entry, Mapping) else entry
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ModelError(f"the value of '{name}' is not a number", remedy='Give {"name": value}.')
        values[str(name)] = float(number)
    if time is not None and (isinstance(time, bool) or not isinstance(time, int | float)):
        raise ModelError("the time is not a number", remedy='Give "time" in the model\'s own unit.')
    return values, None if time is None else float(time)


def gaps(ours: Step, theirs: Step) -> list[Gap]:
    """The states that two steps share, the largest difference of derivatives first.

    Names are the same, or the same without their component where that is unique.  Raises `ModelError` where
    the two share no state.
    """
    table = theirs["states"]
    short: dict[str, list[str]] = {}
    for name in table:
        short.setdefault(name.rpartition(".")[2].lower(), []).append(name)
    found = []
    for name, own in ours["states"].items():
        likely = short.get(name.rpartition(".")[2].lower(), [])
        other = name if name in table else likely[0] if len(likely) == 1 else None
        if other is not None and "derivative" in table[other]:
            pair = table[other]
            values = (own["value"], float(pair.get("value", math.nan)))
            found.append(Gap(name, other, values, (own["derivative"], float(pair["derivative"]))))
    if not found:
        raise ModelError("the two have no state in common", complaints=[*list(ours["states"])[:3], *list(table)[:3]])
    return sorted(found, key=lambda gap: -gap.relative)


def translated(values: Mapping[str, float], model: Model) -> dict[str, float]:
    """A state with another tool's names as this model's: the same names, or the same without their component.

    Raises `UnknownNameError` for a name that the model does not have.
    """
    short: dict[str, list[str]] = {}
    for state in model.states:
        short.setdefault(state.name.rpartition(".")[2].lower(), []).append(state.name)
    result: dict[str, float] = {}
    for name, value in values.items():
        likely = short.get(name.rpartition(".")[2].lower(), [])
        if name in model.variables:
            result[name] = value
        elif name in model.meanings:
            result[model.meanings[name]] = value
        elif len(likely) == 1:
            result[likely[0]] = value
        else:
            raise UnknownNameError("state", name, [s.name for s in model.states], where=f"model {model.name}")
    return result
