"""The derivative of the pace map, whole and in its leading directions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.analysis.forced import linear, pace_map_of
from troponin.analysis.conservation import conserved_quantities
from troponin.analysis.cycle import monodromy
from troponin.analysis.cycle.floquet import mode_of, multipliers
from troponin.analysis.cycle.monodromy import leading, linearise
from troponin.analysis.pace_map import PaceMap, open_pace_map, pace, pace_apart
from troponin.errors import SolverError
from troponin.library.catalogue import load_library
from troponin.protocol.pacing import regular
from troponin.solvers.method import BDF

Floats = NDArray[np.float64]

N = 22


def many_states() -> tuple[PaceMap, Floats]:
    """A linear cell whose states feed one another in a row, four of which remember the beat before; its matrix."""
    rates = np.concatenate([[2e-4, 5e-3, 2e-2, 5e-2], np.linspace(1.0, 3.0, N - 4)])
    matrix = -np.diag(rates) + 0.02 * np.eye(N, k=-1)
    paced = open_pace_map(linear(matrix, np.ones(N), np.full(N, 0.5)), regular("20 ms"), BDF(rtol=1e-9))
    return paced, pace_map_of(matrix, np.ones(N), 20.0)[0]


def test_a_few_directions_tell_all_that_is_left_after_a_beat() -> None:
    paced, exact = many_states()
    y = np.full(N, 0.5)
    near = leading(paced, y, np.ones(N), np.zeros((0, N)), np.zeros((0, N)))
    whole = linearise(paced, y, np.ones(N), np.zeros((0, N)))
    assert near.beats < whole.beats
    assert near.known < N
    for found, mu in zip(multipliers(near), np.sort(np.linalg.eigvals(exact))[::-1][:4], strict=False):
        assert abs(found - mu) < 0.02 * (1.0 - mu)
        v = mode_of(near, complex(found))
        np.testing.assert_allclose(exact @ v, mu * v, atol=0.02 * (1.0 - mu))


def test_the_leading_multipliers_of_a_cell_are_those_of_the_whole_derivative() -> None:
    model = load_library("ten-tusscher-panfilov-2006")
    paced = open_pace_map(model, regular("1000 ms"), BDF(rtol=1e-9))
    y = pace(paced, np.array([state.initial for state in model.states]), 3)
    scale = np.where(y != 0.0, np.abs(y), 1.0)
    gradients = np.array([quantity.gradient(y) for quantity in conserved_quantities(model)])
    near = leading(paced, y, scale, gradients, np.zeros((0, len(y))))
    whole = linearise(paced, y, scale, gradients)
    assert near.beats < whole.beats
    for found, exact in zip(multipliers(near)[:2], multipliers(whole)[:2], strict=True):
        assert abs(found - exact) < 0.1 * abs(1.0 - exact)


def test_a_small_cell_has_its_whole_derivative_taken() -> None:
    matrix = np.array([[-0.02, 0.01], [0.03, -0.05]])
    paced = open_pace_map(linear(matrix, np.ones(2), np.ones(2)), regular("20 ms"), BDF(rtol=1e-9))
    near = leading(paced, np.ones(2), np.ones(2), np.zeros((0, 2)), np.zeros((0, 2)))
    assert near.known == 2
    np.testing.assert_allclose(near.matrix, pace_map_of(matrix, np.ones(2), 20.0)[0], rtol=1e-7)


def test_where_a_direction_leads_out_of_what_the_cell_can_be_the_states_are_shifted_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paced, exact = many_states()
    calls: list[int] = []

    def fails_at_first(paced: PaceMap, y: Floats, shifts: Floats, beats: int = 1) -> tuple[Floats, int]:
        calls.append(len(shifts))
        if len(calls) == 1:
            raise SolverError("the right-hand side is not a finite number")
        return pace_apart(paced, y, shifts, beats)

    monkeypatch.setattr(monodromy, "pace_apart", fails_at_first)
    near = leading(paced, np.full(N, 0.5), np.ones(N), np.zeros((0, N)), np.zeros((0, N)))
    assert calls[1:] == [N]
    np.testing.assert_allclose(near.matrix, exact, atol=1e-6)
