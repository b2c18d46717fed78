"""The commands of the laboratory: what they print, write and refuse; their numbers are those of the functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import troponin as tn
from troponin.cli.main import main
from troponin.cli.muscle import _FUNCTIONS, Kind

MYOCYTE = "beeler-reuter-1977"
MUSCLE = "land-2017"
HUMAN = "ten-tusscher-panfilov-2006"
CELL = "torord-land"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    """What a command prints as JSON, and nothing else."""
    assert main([*arguments, "--json"]) == code

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found: dict[str, Any] = json.loads(capsys.readouterr().out, parse_constant=refuse)
    return found


def column(data: dict[str, Any], name: str) -> list[Any]:
    values: list[Any] = data["table"][name]["values"]
    return values


def test_pace_tells_every_beat_and_that_stimuli_fail_to_capture(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "pace", MYOCYTE, "--beats=12", "--bcl=270 ms")
    assert column(found, "beat") == list(range(1, 13))
    assert column(found, "apd90")[-1] is None
    assert column(found, "verdict")[-1] == "no capture"
    run = tn.simulate(
        tn.load(MYOCYTE), tn.pacing.regular("270 ms", beats=12), save=tn.Save(["v", "cai"], every="0.5 ms")
    )
    expected = tn.biomarkers.table(run)
    assert column(found, "v_peak") == expected["v_peak"].to_numpy().tolist()
    assert found["table"]["v_peak"]["units"] == "mV"
    v = expected["v_rest"].to_numpy()[-3:]
    assert found["facts"]["v_rest_alternation"]["value"] == pytest.approx(0.5 * abs(v[2] - 2 * v[1] + v[0]))
    assert found["model"] == MYOCYTE
    assert found["solver"]["name"] == "BDF"


def test_a_run_tells_its_last_beat_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "run", MYOCYTE, "--beats=2", "--save=a.nc")
    table = tn.biomarkers.table(tn.open("a.nc"))
    assert column(found, "apd90") == [float(table["apd90"][-1])]
    assert found["files"] == [str(Path.cwd() / "a.nc")]
    assert found["experiment"] == "run"


def test_pace_prints_some_rows_with_the_drift_below(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pace", MYOCYTE, "--beats=7", "--nth=3", "--plot=beats.png", "--save=beats.nc"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:9]] == ["1", "3", "6", "7", "drift", "alternation", "wrote"]
    assert "apd90 (ms)" in lines[1]
    assert lines[6].startswith("drift per beat")
    assert lines[6].rstrip().endswith(" uM")
    assert Path("beats.png").stat().st_size > 5000
    assert tn.open("beats.nc").sizes == {"beat": 7}


def test_s1s2_on_the_command_line_is_the_function(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "restitution", MYOCYTE, "--times=280, 320:400:40 ms", "--beats=2")
    expected = tn.restitution.s1s2(tn.load(MYOCYTE), "1000 ms", ["280 ms", "320 ms", "360 ms", "400 ms"], beats=2)
    assert found["experiment"] == "s1s2"
    assert column(found, "interval") == [280.0, 320.0, 360.0, 400.0]
    apd = [None if np.isnan(x) else x for x in expected["apd"].to_numpy().tolist()]
    assert column(found, "apd") == apd
    assert found["facts"]["steepest"]["value"] == expected.attrs["steepest"]


@pytest.mark.parametrize("kind", ["s1s2", "dynamic", "rate", "pause"])
def test_each_kind_of_restitution_writes_a_file_and_a_figure(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    times = {"dynamic": "500, 400 ms", "pause": "1, 1.5 s"}.get(kind, "400, 500 ms")
    assert main(["restitution", MYOCYTE, kind, f"--times={times}", "--save=a.nc", "--plot=a.png"]) == 0
    printed = capsys.readouterr().out
    assert f"{Path.cwd() / 'a.nc'}" in printed
    again = tn.open("a.nc")
    assert again.attrs["model"] == MYOCYTE
    assert len(tn.plot.figure(again).axes) >= 2


def test_where_a_cell_drifts_the_distance_is_said_to_leave_that_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["limit-cycle", "torord-land"]) == 1
    assert "estimated distance to the exact orbit, but for what drifts" in capsys.readouterr().out
    assert main(["limit-cycle", MYOCYTE]) == 0
    assert "drifts" not in capsys.readouterr().out


def test_the_limit_cycle_is_told_with_its_state(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "limit-cycle", MYOCYTE, "--bcl=400 ms", "--save=cycle.nc", "--plot=cycle.png")
    cycle = tn.limit_cycle(tn.load(MYOCYTE), "400 ms")
    assert found["facts"]["period"] == {"value": 1, "units": "1", "about": "beats after which it repeats"}
    assert found["facts"]["residual"]["value"] == cycle.residual < 1e-6
    state = {name.removeprefix("state."): fact for name, fact in found["facts"].items() if name.startswith("state.")}
    assert {name: fact["value"] for name, fact in state.items()} == dict(cycle.state)
    assert state["membrane.v"]["units"] == "mV"
    assert found["facts"]["furthest"]["value"] == cycle.moved[0].name
    assert found["facts"]["furthest_to"] == {
        "value": cycle.moved[0].after,
        "units": "mM",
        "about": f"{cycle.moved[0].name} on the cycle",
    }
    assert found["facts"]["plain_beats"]["value"] == cycle.plain_beats
    assert Path("cycle.png").exists()

    assert main(["run", MYOCYTE, "--state=cycle.nc", "--beats=1", "--bcl=400 ms", "--save=run.nc"]) == 0
    run = tn.open("run.nc")
    assert abs(float(run["v"][-1] - run["v"][0])) < 1e-3


@pytest.mark.parametrize(("model", "bcl", "rhythm"), [(MYOCYTE, "250 ms", "2:1 block"), (HUMAN, "240 ms", "alternans")])
def test_the_rhythm_is_told(model: str, bcl: str, rhythm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["limit-cycle", model, f"--bcl={bcl}"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith(f" every {bcl}: {rhythm}")


def test_a_cycle_that_is_not_found_is_told_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["limit-cycle", MYOCYTE, "--bcl=400 ms", "--tolerance=1e-30"]) == 1
    printed = capsys.readouterr()
    assert "no cycle found" in printed.out
    assert printed.err.startswith("troponin: not converged: ")


def test_twitches_at_several_stretches_go_into_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "twitch", MUSCLE, "--stretch=0.95:1.05:0.1", "--beats=2", "--save=a.nc", "--plot=a.png")
    assert column(found, "stretch") == [0.95, 1.05]
    run = tn.mechanics.isometric(tn.load(MUSCLE), tn.mechanics.calcium_beat(), stretch=[0.95, 1.05], beats=2)
    assert column(found, "ta_peak") == tn.biomarkers.tension_peak(run).to_numpy().tolist()  # type: ignore[union-attr]
    assert tn.open("a.nc").sizes["cell"] == 2


def test_loads_loops_and_springs_tell_what_they_did(capsys: pytest.CaptureFixture[str]) -> None:
    light, heavy = column(told(capsys, "twitch", MUSCLE, "--afterload=5, 20 kPa"), "shortening")
    assert light > heavy > 0.0
    loop = told(capsys, "twitch", MUSCLE, "--loop", "--beats=2", "--plot=loop.png")
    assert loop["experiment"] == "work_loop"
    assert column(loop, "work")[0] > 0.0
    assert loop["table"]["work"]["units"] == "kPa"
    soft, stiff = column(told(capsys, "twitch", MUSCLE, "--spring=100 kPa, 1 MPa"), "ta_peak")
    assert soft < stiff


def test_several_loads_and_springs_go_into_one_file_and_its_figure_is_that_of_the_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = told(
        capsys, "twitch", MUSCLE, "--loop", "--afterload=5, 20 kPa", "--beats=2", "--save=a.nc", "--plot=a.png"
    )
    kept = tn.open("a.nc")
    assert kept["afterload"].to_numpy().tolist() == [5.0, 20.0]
    assert kept["work"].to_numpy().tolist() == column(found, "work")
    muscle, beat = tn.load(MUSCLE), tn.mechanics.calcium_beat()
    light, heavy = (tn.mechanics.work_loop(muscle, beat, afterload=load, beats=2) for load in ("5 kPa", "20 kPa"))
    alone = heavy.isel(time=np.flatnonzero(np.diff(heavy["time"], append=np.inf) > 0.0))  # the later of two at an event
    same = alone.sel(time=kept["time"])
    assert kept.sizes["time"] == 2001
    np.testing.assert_array_equal(kept["stretch"].sel(afterload=20.0), same["stretch"])
    drawn, again = tn.plot.figure(light, heavy), tn.plot.figure(kept)
    assert [line.get_label() for line in again.axes[0].lines] == [line.get_label() for line in drawn.axes[0].lines]
    told(capsys, "twitch", MUSCLE, "--spring=0.1, 1 MPa", "--beats=2", "--save=b.nc")
    springs = tn.open("b.nc")
    assert springs["spring"].to_numpy().tolist() == [100.0, 1000.0]
    assert float(springs["time"][0]) == 0.0
    assert len(tn.plot.figure(springs).axes[0].lines) == 2


def test_a_load_that_is_never_lifted_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["twitch", MUSCLE, "--afterload=10, 90 kPa", "--beats=1"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == "never lifted, the muscle stayed at its length: 90 kPa"


def test_a_muscle_alone_takes_calcium_from_a_file_or_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    Path("beat.csv").write_text("time,calcium\n0,0.17\n100,0.6\n400,0.3\n1000,0.17\n")
    found = told(capsys, "twitch", MUSCLE, "--calcium=beat.csv")
    assert column(found, "ca_peak") == pytest.approx([0.6], rel=1e-3)
    assert main(["run", CELL, "--beats=1", "--save=cell.nc"]) == 0
    capsys.readouterr()
    peak = tn.biomarkers.calcium_peak(tn.open("cell.nc"))
    found = told(capsys, "twitch", MUSCLE, "--calcium=cell.nc")
    assert column(found, "ca_peak") == pytest.approx([peak], rel=1e-2)


@pytest.mark.parametrize("kind", ["family", "iv", "activation", "inactivation", "recovery", "deactivation"])
def test_each_measurement_of_a_current_is_that_of_the_bench(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    current = "INa" if kind in ("inactivation", "recovery") else "IKr"
    found = told(capsys, "clamp", CELL, current, kind, "--save=a.nc", "--plot=a.png")
    data = getattr(tn.channel, kind)(tn.load(CELL), current)
    name = {"family": "peak", "iv": "peak", "recovery": "recovery", "deactivation": "tau_1"}.get(kind, "fit")
    if kind == "family":
        data = tn.channel.iv(tn.load(CELL), current)
    expected = data["tau"].to_numpy()[0] if kind == "deactivation" else data[name].to_numpy()
    np.testing.assert_array_equal(np.array(column(found, name), dtype=float), expected)
    assert tn.open("a.nc").attrs["experiment"] == kind
    assert Path("a.png").stat().st_size > 5000


def test_a_tail_without_a_time_constant_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["clamp", HUMAN, "INa", "deactivation", "--duration=1 s"]
    found = told(capsys, *arguments)
    assert column(found, "reason")[0] == "the tail is too small"
    assert "a shorter --duration" in found["facts"]["remark"]["value"]
    assert main(arguments) == 0
    assert "the tail is too small" in capsys.readouterr().out
    assert "reason" not in told(capsys, *arguments[:-1])["table"]
    poor = told(capsys, "clamp", HUMAN, "INa", "recovery")
    assert "try --exponentials 2" in poor["facts"]["remark"]["value"]


@pytest.mark.parametrize("kind", list(_FUNCTIONS))
def test_each_measurement_of_a_muscle_is_that_of_the_bench(kind: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    options = {Kind.stiffness: ["--frequencies=1, 10 1/s"], Kind.release: ["--step=-0.005"]}.get(kind, [])
    found = told(capsys, "muscle", MUSCLE, kind.value, *options, "--save=a.nc", "--plot=a.png")
    arguments = {Kind.stiffness: {"frequencies": ["1 Hz", "10 Hz"]}, Kind.release: {"step": -0.005}}.get(kind, {})
    data = getattr(tn.mechanics, _FUNCTIONS[kind])(tn.load(MUSCLE), **arguments)
    assert tn.open("a.nc").equals(data)
    assert Path("a.png").stat().st_size > 5000
    name = {Kind.calcium: "pCa50", Kind.velocity: "vmax", Kind.release: "T1", Kind.ktr: "ktr"}.get(kind)
    if name is not None:
        assert found["facts"][name]["value"] == data.attrs[name]
    else:
        column_of = {Kind.length: "Ta", Kind.stiffness: "elastic"}[kind]
        assert column(found, column_of) == data[column_of].to_numpy().tolist()


def test_thresholds_and_the_refractory_period_are_the_functions(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "threshold", MYOCYTE, "--durations=1, 2, 4 ms", "--plot=a.png")
    curve = tn.excitation.strength_duration(tn.load(MYOCYTE), ["1 ms", "2 ms", "4 ms"])
    assert column(found, "threshold") == curve["threshold"].to_numpy().tolist()
    chronaxie = {"value": curve.attrs["chronaxie"], "units": "ms", "about": "chronaxie, by Weiss's law"}
    assert found["facts"]["chronaxie"] == chronaxie
    period = told(capsys, "threshold", MYOCYTE, "refractory", "--beats=2")["facts"]["refractory_period"]
    assert period["value"] == tn.excitation.refractory_period(tn.load(MYOCYTE), "1000 ms", beats=2)
    assert period["units"] == "ms"


def test_a_whole_cell_is_clamped_where_no_current_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "clamp", CELL, "--steps=-80, 0 mV", "--duration=50 ms", "--save=a.nc", "--plot=a.png")
    assert column(found, "step_voltage") == [-80.0, 0.0]
    rest, step = column(found, "ICaL.ICaL")
    assert step < -1.0 < rest
    run = tn.open("a.nc")
    during = run.sel(time=slice(50.0, 99.9))
    # IK1 at 0 mV is small, but not at the -80 mV that follow
    for name in ("IK1.IK1", "ICaL.ICaL"):
        assert np.abs(column(found, name)).tolist() == np.abs(during[name]).max(dim="time").to_numpy().tolist()
    (calcium,) = (name for name in found["table"] if "cai" in name)
    assert found["table"][calcium]["units"] == "uM"
    np.testing.assert_allclose(column(found, calcium), 1e3 * during[calcium].max(dim="time"), rtol=1e-12)
    held = run["v"].sel(time=slice(60.0, 90.0)).to_numpy()
    assert np.array_equal(held, np.repeat([[-80.0], [0.0]], held.shape[1], axis=1))


def test_a_factor_multiplies_and_a_state_of_json_is_where_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    Path("rest.json").write_text('{"v": -80.0}')
    assert main(["run", MYOCYTE, "--set=INa.gNa=x0.5", "--state=rest.json", "--beats=1", "--save=a.nc"]) == 0
    run = tn.open("a.nc")
    half = 0.5 * tn.load(MYOCYTE)["INa.gNa"].value
    assert json.loads(run.attrs["changed"]) == {"INa.gNa": half, "membrane.v": -80.0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pace", MUSCLE], "has no stimulus"),
        (["pace", MYOCYTE, "--nth=0"], "--nth"),
        (["pace", MYOCYTE, "--beats=0"], "must be positive"),
        (["pace", MYOCYTE, "--save=none/a.nc"], "does not exist"),
        (["restitution", MYOCYTE, "s1s3"], "s1s3"),
        (["restitution", MYOCYTE, "--times=300"], "--times: a unit is missing"),
        (["restitution", MYOCYTE, "--times=300 mV"], "--times"),
        (["restitution", MYOCYTE, "--times=300:200:10 ms"], "does not lead"),
        (["restitution", MYOCYTE, "--times=fast"], "--times: these are no values"),
        (["restitution", MYOCYTE, "rate", "--beats=3"], "--beats: rate is measured on limit cycles"),
        (["restitution", MYOCYTE, "--percent=100"], "--percent"),
        (["restitution", MYOCYTE, "--solver=grl1"], "needs a solver with a tolerance"),
        (["restitution", MYOCYTE, "--plot=a.pgn"], "Did you mean .png"),
        (["limit-cycle", MYOCYTE, "--bcl=1000"], "needs a unit"),
        (["limit-cycle", MUSCLE, "--bcl=1 s"], "--bcl: land-2017 has no stimulus"),
        (["limit-cycle", MYOCYTE, "--state=none.nc"], "no such file"),
        (["twitch", MYOCYTE], "does not contract"),
        (["twitch", MUSCLE, "--stretch=1 mm"], "--stretch: this has no unit"),
        (["twitch", MUSCLE, "--stretch=3"], "no muscle has this stretch"),
        (["twitch", MUSCLE, "--afterload=5"], "--afterload: a unit is missing"),
        (["twitch", MUSCLE, "--afterload=5, 10, 5 kPa", "--save=a.nc"], "--afterload: a value is given twice"),
        (["twitch", MUSCLE, "--afterload=5 kPa", "--spring=1 MPa"], "a load or pulls a spring"),
        (["twitch", CELL, "--calcium=a.csv"], "makes its own calcium"),
        (["twitch", MUSCLE, "--calcium=a.csv"], "a.csv: the file cannot be read"),
        (["clamp", CELL, "INaa"], "Did you mean"),
        (["clamp", MUSCLE], "no membrane potential to clamp"),
        (["clamp", CELL, "INa", "recovery", "--tail=0 mV"], "--tail: recovery does not take this option"),
        (["clamp", CELL, "--test=0 mV"], "--test: a clamp of the whole cell"),
        (["clamp", CELL, "INa", "--steps=fast"], "--steps"),
        (["clamp", CELL, "INa", "--holding=-80"], 'Give a unit, such as "-80 mV"'),
        (["clamp", CELL, "iv"], "the name of a current comes before"),
        (["muscle", MYOCYTE], "does not contract"),
        (["muscle", MUSCLE, "force-calcium", "--calcium=1 uM"], "--calcium: force-calcium does not take this option"),
        (["muscle", MUSCLE, "ktr", "--stretch=1, 1.1"], "--stretch: ktr is measured at one stretch"),
        (["muscle", MUSCLE, "stiffness", "--frequencies=1 mV"], "--frequencies"),
        (["threshold", MUSCLE], "no membrane potential"),
        (["threshold", MYOCYTE, "--durations=1 ms"], "two durations"),
        (["threshold", MYOCYTE, "--beats=3"], "--beats: thresholds are those of a cell at rest"),
        (["threshold", MYOCYTE, "refractory", "--plot=a.png"], "neither file nor figure"),
        (["run", MYOCYTE, "--set=INa.gNa=xtwo"], "no factor"),
        (["run", MYOCYTE, "--set=INa.gNb=x2"], "Did you mean INa.gNa"),
    ],
)
def test_a_bad_value_gets_one_clear_line_and_nothing_is_written(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert words in printed.err
    assert printed.out == ""
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize("command", ["pace", "restitution", "limit-cycle", "twitch", "clamp", "threshold"])
def test_an_interrupted_experiment_ends_with_130(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for home in ("simulation.advance", "analysis.pace_map", "analysis.mechanics.bench"):
        monkeypatch.setattr(f"troponin.{home}.integrate", interrupt)
    monkeypatch.setattr("troponin.analysis.pace_map.trace_steps", interrupt)
    model = CELL if command in ("twitch", "clamp") else MYOCYTE
    assert main([command, model]) == 130
    assert capsys.readouterr().err.count("\n") == 1


PACEMAKER = """
[[model]]
name: pacemaker
cell.v = -20
cell.w = 0

[engine]
time = 0 [ms]
    in [ms]
    bind time

[cell]
x = v / 50 [mV]
dot(v) = (x - x^3 / 3 - w + 0.5) * 50 [mV] / 1 [ms]
    in [mV]
    label membrane_potential
dot(w) = 0.08 * (x + 0.7 - 0.8 * w) / 1 [ms]
"""


def test_the_limit_cycle_of_a_cell_that_beats_by_itself_needs_no_cycle_length(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("pacemaker.mmt").write_text(PACEMAKER)
    found = told(capsys, "limit-cycle", "pacemaker.mmt", "--plot=cycle.png", "--save=cycle.nc")
    assert found["facts"]["converged"]["value"] is True
    run = tn.simulate(tn.load("pacemaker.mmt"), duration="2 s", save=tn.Save("v", every="0.1 ms"))
    length = tn.biomarkers.cycle_length(run)
    assert tn.open("cycle.nc").attrs["bcl_ms"] == pytest.approx(length, abs=0.01)
    assert Path("cycle.png").stat().st_size > 10_000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["pace", MYOCYTE, "--beats=3", "--every=1000 ms"], "miss whole beats"),
        (["threshold", MYOCYTE, "--durations=1, 1 ms"], "hold one twice"),
        (["threshold", MYOCYTE, "refractory", "--beats=0"], "must be positive"),
        (["limit-cycle", MYOCYTE, "--set=membrane.v=1e5 mV"], "no finite numbers anywhere near"),
        (["clamp", HUMAN, "INa", "iv", "--tail-duration=5 ms"], "a tail needs a potential"),
        (["clamp", HUMAN, "INa", "activation", "--tail-duration=5 ms"], "a tail needs a potential"),
        (["clamp", HUMAN, "INa", "--held=INa.m", "--free=INa.m"], "either free or held"),
        (["twitch", MUSCLE, "--bcl=0 ms"], "a beat must last"),
        (["muscle", MUSCLE, "--stretch=0"], "no muscle has this stretch"),
        (["muscle", MUSCLE, "force-length", "--stretch=-1"], "no muscle has this stretch"),
        (["muscle", MUSCLE, "force-velocity", "--stretch=9"], "no muscle has this stretch"),
        (["muscle", MUSCLE, "release", "--step=5"], "no muscle has this stretch"),
        (["muscle", MUSCLE, "release", "--step=0"], "a step changes the length"),
        (["muscle", MUSCLE, "stiffness", "--frequencies=1e9 1/s"], "shaken so fast"),
    ],
)
def test_what_would_be_a_wrong_number_is_one_line_instead(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--json"]) == 2
    out, err = capsys.readouterr()
    assert complaint in err
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.filterwarnings("error")
def test_a_channel_without_a_current_recovers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "clamp", HUMAN, "INa", "recovery", "--set=INa.GNa=0")
    assert set(column(found, "recovery")) == {None}


def test_a_stimulus_on_the_command_line_is_that_of_the_pacing(capsys: pytest.CaptureFixture[str]) -> None:
    weak = told(capsys, "pace", MYOCYTE, "--beats=1", "--stimulus=-2 uA/cm^2, 2 ms")
    strong = told(capsys, "pace", MYOCYTE, "--beats=1", "--stimulus=-40 uA/cm^2, 2 ms")
    assert column(weak, "verdict") == ["no capture"]
    assert column(strong, "verdict") == ["regular"]
    assert main(["pace", MYOCYTE, "--stimulus=-40 uA/cm^2"]) == 2
    assert "an amplitude and a duration" in capsys.readouterr().err
