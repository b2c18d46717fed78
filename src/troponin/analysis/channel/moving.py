"""Which states of a cell move under a voltage clamp of one current, by what reads what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from troponin.errors import ModelError, TroponinError, require_kind
from troponin.expr.graph import symbols
from troponin.expr.nodes import Node
from troponin.model.model import Model, State
from troponin.model.structure import Flat
from troponin.units import parse_unit

__all__ = ["moving_states"]

_AMOUNTS: Final = frozenset(parse_unit(text).dimension for text in ("mM", "mol"))
_CONCENTRATIONS: Final = ("cai", "cass", "nai", "ki", "cli")
"""Meanings of states that are held also in a file that gives no units."""


def moving_states(
    model: Model, flat: Flat, target: str, v: str, free: Sequence[str], held: Sequence[str]
) -> tuple[str, ...]:
    """The states that the target (a current, or a state) reads, directly or through one another, and that v moves.

    Concentrations, and what can be reached through them only, are no such states; those in `free` are, and those in
    `held` are not.  `flat` is the cell with its potential driven.  Raises `ModelError` for names in `free` or `held`
    that are no states, or none of the target's, and for a target that v does not move.
    """
    freed, kept = _named_states(model, free, "free"), _named_states(model, held, "held")
    if both := sorted(freed & kept):
        raise ModelError(
            "a state is either free or held", where=f"model {model.name}", complaints=both, remedy="Name it in one."
        )
    root = _names(flat.expression(target))
    reads = {s.name: _names(rate) for s, rate in zip(flat.model.states, flat.rates, strict=True)}
    own = freed | ({target} & set(reads))
    still = _concentrations(model) - own
    _require_reached(model, target, [*freed, *kept], _reached(root, reads, still))
    reached = _reached(root, reads, still | kept)
    moving = _moved(reached, reads, v) | (own & reached)
    if v not in root and not any(v in reads[x] for x in moving):
        raise _unmoved(model, target, sorted((root & set(reads)) or root))
    return tuple(s.name for s in flat.model.states if s.name in moving)


def _named_states(model: Model, names: Sequence[str], what: str) -> set[str]:
    require_kind(names, (tuple, list, set, frozenset), what, "names of states in a list")
    faults: list[str] = []
    found = set()
    for name in names:
        try:
            full = model.qualified(name)
            if not isinstance(model.variables[full], State):
                raise ModelError(f"'{full}' is no state")
            found.add(full)
        except TroponinError as fault:
            faults.append(str(fault))
    if faults:
        raise ModelError(f"{what} needs names of states", where=f"model {model.name}", complaints=faults)
    return found


def _concentrations(model: Model) -> set[str]:
    meant = {model.meanings[m] for m in _CONCENTRATIONS if m in model.meanings}
    return {s.name for s in model.states if s.unit.dimension in _AMOUNTS or s.name in meant}


def _names(root: Node) -> set[str]:
    return {s.name for s in symbols(root)}


def _reached(start: Iterable[str], reads: Mapping[str, set[str]], stop: set[str]) -> set[str]:
    """The states read from the start, directly or through one another, without passing those in `stop`."""
    waiting, found = list(start), set()
    while waiting:
        name = waiting.pop()
        if name in reads and name not in stop and name not in found:
            found.add(name)
            waiting.extend(reads[name])
    return found


def _moved(reached: set[str], reads: Mapping[str, set[str]], v: str) -> set[str]:
    """The states that the potential moves, directly or through one another."""
    moved = {name for name in reached if v in reads[name]}
    while more := {name for name in reached - moved if reads[name] & moved}:
        moved |= more
    return moved


def _require_reached(model: Model, target: str, names: Sequence[str], reached: set[str]) -> None:
    far = [name for name in names if name not in reached]
    if far:
        raise ModelError(
            f"states on which {target} does not depend",
            where=f"model {model.name}",
            complaints=far,
            remedy="Leave them out of free and held.",
        )


def _unmoved(model: Model, target: str, reads: Sequence[str]) -> ModelError:
    return ModelError(
        f"'{target}' does not depend on the membrane potential where all else is held",
        where=f"model {model.name}",
        complaints=[f"it depends on {', '.join(reads)}"] if reads else [],
        remedy='To clamp the whole cell, make v an input: clamped(model, "v").',
    )
