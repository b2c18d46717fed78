"""Markers: what is measured on a beat, defined once for a trace and for a measurement in the run."""
