"""The benchmarks are scripts in a folder of their own: here their modules are made importable."""

import sys
from pathlib import Path

_FOLDER = str(Path(__file__).parents[2] / "benchmarks")
if _FOLDER not in sys.path:
    sys.path.append(_FOLDER)
