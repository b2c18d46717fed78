"""Limit cycles of every paced cell of the library at every rate: python benchmarks/rates.py --cellml FOLDER

Each entry is the number of beats that the cycle took, all counted, with the rhythm where beats differ; or what the
cell does instead.  `--write PAGE` puts the tables into a page, between the lines that begin with <!-- rates.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from limit_cycle import written

from troponin.analysis.cycle.limit_cycle import LimitCycle, limit_cycle
from troponin.errors import SolverError
from troponin.library.catalogue import describe, names
from troponin.model.model import Model
from troponin.model.pacing import own_stimulus
from troponin.simulation.load import load

__all__ = ["entry", "imported", "of_the_library"]

RATES = (300, 400, 500, 750, 1000, 1500, 2000)


def of_the_library() -> Iterator[tuple[str, Model]]:
    """Every variant of every cell of the library that has a stimulus."""
    for name in names():
        for variant in describe(name).variants:
            model = load(name, variant)
            if own_stimulus(model) is not None:
                yield f"{name} {variant}", model


def imported(folder: Path) -> Iterator[tuple[str, Model]]:
    """Every model file of a folder that has a stimulus."""
    for path in sorted(folder.glob("*.cellml")):
        model = load(path)
        if own_stimulus(model) is not None:
            yield path.stem, model


def entry(cycle: LimitCycle) -> str:
    """What became of a search, in a few words."""
    if not cycle.converged:
        drifts = cycle.drift > cycle.residual / 2
        return f"drifts, {cycle.drift:.0e} a beat" if drifts else "none found"
    beats = str(cycle.beats + cycle.further_beats)
    return beats if cycle.period == 1 else f"{beats}, {cycle.rhythm}"


def row(name: str, model: Model) -> str:
    """One line of the table."""
    entries = []
    for bcl in RATES:
        try:
            entries.append(entry(limit_cycle(model, f"{bcl} ms")))
        except SolverError as fault:
            entries.append(f"fails: {fault.what}")
    return f"| {name} | {' | '.join(entries)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cellml", type=Path, help="a folder of imported models to add")
    parser.add_argument("--write", type=Path, metavar="PAGE")
    given = parser.parse_args()
    cells = [*of_the_library(), *(imported(given.cellml) if given.cellml is not None else ())]
    lines = [f"| beats, every | {' | '.join(f'{bcl} ms' for bcl in RATES)} |", "|---" * (len(RATES) + 1) + "|"]
    for name, model in cells:
        lines.append(row(name, model))
        print(lines[-1], flush=True)
    if given.write is not None:
        written(given.write, "rates", "\n".join(lines))


if __name__ == "__main__":
    main()
