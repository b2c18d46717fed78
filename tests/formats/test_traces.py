"""Published files run as written: one second of every state, against another tool's trajectories.

The reference was computed at 1e-10 and states its own error per state.  At that tolerance we must end within ten
times its error plus the run's own tolerance, in every state, and follow its V and Ca at every millisecond.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import troponin as tn
from tests.formats.conformance import SHARED, Reference, need, read_reference, references
from troponin.model.model import Model

TOLERANCE = 1e-10
QUICK = (
    "bueno_2007_epi",
    "hodgkin_huxley_squid_axon_model_1952_modified",
    "noble_model_1962",
    "beeler_reuter_model_1977",
)

PUBLIC = Path(os.environ.get("TROPONIN_PUBLIC", SHARED / "corpus"))
"""Where the public mmt and ode files are, in folders of these names; they are no part of the project."""


def cases(kind: str) -> list[object]:
    """The reference files of a kind, the long ones marked slow."""
    return [pytest.param(p, id=p.stem, marks=() if p.stem in QUICK else pytest.mark.slow) for p in references(kind)]


def distance(model: Model, reference: Reference, names: list[str]) -> tuple[float, str]:
    """The largest error as a part of what is allowed, and where it is."""
    run = tn.simulate(model, duration="1000 ms", solver=tn.BDF(rtol=TOLERANCE), save=tn.Save(names, every="1 ms"))
    allowed = 10 * np.array(reference["state_abs_err"]) + TOLERANCE * np.array(reference["state_abs_max"]) + 1e-300
    final = np.array([float(run[name][-1]) for name in names])
    ratios = {"final " + n: r for n, r in zip(names, abs(final - reference["y_final"]) / allowed, strict=True)}
    for kind in ("V", "Ca"):
        if reference.get(kind) in reference["states"] and reference["traces"].get(kind):
            place = reference["states"].index(reference[kind])
            error = np.max(np.abs(run[names[place]].values - np.array(reference["traces"][kind])))
            ratios[f"trace of {names[place]}"] = error / allowed[place]
    where = max(ratios, key=lambda name: ratios[name])
    return ratios[where], where


@pytest.mark.parametrize("path", cases("cellml"))
def test_a_cellml_file_runs_as_another_tool_runs_it(path: Path) -> None:
    reference = read_reference(path)
    model = tn.load(SHARED / "corpus" / "cellml" / reference["source_file"])
    if reference["override"]:
        model = model.with_values({"stim_mode.stim_flag": 0.0})
    ratio, where = distance(model, reference, [f"{s['component']}.{s['variable']}" for s in reference["states_cellml"]])
    assert ratio <= 1.0, f"{where}: {ratio:.3g} of what is allowed"


@pytest.mark.slow
def test_mmt_files_run_as_myokit_runs_them() -> None:
    compared = []
    for path in need("mmt"):
        reference = read_reference(path)
        file = PUBLIC / "mmt" / reference["source_file"]
        if file.is_file():
            ratio, where = distance(tn.load(file), reference, reference["states"])
            compared.append(path.stem)
            assert ratio <= 1.0, f"{path.stem}, {where}: {ratio:.3g} of what is allowed"
    if not compared:
        pytest.skip(f"no mmt files beside the references: {PUBLIC / 'mmt'} is absent")
    print(f"{len(compared)} mmt files followed for a second")
