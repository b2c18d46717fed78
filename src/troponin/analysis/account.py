"""What an experiment says of itself: its name, what it was done with, and where the model comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from troponin.model.model import Model
from troponin.results import Attribute
from troponin.simulation.course import Method
from troponin.simulation.provenance import origin

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["EXPERIMENT", "account"]

EXPERIMENT = "experiment"
"""Attribute that names the experiment, after its function: what `plot.figure` and the command line go by."""


def account(
    data: xr.Dataset, experiment: str, model: Model, method: Method, settings: Mapping[str, Attribute | bool]
) -> xr.Dataset:
    """The data with its account as attributes: the experiment, its settings and results, the model and the solver.

    Truth values become 0 and 1, which every reader of netCDF knows.
    """
    plain = {name: int(value) if isinstance(value, bool) else value for name, value in settings.items()}
    return data.assign_attrs({EXPERIMENT: experiment, **plain, **origin(model, method)})
