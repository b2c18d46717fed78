"""The verb against solutions in closed form."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from tests.simulation.cells import collapse, decay, integrator
from troponin.errors import (
    KindError,
    ModelError,
    OutputError,
    ProtocolError,
    SolverError,
    UnitError,
    UnknownNameError,
    ValueRangeError,
)
from troponin.model.model import Stimulus
from troponin.protocol.pacing import regular
from troponin.protocol.record import from_dict
from troponin.protocol.shapes import level
from troponin.protocol.timeline import Protocol
from troponin.simulation import advance as advancing
from troponin.simulation import course, lanes
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF, RushLarsen
from troponin.units import parse_unit

TIGHT = BDF(rtol=1e-9)


def stop_after(calls: int) -> Callable[[float], None]:
    """What a user does who presses Ctrl-C in the middle of a run."""
    seen = []

    def progress(done: float) -> None:
        seen.append(done)
        if len(seen) == calls:
            raise KeyboardInterrupt

    return progress


def test_a_decay_follows_its_exact_solution() -> None:
    run = simulate(decay(0.1), duration="100 ms", solver=TIGHT)
    exact = 2.0 * np.exp(-0.1 * run["time"].to_numpy())
    assert np.allclose(run["v"], exact, rtol=0, atol=1e-7)


def test_an_intermediate_variable_is_kept_at_the_state_of_its_time() -> None:
    run = simulate(decay(), duration="10 ms", save=Save(["leak.x", "leak.double"], every="0.3 ms"))
    assert np.array_equal(run["leak.double"], 2.0 * run["leak.x"])


def test_time_is_an_exact_grid_with_both_ends() -> None:
    run = simulate(decay(), duration="1 ms", save=Save(["v"], every="0.3 ms"))
    assert run["time"].to_numpy().tolist() == [0.0, 0.3, 0.6, 0.9, 1.0]


def test_the_last_part_equals_that_part_of_the_whole() -> None:
    beats = regular("10 ms", beats=5)
    whole = simulate(integrator(), beats, save=Save(["v"], every="1 ms"))
    last = simulate(integrator(), beats, save=Save(["v"], every="1 ms", last="10 ms"))
    assert last.equals(whole.sel(time=slice(40, 50)).isel(beat=[4]))


def test_no_stimulus_is_stepped_over_however_short_and_however_late() -> None:
    beats = regular("1000 ms", beats=200, start="999 ms", amplitude="-1e4 mV/ms", duration="0.001 ms")
    run = simulate(integrator(), beats, save=Save(["v"], every="1000 ms"))
    assert np.allclose(run["v"], 10.0 * np.arange(201), rtol=1e-12)


def test_the_models_own_stimulus_is_used_where_none_is_given() -> None:
    run = simulate(integrator(stimulus=Stimulus(-20.0, 0.5)), regular("10 ms", beats=3))
    assert run["v"][-1] == pytest.approx(3 * 20.0 * 0.5, rel=1e-12)


def test_a_kept_stimulus_shows_when_it_acts() -> None:
    run = simulate(integrator(), regular("2 ms", beats=1), save=Save(["stimulus"], every="0.25 ms"))
    assert run["stimulus"].to_numpy().tolist() == [-20.0, -20.0, 0, 0, 0, 0, 0, 0, 0]


def test_stimuli_are_a_coordinate_over_beats() -> None:
    run = simulate(integrator(), regular("10 ms", beats=4, start="2 ms"), save=Save(["v"], last="25 ms"))
    assert run["beat_start"].to_numpy().tolist() == [22.0, 32.0]


def test_a_model_in_seconds_has_its_time_in_seconds() -> None:
    model = integrator(parse_unit("s"), Stimulus(-20.0, 0.5))
    run = simulate(model, regular("1000 ms", beats=2), save=Save(["v", "membrane.clock"], every="100 ms"))
    assert run["time"].attrs["units"] == "s"
    assert np.array_equal(run["time"], np.arange(21) / 10)
    assert np.allclose(run["membrane.clock"], run["time"], rtol=1e-15)
    assert run["v"][-1] == pytest.approx(20.0, rel=1e-12)


def test_a_run_may_rest_after_its_protocol() -> None:
    run = simulate(integrator(), regular("10 ms", beats=2), duration="50 ms")
    assert run["time"][-1] == 50.0
    assert run["v"][-1] == pytest.approx(20.0, rel=1e-12)


def test_variables_carry_names_units_and_meanings() -> None:
    run = simulate(decay(), duration="2 ms", save=Save(["v", "leak.x", "flow"]))
    assert list(run.data_vars) == ["v", "leak.x", "flow"]
    assert run["v"].attrs == {"units": "mV", "long_name": "membrane potential", "variable": "leak.x"}
    assert run["leak.x"].attrs["long_name"] == "a voltage that decays"
    assert run["flow"].attrs["variable"] == "leak.flow"


def test_by_default_states_and_meanings_are_kept() -> None:
    assert list(simulate(decay(), duration="2 ms").data_vars) == ["v", "I_ion", "leak.x"]


def test_provenance_tells_how_to_do_it_again() -> None:
    protocol = regular("10 ms", beats=2, amplitude="-20 mV/ms", duration="0.5 ms")
    attributes = simulate(integrator(), protocol, solver=BDF(rtol=1e-5)).attrs
    assert from_dict(json.loads(attributes["protocol_data"])) == protocol
    assert json.loads(attributes["solver_settings"])["rtol"] == 1e-5
    assert attributes["model"] == "integrator"
    assert attributes["solver"] == "BDF"
    assert attributes["count_steps"] > 0
    assert "interrupted" not in attributes


@pytest.mark.parametrize("protocol", [regular("10 ms", beats=40), None])
def test_a_run_in_small_chunks_gives_the_same_numbers(
    protocol: Protocol | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def numbers() -> np.ndarray:
        return simulate(integrator(), protocol, duration="30000 ms", save=Save(["v"])).v.to_numpy()

    whole = numbers()
    monkeypatch.setattr(course, "_CHUNK", 1)
    assert np.array_equal(numbers(), whole)


def test_an_interruption_keeps_what_was_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "_CHUNK", 2)
    beats = regular("10 ms", beats=20)
    whole = simulate(integrator(), beats, save=Save(["v"]))
    part = simulate(integrator(), beats, save=Save(["v"]), progress=stop_after(7))
    assert part.attrs["interrupted"] == "stopped at 70 ms of 200 ms"
    assert np.array_equal(part["v"], whole["v"][:70])
    assert np.array_equal(part["time"], whole["time"][:70])
    assert part["beat_start"].to_numpy().tolist() == [0, 10, 20, 30, 40, 50, 60]


def test_an_interruption_before_the_part_to_keep_keeps_the_last_part_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "_CHUNK", 2)
    beats = regular("10 ms", beats=20)
    whole = simulate(integrator(), beats, save=Save(["v"]))
    part = simulate(integrator(), beats, save=Save(["v"], last="25 ms"), progress=stop_after(7))
    assert part["time"].to_numpy().tolist() == list(range(45, 71))
    assert np.array_equal(part["v"], whole["v"][45:71])


def test_an_interruption_before_anything_is_computed_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(advancing, "integrate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        simulate(decay(), duration="10 ms")


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    simulate(integrator(), regular("10 ms", beats=100), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_run_that_cannot_go_on_tells_when_and_in_which_state() -> None:
    with pytest.raises(SolverError, match=r"model collapse at t = 0\.\d+ ms.*pool\.x = "):
        simulate(collapse(), duration="100 ms")


@pytest.mark.parametrize(("last", "first_kept"), [(None, 0.0), ("99.9 ms", 0.1)])
def test_a_run_that_cannot_go_on_hands_over_what_it_computed(last: str | None, first_kept: float) -> None:
    keep = Save(every="0.05 ms", last=last)
    with pytest.raises(SolverError) as told:
        simulate(collapse(), duration="100 ms", save=keep, solver=TIGHT)
    part = told.value.partial
    assert part is not None
    assert part.attrs["failed"] == str(told.value)
    until_then = simulate(collapse(), duration="0.2 ms", save=Save(every="0.05 ms"), solver=TIGHT)
    expected = until_then.sel(time=slice(first_kept, None))
    assert np.allclose(part["time"], expected["time"], rtol=1e-15)
    assert np.allclose(part["pool.x"], expected["pool.x"], rtol=0, atol=1e-6)


def test_a_failure_before_the_part_to_keep_hands_over_the_last_part_before_it() -> None:
    with pytest.raises(SolverError) as told:
        simulate(collapse(), duration="100 ms", save=Save(every="0.01 ms", last="0.1 ms"))
    part = told.value.partial
    assert part is not None
    assert part["time"][-1] - part["time"][0] == pytest.approx(0.1)
    assert 0.2 < part["time"][-1] < 0.21  # where the pool is empty
    assert part["pool.x"].notnull().all()


def test_a_run_that_cannot_begin_has_nothing_to_hand_over() -> None:
    with pytest.raises(SolverError) as told:
        simulate(collapse().with_values({"pool.x": -1.0}), duration="1 ms")
    assert told.value.partial is None


def test_fixed_steps_are_exact_where_the_equation_is_linear() -> None:
    run = simulate(decay(0.1), duration="50 ms", solver=RushLarsen(step=0.5))
    assert np.allclose(run["v"], 2.0 * np.exp(-0.1 * run["time"].to_numpy()), rtol=1e-12)
    assert run.attrs["solver"] == "RushLarsen"


def test_a_run_without_end_begins_at_once() -> None:
    run = simulate(decay(), duration="1e15 ms", save=Save(last="1 ms"), progress=stop_after(1))
    assert run.attrs["interrupted"] == "stopped at 10000 ms of 1000000000000000 ms"


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "decay"},
        {"protocol": "1000 ms"},
        {"solver": "BDF"},
        {"solver": BDF},
        {"save": ["v"]},
        {"values": [1.0, 2.0]},
        {"threads": 2.5},
        {"progress": 1},
    ],
)
def test_what_is_of_the_wrong_kind_is_told_with_what_is_meant(wrong: dict[str, object]) -> None:
    arguments = {"model": decay(), "duration": "1 ms"} | wrong
    (name,) = wrong
    with pytest.raises(KindError, match=rf"^{name}: this is of the wrong kind; got .*; expected .*"):
        simulate(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "fault", "words"),
    [
        ({}, ProtocolError, "not said how long"),
        ({"duration": "1000 mV"}, UnitError, "ms"),
        ({"duration": "0 ms"}, ProtocolError, "must last"),
        ({"duration": "10 ms", "save": Save(["leak.y"])}, UnknownNameError, "leak.x"),
        ({"duration": "10 ms", "save": Save(["leak.k"])}, ModelError, "is a parameter"),
        ({"duration": "10 ms", "save": Save(["v"], last="11 ms")}, ProtocolError, "cannot be saved"),
        ({"duration": "1000000 ms", "save": Save(every="0.001 ms")}, OutputError, "GB"),
        ({"duration": "1e300 ms", "save": Save(every="1e-300 ms")}, OutputError, "GB"),
        ({"protocol": regular("10 ms")}, ProtocolError, "no stimulus"),
        ({"protocol": level("1 mV", "9 ms", role="v")}, UnknownNameError, r'troponin.clamped\(model, "v"\)'),
        ({"protocol": level("1 1/ms", "9 ms", role="leak.k")}, UnknownNameError, r'clamped\(model, "leak.k"\)'),
        ({"protocol": level("1 mV", "9 ms", role="w")}, UnknownNameError, "unknown input of the model 'w'$"),
        ({"duration": "10 ms", "values": {"leak.q": [1.0]}}, UnknownNameError, "leak.k"),
        ({"duration": "10 ms", "values": {"leak.k": 1.0}}, ValueRangeError, "one value per cell"),
        ({"duration": "10 ms", "values": {"leak.k": [1.0, 2.0], "v": [1.0]}}, ValueRangeError, "different lengths"),
        ({"duration": "10 ms", "values": {"leak.k": [1.0, np.nan]}}, ValueRangeError, "finite"),
        ({"duration": "10 ms", "values": {"leak.k": ["fast"]}}, UnitError, "leak.k of cell 0"),
        ({"duration": "10 ms", "values": {"leak.k": ["1 1/ms", "1 mV"]}}, UnitError, "leak.k of cell 1"),
        ({"duration": "10 ms", "values": {"v": [1.0], "leak.x": [2.0]}}, ModelError, "given twice"),
        ({"duration": "10 ms", "values": {"leak.flow": [1.0]}}, ModelError, "cannot differ"),
        ({"duration": "10 ms", "values": {"leak.k": [1.0]}, "threads": 0}, ValueRangeError, "1 or more"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_before_anything_is_computed(
    arguments: dict[str, object], fault: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "integrate", None)
    monkeypatch.setattr(lanes, "integrate", None)
    with pytest.raises(fault, match=words):
        simulate(decay(), **arguments)  # type: ignore[arg-type]


def test_a_run_shorter_than_its_protocol_is_refused() -> None:
    with pytest.raises(ProtocolError, match="shorter than its protocol"):
        simulate(integrator(), regular("10 ms", beats=2), duration="15 ms")


def test_a_beat_shorter_than_the_models_stimulus_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"0\.4 ms is shorter than its stimulus of 0\.5 ms"):
        simulate(integrator(), regular("0.4 ms", beats=2))


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [({"every": "0 ms"}, ValueRangeError), ({"last": "-1 ms"}, ValueRangeError), ({"every": 1.0}, UnitError),
     ({"names": []}, ValueRangeError), ({"names": 3}, KindError)],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_at_once(arguments: dict[str, object], fault: type[Exception]) -> None:
    with pytest.raises(fault):
        Save(**arguments)  # type: ignore[arg-type]
