"""The clamp of a whole cell: its potential in steps, everything else free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from troponin.errors import ModelError

if TYPE_CHECKING:
    import xarray as xr

    from troponin.model.model import Model
    from troponin.solvers.method import BDF, Rosenbrock
    from troponin.units import Quantity

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
    return data, _table(data, clamped, length)


def _table(data: xr.Dataset, cell: Model, length: Quantity | str) -> xr.Dataset:
    """What is furthest from zero during the step, by variable, over the potential of the step.

    What follows the step is left out: there the potential is another.  Calcium is in uM, as figures have it.
    """
    from troponin.units import as_quantity, conversion_factor, parse_unit, uM

    per_ms = float((1.0 * _ms()).to(cell.time_unit).value)
    begin = 50.0 * per_ms
    end = begin + as_quantity(length, cell.time_unit, what="the step").to(cell.time_unit).value
    # the sample at the end is of the potential after it
    time = data["time"].to_numpy()
    stepped = data.isel(time=np.flatnonzero((time >= begin) & (time < end - 1e-9 * begin)))
    table = {}
    for name, values in stepped.data_vars.items():
        if name == "v":
            continue
        rows = values.to_numpy()
        largest = rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)]
        unit = values.attrs["units"]
        if name in ("cai", cell.meanings.get("cai")):
            largest, unit = largest * conversion_factor(parse_unit(unit), uM), str(uM)
        about = f"{values.attrs['long_name']}, furthest from zero"
        table[str(name)] = ("step_voltage", largest, {"units": unit, "long_name": about})
    import xarray as xr

    index = ("step_voltage", data["step_voltage"].to_numpy(), data["step_voltage"].attrs)
    return xr.Dataset(table, {"step_voltage": index}, data.attrs)


def _holds(cell: Model, name: str) -> bool:
    return name in cell.meanings or name in cell.variables


def _ms() -> Any:
    import troponin as tn

    return tn.parse_unit("ms")
