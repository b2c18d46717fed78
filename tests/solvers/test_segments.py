"""Segments and save points: what they refuse."""

import numpy as np
import pytest

from troponin.errors import SolverError
from troponin.solvers.segments import SavePlan, Segments

TWO = Segments(np.array([1.0, 2.0]), np.zeros((2, 1)))


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_segment_must_have_a_positive_length(bad):
    with pytest.raises(SolverError, match="segment 1"):
        Segments(np.array([1.0, bad]), np.zeros((2, 1)))


def test_lengths_and_inputs_must_fit():
    with pytest.raises(SolverError, match="fit"):
        Segments(np.array([1.0]), np.zeros((2, 1)))


@pytest.mark.parametrize("time", [-0.1, 1.5, np.nan])
def test_a_save_time_must_lie_in_its_segment(time):
    with pytest.raises(SolverError, match="segment 0"):
        SavePlan(np.array([time, 2.0]), np.array([0, 1, 2])).offsets_for(TWO)


def test_save_times_must_ascend_within_a_segment():
    with pytest.raises(SolverError, match="ascend"):
        SavePlan(np.array([1.0, 0.5]), np.array([0, 2, 2])).offsets_for(TWO)


def test_save_times_may_begin_anew_in_the_next_segment():
    offsets = SavePlan(np.array([1.0, 0.5]), np.array([0, 1, 2])).offsets_for(TWO)
    np.testing.assert_array_equal(offsets, [0, 1, 2])


@pytest.mark.parametrize("offsets", [[0, 1], [0, 1, 5], [1, 0, 1]])
def test_offsets_must_fit_the_segments(offsets):
    with pytest.raises(SolverError, match="offsets"):
        SavePlan(np.array([0.5, 0.5]), np.array(offsets)).offsets_for(TWO)


def test_several_segments_need_offsets():
    with pytest.raises(SolverError, match="offsets"):
        SavePlan(np.array([0.5])).offsets_for(TWO)
