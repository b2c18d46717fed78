"""Status: how an integration ended, and for each way of ending, what to do about it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

__all__ = ["Status"]


class Status(IntEnum):
    """The outcome of an integration; the compiled loops return its number."""

    DONE = 0
    TOO_MANY_STEPS = 1
    STEP_TOO_SMALL = 2
    NOT_FINITE = 3
    NO_CONVERGENCE = 4

    @property
    def meaning(self) -> str:
        """What happened, in one clause."""
        return _MEANING[self]

    @property
    def remedy(self) -> str:
        """What to try next, in one sentence."""
        return _REMEDY[self]


_MEANING: Final = {
    Status.DONE: "the integration reached its end",
    Status.TOO_MANY_STEPS: "the largest allowed number of steps was reached",
    Status.STEP_TOO_SMALL: "the step size fell below the resolution of time",
    Status.NOT_FINITE: "the right-hand side is not a finite number",
    Status.NO_CONVERGENCE: "the implicit equations could not be solved",
}

_REMEDY: Final = {
    Status.DONE: "Nothing needs to be done.",
    Status.TOO_MANY_STEPS: "Loosen rtol, or raise max_steps.",
    Status.STEP_TOO_SMALL: "Look for a jump of the right-hand side that is not a breakpoint, or loosen rtol and atol.",
    Status.NOT_FINITE: "Check the parameters and the state where it failed; a smaller max_step may avoid the region.",
    Status.NO_CONVERGENCE: "Check that the Jacobian belongs to the right-hand side; try a smaller max_step.",
}
