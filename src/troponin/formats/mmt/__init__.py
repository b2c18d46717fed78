"""Myokit's mmt files: model and protocol in and out; a script is kept aside and never run."""
