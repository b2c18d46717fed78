"""One beat of the membrane potential, read as a clinician reads it: its action potentials and what disturbs them.

Every rise of v that is large enough to count is one of these, in the order of time:

    the answer to the stimulus   it takes off early in the beat
    a notch                      it takes off soon after an upstroke: spike and dome
    an EAD                       it takes off before the cell has repolarised
    a DAD                        it takes off after that, and comes down again; or it triggers an action potential
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from troponin.analysis.markers.beats import SampledBeat
from troponin.analysis.markers.waveform import turning_points

__all__ = ["Afterdepolarisation", "Limits", "Reading", "read_beat"]


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something counts; potentials and differences of them in mV, times in ms.

    peak          what the peak of an action potential exceeds
    repolarised   v at or below which the cell has repolarised
    response      rise of v beyond the stimulus' own that makes an action potential
    ead, dad      rise of v that makes an early and a delayed afterdepolarisation
    early         time after the stimulus, and after an upstroke, within which a rise belongs to it
    push, lasts   what the stimulus alone adds to v, and how long it acts
    """

    peak: float
    repolarised: float
    response: float
    ead: float
    dad: float
    early: float
    push: float
    lasts: float


@dataclass(frozen=True, slots=True)
class Afterdepolarisation:
    """A rise of v that no stimulus evokes: its take-off (ms after the beat's start, mV), its height."""

    time: float
    takeoff: float
    amplitude: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a beat shows: whether it was captured and repolarised, its EADs, its DADs, and the beats these triggered."""

    captured: bool
    repolarised: bool
    eads: tuple[Afterdepolarisation, ...]
    dads: tuple[Afterdepolarisation, ...]
    triggered: int


def read_beat(v: SampledBeat, limits: Limits, *, paced: bool) -> Reading:
    """What a beat of the membrane potential (mV) shows.

    paced   whether a stimulus begins the beat; else it begins where v is lowest, and any rise may be its upstroke
    """
    points = turning_points(v.value, min(limits.ead, limits.dad))
    rises = [(a, b) for a, b in pairwise(points) if v.value[b] > v.value[a]]
    captured, triggered, upstroke, begins = False, 0, -np.inf, 0
    eads, dads = [], []
    for low, top in rises:
        takeoff, rise = float(v.time[low]), float(v.value[top] - v.value[low])
        push = limits.push if takeoff <= v.start + limits.lasts else 0.0
        excited = bool(v.value[top] > limits.peak) and rise - push >= limits.response
        bump = Afterdepolarisation(takeoff - v.start, float(v.value[low]), rise)
        if takeoff <= v.start + limits.early or not (paced or captured):
            captured |= excited
        elif takeoff <= upstroke + limits.early:
            continue
        elif not bool((v.value[begins : low + 1] <= limits.repolarised).any()):
            eads += [bump] if rise >= limits.ead else []
            continue
        elif excited or (rise >= limits.dad and top != points[-1]):  # what does not come down again is drift
            dads.append(bump)
            triggered += excited
        if excited:
            upstroke, begins = _steepest(v, low, top), top
    repolarised = bool((v.value[begins:] <= limits.repolarised).any())
    return Reading(captured, repolarised, tuple(eads), tuple(dads), triggered)


def _steepest(v: SampledBeat, low: int, top: int) -> float:
    slopes = np.diff(v.value[low : top + 1]) / np.diff(v.time[low : top + 1])
    return float(v.time[low + 1 + int(np.argmax(slopes))])
