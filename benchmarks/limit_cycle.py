"""Beats to a limit cycle, beside plain pacing: python benchmarks/limit_cycle.py --cellml FOLDER --plain 20000

Plain pacing repeats the beat, as Myokit's `pre` does, with the solver and the tolerance that the search has.  How far a
state is from the cycle is measured against a cycle that is found to 1e-8: the largest difference of a state, as a
fraction of its own largest magnitude within the beat.  All beats are counted, those for the multipliers and every cell
of a block too.  `--write PAGE` puts the tables into a page, between the lines that begin with <!-- beats.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.analysis import biomarkers
from troponin.analysis.cycle.limit_cycle import LimitCycle, limit_cycle
from troponin.analysis.pace_map import initial_state, open_pace_map, pace
from troponin.model.carrier import carried
from troponin.model.model import Model
from troponin.protocol.pacing import regular
from troponin.simulation.load import load
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Comparison", "compare", "models", "written"]

Doubles = NDArray[np.float64]

BCL = "1000 ms"
SOLVER = BDF(rtol=1e-9)
KNOWN = 1000  # plain beats after which most who pace a cell stop
FINE = 1e-8


@dataclass(frozen=True)
class Search:
    """One search: what it found, the seconds it took, and how far from the exact cycle it ended."""

    cycle: LimitCycle
    seconds: float
    apart: float

    @property
    def beats(self) -> int:
        """All beats, of every cell of every block."""
        return self.cycle.beats + self.cycle.further_beats


@dataclass(frozen=True)
class Comparison:
    """A cell's way to its limit cycle: by plain pacing, and by the search.

    plain     distance to the cycle after KNOWN plain beats, and after as many as were asked for
    seconds   of KNOWN plain beats
    alike     the search that stops at the distance of KNOWN plain beats, and `whole` the search as it is
    change    over one beat after all plain beats
    apd       APD90 [ms] of the cycle, and after all plain beats
    """

    name: str
    plain: tuple[float, float]
    seconds: float
    alike: Search
    whole: Search
    change: float
    apd: tuple[float, float]


def models(folder: Path | None) -> Iterator[tuple[str, Model]]:
    """The cells that are compared; those of the corpus where a folder of CellML files is given."""
    yield "ten Tusscher-Panfilov 2006", load("ten-tusscher-panfilov-2006")
    yield "O'Hara-Rudy 2011", load("ohara-rudy-2011")
    yield "ToR-ORd 2020", load("tomek-2020")
    if folder is not None:
        yield "Grandi 2010, imported", load(folder / "grandi_pasqualini_bers_2010_ss.cellml")
        courtemanche = load(folder / "courtemanche_ramirez_nattel_1998.cellml")
        yield "Courtemanche 1998, imported", courtemanche
        yield "Courtemanche 1998, `carried` by potassium", carried(courtemanche, "K")


def compare(name: str, model: Model, beats: int) -> Comparison:
    """Pace a cell plainly and search for its cycle.

    A cell that drifts is compared where plain pacing has brought it: with the cycle that it would have there.
    """
    y0, paced = initial_state(model), open_pace_map(model, regular(BCL), SOLVER)
    pace(paced, y0)  # compiles, outside of what is timed
    start = time.perf_counter()
    early = pace(paced, y0, KNOWN)
    seconds = time.perf_counter() - start
    late = pace(paced, early, beats - KNOWN)
    exact = limit_cycle(model, BCL, tolerance=FINE)
    if not exact.converged:
        model = started(model, late)
        exact = limit_cycle(model, BCL, tolerance=FINE)
    scale = np.array([float(np.abs(exact.trace[state]).max()) or 1.0 for state in exact.state])
    plain = apart(early, state_of(exact), scale), apart(late, state_of(exact), scale)
    alike, whole = (searched(model, tolerance, exact, scale) for tolerance in (min(plain[0], 1e-3), 1e-6))
    apds = (float(biomarkers.apd(run, 90)) for run in (whole.cycle.trace, one_beat(model, late)))
    return Comparison(
        name, plain, seconds, alike, whole, apart(pace(paced, late), late, scale), (next(apds), next(apds))
    )


def searched(model: Model, tolerance: float, exact: LimitCycle, scale: Doubles) -> Search:
    """A search to a tolerance."""
    start = time.perf_counter()
    cycle = limit_cycle(model, BCL, tolerance=tolerance)
    return Search(cycle, time.perf_counter() - start, apart(state_of(cycle), state_of(exact), scale))


def state_of(cycle: LimitCycle) -> Doubles:
    """The state at the beginning of the beat, shape [state]."""
    return np.array(list(cycle.state.values()))


def apart(y: Doubles, other: Doubles, scale: Doubles) -> float:
    """The largest difference of a state in units of its scale."""
    return float(np.abs((y - other) / scale).max())


def started(model: Model, y: Doubles) -> Model:
    """The model at a state."""
    return replace(model, states=tuple(replace(s, initial=float(x)) for s, x in zip(model.states, y, strict=True)))


def one_beat(model: Model, y: Doubles) -> xr.Dataset:
    """The beat from a state, as a run."""
    return simulate(started(model, y), regular(BCL), solver=SOLVER, save=Save(every="0.1 ms"))


def tables(found: Sequence[Comparison], beats: int) -> str:
    """What was found, as two Markdown tables."""
    lines = [
        f"| 1 Hz | slowest mode | {KNOWN} plain beats | `limit_cycle`, to the same distance | fewer by | and to 1e-6 |",
        "|---|---|---|---|---|---|",
    ]
    for row in found:
        slowest = row.whole.cycle.slowest
        if not row.whole.cycle.converged:
            continue
        lines.append(
            f"| {row.name} | {slowest:.3g} beats | {row.plain[0]:.1e} in {row.seconds:.2g} s "
            f"| {row.alike.beats} beats: {row.alike.apart:.0e} in {row.alike.seconds:.2g} s "
            f"| {KNOWN / row.alike.beats:.0f} "
            f"| {row.whole.beats} beats: {row.whole.apart:.0e} in {row.whole.seconds:.2g} s |"
        )
    lines += [
        "",
        f"| {beats:,} plain beats | distance to the cycle | change per beat, plain, found | APD90, plain, found |",
        "|---|---|---|---|",
    ]
    for row in found:
        told = "" if row.whole.cycle.converged else ", which drifts"
        lines.append(
            f"| {row.name}{told} | {row.plain[1]:.0e} | {row.change:.0e}, {row.whole.cycle.residual:.0e} "
            f"| {row.apd[1]:.3f} ms, {row.apd[0]:.3f} ms |"
        )
    return "\n".join(lines)


def written(page: Path, mark: str, text: str) -> None:
    """Put text into a page, between its two lines that begin with <!-- and the mark."""
    parts = re.split(rf"(^<!-- {mark}.*-->$)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if len(parts) != 5:
        raise SystemExit(f"{page} has not two lines that begin with <!-- {mark}")
    parts[2] = f"\n{text}\n"
    page.write_text("".join(parts), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cellml", type=Path, help="the folder of the imported models; without it they are left out")
    parser.add_argument("--plain", type=int, default=20_000, help="plain beats to pace each cell")
    parser.add_argument("--write", type=Path, metavar="PAGE")
    given = parser.parse_args()
    found = []
    for name, model in models(given.cellml):
        found.append(compare(name, model, given.plain))
        print(f"{name} done", flush=True)
    text = tables(found, given.plain)
    print(text)
    if given.write is not None:
        written(given.write, "beats", text)


if __name__ == "__main__":
    main()
