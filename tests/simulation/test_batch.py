"""Batches: many cells in one call, each as if it were alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tests.simulation.cells import collapse, decay
from troponin.errors import ProtocolError, SolverError
from troponin.library.hodgkin_huxley_1952 import model as axon
from troponin.protocol.pacing import regular
from troponin.results import open_run, save
from troponin.simulation import lanes
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF, Rosenbrock
from troponin.units import parse_quantity, parse_unit

RATES = np.linspace(0.01, 0.5, 21)
STARTS = np.linspace(1.0, 3.0, 21)
TWITCH = regular("20 ms", beats=2)
KEPT = Save(["v", "INa.m"], every="0.5 ms")


def axons(conductances: np.ndarray, threads: int | None = None) -> xr.Dataset:
    return simulate(axon(), TWITCH, values={"INa.gNa": conductances}, save=KEPT, threads=threads)


def test_every_cell_follows_its_exact_solution() -> None:
    run = simulate(decay(), duration="20 ms", values={"leak.k": RATES, "v": STARTS}, solver=Rosenbrock(rtol=1e-8))
    exact = STARTS[:, np.newaxis] * np.exp(-np.outer(RATES, run["time"]))
    assert run["v"].dims == ("cell", "time")
    assert np.allclose(run["v"], exact, rtol=0, atol=1e-7)


def test_what_differs_is_a_coordinate_over_cells(tmp_path: Path) -> None:
    run = simulate(decay(), duration="2 ms", values={"leak.k": RATES, "v": STARTS})
    assert np.array_equal(run["leak.k"], RATES)
    assert np.array_equal(run["initial_leak.x"], STARTS)
    assert parse_unit(run["leak.k"].attrs["units"]) == parse_unit("1/ms")
    assert run["initial_leak.x"].attrs["units"] == run["v"].attrs["units"]
    assert open_run(save(run, tmp_path / "batch.nc")).identical(run)


def test_a_cell_of_a_batch_is_the_cell_alone_within_tolerance() -> None:
    conductances = np.array([100.0, 120.0, 140.0])
    many = simulate(axon(), TWITCH, values={"INa.gNa": conductances}, save=KEPT, solver=Rosenbrock(rtol=1e-7))
    for number, conductance in enumerate(conductances):
        alone = simulate(axon().with_values({"INa.gNa": conductance}), TWITCH, save=KEPT, solver=BDF(rtol=1e-8))
        assert np.allclose(many["v"][number], alone["v"], rtol=0, atol=2e-3)


def test_numbers_do_not_depend_on_the_number_of_threads() -> None:
    conductances = np.linspace(90.0, 150.0, 37)
    one = axons(conductances, threads=1)
    for threads in (2, 3):
        assert axons(conductances, threads).equals(one)


def test_numbers_do_not_depend_on_order_or_company() -> None:
    conductances = np.linspace(90.0, 150.0, 19)
    order = np.random.default_rng(3).permutation(19)
    together = axons(conductances)
    shuffled = axons(conductances[order])
    assert np.array_equal(shuffled["v"], together["v"][order])
    assert np.array_equal(axons(conductances[7:8])["v"], together["v"][7:8])


def test_a_cell_that_fails_is_told_and_the_others_go_on() -> None:
    # with a time constant of 1e6 ms the pool is far from empty after 10 ms; with 1 ms it has emptied long before
    constants = np.array([1e6, 1.0, 1e6, 1e6])
    with pytest.warns(RuntimeWarning, match=r"1 of 4 cells could not go on.*cell 1, at t = 0\.\d+ ms"):
        run = simulate(collapse(), duration="10 ms", values={"pool.tau": constants})
    assert list(json.loads(run.attrs["failures"])) == ["1"]
    assert np.isnan(run["pool.x"][1, -1])
    assert np.allclose(run["pool.x"][[0, 2, 3], -1], 0.5, atol=1e-4)


def test_a_batch_in_which_no_cell_can_go_on_is_an_error() -> None:
    with pytest.raises(SolverError, match="cell 0"):
        simulate(collapse(), duration="10 ms", values={"pool.tau": [1.0, 2.0]})


def test_a_cell_that_divides_by_zero_does_not_stop_the_others() -> None:
    with pytest.warns(RuntimeWarning, match="cell 1, at t = 0 ms"):
        run = simulate(collapse(), duration="1 ms", values={"pool.tau": [1e6, 1e-320]})
    assert run["pool.x"][0].notnull().all()


def test_units_of_values_are_converted() -> None:
    given = ["0.12 S/cm^2", parse_quantity("120 mS/cm^2"), 120]
    run = simulate(axon(), TWITCH, values={"INa.gNa": given}, save=KEPT)  # type: ignore[dict-item]
    assert run["INa.gNa"].to_numpy().tolist() == [120.0, 120.0, 120.0]


def test_a_batch_that_is_driven_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_MOST_SEGMENTS", 500)
    endless = regular("20 ms", beats=10**9)
    with pytest.raises(ProtocolError, match=r"driven that long at once.*Run fewer beats"):
        simulate(axon(), endless, values={"INa.gNa": [110.0, 120.0]}, save=Save(["v"], last="20 ms"))


def test_an_interruption_keeps_the_cells_that_are_done() -> None:
    calls: list[float] = []

    def stop(done: float) -> None:
        calls.append(done)
        raise KeyboardInterrupt

    run = simulate(decay(), duration="20 ms", values={"leak.k": np.tile(RATES, 5)}, threads=1, progress=stop)
    done = round(calls[0] * 105)
    assert run.attrs["interrupted"] == f"stopped after {done} of 105 cells"
    assert int(run["v"].notnull().all("time").sum()) == done


def test_threads_are_the_processors_of_this_process() -> None:
    assert lanes.thread_count() >= 1
