"""What is done to a cell, handed on for the user: trains of stimuli, courses of any input, and how they are joined."""

from __future__ import annotations

from troponin.protocol.chance import Exponential, Normal, Uniform, random
from troponin.protocol.feedback import Feedback, on_crossing, on_demand, on_repolarisation
from troponin.protocol.feedback_record import from_dict, to_dict
from troponin.protocol.record import of_run
from troponin.protocol.series import recorded, series
from troponin.protocol.shapes import family, level, on_baseline, pulse, ramp, steps
from troponin.protocol.sinusoid import sine, sweep
from troponin.protocol.timeline import repeated, rest, sequence, shifted, together
from troponin.protocol.trains import dynamic, intervals, ramped, regular, s1s2

__all__ = [
    "Exponential",
    "Feedback",
    "Normal",
    "Uniform",
    "dynamic",
    "family",
    "from_dict",
    "intervals",
    "level",
    "of_run",
    "on_baseline",
    "on_crossing",
    "on_demand",
    "on_repolarisation",
    "pulse",
    "ramp",
    "ramped",
    "random",
    "recorded",
    "regular",
    "repeated",
    "rest",
    "s1s2",
    "sequence",
    "series",
    "shifted",
    "sine",
    "steps",
    "sweep",
    "to_dict",
    "together",
]
