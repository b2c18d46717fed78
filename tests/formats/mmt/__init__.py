"""Myokit files in and out."""
