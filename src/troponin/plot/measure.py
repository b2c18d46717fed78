"""The figure of a measurement: biomarkers from beat to beat, or of a population against what differs in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from troponin.errors import OutputError
from troponin.plot.curves import draw_curve, label_axes, label_of
from troponin.plot.sheet import sheet
from troponin.plot.style import COLOURS, INK, axis_label

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["measure"]

_FIRST: Final = ("apd90", "ca_peak", "ta_peak", "v_rest")
"""The biomarkers that are shown where they were measured; others fill the places that are left."""

_PANELS: Final = 4


def measure(found: xr.Dataset) -> Figure:
    """Up to four panels: biomarkers over the beats of a cell, or those of a population's last beat.

    A population is drawn against each parameter that differs in it, cell by cell; where more differ than there are
    panels, or nothing does, as histograms.  Raises `OutputError` for a Dataset without biomarkers.
    """
    names = [name for name in _FIRST if name in found]
    names += [str(name) for name in found.data_vars if name not in names]
    if not names:
        raise OutputError("the Dataset holds no biomarker", where="plot", remedy="Name one in measure(..., names=...).")
    if "cell" not in found.dims:
        panels = [partial(_over_beats, data=found[name]) for name in names[:_PANELS]]
        return sheet(panels, columns=1 if len(panels) == 1 else 2, xlabel=None)
    last = found.isel(beat=-1)
    varied = [
        name for name, given in last.coords.items() if given.dims == ("cell",) and np.unique(given.to_numpy()).size > 1
    ]
    if 0 < len(varied) <= _PANELS:
        panels = [
            partial(_against, data=last[name], given=last[parameter])
            for name in names[: max(1, _PANELS // len(varied))]
            for parameter in varied
        ]
    else:
        panels = [partial(_histogram, data=last[name]) for name in names[:_PANELS]]
    columns = 1 if len(panels) == 1 else 2
    return sheet(panels, columns=columns, xlabel=None)


def _over_beats(axes: Axes, data: xr.DataArray) -> None:
    draw_curve(axes, np.arange(1, data.size + 1), data.to_numpy())
    label_axes(axes, "Measured beat (number)", label_of(data))
    axes.locator_params(axis="x", integer=True)
    axes.ticklabel_format(axis="y", useOffset=False)


def _against(axes: Axes, data: xr.DataArray, given: xr.DataArray) -> None:
    """A point for each cell; joined where the cells are in the order of the parameter."""
    x = given.to_numpy()
    steps = np.diff(x)
    ordered = bool((steps > 0.0).all() or (steps < 0.0).all())
    draw_curve(axes, x, data.to_numpy(), joined=ordered)
    label_axes(axes, axis_label(_capital(str(given.name)), str(given.attrs.get("units", ""))), label_of(data))


def _capital(name: str) -> str:
    return name if "." in name else name[:1].upper() + name[1:]


def _histogram(axes: Axes, data: xr.DataArray) -> None:
    known = data.to_numpy()[np.isfinite(data.to_numpy())]
    axes.hist(known, bins="auto", color=COLOURS[0], edgecolor=INK, linewidth=0.4)
    label_axes(axes, label_of(data), "Cells (number)")
    axes.locator_params(axis="x", nbins=5)
    axes.locator_params(axis="y", integer=True)
    lost = data.size - known.size
    if lost:
        axes.set_title(f"{lost} of {data.size} without", loc="right")
