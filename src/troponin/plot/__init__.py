"""Pictures of runs: a Dataset in, a figure out.  matplotlib is imported when something is drawn, not before."""

from troponin.plot.disturbances import disturbances
from troponin.plot.experiments import figure
from troponin.plot.figures import FORMATS, overview, require_picture, traces, write
from troponin.plot.protocol import protocol

__all__ = ["FORMATS", "disturbances", "figure", "overview", "protocol", "require_picture", "traces", "write"]
