"""The figure of disturbances: what is marked, and where."""

from __future__ import annotations

import numpy as np

from tests.analysis.runs import action_potential, corners, course_of, run_of
from troponin.analysis.disturbances import disturbances as found_in
from troponin.plot.disturbances import disturbances

BUMPS = corners((0, -85), (10, -85), (10.5, 35), (200, -20), (250, 10), (350, -85), (400, -80), (450, -85), (500, -85))


def test_afterdepolarisations_are_marked_at_their_take_off() -> None:
    (axes,) = disturbances(run_of({"v": BUMPS}, beats=2)).axes
    marked = {str(line.get_label()): np.array(line.get_xydata()).tolist() for line in axes.lines}
    assert marked["EAD take-off"] == [[200.0, -20.0], [700.0, -20.0]]
    assert marked["DAD take-off"] == [[350.0, -85.0], [850.0, -85.0]]
    assert [time for time, _ in marked["stimulus"]] == [0.0, 500.0]
    assert [text.get_text() for text in axes.texts] == ["EAD", "EAD"]
    assert axes.get_ylabel() == "Membrane potential (mV)"


def test_thresholds_are_those_of_what_was_found() -> None:
    run = run_of({"v": BUMPS})
    (axes,) = disturbances(run, found_in(run, ead="40 mV", dad="10 mV")).axes
    assert [str(line.get_label()) for line in axes.lines[1:]] == ["stimulus"]
    assert not axes.texts


def test_a_stimulus_without_an_answer_is_crossed_out() -> None:
    v = corners((0, -85), (10, -85), (10.5, 35), (200, 0), (201, 15), (330, -85), (400, -85))
    (axes,) = disturbances(course_of({"v": v}, duration=400.0, starts=[0.0, 200.0])).axes
    marked = {str(line.get_label()): np.array(line.get_xdata()).tolist() for line in axes.lines}
    assert (marked["stimulus"], marked["no capture"]) == ([0.0], [200.0])


def test_a_regular_cell_of_its_own_rhythm_shows_its_potential_alone() -> None:
    run = run_of({"v": action_potential(-85.0, 35.0, rise=0.5, fall=200.0)}, beats=3, marked=False)
    (axes,) = disturbances(run).axes
    assert len(axes.lines) == 3
    assert axes.get_legend() is None


def test_a_batch_says_whose_potential_is_shown() -> None:
    (axes,) = disturbances(run_of({"v": BUMPS}, cells=[1.0, 0.9])).axes
    assert axes.get_ylabel() == "Membrane potential, cell 0 (mV)"
