"""Stored ratios to the peers, and the check that none of them was lost.

Times differ from machine to machine and from hour to hour; the ratio to a peer that was timed in turns with us in
the same run does so much less.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ALLOWED_LOSS", "FILE", "lost", "read", "store"]

FILE = Path(__file__).with_name("baselines.json")

ALLOWED_LOSS = 0.2
"""The part of a stored ratio that a run may fall short of."""


def read(path: Path = FILE) -> dict[str, float]:
    """The stored ratios; none where nothing has been stored yet."""
    if not path.exists():
        return {}
    stored: dict[str, float] = json.loads(path.read_text())["ratios"]
    return stored


def store(ratios: Mapping[str, float], machine: str, path: Path = FILE) -> None:
    """Keep these ratios, beside those stored before of what this run did not measure."""
    kept = dict(sorted((read(path) | dict(ratios)).items()))
    path.write_text(json.dumps({"machine": machine, "ratios": kept}, indent=2) + "\n")


def lost(ratios: Mapping[str, float], stored: Mapping[str, float], allowed: float = ALLOWED_LOSS) -> list[str]:
    """A line for every ratio that fell by more than what is allowed; what only one side has is not compared."""
    return [
        f"{name}: {ratios[name]:.2f} times the peer, {stored[name]:.2f} before"
        for name in sorted(ratios.keys() & stored.keys())
        if ratios[name] < (1.0 - allowed) * stored[name]
    ]
