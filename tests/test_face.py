"""The face: every name is there, and asking for the package alone costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import troponin as tn

HEAVY = ("scipy", "numba", "llvmlite", "xarray", "pandas", "matplotlib", "h5netcdf", "h5py", "lxml", "typer", "rich")


def python(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_importing_the_package_loads_numpy_at_most() -> None:
    loaded = python("import sys, troponin; print(*{name.partition('.')[0] for name in sys.modules})").split()
    assert not set(loaded) & set(HEAVY)


def test_importing_the_package_takes_less_than_three_tenths_of_a_second() -> None:
    program = "import time; t = time.perf_counter(); import troponin; print(time.perf_counter() - t)"
    assert min(float(python(program)) for _ in range(3)) < 0.3


def test_a_run_with_its_figure_loads_no_experiment() -> None:
    program = (
        "import sys, troponin as tn; run = tn.simulate(tn.load('hodgkin-huxley-1952'), tn.pacing.regular('20 ms'));"
        "tn.biomarkers.table(run); tn.plot.overview(run); print(*sys.modules)"
    )
    loaded = set(python(program).split())
    assert "troponin.plot.figures" in loaded
    assert not loaded & {"scipy.optimize", "troponin.analysis.mechanics", "troponin.plot.experiments"}


def test_settings_and_protocols_load_no_compiler() -> None:
    program = "import sys, troponin as tn; tn.BDF(); tn.Save(); tn.pacing.regular('1 s'); print(*sys.modules)"
    assert not {name.partition(".")[0] for name in python(program).split()} & {"numba", "llvmlite", "xarray"}


@pytest.mark.parametrize("name", sorted(tn.__all__))
def test_every_name_is_there(name: str) -> None:
    assert getattr(tn, name) is getattr(tn, name)
    assert name in dir(tn)


def test_every_name_has_a_home_and_a_type() -> None:
    assert sorted(tn._HOMES) == sorted(tn.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'qwzx'$"):
        tn.qwzx  # noqa: B018


def test_a_mistyped_name_is_answered_once_with_the_nearest() -> None:
    program = [sys.executable, "-c", "import troponin; troponin.simulat"]
    told = subprocess.run(program, capture_output=True, text=True, check=False).stderr
    assert told.count("Did you mean") == 1
    assert told.endswith("module 'troponin' has no attribute 'simulat'. Did you mean simulate or stimulated?\n")


def test_courses_of_an_input_and_how_they_are_joined_are_reached_from_the_face() -> None:
    held = tn.pacing.sequence(tn.pacing.level("-80 mV", "50 ms", role="v"), tn.pacing.rest("10 ms"))
    course = tn.pacing.together(tn.pacing.repeated(held, 2), tn.pacing.shifted(tn.pacing.regular("1 s"), "5 ms"))
    assert float(course.duration) == 1005.0
    assert {"level", "pulse", "ramp", "regular", "steps"} <= set(tn.pacing.__all__)
