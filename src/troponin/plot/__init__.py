"""Pictures of runs: a Dataset in, a figure out.  matplotlib is imported when something is drawn, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troponin.plot.disturbances import disturbances
from troponin.plot.figures import FORMATS, overview, require_picture, traces, write
from troponin.plot.protocol import protocol

if TYPE_CHECKING:
    from troponin.plot.experiments import figure

__all__ = ["FORMATS", "disturbances", "figure", "overview", "protocol", "require_picture", "traces", "write"]


def __getattr__(name: str) -> object:
    # the figures of all experiments take as long to import as a beat takes to run
    if name != "figure":
        raise AttributeError(f"module 'troponin.plot' has no attribute '{name}'", name=name)
    from troponin.plot.experiments import figure

    return figure
