"""The figures: the default one from ion to tension, and plain traces of whatever is asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from troponin.analysis.markers.beats import has
from troponin.destination import require_writable, whole_file
from troponin.errors import OutputError, nearest
from troponin.plot.panels import draw_currents, draw_signal, draw_signals
from troponin.plot.sheet import Panel, sheet
from troponin.plot.style import INK, STYLE, as_mathematics
from troponin.plot.window import curve, differences, last_beat_of, main_currents
from troponin.units import Unit, kPa, mV, uM

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "overview", "require_picture", "traces", "write"]

FORMATS: Final = (".png", ".pdf", ".svg", ".jpg", ".tif")
"""Kinds of picture that can be written, by the ending of the file's name."""

_FULL: Final = 4
_SIGNALS: Final = (
    ("v", "Membrane potential", mV, "#0072B2"),
    ("cai", r"[Ca$^{2{+}}$]$_i$", uM, "#D55E00"),
    ("Ta", "Active tension", kPa, "#009E73"),
)
"""Meaning, label, unit and colour of what the default figure shows beside the currents."""


def overview(*runs: xr.Dataset) -> Figure:
    """The last beat of a run from ion to tension: v, [Ca2+]i, active tension and the main currents.

    A panel for each of the four that the run holds.  Several runs, as a control and a drug, are laid over each other
    without their currents, and named by what differs between them.  Raises `OutputError` where they hold none.
    """
    if len(runs) != 1:
        return _laid_over(runs)
    beat = last_beat_of(runs[0])
    panels: list[Panel] = [
        _signal(beat, name, label, unit, colour) for name, label, unit, colour in _SIGNALS if has(beat, name)
    ]
    names = main_currents(beat) or (("I_ion",) if has(beat, "I_ion") else ())
    currents = [curve(beat, name) for name in names]
    if currents:
        panels.append(lambda axes: draw_currents(axes, currents))
    if not panels:
        raise OutputError(
            "the run holds nothing that the figure shows", where="plot", remedy="Save v, cai, Ta or the main currents."
        )
    return sheet(panels, columns=2 if len(panels) == _FULL else 1)


def _laid_over(runs: Sequence[xr.Dataset]) -> Figure:
    """The signals that all of the runs hold, a colour for each run."""
    if any("cell" in run.dims for run in runs):
        remedy = "Draw a batch by itself, or one of its cells, as run.isel(cell=0)."
        raise OutputError("a batch is not laid over other runs", where="plot", remedy=remedy)
    beats = [last_beat_of(run) for run in runs]
    shown = [signal for signal in _SIGNALS if beats and all(has(beat, signal[0]) for beat in beats)]
    if not shown:
        raise OutputError("the runs have nothing to show in common", where="plot", remedy="Save v, cai or Ta of each.")
    names = differences(runs)

    def panel(number: int) -> Panel:
        name, label, unit, _ = shown[number]
        found = [curve(beat, name, unit) for beat in beats]
        return lambda axes: draw_signals(axes, found, label, names, legend=number == 0)

    return sheet([panel(number) for number in range(len(shown))])


def traces(run: xr.Dataset, names: Sequence[str] | str | None = None) -> Figure:
    """The whole run, one panel under the other for each variable named; for every variable where none is.

    Raises `UnknownNameError` for a variable that the run does not hold.
    """
    given = run.data_vars if names is None else [names] if isinstance(names, str) else names
    chosen = [str(name) for name in given]
    if not chosen:
        raise OutputError("no names to draw", where="plot", remedy="Name a variable, or leave the names out.")
    panels = [_signal(run, name, as_mathematics(name)) for name in chosen]
    return sheet(panels)


def write(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as a picture of the kind that the file's ending tells.  Raises `OutputError`."""
    import matplotlib as mpl

    kind = require_picture(path).suffix.lower()
    # lightly compressed: a quarter larger, and written in half the time
    options: dict[str, Any] = {"pil_kwargs": {"compress_level": 1}} if kind == ".png" else {}
    with mpl.rc_context(STYLE), whole_file(path) as (target, draft):
        figure.savefig(draft, format=kind[1:], **options)
    return target


def require_picture(path: str | os.PathLike[str]) -> Path:
    """The absolute path, having made sure that a picture can be written there.  Raises `OutputError`."""
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        close = nearest(ending, FORMATS)
        raise OutputError(
            f"no picture of the kind '{ending}'" if ending else "the picture's name has no ending",
            where=str(path),
            expected=", ".join(FORMATS),
            remedy=f"Did you mean {close[0]}?" if close else None,
        )
    return require_writable(path)


def _signal(run: xr.Dataset, name: str, label: str, unit: Unit | None = None, colour: str = INK) -> Panel:
    signal = curve(run, name, unit)
    return lambda axes: draw_signal(axes, signal, label, colour)
