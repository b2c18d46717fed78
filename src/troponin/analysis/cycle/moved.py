"""How far the state of a cycle lies from where the search began: the concentrations that have moved."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from troponin.model.model import Model
from troponin.units import Unit, parse_unit

__all__ = ["Moved", "moved_concentrations", "told"]

_CONCENTRATION: Final = parse_unit("mM").dimension

_FAR: Final = 0.1
"""Part of its initial value by which a concentration has moved far."""

_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Moved:
    """A concentration before and after: what it was in the model's initial state, and what it is on the cycle."""

    name: str
    unit: Unit
    before: float
    after: float

    @property
    def part(self) -> float:
        """By which part of its initial value it has moved; infinite from none to some."""
        change = abs(self.after - self.before)
        return change / abs(self.before) if self.before else float("inf") if change else 0.0

    @property
    def far(self) -> bool:
        """Whether it has moved by more than a tenth."""
        return self.part > _FAR

    def __str__(self) -> str:
        return f"{self.name} from {self.before:.4g} to {self.after:.4g} {self.unit}"


def moved_concentrations(model: Model, state: Mapping[str, float]) -> tuple[Moved, ...]:
    """All concentrations of a model, the one first that has moved by the largest part of its initial value.

    state   where they have moved to, by qualified name, in the model's units
    """
    found = [
        Moved(s.name, s.unit, s.initial, state[s.name]) for s in model.states if s.unit.dimension == _CONCENTRATION
    ]
    return tuple(sorted(found, key=lambda each: -each.part))


def told(moved: Sequence[Moved], beats: float) -> str:
    """What is to be known where concentrations have moved far, in plain words; empty where none has.

    beats   that plain pacing would need; none are told where they are not known
    """
    far = [each for each in moved if each.far]
    if not far:
        return ""
    more = f" and {len(far) - _SHOWN} more" if len(far) > _SHOWN else ""
    text = f"far from the initial state: {', '.join(map(str, far[:_SHOWN]))}{more}"
    if not math.isfinite(beats):
        return text
    return f"{text}. A cell that is only paced takes some {float(f'{math.ceil(beats):.2g}'):,.0f} beats to get there"
