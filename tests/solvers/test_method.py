"""The settings of the methods, and what they refuse."""

import subprocess
import sys

import numpy as np
import pytest

from troponin.errors import SolverError, UnknownNameError
from troponin.solvers.method import BDF, Rosenbrock, RushLarsen, absolute_tolerance


def test_the_default_absolute_tolerance_is_a_tenth_of_the_relative_one():
    np.testing.assert_allclose(absolute_tolerance(BDF(rtol=1e-4), 3), [1e-5] * 3, rtol=1e-15)


def test_an_absolute_tolerance_may_be_given_for_every_state():
    np.testing.assert_array_equal(absolute_tolerance(BDF(atol=(1e-3, 1e-9)), 2), [1e-3, 1e-9])
    with pytest.raises(SolverError, match="atol"):
        absolute_tolerance(BDF(atol=(1e-3, 1e-9)), 3)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"rtol": 0.0}, "rtol"),
        ({"rtol": float("nan")}, "rtol"),
        ({"rtol": 2.0}, "rtol"),
        ({"atol": -1.0}, "atol"),
        ({"atol": (1e-3, float("nan"))}, "atol"),
        ({"max_step": 0.0}, "max_step"),
        ({"max_step": float("nan")}, "max_step"),
        ({"first_step": -1.0}, "first_step"),
        ({"max_order": 6}, "max_order"),
        ({"max_steps": 0}, "max_steps"),
    ],
)
def test_a_setting_no_integration_can_have_is_refused_by_name(settings, word):
    with pytest.raises(SolverError, match=word):
        BDF(**settings)


def test_all_bad_settings_are_told_at_once():
    with pytest.raises(SolverError) as caught:
        BDF(rtol=-1, max_order=9, max_steps=0)
    assert all(word in str(caught.value) for word in ("rtol", "max_order", "max_steps"))


def test_a_mistyped_rosenbrock_method_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="Rodas5P"):
        Rosenbrock("rodas5")


def test_a_mistyped_scheme_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="grl1"):
        RushLarsen(scheme="grl")


def test_a_fixed_step_must_be_positive():
    with pytest.raises(SolverError, match="step"):
        RushLarsen(step=0.0)


def test_settings_and_arrays_of_segments_load_without_a_compiler():
    code = (
        "import sys, troponin.solvers.method, troponin.solvers.integrate; "
        "print([m for m in ('numba', 'llvmlite', 'scipy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
