"""The walk from an ion to tension: each step finds what theory says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "from_ion_to_tension.py"


@pytest.fixture(scope="module")
def walk() -> ModuleType:
    spec = importlib.util.spec_from_file_location(EXAMPLE.stem, EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_chemical_potentials_are_equal_at_the_nernst_potential(walk: ModuleType) -> None:
    found, _ = walk.ion()
    assert found["v_S"] == pytest.approx(-86.9597, abs=5e-5)
    assert found["crossing"] == pytest.approx(found["v_S"], abs=1e-9)


def test_a_leak_takes_the_membrane_to_the_nernst_potential_as_its_conductance_says(walk: ModuleType) -> None:
    found, _ = walk.leak()
    assert found["error"] < 1e-5
    assert found["end"] == pytest.approx(-86.9597 + 66.9597 * 2.718281828459045 ** (-6.0), abs=1e-4)


def test_the_gate_of_a_channel_follows_its_exact_solution(walk: ModuleType) -> None:
    found, _ = walk.gate()
    assert found["error"] < 1e-6
    assert found["open"] == pytest.approx(0.6329, abs=5e-5)


def test_three_channels_make_an_action_potential_between_the_nernst_potentials(walk: ModuleType) -> None:
    found, _ = walk.action_potential()
    assert walk.nernst_at(walk.na, 50, 440, 279.45) == pytest.approx(52.3705, abs=5e-5)
    assert 40.0 < found["peak"] < 52.3705
    assert -72.1406 < found["lowest"] < -70.0
    assert found["end"] == pytest.approx(-59.92, abs=0.05)


def test_a_calcium_transient_in_the_steady_state_puts_out_what_came_in(walk: ModuleType) -> None:
    found, _ = walk.calcium()
    assert found["diastolic"] == pytest.approx(0.0635, abs=0.001)
    assert found["peak"] == pytest.approx(0.433, abs=0.005)
    assert found["time"] == pytest.approx(62.5, abs=1.0)
    assert found["entered"] == pytest.approx(found["pumped"], rel=5e-3)


def test_the_transient_makes_tension(walk: ModuleType) -> None:
    found, _ = walk.tension()
    assert found["peak"] == pytest.approx(29.4, abs=0.5)
    assert 100.0 < found["time"] < 250.0
    assert 0.0 < found["rest"] < 0.1
    assert found["cai"] == pytest.approx(0.534, abs=0.005)


def test_the_cell_of_the_walk_leaks_charge_through_its_stimulus_only(walk: ModuleType) -> None:
    from troponin.model.audit import leaks

    assert [leak.flow for leak in leaks(walk.myocyte(contracts=True))] == ["membrane.I_stim"]


def test_the_script_draws_a_figure_for_each_step(
    walk: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walk.main(str(tmp_path / "figures"))
    pictures = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert pictures == [
        "1_ion.png", "2_leak.png", "3_gate.png", "4_action_potential.png", "5_calcium.png", "6_tension.png",
    ]  # fmt: skip
    assert all((tmp_path / "figures" / name).stat().st_size > 5000 for name in pictures)
    assert len(capsys.readouterr().out.splitlines()) == 6
