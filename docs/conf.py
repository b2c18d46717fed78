"""Sphinx settings; `sphinx-build -W docs docs/_build/html` builds the pages."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Troponin"
author = "The Troponin authors"
release = version = metadata.version("troponin")
extensions = ["myst_parser", "api", "walk"]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_walk"]
html_theme = "pydata_sphinx_theme"
html_title = "Troponin"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}
html_show_sourcelink = False
