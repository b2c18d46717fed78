"""The state in which a run ended, to go on from: with another protocol, another parameter, or simply longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from troponin.errors import ModelError, OutputError, require_kind
from troponin.model.model import Model, Parameter
from troponin.units import Quantity, Unit, conversion_factor, parse_unit

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["final_state"]

_SHOWN = 6


def final_state(model: Model, run: xr.Dataset) -> dict[str, Any]:
    """Every state of a model as it is at the end of a run of it.

        settled = cell.with_values(final_state(cell, run))
        longer = simulate(cell, protocol, values=final_state(cell, batch))

    Quantities for one cell; for a batch arrays over [cell] in the model's own units, and with them the parameters in
    which its cells differ.  Raises `OutputError` where the run does not hold every state, and `ModelError` where a
    state is not a finite number, as after a failure.
    """
    import xarray as xr

    require_kind(model, Model, "model", 'a Model, such as load("torord-land")')
    require_kind(run, xr.Dataset, "run", "the Dataset of a run, as simulate returns it")
    kept = {str(data.attrs.get("variable", name)): str(name) for name, data in run.data_vars.items()}
    missing = [state.name for state in model.states if state.name not in kept]
    if missing:
        whose = str(run.attrs.get("model", model.name))
        remedy = "Run it with Save() without names, which keeps all states; last='1 ms' keeps the end only."
        raise OutputError(
            "the run does not hold every state",
            where=f"model {model.name}",
            got=f"without {', '.join(missing[:_SHOWN])}{', ...' if len(missing) > _SHOWN else ''}",
            remedy=remedy if whose == model.name else f"It is a run of {whose}: give one of {model.name}.",
        )
    ends = {
        state.name: _last(run[kept[state.name]]) * _factor(run[kept[state.name]], state.unit) for state in model.states
    }
    broken = [name for name, value in ends.items() if not np.isfinite(value).all()]
    if broken:
        raise ModelError(
            "the run did not end in a state to go on from",
            where=f"model {model.name}",
            complaints=[f"{name} is not a finite number" for name in broken[:_SHOWN]],
            remedy="Go on from an earlier time: run.sel(time=slice(None, t)).",
        )
    if "cell" not in run.sizes:
        return {state.name: Quantity(float(ends[state.name]), state.unit) for state in model.states}
    differing = {
        str(name): given.to_numpy() * _factor(given, model.variables[str(name)].unit)
        for name, given in run.coords.items()
        if isinstance(model.variables.get(str(name)), Parameter)
    }
    return {**ends, **differing}


def _last(data: xr.DataArray) -> NDArray[np.float64]:
    return np.asarray(data.isel(time=-1).to_numpy(), dtype=np.float64)


def _factor(data: xr.DataArray, unit: Unit) -> float:
    return conversion_factor(parse_unit(data.attrs["units"]), unit)
