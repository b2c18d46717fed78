"""Resuming: a run that was stopped ends with the numbers of one that was not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from troponin.errors import ModelError, OutputError, ProtocolError
from troponin.library.hodgkin_huxley_1952 import model as axon
from troponin.protocol.feedback import Feedback
from troponin.protocol.pacing import on_demand, regular
from troponin.protocol.timeline import Protocol
from troponin.results import open_run, save
from troponin.simulation.resume import resume
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen

BEATS = regular("20 ms", beats=200)
FINE = Save(["v", "INa.INa"], every="0.3 ms")
LAST = Save("v", every="0.5 ms", last="45 ms")


class Impatient:
    """Whoever presses Ctrl-C once a share of the run is done."""

    def __init__(self, share: float) -> None:
        self.share = share

    def __call__(self, done: float) -> None:
        if done >= self.share:
            raise KeyboardInterrupt


def stopped(keep: Save, share: float = 0.4, protocol: Protocol | Feedback = BEATS, **how: object) -> xr.Dataset:
    run = simulate(axon(), protocol, save=keep, progress=Impatient(share), **how)  # type: ignore[arg-type]
    assert "interrupted" in run.attrs
    return run


@pytest.mark.parametrize("keep", [FINE, LAST], ids=["all", "the last part"])
@pytest.mark.parametrize("method", [BDF(), Rosenbrock(rtol=1e-5), RushLarsen(0.02)], ids=lambda m: type(m).__name__)
def test_a_resumed_run_has_the_numbers_of_one_that_was_not_stopped(
    keep: Save, method: BDF | Rosenbrock | RushLarsen, tmp_path: Path
) -> None:
    whole = simulate(axon(), BEATS, save=keep, solver=method)
    kept = open_run(save(stopped(keep, solver=method), tmp_path / "half.nc"))
    again = resume(axon(), kept)
    xr.testing.assert_equal(again, whole)
    assert "interrupted" not in again.attrs
    assert again.attrs["count_steps"] == whole.attrs["count_steps"]


def test_a_run_can_be_stopped_twice() -> None:
    whole = simulate(axon(), BEATS, save=LAST)
    twice = resume(axon(), stopped(LAST, 0.3), progress=Impatient(0.7))
    assert twice.attrs["interrupted"].startswith("stopped at")
    xr.testing.assert_equal(resume(axon(), twice), whole)


def test_the_cells_that_were_left_out_of_a_batch_are_run() -> None:
    conductances = np.linspace(60.0, 180.0, 40)
    how = {"values": {"INa.gNa": conductances}, "threads": 1}
    whole = simulate(axon(), regular("20 ms", beats=3), save=FINE, **how)  # type: ignore[arg-type]
    half = stopped(FINE, 0.4, regular("20 ms", beats=3), **how)
    assert np.isnan(half["v"]).any()
    again = resume(axon(), half)
    xr.testing.assert_equal(again, whole)
    assert "interrupted" not in again.attrs


def test_another_model_is_refused() -> None:
    other = axon().with_values({"INa.gNa": "100 mS/cm^2"})
    with pytest.raises(ModelError, match="not the model of the run"):
        resume(other, stopped(FINE))


def test_a_run_that_was_not_stopped_and_one_with_feedback_are_refused_with_a_remedy() -> None:
    with pytest.raises(OutputError, match="final_state"):
        resume(axon(), simulate(axon(), regular("20 ms")))
    demand = on_demand("20 ms", amplitude="-20 uA/cm^2", duration="0.5 ms")
    with pytest.raises(OutputError, match="feedback"):
        resume(axon(), stopped(FINE, 0.2, demand, duration="200 ms"))


@pytest.mark.parametrize(
    "lost", ["digest", "reached", "state", "saved_every", "saved_last", "solver_settings", "solver"]
)
def test_a_run_that_lost_an_attribute_is_told(lost: str) -> None:
    run = stopped(FINE)
    with pytest.raises(OutputError, match=f"does not hold what it takes to go on; got KeyError: '{lost}'"):
        resume(axon(), run.drop_attrs().assign_attrs({k: v for k, v in run.attrs.items() if k != lost}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("protocol_data", "["),
        ("state", "{}"),
        ("reached", "1/0"),
        ("reached", "soon"),
        ("solver", "Euler"),
        ("state", 5),
    ],
)
def test_a_run_with_a_damaged_attribute_is_told(name: str, value: object) -> None:
    with pytest.raises(OutputError, match="does not hold what it takes to go on"):
        resume(axon(), stopped(FINE).assign_attrs({name: value}))


@pytest.mark.parametrize("part", [slice(0, 50), slice(50, None), slice(None, None, 2), slice(0, 0)])
def test_a_part_of_a_stopped_run_is_not_taken_for_the_whole(part: slice) -> None:
    with pytest.raises(OutputError, match="not whole up to where it was stopped"):
        resume(axon(), stopped(FINE).isel(time=part))


@pytest.mark.parametrize("reached", ["0.1", "777/3", "1000000000", "-5"])
def test_a_run_that_was_stopped_elsewhere_than_its_points_end_is_refused(reached: str) -> None:
    with pytest.raises((OutputError, ProtocolError)):
        resume(axon(), stopped(FINE).assign_attrs(reached=reached))
