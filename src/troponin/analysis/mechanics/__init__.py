"""The muscle bench: twitches, loads, releases, steady force and stiffness of any model that contracts.

isometric, isotonic, work_loop               a beat that is held, afterloaded, or taken around a loop
force_calcium, force_length, force_velocity  steady force
quick_release, ktr                           steps of length in constant calcium
stiffness                                    the model with its active stiffness, by symbolic differentiation
"""

from troponin.analysis.mechanics.calcium import calcium_beat, calcium_transient
from troponin.analysis.mechanics.loaded import isotonic, work_loop
from troponin.analysis.mechanics.muscle import stiffness
from troponin.analysis.mechanics.release import ktr, quick_release
from troponin.analysis.mechanics.sinusoid import dynamic_stiffness
from troponin.analysis.mechanics.steady import force_calcium, force_length, force_velocity
from troponin.analysis.mechanics.twitch import fixed_ends, isometric

__all__ = [
    "calcium_beat",
    "calcium_transient",
    "dynamic_stiffness",
    "fixed_ends",
    "force_calcium",
    "force_length",
    "force_velocity",
    "isometric",
    "isotonic",
    "ktr",
    "quick_release",
    "stiffness",
    "work_loop",
]
