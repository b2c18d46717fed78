"""What a measurement on a patch says of itself: the current, what moves, what is held where, and how it is solved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from troponin.analysis.account import account
from troponin.analysis.channel.clamp import SOLVER, Clamp
from troponin.results import Attribute
from troponin.units import ms, mV

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["described", "of_current", "told"]


def told(data: xr.Dataset, experiment: str, clamp: Clamp, settings: Mapping[str, Attribute]) -> xr.Dataset:
    """The data with its account.

    Beside what every experiment tells: `current`, `dynamic` (JSON: the states that moved), `held` (JSON: what else the
    current reads, with its value), `method` ("exact" or the solver) and `method_reason`; and where a file gives no unit
    of potential or of time, `remark_on_mV` or `remark_on_ms`.
    """
    patch = clamp.patch
    own: dict[str, Attribute] = {
        "current": patch.target,
        "dynamic": json.dumps(list(patch.states)),
        "held": json.dumps({name: str(value) for name, value in patch.held.items()}),
        "method": clamp.method,
        "method_reason": clamp.why,
    }
    for name, unit, meant in ((patch.v, patch.model.variables[patch.v].unit, mV), ("time", patch.model.time_unit, ms)):
        if unit.dimension != meant.dimension:
            own[f"remark_on_{meant}"] = f"the model's {name} has no such unit: its numbers are taken as {meant}"
    full = account(data, experiment, patch.model, clamp.bench.method if clamp.bench else SOLVER, own | dict(settings))
    return full if clamp.bench else full.assign_attrs(solver="exact", solver_settings="{}")


def described(units: str, long_name: str, variable: str = "") -> dict[str, str]:
    """The attributes of a variable."""
    return {"units": units, "long_name": long_name} | ({"variable": variable} if variable else {})


def of_current(clamp: Clamp, what: str) -> dict[str, str]:
    """The attributes of a variable that is the current at some moment."""
    return described(str(clamp.patch.unit), f"{what} {clamp.patch.target}", clamp.patch.target)
