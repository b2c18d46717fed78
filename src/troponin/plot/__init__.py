"""Pictures of runs: a Dataset in, a figure out.  matplotlib is imported when something is drawn, not before."""

from troponin.plot.figures import overview, require_picture, traces, write

__all__ = ["overview", "require_picture", "traces", "write"]
