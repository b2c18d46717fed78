"""Reference numbers computed by other tools, and the rule by which a derivative agrees with them.

The numbers stand outside the project, in ../shared/reference beside the repository: one JSON file for each
model file, written by Myokit with CVODES and checked against 50-digit arithmetic.  Where the folder is not
there, a test skips and says so by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from troponin import BDF, Save, simulate
from troponin.model.derivatives import derivatives
from troponin.model.model import Model
from troponin.protocol.timeline import Protocol

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "reference"


@dataclass(frozen=True)
class Probe:
    """A state, and its derivatives in compiled doubles and in 50-digit arithmetic, by the file's names."""

    name: str
    t: float
    pace: float | None
    state: Mapping[str, float]
    compiled: Mapping[str, float]
    exact: Mapping[str, float]
    values: Mapping[str, float]
    scale: Mapping[str, float]


def load(name: str) -> dict[str, Any]:
    """The content of a reference file, such as "mmt/tomek-2020"; skips the test by name where it is not there."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip(f"reference numbers '{name}' are not here ({path})")
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def probes(reference: Mapping[str, Any]) -> Iterator[Probe]:
    """The probes of a reference file."""
    names = reference["states"]

    def named(row: list[float]) -> dict[str, float]:
        return dict(zip(names, row, strict=True))

    scale = named(reference["state_abs_max"])
    for key, probe in reference["probes"].items():
        yield Probe(
            key, probe["t"], probe.get("pace"), named(probe["y"]), named(probe["dy"]), named(probe["dy_mp"]),
            probe["values"], scale,
        )  # fmt: skip


def allowance(probe: Probe, state: str) -> float:
    """How far a correct double-precision derivative may be from the exact one, model time in ms.

    The rounding floor of that derivative is seen in how far two computations of it differ; near a steady
    state it is a cancellation, so a plain relative test would fail correct codes.
    """
    exact, compiled = probe.exact[state], probe.compiled[state]
    return 1e-7 * abs(exact) + 50.0 * abs(compiled - exact) + 1e-12 * max(probe.scale[state], 1e-9)


def assert_derivatives_agree(
    model: Model,
    reference: Mapping[str, Any],
    names: Mapping[str, str],
    stimulus: Callable[[Probe], float],
    units: Mapping[str, float] | None = None,
) -> None:
    """Assert that the model's derivatives meet the acceptance rule at every probe of a reference.

    `names` maps the model's states to the file's, `stimulus` gives the stimulus current that the file
    applies at a probe, and `units` the value of one model unit in file units where they differ.
    """
    units = units or {}
    assert {s.name for s in model.states} == set(names), "every state has a counterpart in the reference"
    complaints = []
    count = 0
    for probe in probes(reference):
        state = {ours: probe.state[theirs] / units.get(ours, 1.0) for ours, theirs in names.items()}
        rates = derivatives(model, state | {model.meanings["stimulus"]: stimulus(probe)}, t=probe.t)
        for ours, theirs in names.items():
            got = rates[ours] * units.get(ours, 1.0)
            off = abs(got - probe.exact[theirs])
            count += 1
            if not off <= allowance(probe, theirs):
                share = off / allowance(probe, theirs)
                complaints.append(
                    f"{probe.name} {ours}: {got!r}, exact {probe.exact[theirs]!r}, {share:.3g} allowances"
                )
    assert count >= 2 * len(names), "a reference holds at least the initial and the perturbed state"
    assert not complaints, "\n".join(complaints)


def assert_second_agrees(
    model: Model,
    reference: Mapping[str, Any],
    names: Mapping[str, str],
    beat: Protocol,
    units: Mapping[str, float] | None = None,
) -> None:
    """Assert that one second from the file's initial state follows the stored traces of v and of calcium.

    The stored ones are good to 1e-8 of their range or so (tolerance 1e-10); ours are run at 1e-9.
    """
    units = units or {}
    start = dict(zip(reference["states"], reference["y0"], strict=True))
    began = model.with_values({ours: start[theirs] / units.get(ours, 1.0) for ours, theirs in names.items()})
    run = simulate(began, beat, solver=BDF(rtol=1e-9), save=Save(["v", "cai"], every="1 ms"))
    for meaning, trace in (("v", "V"), ("cai", "Ca")):
        expected = np.asarray(reference["traces"][trace])
        got = run[meaning].to_numpy()[: len(expected)] * units.get(model.meanings[meaning], 1.0)
        assert len(got) == len(expected) == 1001
        assert np.max(np.abs(got - expected)) < 2e-5 * np.ptp(expected), f"{trace} over one second"
