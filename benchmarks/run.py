"""All benchmarks: python benchmarks/run.py writes docs/benchmarks.md and docs/figures/work-precision.png.

    --quick     two models, Myokit alone, little of everything; prints and writes nothing
    --store     keep the ratios of this run in baselines.json
A run that loses more than 20 % of a stored ratio to a peer says so and ends with exit code 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import baselines
from cases import DEFAULT_MODELS
from figure import draw_curves
from machine import describe
from measurements import Extent, measure
from page import page

_DOCS = Path(__file__).parents[1] / "docs"


def main() -> int:
    """Measure, write, compare with what is stored."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(DEFAULT_MODELS), help="from the smallest to the largest")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--store", action="store_true")
    given = parser.parse_args()
    extent = Extent.quick(given.models) if given.quick else Extent.full(given.models)
    found, machine = measure(extent), describe()
    text, ratios = page(found, machine), found.ratios()
    if given.quick:
        print(text)
    else:
        (_DOCS / "benchmarks.md").write_text(text)
        draw_curves(found.single, _DOCS / "figures" / "work-precision.png")
    complaints = baselines.lost(ratios, baselines.read())
    if given.store:
        baselines.store(ratios, machine)
    for line in complaints:
        print(f"lost: {line}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
