"""Figures of experiments: labelled axes with units, numbers that are those of the Dataset, and one way to them all."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from troponin.analysis import excitation, mechanics, restitution
from troponin.analysis.cycle.limit_cycle import limit_cycle
from troponin.analysis.in_loop.measure import measure
from troponin.errors import KindError, OutputError, TroponinError, UnknownNameError
from troponin.library.catalogue import load_library
from troponin.plot.experiments import figure
from troponin.protocol.pacing import regular
from troponin.simulation.simulate import simulate

MYOCYTE = load_library("beeler-reuter-1977")
LAND = load_library("land-2017")
BEAT = mechanics.calcium_beat()

MADE: dict[str, Callable[[], xr.Dataset]] = {
    "s1s2": lambda: restitution.s1s2(MYOCYTE, "1000 ms", ["250 ms", "300 ms", "350 ms", "500 ms"], beats=1),
    "dynamic": lambda: restitution.dynamic(MYOCYTE, ["400 ms", "260 ms"], beats=6),
    "rate_dependence": lambda: restitution.rate_dependence(MYOCYTE, ["1000 ms", "500 ms"]),
    "post_pause": lambda: restitution.post_pause(MYOCYTE, "600 ms", ["600 ms", "900 ms"]),
    "strength_duration": lambda: excitation.strength_duration(MYOCYTE, ["1 ms", "3 ms", "10 ms"]),
    "limit_cycle": lambda: limit_cycle(MYOCYTE, "250 ms").record,
    "force_calcium": lambda: mechanics.force_calcium(LAND),
    "force_length": lambda: mechanics.force_length(LAND),
    "force_velocity": lambda: mechanics.force_velocity(LAND),
    "dynamic_stiffness": lambda: mechanics.dynamic_stiffness(LAND, ["1 Hz", "10 Hz"], calcium="1 uM"),
    "isometric": lambda: mechanics.isometric(LAND, BEAT, stretch=[1.0, 1.05], every="5 ms"),
    "fixed_ends": lambda: mechanics.fixed_ends(LAND, BEAT, spring="500 kPa", every="5 ms"),
    "isotonic": lambda: mechanics.isotonic(LAND, BEAT, afterload="10 kPa", every="5 ms"),
    "work_loop": lambda: mechanics.work_loop(LAND, BEAT, afterload="10 kPa", beats=1, settle=1, every="5 ms"),
    "quick_release": lambda: mechanics.quick_release(LAND, calcium="1 uM", every="1 ms"),
    "measure": lambda: measure(MYOCYTE, regular("500 ms", beats=4), beats=3),
    "ktr": lambda: mechanics.ktr(LAND, calcium="1 uM", every="1 ms"),
}


@cache
def data_of(experiment: str) -> xr.Dataset:
    """The data of an experiment, computed once."""
    return MADE[experiment]()


def drawn(found: Figure, panel: int) -> list[np.ndarray]:
    """The points of the lines of a panel, [point, (x, y)]."""
    return [np.column_stack(line.get_data()).astype(float) for line in found.axes[panel].lines]


def holds(lines: list[np.ndarray], points: np.ndarray) -> bool:
    """Whether all points that are numbers lie on one of the lines."""
    known = points[np.isfinite(points).all(axis=1)]
    return any(
        len(line) >= len(known) and all(np.isclose(line, p, rtol=1e-9).all(axis=1).any() for p in known)
        for line in lines
    )


@pytest.mark.parametrize("experiment", MADE)
def test_every_axis_says_what_it_shows_and_in_which_unit(experiment: str) -> None:
    data = data_of(experiment)
    assert data.attrs["experiment"] == experiment
    found = figure(data)
    # what has no unit: a stretch, a slope, a multiplier, the scaled residual and the steps of a search
    plain = ("Stretch", "Slope", "Multiplier", "Imaginary", "Residual", "Step")
    last_row = [axes for axes in found.axes if axes.get_xlabel()]
    assert last_row
    for text in [*(axes.get_ylabel() for axes in found.axes), *(axes.get_xlabel() for axes in last_row)]:
        assert text.startswith(plain) or (text[0].isupper() | (text[0] == "[")) & text.endswith(")"), text
        assert "uM" not in text
        assert "^-" not in text
    for axes in found.axes:
        assert axes.lines, "an empty panel"


@pytest.mark.parametrize(
    ("experiment", "panel", "x", "y"),
    [
        ("s1s2", 0, "di", "apd"),
        ("s1s2", 1, "di", "slope"),
        ("rate_dependence", 0, "bcl", "apd90"),
        ("post_pause", 1, "pause", "ca_peak"),
        ("strength_duration", 0, "duration", "threshold"),
        ("limit_cycle", 0, "step", "residual_history"),
        ("force_calcium", 0, "calcium", "Ta"),
        ("force_velocity", 1, "velocity", "power"),
        ("dynamic_stiffness", 1, "elastic", "viscous"),
        ("work_loop", 0, "stretch", "T"),
        ("isotonic", 1, "time", "stretch"),
    ],
)
def test_what_is_drawn_is_what_was_measured(experiment: str, panel: int, x: str, y: str) -> None:
    data = data_of(experiment).squeeze()
    points = np.column_stack([data[x].to_numpy(), data[y].to_numpy()])
    assert holds(drawn(figure(data), panel), points)


def test_alternans_fall_into_two_branches() -> None:
    data = data_of("dynamic").copy(deep=True)
    data["apd"][:] = [[250.0, 250.0], [150.0, 210.0]]
    data["alternans"][:] = [0.0, 60.0]
    data["captured"][:] = True
    lines = drawn(figure(data), 0)
    assert holds(lines, np.array([[400.0, 250.0]]))
    assert holds(lines, np.array([[260.0, 210.0]]))
    assert holds(lines, np.array([[260.0, 150.0]]))


def test_cycles_of_two_beats_fork_against_the_rate() -> None:
    one = data_of("rate_dependence")
    data = one.reindex(beat=[1, 2]).copy(deep=True)
    data["apd90"][:] = [[300.0, np.nan], [150.0, 210.0]]
    data["period"][:] = [1, 2]
    lines = drawn(figure(data), 0)
    assert holds(lines, np.array([[1000.0, 300.0], [500.0, 210.0]]))
    assert holds(lines, np.array([[1000.0, 300.0], [500.0, 150.0]]))


def test_intervals_without_an_answer_are_marked_and_not_drawn_as_a_number() -> None:
    found = figure(data_of("s1s2"))
    assert "no capture" in [text.get_text() for text in found.axes[0].get_legend().get_texts()]


def test_a_cycle_of_two_beats_shows_both_from_their_stimulus() -> None:
    found = figure(data_of("limit_cycle"))
    first, second = drawn(found, 2)
    assert first[0, 0] == second[0, 0] == 0.0
    assert "2:1 block, found with" in found.axes[0].get_title(loc="right")


def test_several_loads_are_laid_over_each_other() -> None:
    heavy = mechanics.isotonic(LAND, BEAT, afterload="20 kPa", every="5 ms")
    found = figure(data_of("isotonic"), heavy)
    labels = [text.get_text() for text in found.axes[0].get_legend().get_texts()]
    assert labels == ["afterload 10 kPa", "afterload 20 kPa"]


def test_the_names_of_loads_stand_above_the_loops_and_the_panels_stay_level() -> None:
    loads = [data_of("work_loop"), data_of("work_loop").assign_attrs(afterload=20.0, lifted=0)]
    found = figure(*loads, *(loads[0].assign_attrs(afterload=load) for load in (30.0, 40.0)))
    FigureCanvasAgg(found).draw()
    legend = found.axes[0].get_legend()
    assert legend.get_window_extent().y0 >= found.axes[0].get_window_extent().y1
    assert legend.get_texts()[1].get_text() == "afterload 20 kPa, never lifted"
    assert found.axes[0].get_position().y1 == found.axes[1].get_position().y1


def test_a_redevelopment_fills_its_panel_with_the_exponential_of_its_rate_and_what_is_cut_off_is_told() -> None:
    data = data_of("ktr")
    axes = figure(data).axes[0]
    low, high = axes.get_ylim()
    held, lowest = data.attrs["T0"], data.attrs["lowest"]
    assert (held - lowest) / (high - low) > 0.3
    fit = np.column_stack(axes.lines[1].get_data()).astype(float)
    assert fit[0, 1] == pytest.approx(lowest)
    half = np.interp(0.5 * (held + lowest), fit[:, 1], fit[:, 0]) - fit[0, 0]
    assert half == pytest.approx(1000.0 * np.log(2.0) / data.attrs["ktr"], rel=1e-3)  # ms
    least, most = float(data["T"].min()), float(data["T"].max())
    assert axes.texts[0].get_text() == f"cut off: to −{-least:.0f} and to {most:.0f} kPa"


def test_a_muscle_that_does_not_redevelop_is_drawn_whole() -> None:
    data = data_of("ktr")
    flat = data.assign_attrs(ktr=float("nan"), lowest=data.attrs["T0"])
    assert not figure(flat).axes[0].texts


def test_a_figure_says_which_tension_it_shows() -> None:
    assert figure(data_of("isometric")).axes[0].get_ylabel() == "Total tension (kPa)"
    assert figure(data_of("isometric").drop_vars("T")).axes[0].get_ylabel() == "Active tension (kPa)"


def test_a_measured_cell_is_drawn_over_its_beats() -> None:
    data = data_of("measure")
    found = figure(data)
    assert holds(drawn(found, 0), np.column_stack([[1.0, 2.0, 3.0], data["apd90"]]))
    assert len(found.axes) == 4


SPREAD = {"IK1.gK1": [0.9, 1.1, 1.0], "INa.gNa": [1.0, 0.9, 1.1], "Is.gs": [1.0, 1.1, 1.2]}


def population(varied: int) -> xr.Dataset:
    given = {name: MYOCYTE[name].value * np.array(scale) for name, scale in list(SPREAD.items())[:varied]}
    return measure(MYOCYTE, regular("500 ms", beats=2), names=["apd90", "ca_peak"], values=given)


@pytest.mark.parametrize(("varied", "panels"), [(1, 2), (2, 4), (3, 3)])
def test_a_measured_population_is_drawn_against_what_differs(varied: int, panels: int) -> None:
    data = population(varied)
    found = figure(data)
    assert len(found.axes) == panels
    name = next(str(name) for name, given in data.coords.items() if given.dims == ("cell",))
    assert holds(drawn(found, 0), np.column_stack([data[name], data["apd90"][:, -1]]))


def test_a_population_in_which_nothing_is_known_to_differ_is_counted() -> None:
    data = population(1)
    nameless = data.drop_vars([name for name, given in data.coords.items() if given.dims == ("cell",)])
    nameless["apd90"][0] = np.nan
    axes = figure(nameless).axes[0]
    assert sum(bar.get_height() for bar in axes.patches) == 2
    assert axes.get_title(loc="right") == "1 of 3 without"


def test_runs_of_a_control_and_a_drug_are_laid_over_each_other_and_named_by_what_differs() -> None:
    drug = MYOCYTE.with_values({"IK1.gK1": 0.175})
    runs = [simulate(cell, regular("500 ms")) for cell in (MYOCYTE, drug)]
    found = figure(*runs)
    names = [text.get_text() for text in found.axes[0].get_legend().get_texts()]
    assert names == ["control", "IK1.gK1 = 0.175"]
    for number, run in enumerate(runs):
        assert holds(drawn(found, 0)[number : number + 1], np.column_stack([run["time"], run["v"]]))


def test_a_batch_is_not_laid_over_another_run() -> None:
    run = simulate(MYOCYTE, regular("500 ms"))
    with pytest.raises(OutputError, match=r"isel\(cell=0\)"):
        figure(run, simulate(MYOCYTE, regular("500 ms"), values={"membrane.v": [-84.0, -83.0]}))
    with pytest.raises(OutputError, match="nothing to show in common"):
        figure(run, run[["I_ion"]])


def test_a_plain_run_gets_the_overview() -> None:
    run = data_of("isometric").isel(cell=0)
    assert len(figure(run.assign_attrs(experiment="")).axes) == 2


def test_what_has_no_figure_or_does_not_go_together_is_refused() -> None:
    data = data_of("force_length")
    with pytest.raises(UnknownNameError, match="force_length"):
        figure(data.assign_attrs(experiment="force_lenght"))
    with pytest.raises(OutputError, match="one experiment"):
        figure(data, data_of("force_velocity"))
    with pytest.raises(OutputError, match="shows one Dataset"):
        figure(data, data)
    with pytest.raises(OutputError, match="one experiment"):
        figure()


def without_coordinate(data: xr.Dataset) -> xr.Dataset:
    return data.drop_vars(list(data.coords))


def without_attributes(data: xr.Dataset) -> xr.Dataset:
    return data.drop_attrs().assign_attrs(experiment=data.attrs["experiment"])


def without_points(data: xr.Dataset) -> xr.Dataset:
    return data.isel({dimension: [] for dimension in data.dims})


@pytest.mark.parametrize("damage", [without_coordinate, without_attributes, without_points, lambda d: d.drop_vars(d)])
@pytest.mark.parametrize("kind", ["strength_duration", "force_calcium", "quick_release"])
def test_a_damaged_dataset_is_drawn_or_refused(kind: str, damage: Callable[[xr.Dataset], xr.Dataset]) -> None:
    try:
        drawn = figure(damage(MADE[kind]()))
    except OutputError as refused:
        assert "does not hold what its figure shows" in str(refused)  # noqa: PT017
    except TroponinError as refused:
        assert str(refused)  # noqa: PT017
    else:
        assert isinstance(drawn, Figure)


def test_what_is_no_dataset_is_not_drawn() -> None:
    with pytest.raises(KindError, match="expected a Dataset"):
        figure([MADE["strength_duration"]()])  # type: ignore[arg-type]
    with pytest.raises(OutputError, match="does not hold what its figure shows"):
        figure(xr.Dataset(attrs={"experiment": "iv"}))
