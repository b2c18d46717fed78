"""Markers measured on a run: of one beat, or of all of them as variables over `beat` and `cell`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.markers.beats import Beats, beats_of, has
from troponin.analysis.markers.marker import Marker, Signal
from troponin.errors import ProtocolError, ValueRangeError, require_kind

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Row", "filled", "of_beat", "of_cells", "of_every_beat", "table_of"]

Row = NDArray[np.float64]


def of_beat(
    run: xr.Dataset, marker: Marker, beat: int, then: Callable[[Row], Row] | None = None
) -> float | xr.DataArray:
    """A marker of one beat: a number, or for a batch one for each cell.

    `then` makes of the marker of all beats of a cell what is told of each.  Raises `ProtocolError` for a beat that the
    run does not hold.
    """
    require_kind(beat, Integral, "beat", "the number of a beat, such as 0, or -1 for the last")
    beat = int(beat)
    rows = of_every_beat(marker, _read(run, marker))
    for row in rows:
        if not -len(row) <= beat < len(row):
            raise ProtocolError(f"the run holds {len(row)} beats", where="run", got=f"beat {beat}")
    values = [float((row if then is None else then(row))[beat]) for row in rows]
    if "cell" not in run.sizes:
        return values[0]
    import xarray as xr

    return xr.DataArray(np.array(values), of_cells(run), "cell", marker.name, _attributes(marker))


def table_of(run: xr.Dataset, markers: Iterable[Marker]) -> xr.Dataset:
    """The markers whose signals the run holds, of every beat."""
    import xarray as xr

    require_kind(run, xr.Dataset, "run", "the Dataset of a run, as simulate returns it")
    if run.sizes.get("cell", 1) == 0:
        raise ValueRangeError("a batch without cells has nothing to measure", where="run")
    columns: dict[str, Any] = {}
    read: dict[tuple[Signal, ...], list[Beats]] = {}
    for marker in markers:
        if not all(has(run, signal.name) for signal in marker.reads):
            continue
        if marker.reads not in read:
            read[marker.reads] = _read(run, marker)
        rows = of_every_beat(marker, read[marker.reads])
        if "cell" in run.sizes:
            columns[marker.name] = (("cell", "beat"), filled(rows, math.nan), _attributes(marker))
        else:
            columns[marker.name] = (("beat",), rows[0], _attributes(marker))
    return xr.Dataset(columns, of_cells(run))


def of_every_beat(marker: Marker, signals: Sequence[Beats]) -> list[Row]:
    """A marker of every beat, for each cell, from the beats of each signal that it reads."""
    cells = zip(*signals, strict=True)
    return [np.array([marker.measure(*beat) for beat in zip(*cell, strict=True)]) for cell in cells]


def filled(rows: Sequence[Sequence[Any] | NDArray[Any]], fill: Any) -> NDArray[Any]:
    """Rows as one array [cell, beat]: cells that beat by themselves may have fewer beats than others."""
    longest = max(map(len, rows), default=0)
    return np.array([[*row, *([fill] * (longest - len(row)))] for row in rows])


def of_cells(run: xr.Dataset) -> dict[str, xr.DataArray]:
    """The coordinates of a batch that tell its cells apart."""
    return {str(name): given for name, given in run.coords.items() if given.dims == ("cell",)}


def _read(run: xr.Dataset, marker: Marker) -> list[Beats]:
    """What a marker reads: for each signal, for each cell, its beats."""
    return [beats_of(run, signal.name, signal.unit) for signal in marker.reads]


def _attributes(marker: Marker) -> dict[str, str]:
    return {"units": marker.unit, "long_name": marker.long_name}
