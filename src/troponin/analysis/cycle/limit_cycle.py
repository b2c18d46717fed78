"""limit_cycle: the beat that a cell settles into, with how near it is, how stable it is, and what it conserves.

    cycle = limit_cycle(cell, "1000 ms")  of a paced cell; limit_cycle(cell) of one that beats by itself
    cycle.state                      the state at the beginning of the beat, by name
    cycle.trace                      one period as a run, for biomarkers and plots
    cycle.residual, cycle.beats      the change over one more period, in scaled units, and the work

The residual counts each state in units of its own largest magnitude within the beat, so that millivolts and
millimolars are never added up.  Close is not converged: a mode with a multiplier of 0.9998 changes by a
thousandth of a percent per beat and is still 6000 beats away, so `distance` estimates what is left from the
multipliers.  Where a beat that repeats itself is unstable, the rhythm that the cell falls into is looked for: alternans
is a cycle of two beats (`period` 2), and so is a stimulus that captures every other time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from troponin.analysis.conservation import conserved_quantities
from troponin.analysis.cycle.anderson import Settings
from troponin.analysis.cycle.cycle_record import cycle_record
from troponin.analysis.cycle.floquet import beats_to_settle, multipliers
from troponin.analysis.cycle.moved import Moved, moved_concentrations, told
from troponin.analysis.cycle.orbit import Ledger, Orbit, Problem, find_orbit, pose
from troponin.analysis.cycle.return_map import from_rest, open_return_map
from troponin.analysis.cycle.rhythm import ALTERNANS, ONE_BEAT, UNSTABLE, attracting_orbit, attracts, rhythm_of
from troponin.analysis.pace_map import beat_from, initial_state, open_pace_map, started
from troponin.errors import ProtocolError, ValueRangeError, require_kind
from troponin.model.audit import leaks
from troponin.model.model import Model
from troponin.protocol.pacing import regular
from troponin.protocol.timeline import Protocol, repeated
from troponin.simulation.course import Method
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import Quantity, as_quantity, ms

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LimitCycle", "limit_cycle"]


@dataclass(frozen=True, eq=False)
class LimitCycle:
    """A periodic orbit of a paced cell, and what is known of it.

    model         the model whose initial state is on the orbit, at the beginning of a beat
    beat          what is done to it in one beat
    solver        the method and the tolerances with which all of this holds
    state         the state at the beginning of the beat, by qualified name, in the model's units
    period        beats after which it repeats: 2 for alternans, and for a stimulus that captures every other time
    converged     whether the estimated distance to the exact orbit is below the tolerance; `why` says why not
    residual      largest change of a state over one period, as a fraction of its largest magnitude in a beat
    distance      estimated distance to the exact orbit, in the same units; where the cell drifts, the distance in
                  all but the modes along which it does, which may be far from their end
    drift         the part of the residual along modes too slow to be followed
    drifts        whether that is why it is not converged
    multipliers   Floquet multipliers over one period, largest magnitude first, conserved quantities left out
    conserved     the states of each conserved quantity, whose amount is that of the initial state
    beats         beats of single cells until the state was known; `further_beats` for the multipliers alone
    plain_beats   beats after which plain pacing from the initial state would be as near, by the modes of the
                  orbit, but for those along which it drifts; NaN where no orbit was found
    moved         the concentrations, before and after, the one first that moved by the largest part of itself
    history       residual by step of the search
    """

    model: Model = field(repr=False)
    beat: Protocol = field(repr=False)
    solver: Method
    state: Mapping[str, float] = field(repr=False)
    period: int
    converged: bool
    why: str
    residual: float
    distance: float
    drift: float
    drifts: bool
    multipliers: NDArray[np.complex128] = field(repr=False)
    conserved: tuple[tuple[str, ...], ...] = field(repr=False)
    beats: int
    further_beats: int
    plain_beats: float
    moved: tuple[Moved, ...] = field(repr=False)
    history: tuple[float, ...] = field(repr=False)

    @property
    def length(self) -> Quantity:
        """The length of a beat; of a cell that beats by itself, the mean of those of its period."""
        return Quantity(float(self.beat.duration), ms)

    @cached_property
    def rhythm(self) -> str:
        """What the period is: "1 beat", "alternans", "2:1 block" where a stimulus is not captured, or "3 beats"."""
        return rhythm_of(self.trace, self.period) if self.period > 1 else ONE_BEAT

    @property
    def alternans(self) -> bool:
        """Whether beats alternate, each of them an action potential."""
        return self.rhythm == ALTERNANS

    @property
    def remark(self) -> str:
        """What moved by more than a tenth from the initial state, and what plain pacing would take; mostly empty."""
        return told(self.moved, self.plain_beats)

    @property
    def stable(self) -> bool:
        """Whether small disturbances die away."""
        return bool(np.abs(self.multipliers).max(initial=0.0) < UNSTABLE)

    @property
    def slowest(self) -> float:
        """The beats in which the slowest disturbance falls by a factor of e; infinite for one that does not."""
        size = float(np.abs(self.multipliers).max(initial=0.0))
        if size >= 1.0:
            return float("inf")
        return self.period / -float(np.log(size)) if size > 0.0 else 0.0

    @property
    def facts(self) -> dict[str, bool | int | float | str]:
        """What is known of the cycle but its state, as plain values: for a table, or for JSON."""
        furthest = self.moved[0] if self.moved else None
        moved: dict[str, float | str] = {}
        if furthest is not None:
            moved = {
                "furthest": furthest.name,
                "furthest_from": furthest.before,
                "furthest_to": furthest.after,
                "furthest_unit": str(furthest.unit),
            }
        return {
            "model": self.model.name,
            "variant": self.model.variant or "",
            "bcl_ms": float(self.beat.duration),
            "period": self.period,
            "rhythm": self.rhythm,
            "converged": self.converged,
            "why": self.why,
            "stable": self.stable,
            "residual": self.residual,
            "distance": self.distance,
            "drift": self.drift,
            "drifts": self.drifts,
            "beats": self.beats,
            "further_beats": self.further_beats,
            "plain_beats": self.plain_beats,
            "largest_multiplier": float(np.abs(self.multipliers).max(initial=0.0)),
            **moved,
            "remark": self.remark,
        }

    @cached_property
    def trace(self) -> xr.Dataset:
        """One period as a run, every 0.1 ms: the Dataset of `simulate`."""
        return simulate(self.model, repeated(self.beat, self.period), solver=self.solver, save=Save(every="0.1 ms"))

    @property
    def record(self) -> xr.Dataset:
        """The trace, with the multipliers, the history and the facts: to be drawn, or kept in a file."""
        return cycle_record(self.trace, self.multipliers, self.history, self.facts)

    def __str__(self) -> str:
        kind = f"{self.rhythm}, a cycle of {self.period} beats" if self.period > 1 else "a cycle of 1 beat"
        distance = "estimated distance, but for what drifts," if self.drifts else "estimated distance"
        lines = [
            f"{self.model.name}: {kind if self.converged else 'not converged: ' + self.why}",
            f"residual {self.residual:.1e} in scaled units, {distance} {self.distance:.1e}",
            f"found with {self.beats} beats, {self.further_beats} more for the multipliers",
            f"slowest mode {self.slowest:.3g} beats, {'stable' if self.stable else 'unstable'}",
        ]
        lines += [self.remark] if self.remark else []
        return "\n".join(lines + [f"conserved: {' + '.join(names)}" for names in self.conserved])


def limit_cycle(
    model: Model,
    bcl: Quantity | str | None = None,
    *,
    beat: Protocol | None = None,
    solver: Method | None = None,
    tolerance: float = 1e-6,
    slowest: float = 20_000.0,
    within: Quantity | str = "20 s",
) -> LimitCycle:
    """The periodic orbit to which a cell settles, paced or beating by itself.

    bcl         the basic cycle length, such as "1000 ms", with the model's own stimulus; left out, together with beat,
                for a cell that beats by itself: then a beat begins where the voltage is lowest, and `cycle.length` is
                what was looked for
    beat        instead of it, a protocol that lasts one beat: a stimulus of its own, a stretch, a calcium transient
    solver      the method; by default BDF(rtol=1e-9), since the slowest modes magnify the solver's error
    tolerance   largest distance to the exact orbit, estimated, in scaled units
    slowest     modes that settle within more beats than this are not followed: the cell then drifts, `converged` is
                false, and the state is settled in all but these modes
    within      how long a cell that nothing paces is watched for beats of its own, of which it must show some ten

    Raises `ProtocolError` where both bcl and beat are given, `ModelError` for equations that depend on time itself and
    for a cell that nothing paces and that does not beat by itself, `ValueRangeError` for settings that are none, and
    `SolverError` where the cell cannot go on.
    """
    require_kind(model, Model, "limit_cycle", 'a Model, such as load("torord-land")')
    if bcl is not None and beat is not None:
        raise ProtocolError(
            "either a cycle length or a beat is needed, not both",
            where="limit_cycle",
            remedy='Give bcl="1000 ms", or beat=...',
        )
    for name, value, least in (("tolerance", tolerance, 0.0), ("slowest", slowest, 1.0)):
        if not (np.isfinite(value) and value > least):
            raise ValueRangeError(f"{name} must be more than {least:g}", where="limit_cycle", got=value)
    method = BDF(rtol=1e-9) if solver is None else solver
    ledger = Ledger()
    if bcl is None and beat is None:
        watched = as_quantity(within, model.time_unit, what="within").to(model.time_unit).value
        paced, y, ledger.beats = open_return_map(model, method, watched)
    else:
        paced, y = open_pace_map(model, beat if beat is not None else regular(bcl or ""), method), initial_state(model)
    problem = pose(paced, y, slowest)
    settings = Settings(residual=0.1 * tolerance, step=tolerance)
    orbit = find_orbit(problem, problem.start, settings, tolerance, ledger)
    problem, orbit = attracting_orbit(problem, orbit, settings, tolerance, ledger)
    return _result(problem, orbit, tolerance, ledger, held=problem.slowest < slowest)


def _result(problem: Problem, orbit: Orbit, tolerance: float, ledger: Ledger, *, held: bool) -> LimitCycle:
    model = problem.paced.model
    beat = beat_from(problem.paced, orbit.y, problem.period)
    y = orbit.y if problem.paced.passage is None else from_rest(problem.paced, orbit.y, beat)
    state = {s.name: float(value) for s, value in zip(model.states, y, strict=True)}
    why = _why_not(problem, orbit, tolerance, held)
    found, away = _is_near(orbit, tolerance), (problem.start - orbit.y) / orbit.scale
    return LimitCycle(
        model=started(model, y),
        beat=beat,
        solver=problem.paced.method,
        state=state,
        period=problem.period,
        converged=not why,
        why=why,
        residual=orbit.residual,
        distance=orbit.distance,
        drift=orbit.drift,
        drifts=found and _drifts(problem, orbit, tolerance),
        multipliers=multipliers(orbit.near),
        conserved=tuple(quantity.states for quantity in problem.conserved),
        beats=orbit.beats,
        further_beats=ledger.beats - orbit.beats + orbit.near.beats * (not orbit.counted),
        plain_beats=problem.period * beats_to_settle(orbit.near, away, tolerance) if found else float("nan"),
        moved=moved_concentrations(model, state),
        history=tuple(ledger.residuals),
    )


def _why_not(problem: Problem, orbit: Orbit, tolerance: float, held: bool) -> str:
    """Why this is no limit cycle; empty where it is one.  `held` says that slow modes were followed in vain."""
    if orbit.distance > tolerance:
        return (
            f"the search came within {orbit.distance:.1e} of a periodic orbit and no nearer; the cell may follow a "
            "rhythm of several beats, or the solver's tolerance is too coarse"
        )
    if not _is_near(orbit, tolerance):
        return "the orbit is unstable, and no rhythm of up to four beats was found that the cell falls into"
    if not _drifts(problem, orbit, tolerance):
        return ""
    slowest = float(np.abs(1.0 - orbit.slow.multipliers).min())
    states = [s.name for s in problem.paced.model.states]
    most = np.argsort(-np.abs(orbit.slow.positions).max(axis=0))[:3]
    duration = f"that takes {1.0 / slowest:.2g} beats" if slowest > 1e-7 else "that nothing brings back"
    text = (
        f"the cell drifts by {orbit.drift:.1e} a beat along a mode {duration} "
        f"({', '.join(states[i] for i in most)}); all else is settled"
    )
    end = ["Followed to its end, that mode leads to where no rhythm of up to four beats was found"] if held else []
    return ". ".join([text, *end, *_leaks_of(problem)])


def _is_near(orbit: Orbit, tolerance: float) -> bool:
    """Whether a periodic orbit that attracts was found, as far as its modes were followed."""
    return orbit.distance <= tolerance and attracts(orbit, tolerance)


def _drifts(problem: Problem, orbit: Orbit, tolerance: float) -> bool:
    """Whether the cell drifts along modes that are not followed, by what can be seen."""
    return orbit.drift * problem.slowest > tolerance


def _leaks_of(problem: Problem) -> list[str]:
    """What is not conserved and could be: leaks of declared quantities, and what the drive itself adds to."""
    model = problem.paced.model
    lost = sorted({leak.flow for leak in leaks(model) if leak.flow is not None})
    said = [f"Charge leaks through {', '.join(lost)}"] if lost else []
    if problem.paced.passage is None and len(conserved_quantities(model, driven=False)) > len(problem.conserved):
        said.append(
            "Without a stimulus charge would be conserved, but no ion of the model carries the stimulus current; "
            'let one carry it, as in tn.carried(model, "K")'
        )
    return said
