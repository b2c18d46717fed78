"""The clamp of a whole cell: its potential in steps, everything else free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from troponin.errors import ModelError

if TYPE_CHECKING:
    import xarray as xr

    from troponin.model.model import Model
    from troponin.solvers.method import BDF, Rosenbrock

__all__ = ["whole_cell"]

_HOLDING, _DURATION, _BEFORE = "-80 mV", "500 ms", "50 ms"


def whole_cell(cell: Model, given: dict[str, Any], how: BDF | Rosenbrock | None) -> tuple[xr.Dataset, xr.Dataset]:
    """The runs as a batch over `step_voltage`, and a table of what is furthest from zero during each step.

    given   of `holding`, `steps`, `duration`, `tail` and `tail_duration`, those that are asked for

    Raises `ModelError` for a model without a membrane potential.
    """
    import xarray as xr

    import troponin as tn

    if "v" not in cell.meanings:
        raise ModelError("this model has no membrane potential to clamp", where=f"model {cell.name}")
    clamped = tn.clamped(cell, "v")
    steps = given.get("steps") or tn.channel.voltages("-80 mV", "60 mV")
    holding, length = given.get("holding", _HOLDING), given.get("duration", _DURATION)
    protocols = tn.pacing.family(
        steps,
        holding=holding,
        before=_BEFORE,
        length=length,
        tail=given.get("tail"),
        after=given.get("tail_duration", "100 ms"),
    )
    names = [name for name in ("v", "I_ion", *cell.main_currents, "cai", "Ta") if _holds(clamped, name)]
    save = tn.Save(list(dict.fromkeys(names)), every="0.5 ms")
    runs = [tn.simulate(clamped, each, solver=how, save=save) for each in protocols]
    at = xr.DataArray(
        [step.to(tn.parse_unit("mV")).value for step in steps],
        dims="cell",
        attrs={"units": "mV", "long_name": "potential of the step"},
    )
    data = xr.concat(runs, dim="cell", combine_attrs="override").assign_coords(step_voltage=at)
    data = data.assign_attrs(experiment="voltage_clamp")
    return data, _table(data, clamped)


def _table(data: xr.Dataset, cell: Model) -> xr.Dataset:
    """What is furthest from zero after the holding potential, by variable, over the potential of the step."""
    per_ms = float((1.0 * _ms()).to(cell.time_unit).value)
    begin = 50.0 * per_ms
    stepped = data.isel(time=np.flatnonzero(data["time"].to_numpy() >= begin))
    table = {}
    for name, values in stepped.data_vars.items():
        if name == "v":
            continue
        rows = values.to_numpy()
        largest = rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)]
        about = f"{values.attrs['long_name']}, furthest from zero"
        table[str(name)] = ("step_voltage", largest, {"units": values.attrs["units"], "long_name": about})
    import xarray as xr

    index = ("step_voltage", data["step_voltage"].to_numpy(), data["step_voltage"].attrs)
    return xr.Dataset(table, {"step_voltage": index}, data.attrs)


def _holds(cell: Model, name: str) -> bool:
    return name in cell.meanings or name in cell.variables


def _ms() -> Any:
    import troponin as tn

    return tn.parse_unit("ms")
