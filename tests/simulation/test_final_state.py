"""Going on from where a run ended."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.simulation.cells import decay
from troponin.errors import ModelError, OutputError
from troponin.library.hodgkin_huxley_1952 import model as axon
from troponin.protocol.pacing import regular
from troponin.simulation.final_state import final_state
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF, Rosenbrock

TIGHT = BDF(rtol=1e-10)


def test_two_halves_make_the_whole() -> None:
    cell, beat = axon(), regular("20 ms", beats=2)
    whole = simulate(cell, regular("20 ms", beats=4), solver=TIGHT)
    first = simulate(cell, beat, solver=TIGHT)
    second = simulate(cell.with_values(final_state(cell, first)), beat, solver=TIGHT)
    last = whole["v"].sel(time=slice(40.0, None)).to_numpy()
    assert np.abs(second["v"].to_numpy() - last).max() < 1e-6


def test_a_batch_goes_on_with_the_parameters_of_its_cells() -> None:
    rates = np.array([0.1, 0.2, 0.4])
    first = simulate(decay(), duration="5 ms", values={"leak.k": rates}, solver=Rosenbrock(rtol=1e-9))
    second = simulate(decay(), duration="5 ms", values=final_state(decay(), first), solver=Rosenbrock(rtol=1e-9))
    assert np.allclose(second["v"].isel(time=-1), 2.0 * np.exp(-10.0 * rates), rtol=1e-7, atol=0.0)


def test_units_that_a_user_changed_are_converted_back() -> None:
    run = simulate(decay(), duration="5 ms", save=Save("v"))
    in_volts = run.assign(v=(run["v"] / 1000.0).assign_attrs(run["v"].attrs | {"units": "V"}))
    ours, theirs = (final_state(decay(), each)["leak.x"] for each in (run, in_volts))
    assert float(theirs) == pytest.approx(float(ours), rel=1e-15)


def test_a_run_that_does_not_hold_every_state_is_refused_by_name() -> None:
    run = simulate(axon(), regular("20 ms"), save=Save(["v", "INa.m"]))
    with pytest.raises(OutputError, match=r"without INa\.h, IK\.n"):
        final_state(axon(), run)


def test_a_run_that_failed_is_no_beginning() -> None:
    run = simulate(decay(), duration="5 ms", save=Save("v"))
    failed = run.assign(v=xr.full_like(run["v"], np.nan))
    with pytest.raises(ModelError, match=r"leak\.x is not a finite number"):
        final_state(decay(), failed)
