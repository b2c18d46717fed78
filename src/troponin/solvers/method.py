"""The methods as small frozen settings objects; this module imports no compiler.

BDF           variable order and step, implicit: the default for one cell
Rosenbrock    one-step, linearly implicit, a step size per lane: the default for populations
RushLarsen    fixed step, exponential for the gates: for tissue
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError, UnknownNameError

__all__ = ["BDF", "MAX_ORDER", "SCHEMES", "TABLEAU_NAMES", "Rosenbrock", "RushLarsen", "absolute_tolerance"]

MAX_ORDER: Final = 5
"""Order beyond which the backward differentiation formulas are no longer usable (6 is barely stable)."""

TABLEAU_NAMES: Final = ("ROS34PW2", "Rodas4", "Rodas5P")
"""The Rosenbrock methods there are, from the cheapest to the most accurate."""

SCHEMES: Final = ("rush_larsen", "grl1", "grl2")
"""The fixed-step methods there are."""

_ATOL_OF_RTOL: Final = 0.1
"""Gates near zero need no relative accuracy: at equal error of v, 0.01 costs 10 % more; calcium, at 1e-4 mM, stays
as accurate as v (relative error below 1e-3 where v is within 0.1 mV)."""


@dataclass(frozen=True, slots=True)
class BDF:
    """Backward differentiation formulas of variable order 1 to 5 and variable step.

    A step is accepted when the root mean square over the states of error / (atol + rtol |y|) is
    at most one.  With several lanes the lanes share the step and the worst lane decides.

    rtol         relative tolerance
    atol         absolute tolerance in each state's own unit: one number, one per state, or None
                 for 0.1 rtol
    max_step     largest step, in the model's time unit
    first_step   first step after a breakpoint, or None to let the method choose
    max_order    largest order, 1 to 5
    max_steps    largest number of steps within one segment
    keep_scale   whether |y| is the largest since the last breakpoint, so that a gate that closes after
                 it was open, or calcium after its peak, stays as accurate as it was there; if not, the
                 present |y|, which costs 10 % more on cells but suits a state that decays over decades
    Raises SolverError for a setting that no integration can have.
    """

    rtol: float = 1e-6
    atol: float | tuple[float, ...] | None = None
    max_step: float = math.inf
    first_step: float | None = None
    max_order: int = MAX_ORDER
    max_steps: int = 100_000
    keep_scale: bool = True

    def __post_init__(self) -> None:
        steps = {"max_step": self.max_step, "first_step": self.first_step, "max_steps": self.max_steps}
        _numbers_alone("BDF", rtol=self.rtol, max_order=self.max_order, **steps)
        complaints = _tolerance_complaints(self.rtol, self.atol)
        complaints += _step_complaints(self.max_step, self.first_step, self.max_steps)
        if not 1 <= self.max_order <= MAX_ORDER:
            complaints.append(f"max_order: got {self.max_order}, expected 1 to {MAX_ORDER}")
        _refuse("BDF", complaints)


@dataclass(frozen=True, slots=True)
class Rosenbrock:
    """A Rosenbrock-Wanner method with a step size of its own for every lane.

    tableau      "ROS34PW2" (order 3), "Rodas4" (order 4) or "Rodas5P" (order 5)
    The other settings mean what they mean in BDF.
    Raises SolverError, UnknownNameError.
    """

    tableau: str = "Rodas5P"
    rtol: float = 1e-4
    atol: float | tuple[float, ...] | None = None
    max_step: float = math.inf
    first_step: float | None = None
    max_steps: int = 100_000
    keep_scale: bool = True

    def __post_init__(self) -> None:
        if self.tableau not in TABLEAU_NAMES:
            raise UnknownNameError("Rosenbrock method", self.tableau, TABLEAU_NAMES)
        steps = {"max_step": self.max_step, "first_step": self.first_step, "max_steps": self.max_steps}
        _numbers_alone("Rosenbrock", rtol=self.rtol, **steps)
        complaints = _tolerance_complaints(self.rtol, self.atol)
        complaints += _step_complaints(self.max_step, self.first_step, self.max_steps)
        _refuse("Rosenbrock", complaints)


@dataclass(frozen=True, slots=True)
class RushLarsen:
    """A fixed step taken by the kernel itself, of at most `step` in the model's time unit.

    Each segment is cut into equal steps, the fewest that are not longer than `step`.

    step      longest step
    scheme    "rush_larsen" (exponential for gates, order 1), "grl1" (for every state, order 1) or
              "grl2" (order 2)
    Raises SolverError for a step that is not a positive number, UnknownNameError.
    """

    step: float = 0.01
    scheme: str = "rush_larsen"

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise UnknownNameError("fixed-step scheme", self.scheme, SCHEMES)
        _numbers_alone("RushLarsen", step=self.step)
        if not (math.isfinite(self.step) and self.step > 0):
            _refuse("RushLarsen", [f"step: got {self.step}, expected a positive number"])


def absolute_tolerance(method: BDF | Rosenbrock, states: int) -> NDArray[np.float64]:
    """The absolute tolerance of every state, shape [states]; raises SolverError when the counts differ."""
    if method.atol is None:
        return np.full(states, _ATOL_OF_RTOL * method.rtol)
    given = np.atleast_1d(np.asarray(method.atol, dtype=np.float64))
    if given.size not in (1, states):
        raise SolverError(
            "atol has the wrong length",
            where=type(method).__name__,
            got=given.size,
            expected=f"1 or {states}, a number for every state",
        )
    return np.array(np.broadcast_to(given, (states,)))


def _numbers_alone(method: str, **settings: object) -> None:
    """Refuse texts and other things in the place of numbers, before they are compared with any."""
    _refuse(
        method,
        [
            f"{name}: got {value!r}, expected a number in the model's own unit"
            for name, value in settings.items()
            if value is not None and not isinstance(value, Real)
        ],
    )


def _tolerance_complaints(rtol: float, atol: float | tuple[float, ...] | None) -> list[str]:
    complaints = []
    if not 1e-14 <= rtol < 1:
        complaints.append(f"rtol: got {rtol}, expected a number from 1e-14 to below 1")
    if atol is not None:
        values = np.atleast_1d(np.asarray(atol, dtype=np.float64))
        if values.ndim != 1 or not (np.isfinite(values).all() and (values > 0).all()):
            complaints.append(f"atol: got {atol}, expected positive numbers")
    return complaints


def _step_complaints(max_step: float, first_step: float | None, max_steps: int) -> list[str]:
    complaints = []
    if not max_step > 0:
        complaints.append(f"max_step: got {max_step}, expected a positive number")
    if first_step is not None and not (math.isfinite(first_step) and first_step > 0):
        complaints.append(f"first_step: got {first_step}, expected a positive number or None")
    if max_steps < 1:
        complaints.append(f"max_steps: got {max_steps}, expected at least 1")
    return complaints


def _refuse(method: str, complaints: list[str]) -> None:
    if complaints:
        raise SolverError("; ".join(complaints), where=method, remedy="Give settings within the stated bounds.")
