"""`troponin limit-cycle`: the beat that a cell settles into, in a few dozen beats, and how far it can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from troponin.cli.arguments import AsJson, ModelName, Plot, Pulse, Rtol, Save, StateFile, Tolerant, Values, Variant
from troponin.cli.cell import cell_of, title_of
from troponin.cli.options import BCL, require_times, tolerant
from troponin.cli.outlets import outlets
from troponin.cli.progress import progress_bar
from troponin.cli.report import Fact, Report, deliver
from troponin.cli.text import complain
from troponin.errors import ProtocolError

if TYPE_CHECKING:
    import xarray as xr

    from troponin.analysis.cycle.limit_cycle import LimitCycle

__all__ = ["limit_cycle"]

_NOT_FOUND = 1
_BUT_DRIFT = ", but for what drifts"
_FOLLOWED = ("distance", "plain_beats")
"""What says nothing of modes along which the cell drifts."""

_ABOUT = {
    "rhythm": ("rhythm", ""),
    "period": ("beats after which it repeats", "1"),
    "residual": ("residual, change over one period in scaled units", "1"),
    "distance": ("estimated distance to the exact orbit", "1"),
    "beats": ("beats of the search", "1"),
    "further_beats": ("further beats for the multipliers", "1"),
    "plain_beats": ("beats that plain pacing would take, about", "1"),
    "stable": ("stable", ""),
}


def limit_cycle(
    model: ModelName,
    bcl: Annotated[
        str | None, typer.Option(help="Basic cycle length.", show_default=f"{BCL}; its own, where nothing paces a cell")
    ] = None,
    tolerance: Annotated[float, typer.Option(help="Largest distance to the exact orbit, in scaled units.")] = 1e-6,
    variant: Variant = None,
    values: Values = None,
    state: StateFile = None,
    stimulus: Pulse = None,
    as_json: AsJson = False,
    save: Save = None,
    plot: Plot = None,
    solver: Tolerant = None,
    rtol: Rtol = None,
) -> int:
    """Find the limit cycle: its biomarkers, residual, multipliers and alternans.

    --save keeps one period with every state, so that `troponin run MODEL --state FILE` begins on the cycle.  The
    exit code is 1 where no cycle was found, and why is told.
    """
    import troponin as tn

    cell = cell_of(model, variant, values, state, stimulus)
    how, to = tolerant(solver, rtol, cell.time_unit), outlets(save, plot)
    require_times(bcl=bcl)
    if bcl is not None and not any(given.role == "stimulus" for given in cell.inputs):
        remedy = "Leave it out, for the rhythm of a cell that beats by itself."
        raise ProtocolError(f"{cell.name} has no stimulus", where="--bcl", remedy=remedy)
    alone = bcl is None and cell.stimulus is None and cell.pacing is None
    with progress_bar(f"{title_of(cell)}, limit cycle", total=None):
        cycle = tn.limit_cycle(cell, None if alone else bcl or BCL, solver=how, tolerance=tolerance)
        record = cycle.record
    paced = f"{'by itself ' if alone else ''}every {float(cycle.length):.5g} {cycle.length.unit}"
    title = f"{title_of(cell)} {paced}: {cycle.rhythm if cycle.converged else 'no cycle found'}"
    table = tn.biomarkers.table(record)
    beats = ("beat", [1.0 + i for i in range(table.sizes["beat"])], {"units": "1", "long_name": "beat"})
    report = Report(
        title, table.assign_coords(beat=beats).assign_attrs(record.attrs), _facts(cycle, record, as_json), across=True
    )
    code = deliver(report, [record], to, as_json)
    return code if cycle.converged else complain(f"not converged: {cycle.why}", _NOT_FOUND)


def _facts(cycle: LimitCycle, record: xr.Dataset, whole: bool) -> list[Fact]:
    """What is known of the cycle; where the whole is asked for, its state and every multiplier too."""
    own = cycle.facts
    facts = [
        Fact(name, about + _BUT_DRIFT if name in _FOLLOWED and cycle.drifts else about, own[name], units)
        for name, (about, units) in _ABOUT.items()
    ]
    facts += _moved(cycle, whole)
    facts.append(Fact("slowest", "slowest mode falls by a factor of e within", cycle.slowest, "beats"))
    facts.append(Fact("largest_multiplier", "largest multiplier", own["largest_multiplier"], "1"))
    if not whole:
        return facts
    facts.append(Fact("converged", "whether the cycle was found", cycle.converged))
    facts.append(Fact("why", "why it was not found", cycle.why))
    facts.append(Fact("drifts", "whether a drift is the reason", cycle.drifts))
    units = {state.name: str(state.unit) for state in cycle.model.states}
    for name, value in cycle.state.items():
        facts.append(Fact(f"state.{name}", f"{name} at the beginning of the beat", value, units[name]))
    for name in ("multiplier_real", "multiplier_imag"):
        facts.append(Fact(name, record[name].attrs["long_name"], record[name].to_numpy().tolist(), "1"))
    return facts


def _moved(cycle: LimitCycle, whole: bool) -> list[Fact]:
    """The concentration that moved furthest from the initial state, and a remark where it is far."""
    if not cycle.moved:
        return []
    furthest = cycle.moved[0]
    about, unit = "the concentration that moved furthest", str(furthest.unit)
    if not whole:
        facts = [Fact("furthest", about, str(furthest))]
        return [*facts, Fact("remark", "remark", cycle.remark)] if cycle.remark else facts
    return [
        Fact("furthest", about, furthest.name),
        Fact("furthest_from", f"{furthest.name} in the initial state", furthest.before, unit),
        Fact("furthest_to", f"{furthest.name} on the cycle", furthest.after, unit),
        Fact("remark", "what moved by more than a tenth", cycle.remark),
    ]
