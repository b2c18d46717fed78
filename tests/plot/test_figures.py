"""Figures: what they show, by their axes, lines and labels."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tests.analysis.runs import action_potential, run_of, transient
from troponin.errors import OutputError, UnknownNameError
from troponin.plot.figures import FORMATS, overview, require_picture, traces, write
from troponin.plot.style import as_mathematics, axis_label, colours

SIGNALS = {
    "v": action_potential(-80.0, 20.0, rise=0.5, fall=200.0),
    "cai": transient(1e-4, 5e-4, top=60.0, width=20.0),
    "Ta": transient(0.0, 24.0, top=169.0, width=40.0),
}


def paced(beats: int = 1, cells: list[float] | None = None) -> xr.Dataset:
    run = run_of(SIGNALS, beats=beats, cells=cells)
    for name, peak in (("INa.INa", -200.0), ("ICaL.ICaL", -5.0), ("IKr.IKr", 1.0)):
        scaled = peak * (run["v"] + 80.0) / 100.0
        run[name] = scaled.assign_attrs(units="A/F", long_name=name, variable=name)
    return run.assign_attrs(main_currents='["INa.INa", "ICaL.ICaL", "IKr.IKr", "IK1.IK1"]')


def test_the_default_figure_goes_from_ion_to_tension_in_four_panels() -> None:
    figure = overview(paced())
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert [label.partition(" (")[2] for label in labels] == ["mV)", "µM)", "kPa)", "A/F)"]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["a", "b", "c", "d"]
    assert figure.axes[3].get_xlabel() == "Time (ms)"


def test_the_last_beat_is_shown_from_its_stimulus_on() -> None:
    (line,) = overview(paced(beats=3)).axes[0].lines
    assert line.get_xdata()[0] == 0.0
    assert line.get_xdata()[-1] == 500.0
    assert line.get_ydata()[0] == -80.0


def test_calcium_is_drawn_in_micromolar() -> None:
    (line,) = overview(paced()).axes[1].lines
    assert np.max(line.get_ydata()) == pytest.approx(0.5, rel=1e-3)


def test_a_current_that_dwarfs_the_others_is_cut_off_and_its_peak_is_told() -> None:
    axes = overview(paced()).axes[3]
    assert -6.0 < axes.get_ylim()[0] < -5.0
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["I$_{Na}$ (to −200)", "I$_{CaL}$", "I$_{Kr}$"]


def test_a_run_without_tension_has_fewer_panels() -> None:
    assert len(overview(paced().drop_vars("Ta")).axes) == 3


def test_a_run_without_anything_to_show_is_refused() -> None:
    with pytest.raises(OutputError, match="nothing that the figure shows"):
        overview(run_of(SIGNALS).drop_vars(list(SIGNALS)))


def test_the_cells_of_a_batch_are_drawn_together() -> None:
    assert len(overview(paced(cells=[1.0, 0.9, 0.8])).axes[0].lines) == 3


def test_traces_show_the_whole_run_of_what_is_named() -> None:
    figure = traces(paced(beats=2), ["Ta", "INa.INa"])
    assert [axes.get_ylabel() for axes in figure.axes] == ["T$_a$ (kPa)", "I$_{Na}$ (A/F)"]
    assert figure.axes[0].lines[0].get_xdata()[-1] == 1000.0
    assert len(traces(paced()).axes) == len(paced().data_vars)


def test_traces_of_what_is_not_there_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="ICaL"):
        traces(paced(), ["ICaL.ICal"])


@pytest.mark.parametrize("ending", FORMATS)
def test_a_figure_is_written_in_the_kind_that_its_name_tells(ending: str, tmp_path: Path) -> None:
    path = write(traces(paced(), ["v"]), tmp_path / f"figure{ending}")
    assert path.stat().st_size > 2000


@pytest.mark.parametrize(
    ("name", "words"), [("a.pgn", r"Did you mean \.png"), ("a", "no ending"), ("no/a.png", "exist")]
)
def test_a_picture_that_cannot_be_written_is_refused(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=words):
        require_picture(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("IKr.IKr", "I$_{Kr}$"), ("INaCa.INaCa_i", "I$_{NaCa}$"), ("v", "v"), ("calcium.cai", "[Ca$^{2{+}}$]$_i$")],
)
def test_names_are_printed_as_papers_do(name: str, shown: str) -> None:
    assert as_mathematics(name) == shown


@pytest.mark.parametrize(
    ("unit", "shown"),
    [("mV", "x (mV)"), ("uA/cm^2", "x (µA/cm$^{2}$)"), ("ms^-1", "x (ms$^{-1}$)"), ("dimensionless", "x")],
)
def test_units_stand_in_brackets(unit: str, shown: str) -> None:
    assert axis_label("x", unit) == shown


def test_drawing_changes_no_settings_and_opens_no_window() -> None:
    program = (
        "import sys, matplotlib as mpl; before = mpl.rcParams.copy()\n"
        "from tests.plot.test_figures import paced\n"
        "from troponin.plot.figures import overview\n"
        "overview(paced())\n"
        "assert mpl.rcParams.copy() == before\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root)


def test_one_name_is_a_name_and_no_list_of_letters() -> None:
    run = paced()
    assert len(traces(run, "v").axes) == 1


def test_no_names_are_no_figure() -> None:
    with pytest.raises(OutputError, match="no names to draw"):
        traces(paced(), [])


def test_a_picture_that_cannot_be_written_leaves_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = traces(paced(), ["v"])

    def fill_the_disk(path: Path, **_: object) -> None:
        path.write_bytes(b"half of")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", fill_the_disk)
    (tmp_path / "run.png").write_text("older")
    with pytest.raises(OutputError, match="No space left on device"):
        write(figure, tmp_path / "run.png")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("run.png", "older")]


def with_currents(peaks: dict[str, float], cells: list[float] | None = None) -> xr.Dataset:
    run = run_of(SIGNALS, cells=cells)
    for name, peak in peaks.items():
        run[name] = (peak * (run["v"] + 80.0) / 100.0).assign_attrs(units="A/F", long_name=name, variable=name)
    return run.assign_attrs(main_currents=json.dumps(list(peaks)))


def panel_of_currents(run: xr.Dataset) -> Axes:
    figure = overview(run)
    FigureCanvasAgg(figure).draw()
    return figure.axes[-1]


MANY = {f"c.i_{letter}": float(number) for number, letter in enumerate("abcdefghijkl", start=1)}
ALIKE = {"b.i_B_Na": -1.0, "b.i_B_Ca": 2.0, "x.INaCa": 1.0, "y.INaCa": 1.5}


@pytest.mark.parametrize("peaks", [MANY, ALIKE, {f"{name}_of_a_long_component.I": 1.0 + len(name) for name in MANY}])
def test_the_names_of_currents_hide_nothing(peaks: dict[str, float]) -> None:
    axes = panel_of_currents(with_currents(peaks))
    legend, panel, above = (item.get_window_extent() for item in (axes.get_legend(), axes, axes.figure.axes[1]))
    assert legend.y0 >= panel.y1
    assert legend.y1 <= above.y0
    assert legend.x0 >= axes._left_title.get_window_extent().x1
    assert legend.x1 <= axes.figure.bbox.x1


def test_of_many_currents_the_largest_are_shown_each_in_a_colour_of_its_own() -> None:
    axes = panel_of_currents(with_currents(MANY))
    shown = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
    assert [line.get_label() for line in shown] == [f"I$_{{{letter}}}$" for letter in "efghijkl"]
    assert len({line.get_color() for line in shown}) == len(shown)
    assert axes.get_ylabel() == "8 of 12 currents (A/F)"


def test_currents_that_share_a_name_are_told_apart() -> None:
    axes = panel_of_currents(with_currents(ALIKE))
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["I$_{B,Na}$", "I$_{B,Ca}$", "I$_{NaCa}$ (x)", "I$_{NaCa}$ (y)"]


def test_the_currents_of_a_batch_say_whose_they_are() -> None:
    assert panel_of_currents(with_currents(ALIKE, cells=[1.0, 2.0])).get_ylabel() == "Main currents, cell 0 (A/F)"


def test_no_two_colours_are_alike() -> None:
    for count in (1, 8, 9, 20):
        assert len(set(colours(count))) == count
