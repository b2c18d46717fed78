"""Pictures of runs: a Dataset in, a figure out.  matplotlib is imported when something is drawn, not before."""

from troponin.plot.figures import FORMATS, overview, require_picture, traces, write

__all__ = ["FORMATS", "overview", "require_picture", "traces", "write"]
