"""The figure of a whole cell under voltage clamp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from troponin.analysis.markers.beats import has
from troponin.errors import OutputError
from troponin.plot.curves import label_axes
from troponin.plot.sheet import Panel, sheet
from troponin.plot.style import axis_label
from troponin.plot.window import curve
from troponin.units import Unit, kPa, mV, uM

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["voltage_clamp"]

_SIGNALS: Final[tuple[tuple[str, str, Unit | None], ...]] = (
    ("v", "Membrane potential", mV),
    ("I_ion", r"I$_{ion}$", None),
    ("cai", r"[Ca$^{2{+}}$]$_i$", uM),
    ("Ta", "Active tension", kPa),
)
_FULL: Final = 4
_DARKEST, _LIGHTEST = 0.0, 0.88
"""Part of the colour map that is used: its yellow is faint on white."""


def voltage_clamp(runs: xr.Dataset) -> Figure:
    """Potential, ionic current, calcium and tension, a colour for each step.

    The peak of a current that dwarfs the rest, as that of sodium does, leaves its panel, which tells how far it goes.
    """
    panels: list[Panel] = [
        lambda axes, signal=signal: _family(axes, runs, *signal)  # type: ignore[misc]
        for signal in _SIGNALS
        if has(runs, signal[0])
    ]
    if not panels:
        raise OutputError(
            "the runs hold nothing that the figure shows", where="plot", remedy="Save v, I_ion, cai or Ta."
        )
    return sheet(panels, columns=2 if len(panels) == _FULL else 1)


def _family(axes: Axes, runs: xr.Dataset, name: str, title: str, unit: Unit | None) -> None:
    from matplotlib import colormaps

    found = curve(runs, name, unit)
    steps = runs["step_voltage"].to_numpy()
    shades = colormaps["viridis"](np.linspace(_DARKEST, _LIGHTEST, len(steps)))
    for i in range(len(steps)):
        axes.plot(found.time, found.value[:, i], color=shades[i], linewidth=0.9)
    label_axes(axes, "", axis_label(title, found.unit))
    if name == "I_ion":
        low, high = np.quantile(found.value, [0.002, 0.998])
        room = 0.1 * (high - low) or 1.0
        bottom, top = low - room, high + room
        axes.set_ylim(bottom, top)
        ends = ((found.value.min(), found.value.min() < bottom), (found.value.max(), found.value.max() > top))
        told = " and ".join(f"to {value:.0f}".replace("-", "−") for value, cut in ends if cut)
        if told:
            axes.set_title(f"({told})", loc="right")
