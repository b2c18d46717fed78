"""The reference numbers that other tools computed for real models, and the acceptance rule that belongs to them.

They live beside the project, in ../shared, or where TROPONIN_SHARED points.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("TROPONIN_SHARED", Path(__file__).parents[3] / "shared"))

Reference = dict[str, Any]


def references(kind: str) -> list[Path]:
    """The reference files of one format; an empty list where the folder is absent, a failure where it is empty."""
    folder = SHARED / "reference" / kind
    if not folder.is_dir():
        return []
    found = sorted(folder.glob("*.json"))
    assert found, f"{folder} is there and empty"
    return found


def need(kind: str) -> list[Path]:
    """The reference files, or a skip that says what is missing."""
    found = references(kind)
    if not found:
        pytest.skip(f"no reference numbers for {kind}: {SHARED / 'reference' / kind} is absent")
    return found


def read_reference(path: Path) -> Reference:
    loaded: Reference = json.loads(path.read_text())
    return loaded


def worst_ratio(reference: Reference, rates: Callable[[Mapping[str, float], Reference], Mapping[str, float]],
                names: list[str]) -> tuple[float, str]:  # fmt: skip
    """The largest |d - dy_mp| as a part of what the reference's README allows, and where it is."""
    worst, place = 0.0, "nowhere"
    per_ms = reference["time"]["units_per_ms"]
    for label, probe in reference["probes"].items():
        ours = rates(dict(zip(names, probe["y"], strict=True)), probe)
        rows = zip(names, probe["dy"], probe["dy_mp"], reference["state_abs_max"], strict=True)
        for name, dy, exact, largest in rows:
            allowed = 1e-7 * abs(exact) + 50 * abs(dy - exact) + 1e-12 * max(largest, 1e-9) / per_ms
            ratio = abs(ours[name] - exact) / allowed
            if not ratio <= worst:
                worst, place = ratio, f"{reference['name']}, {label}, {name}: {ours[name]!r} for {exact!r}"
    return worst, place
