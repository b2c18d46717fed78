"""The figure of a protocol: what drives each input over time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import OutputError, require_kind
from troponin.plot.sheet import Panel, sheet
from troponin.plot.style import COLOURS, as_mathematics, axis_label
from troponin.protocol.segments import Segment, onsets, segments
from troponin.protocol.timeline import OwnStimulus, Protocol, Train, exact_time, time_text
from troponin.units import Quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["protocol"]

_BATH: Final = {
    "ko": r"[K$^{{+}}$]$_o$",
    "nao": r"[Na$^{{+}}$]$_o$",
    "cao": r"[Ca$^{2{+}}$]$_o$",
    "clo": r"[Cl$^{{-}}$]$_o$",
}
"""What is outside the cell, as papers print it."""

Floats = NDArray[np.float64]

_MOST: Final = 20_000
"""Stretches between edges that a figure shows: more than it has dots."""

_POINTS: Final = 2000
"""Points of a curve in all, at the least; between two edges there are nine or more."""

_SECONDS: Final = 10_000
"""ms from which on the axis counts seconds."""


def protocol(given: Protocol, *, start: Quantity | str = "0 ms", until: Quantity | str | None = None) -> Figure:
    """What drives each input, one panel under the other; stimuli that are left to the model are ticks.

    start, until   the part that is shown; the whole where it is not said

    An input that nothing drives at a time rests at its own value, and its line is broken; the stimulus rests at zero.
    Raises `OutputError` for a protocol that drives nothing, and for more edges than a figure can show.
    """
    require_kind(given, Protocol, "plot", 'a protocol, such as pacing.regular("1000 ms", beats=10)')
    begin = exact_time(start, "the start")
    end = given.duration if until is None else exact_time(until, "the end")
    if not 0 <= begin < end:
        raise OutputError("there is no time to show", where="plot", got=f"{time_text(begin)} to {time_text(end)}")
    own = [train for train in given.trains if isinstance(train.wave, OwnStimulus)]
    known = Protocol(given.duration, tuple(train for train in given.trains if train not in own))
    if not given.trains:
        raise OutputError("this protocol drives nothing", where="plot", remedy="Show one that does.")
    walk = list(islice(segments(known, start=begin, until=end), _MOST + 1))
    if len(walk) > _MOST:
        raise OutputError(
            f"this protocol has more than {_MOST} edges", where="plot", remedy='Show a part: protocol(p, until="10 s").'
        )
    per = 1000.0 if end - begin >= _SECONDS else 1.0
    panels: list[Panel] = [_ticks(train, begin, end, per, COLOURS[0]) for train in own]
    for number, (role, unit) in enumerate(known.units.items()):
        panels.append(_course(walk, role, str(unit), per, COLOURS[(number + bool(own)) % len(COLOURS)]))
    return sheet(panels, xlabel="Time (s)" if per > 1.0 else "Time (ms)")


def _course(walk: Sequence[Segment], role: str, unit: str, per: float, colour: str) -> Panel:
    def draw(axes: Axes) -> None:
        time, value = _line(walk, role)
        axes.plot(time / per, value, color=colour)
        axes.set_ylabel(axis_label(_name(role), unit))
        axes.margins(x=0.02, y=0.1)

    return draw


def _line(walk: Sequence[Segment], role: str) -> tuple[Floats, Floats]:
    """Times in ms and values; straight stretches by their ends, curves by some points."""
    times, values = [], []
    points = max(9, _POINTS // len(walk))
    for segment in walk:
        start, length, cubic = float(segment.start), float(segment.length), segment.drives.get(role)
        if cubic is None:
            idle = 0.0 if role == "stimulus" else np.nan
            times.append(np.array([start, start + length]))
            values.append(np.array([idle, idle]))
            continue
        c = [float(x) for x in cubic]
        tau = np.linspace(0.0, length, points if c[2] or c[3] else 2)
        times.append(start + tau)
        values.append(np.polynomial.polynomial.polyval(tau, c))
    return np.concatenate(times), np.concatenate(values)


def _ticks(train: Train, begin: Fraction, end: Fraction, per: float, colour: str) -> Panel:
    """Stimuli whose strength is the model's: where they begin."""
    found = [float(t) / per for t in onsets(Protocol(train.end, (train,)), train.role, start=begin) if begin <= t < end]

    def draw(axes: Axes) -> None:
        axes.vlines(found, 0.0, 1.0, color=colour, linewidth=1.1)
        axes.set_ylim(0.0, 1.3)
        axes.set_yticks([])
        axes.margins(x=0.02)
        axes.set_ylabel(_name(train.role))
        axes.text(1.0, 1.0, "the model's own", transform=axes.transAxes, ha="right", va="top", fontsize=7.0)

    return draw


def _name(role: str) -> str:
    bath = _BATH.get(role.rpartition(".")[2].lower())
    if bath is not None:
        return bath
    symbol = as_mathematics(role)
    return symbol if symbol != role or len(role) == 1 else role[0].upper() + role[1:].replace("_", " ")
