"""Beats of a cell that nothing paces: where they begin, and which of them a run holds to their end.

A beat begins where v is lowest before its upstroke.  A last beat that the run does not hold to its end is left out
where there are whole beats before it: what is cut short has no duration of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from troponin.analysis.markers.definitions import LEAST_UPSTROKE
from troponin.analysis.markers.waveform import Samples, smooth_peak, upward_crossings

__all__ = ["lowest_after", "own_edges"]

_REST: Final = 0.3
"""Part of the way from the lowest potential to the highest below which a cell is at rest."""

_NEAR: Final = 0.1
"""Part of the way from the foot of a beat to its peak below which v has come back to the foot."""


def own_edges(time: Samples, v: Samples) -> Samples:
    """Where v is lowest before each upstroke, between samples where it is smooth, and the end of the last beat."""
    low, high = float(v.min()), float(v.max())
    if not high - low >= LEAST_UPSTROKE:
        return time[[0, -1]]
    crossings = upward_crossings(time, v, 0.5 * (low + high), rest=low + _REST * (high - low))
    feet = []
    previous = time[0]
    for crossing in crossings:
        window = (time >= previous) & (time <= crossing)
        feet.append(smooth_peak(time[window], -v[window])[0])
        previous = crossing
    if len(feet) > 1 and feet[0] == time[0] and v[1] > v[0]:
        feet = feet[1:]  # the run begins within a beat, whose start it does not hold
    if not feet:
        return time[[0, -1]]
    if len(feet) == 1:
        # one beat is told even where it is cut short, but not an upstroke whose peak the run does not hold
        return np.array([*feet, time[-1]]) if v[-1] < v[time >= feet[0]].max() else time[[0, -1]]
    return np.array([*feet, time[-1]]) if _is_whole(time, v, feet) else np.array(feet)


def _is_whole(time: Samples, v: Samples, feet: Sequence[float]) -> bool:
    """Whether the run holds the last of several beats to its end, so that it is a beat such as those before.

    It does where v has turned up again after its minimum, or has come to within a tenth of where the beat began; and
    where the beat has lasted longer than any before, as that of a cell that stays up.
    """
    beat = v[time >= feet[-1]]
    foot, top = float(beat[0]), int(np.argmax(beat))
    peak, after = float(beat[top]), beat[top:]
    if after.size < 2:  # an upstroke, whose peak the run does not hold
        return False
    down = foot + _REST * (peak - foot)
    low, last = float(after.min()), float(after[-1])
    turned = low <= down and last > low
    return turned or last <= foot + _NEAR * (peak - foot) or time[-1] - feet[-1] > max(b - a for a, b in pairwise(feet))


def lowest_after(time: Samples, value: Samples, edges: Samples, v: Samples) -> Samples:
    """Where a signal is lowest from each edge on until v has risen to the middle of its range."""
    low, high = float(v.min()), float(v.max())
    if not high - low >= LEAST_UPSTROKE:
        return edges
    up = time[v >= 0.5 * (low + high)]
    found = []
    for edge in edges.tolist():
        until = next(iter(up[up >= edge]), time[-1])
        window = (time >= edge) & (time <= until)
        found.append(smooth_peak(time[window], -value[window])[0] if window.any() else edge)
    return np.array(found)
