"""The bench beside Myokit: the same model, written to its format, under the same steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from troponin.analysis.channel.family import family
from troponin.formats.registry import save
from troponin.library.catalogue import load_library

V = [-20.0, 20.0]

pytestmark = pytest.mark.slow


def theirs(name: str, folder: Path) -> Any:
    myokit = pytest.importorskip("myokit")
    save(load_library(name), folder / "cell.mmt")
    return myokit.load_model(str(folder / "cell.mmt"))


def ours(name: str, current: str) -> tuple[np.ndarray, np.ndarray]:
    steps = [f"{v:g} mV" for v in V]
    data = family(load_library(name), current, holding="-80 mV", steps=steps, duration="60 ms", every="0.1 ms")
    part = data.sel(time=slice(0.05, 59.95))
    return part["time"].to_numpy(), part["current"].to_numpy()


def test_sodium_current_is_that_of_myokits_own_exact_simulation(tmp_path: Path) -> None:
    pytest.importorskip("myokit")
    import myokit
    from myokit.lib import hh

    gates = ["INa.m", "INa.h", "INa.j"]
    channel = hh.HHModel(theirs("ten-tusscher-panfilov-2006", tmp_path), gates, current="INa.INa", vm="membrane.v")
    times, found = ours("ten-tusscher-panfilov-2006", "INa.INa")
    for lane, v in enumerate(V):
        protocol = myokit.Protocol()
        protocol.add_step(v, 100.0)
        simulation = hh.AnalyticalSimulation(channel, protocol)
        simulation.set_state(channel.steady_state(-80.0))
        log = simulation.run(60.0, log_times=times)
        np.testing.assert_allclose(found[lane], log["INa.INa"], rtol=1e-9, atol=1e-9)


def test_the_chain_of_hERG_is_that_of_a_clamped_myokit_simulation(tmp_path: Path) -> None:
    pytest.importorskip("myokit")
    import myokit

    model = theirs("tomek-2020", tmp_path)
    for variable in list(model.bindings()):
        if variable[0] == "pace":
            variable[1].set_binding(None)
    v = model.get("membrane.v")
    v.demote()
    v.set_rhs(-80)
    v.set_binding("pace")
    chain = ["IKr.C3", "IKr.C2", "IKr.C1", "IKr.O", "IKr.I"]
    for at in V:
        data = family(
            load_library("tomek-2020"), "IKr", holding="-80 mV", steps=[f"{at:g} mV"], duration="60 ms", every="0.1 ms"
        )
        part = data.sel(time=slice(0.05, 59.95))
        protocol = myokit.Protocol()
        protocol.add_step(at, 100.0)
        simulation = myokit.Simulation(model, protocol)
        simulation.set_tolerance(1e-10, 1e-10)
        state = dict(zip([s.qname() for s in model.states()], simulation.state(), strict=True))
        simulation.set_state(list((state | {name: float(data[name][0, 0]) for name in chain}).values()))
        log = simulation.run(60.0, log=["IKr.O"], log_times=part["time"].to_numpy())
        # potassium moves in the whole cell; the open probability knows nothing of it
        np.testing.assert_allclose(part["IKr.O"][0], log["IKr.O"], rtol=0.0, atol=1e-8)
