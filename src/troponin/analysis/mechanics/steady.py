"""Steady force: what a muscle holds in constant calcium, at a length, at a velocity.

    force_calcium    Ta([Ca2+]) with its half-maximal calcium (pCa50) and its steepness (Hill)
    force_length     Ta(stretch)
    force_velocity   Ta(velocity of shortening) at constant length dependence

The muscle is taken out of its cell with calcium, stretch and stretch rate as parameters, and run until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.analysis.account import account
from troponin.analysis.mechanics.muscle import muscle_alone, require_stretch
from troponin.errors import SolverError, ValueRangeError
from troponin.model.model import Model
from troponin.protocol.timeline import rest
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import Rosenbrock
from troponin.units import DIMENSIONLESS, Quantity, as_quantity, conversion_factor, parse_unit, uM

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["force_calcium", "force_length", "force_velocity", "steady_muscle", "steady_tension"]

Floats = NDArray[np.float64]

PER_S: Final = parse_unit("1/s")

_LONG: Final = "20 s"
_SETTLED: Final = 1e-8
_SOLVER: Final = Rosenbrock(rtol=1e-8)

_SATURATING: Final = 1000.0
"""uM of calcium that no muscle tells from more."""

_ROUNDS: Final = 8


def force_calcium(model: Model, calcium: Sequence[Quantity | str] | None = None, *, stretch: float = 1.0) -> xr.Dataset:
    """Steady active tension against free calcium.

    calcium   concentrations; by default 41 from 0.05 to 20 uM, evenly in pCa
    stretch   SL / SL_rest

    Attributes: `Tmax` (kPa, at saturating calcium), `EC50` (uM, where tension is half of it), `pCa50`, and `hill`,
    the slope of ln(T / (Tmax - T)) against ln Ca between 10 and 90 % of Tmax.
    """
    import xarray as xr

    if calcium is None:
        levels = np.geomspace(0.05, 20.0, 41)
    else:
        levels = np.array([_positive(level) for level in calcium])
    require_stretch(stretch)
    muscle = steady_muscle(model)

    def tension(at: Floats) -> Floats:
        return steady_tension(muscle, {"cai": at, "stretch": np.full_like(at, stretch)})

    largest = float(tension(np.array([_SATURATING]))[0])
    c10, c50, c90 = _levels(tension, largest * np.array([0.1, 0.5, 0.9]), 1e-3, _SATURATING)
    curve = xr.Dataset(
        {"Ta": ("calcium", tension(levels), _TENSION)},
        {"calcium": ("calcium", levels, {"units": "uM", "long_name": "free calcium"})},
    )
    facts = {
        "stretch": stretch,
        "Tmax": largest,
        "EC50": c50,
        "pCa50": 6.0 - float(np.log10(c50)),
        "hill": float(np.log(81.0) / np.log(c90 / c10)),
    }
    return account(curve, "force_calcium", model, _SOLVER, facts)


def force_length(model: Model, stretch: ArrayLike | None = None, *, calcium: Quantity | str = "10 uM") -> xr.Dataset:
    """Steady active tension against stretch, by default from 0.8 to 1.2, in constant calcium."""
    import xarray as xr

    lengths = np.linspace(0.8, 1.2, 41) if stretch is None else np.atleast_1d(np.asarray(stretch, dtype=np.float64))
    for length in lengths:
        require_stretch(float(length))
    level = _positive(calcium)
    values = {"stretch": lengths, "cai": np.full_like(lengths, level)}
    curve = xr.Dataset(
        {"Ta": ("stretch", steady_tension(steady_muscle(model), values), _TENSION)},
        {"stretch": ("stretch", lengths, {"units": "1", "long_name": "stretch SL / SL_rest"})},
    )
    return account(curve, "force_length", model, _SOLVER, {"calcium": level})


def force_velocity(
    model: Model,
    velocity: ArrayLike | None = None,
    *,
    calcium: Quantity | str = "10 uM",
    stretch: float = 1.0,
) -> xr.Dataset:
    """Steady active tension and power against the velocity of shortening, in rest lengths per second.

    The crossbridges come to their steady distortion at each velocity while the length dependence stays that of
    `stretch`: what a release at that velocity passes through.  By default 41 velocities from zero to the one that
    leaves no tension, the attribute `vmax`.  Negative velocities lengthen.
    """
    import xarray as xr

    require_stretch(stretch)
    muscle = steady_muscle(model)
    level = _positive(calcium)

    def tension(at: Floats) -> Floats:
        fixed = {"cai": np.full_like(at, level), "stretch": np.full_like(at, stretch)}
        return steady_tension(muscle, fixed | {"stretch_rate": -at})

    (vmax,) = _levels(lambda v: -tension(v), np.array([0.0]), 1e-2, 1e3)
    speeds = np.linspace(0.0, vmax, 41) if velocity is None else np.atleast_1d(np.asarray(velocity, dtype=np.float64))
    force = tension(speeds)
    curve = xr.Dataset(
        {
            "Ta": ("velocity", force, _TENSION),
            "power": ("velocity", force * speeds, {"units": "kPa/s", "long_name": "power"}),
        },
        {"velocity": ("velocity", speeds, {"units": "1/s", "long_name": "velocity of shortening"})},
    )
    facts = {"calcium": level, "stretch": stretch, "vmax": vmax}
    return account(curve, "force_velocity", model, _SOLVER, facts)


_TENSION: Final = {"units": "kPa", "long_name": "steady active tension"}


def _positive(calcium: Quantity | str) -> float:
    """A concentration of calcium in uM, which a muscle must have some of."""
    level = as_quantity(calcium, uM, what="calcium").to(uM).value
    if not (np.isfinite(level) and level > 0.0):
        raise ValueRangeError("calcium must be positive", where="calcium", got=calcium)
    return level


def steady_muscle(model: Model) -> Model:
    """The muscle alone, with calcium, stretch and stretch rate as parameters: see `muscle_alone`."""
    return muscle_alone(model, ("cai", "stretch", "stretch_rate"))


def steady_tension(muscle: Model, values: Mapping[str, Floats]) -> Floats:
    """The steady active tension of `steady_muscle` in kPa: `cai` in uM, `stretch_rate` in 1/s, each of shape [n].

    Raises `SolverError` where it does not settle within 20 s.
    """
    factors = {
        "cai": conversion_factor(uM, muscle.variable("cai").unit),
        "stretch_rate": conversion_factor(PER_S, DIMENSIONLESS / muscle.time_unit),
    }
    own = {name: array * factors.get(name, 1.0) for name, array in values.items()}
    run = simulate(muscle, rest(_LONG), solver=_SOLVER, save=Save("Ta", every="10 s"), values=own)
    before, end = run["Ta"].to_numpy()[:, -2], run["Ta"].to_numpy()[:, -1]
    moving = np.flatnonzero(~(np.abs(end - before) <= _SETTLED * (1.0 + np.abs(end))))
    if moving.size:
        given = ", ".join(f"{name} = {array[moving[0]]:g}" for name, array in values.items())
        raise SolverError("the tension does not settle within 20 s", where=f"model {muscle.name}", got=given)
    return np.asarray(end)


def _levels(rising: Callable[[Floats], Floats], levels: Floats, low: float, high: float) -> list[float]:
    """Where a rising function of a positive argument reaches some levels, all brackets narrowed abreast."""
    below, above = np.full(len(levels), low), np.full(len(levels), high)
    inside = 8
    for _ in range(_ROUNDS):
        shares = np.arange(1, inside + 1) / (inside + 1)
        grid = below[:, np.newaxis] * (above / below)[:, np.newaxis] ** shares
        reached = rising(grid.ravel()).reshape(grid.shape) >= levels[:, np.newaxis]
        first = np.where(reached.any(axis=1), reached.argmax(axis=1), inside)
        edges = np.column_stack([below, grid, above])
        rows = np.arange(len(levels))
        below, above = edges[rows, first], edges[rows, first + 1]
    return [float(x) for x in np.sqrt(below * above)]
