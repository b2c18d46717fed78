"""What the commands print of a run."""

from __future__ import annotations

from tests.analysis.runs import action_potential, corners, run_of, transient
from troponin.cli.text import biomarker_lines


def test_a_beat_that_is_disturbed_says_so_first() -> None:
    early = corners((0, -85), (10, -85), (10.5, 35), (200, -20), (250, 10), (350, -85), (500, -85))
    assert biomarker_lines(run_of({"v": early}))[0].split() == ["disturbance", "EAD"]


def test_a_regular_beat_and_a_muscle_say_nothing_of_disturbances() -> None:
    regular = run_of({"v": action_potential(rest=-85.0, peak=35.0, rise=0.5, fall=200.0)})
    muscle = run_of({"Ta": transient(0.0, 24.0, top=169.2, width=30.0)})
    for run in (regular, muscle):
        assert not any("disturbance" in line for line in biomarker_lines(run))
