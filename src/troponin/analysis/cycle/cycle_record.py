"""A limit cycle as one Dataset, to be drawn, kept in a file, or run on from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.account import EXPERIMENT

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["cycle_record"]


def cycle_record(
    trace: xr.Dataset,
    multipliers: NDArray[np.complex128],
    history: Sequence[float],
    facts: Mapping[str, bool | int | float | str],
) -> xr.Dataset:
    """One period, with what is known of the cycle.

    trace         one period as a run, whose attributes and variables are kept
    multipliers   over `mode`, as `multiplier_real` and `multiplier_imag`
    history       over `step`, as `residual_history`
    facts         attributes; truth values become 0 and 1
    """
    steps = np.arange(1.0, len(history) + 1.0)
    one = {"units": "1"}
    told = {name: int(value) if isinstance(value, bool) else value for name, value in facts.items()}
    added = trace.assign(
        multiplier_real=("mode", multipliers.real, {**one, "long_name": "Floquet multiplier, real part"}),
        multiplier_imag=("mode", multipliers.imag, {**one, "long_name": "Floquet multiplier, imaginary part"}),
        residual_history=("step", np.asarray(history), {**one, "long_name": "change over one period"}),
    ).assign_coords(step=("step", steps, {**one, "long_name": "step of the search"}))
    return added.assign_attrs({EXPERIMENT: "limit_cycle", **told})
