"""Clamps and driven parameters beside Myokit: the same model, written to its format, driven the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import troponin as tn
from troponin.protocol import pacing

pytestmark = pytest.mark.slow

NAME = "ten-tusscher-panfilov-2006"
KEPT = ["cai", "IKr.IKr", "ICaL.ICaL", "INaK.INaK"]
TIGHT = tn.BDF(rtol=1e-9)


def theirs(folder: Path) -> Any:
    myokit = pytest.importorskip("myokit")
    tn.save_model(tn.load(NAME), folder / "cell.mmt")
    return myokit.load_model(str(folder / "cell.mmt"))


def full(name: str) -> str:
    return tn.load(NAME).qualified(name)


def compare(run: Any, log: Any) -> None:
    for name in KEPT:
        ours, other = run[name].to_numpy(), np.array(log[full(name)])
        assert np.abs(ours - other).max() < 2e-5 * np.abs(other).max(), name


def test_an_action_potential_clamp_is_that_of_myokit(tmp_path: Path) -> None:
    model = theirs(tmp_path)
    import myokit

    beat = tn.simulate(tn.load(NAME), pacing.regular("400 ms"), save=tn.Save(["v"], every="0.5 ms"))
    played = pacing.recorded(beat, "v", kind="linear")
    run = tn.simulate(tn.clamped(tn.load(NAME), "v"), played, solver=TIGHT, save=tn.Save(KEPT, every="1 ms"))

    for variable in list(model.bindings()):
        if variable[0] == "pace":
            variable[1].set_binding(None)
    v = model.get("membrane.v")
    v.demote()
    v.set_rhs(0)
    v.set_binding("pace")
    shape = myokit.TimeSeriesProtocol(beat["time"].to_numpy(), beat["v"].to_numpy())
    simulation = myokit.Simulation(model, shape)
    simulation.set_tolerance(1e-10, 1e-10)
    times = run["time"].to_numpy()[1:-1]  # where the drive does not end
    log = simulation.run(400.0, log=[full(name) for name in KEPT], log_times=times)
    compare(run.isel(time=slice(1, -1)), log)


def test_potassium_that_rises_in_a_paced_cell_is_that_of_myokit(tmp_path: Path) -> None:
    model = theirs(tmp_path)
    import myokit

    drive = pacing.regular("500 ms", beats=2) + pacing.ramp("5.4 mM", "9 mM", "1 s", role="Ko")
    run = tn.simulate(tn.clamped(tn.load(NAME), "Ko"), drive, solver=TIGHT, save=tn.Save(KEPT, every="1 ms"))

    outside = model.get("extracellular.Ko")
    outside.set_rhs(5.4)
    outside.set_binding("potassium")
    pulse = tn.load(NAME).stimulus
    assert pulse is not None
    beats = myokit.pacing.blocktrain(500.0, pulse.duration, level=pulse.amplitude)
    shape = myokit.TimeSeriesProtocol([0.0, 1000.0], [5.4, 9.0])
    simulation = myokit.Simulation(model, {"pace": beats, "potassium": shape})
    simulation.set_tolerance(1e-10, 1e-10)
    times = run["time"].to_numpy()[1:-1]
    log = simulation.run(1000.0, log=[full(name) for name in KEPT], log_times=times)
    compare(run.isel(time=slice(1, -1)), log)
