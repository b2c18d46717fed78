"""Biomarkers in the loop: measured while a run goes on, without a trace."""
