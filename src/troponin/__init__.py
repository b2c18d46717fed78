"""Troponin: a heart cell from ion to tension."""
