"""Public mmt and ode files: derivatives at every probe, as Myokit and gotranx found them.

The files are no part of the project: they are looked for beside the references, or where TROPONIN_PUBLIC points.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.formats.conformance import Reference, need, read_reference, worst_ratio
from tests.formats.test_traces import PUBLIC
from troponin.formats.registry import load
from troponin.model.derivatives import derivatives


def test_mmt_files_have_the_derivatives_that_myokit_found() -> None:
    compared = 0
    for path in need("mmt"):
        reference = read_reference(path)
        file = PUBLIC / "mmt" / reference["source_file"]
        if not file.is_file():
            continue
        model = load(file)
        assert sorted(s.name for s in model.states) == sorted(reference["states"]), path.stem
        pace = model.meanings.get("stimulus")

        def rates(state: Mapping[str, float], probe: Reference, model=model, pace=pace) -> Mapping[str, float]:  # type: ignore[no-untyped-def]
            driven = {} if pace is None else {pace: probe["pace"]}
            return derivatives(model, {**state, **driven}, probe["t"])

        ratio, place = worst_ratio(reference, rates, reference["states"])
        assert ratio <= 1.0, place
        compared += 1
    if not compared:
        pytest.skip(f"no mmt files beside the references: {PUBLIC / 'mmt'} is absent")
    print(f"{compared} mmt files compared")


def test_ode_files_have_the_derivatives_that_gotranx_found() -> None:
    compared = 0
    for path in need("ode"):
        file = PUBLIC / "ode" / f"{path.stem}.ode"
        if not file.is_file():
            continue
        reference, model = read_reference(path), load(file)
        for label, probe in reference["probes"].items():
            found = derivatives(model, dict(zip(reference["states"], probe["y"], strict=True)), probe["t"])
            for name, expected in zip(reference["states"], probe["dy"], strict=True):
                assert found[name] == pytest.approx(expected, rel=1e-9, abs=1e-12), (path.stem, label, name)
        compared += 1
    if not compared:
        pytest.skip(f"no ode files beside the references: {PUBLIC / 'ode'} is absent")
    print(f"{compared} ode files compared")
