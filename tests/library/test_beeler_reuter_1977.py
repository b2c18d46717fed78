from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.library.reference import assert_derivatives_agree, assert_second_agrees, load
from troponin import BDF, Save, simulate
from troponin.analysis import biomarkers
from troponin.expr.functions import exp
from troponin.expr.nodes import Node
from troponin.library.catalogue import load_library
from troponin.model.derivatives import derivatives
from troponin.model.model import Model
from troponin.physiology.membrane import voltage
from troponin.protocol import pacing
from troponin.units import mV, parse_unit

CELLML = {
    "membrane.v": "membrane.V",
    "INa.m": "sodium_current_m_gate.m",
    "INa.h": "sodium_current_h_gate.h",
    "INa.j": "sodium_current_j_gate.j",
    "Is.Cai": "slow_inward_current.Cai",
    "Is.d": "slow_inward_current_d_gate.d",
    "Is.f": "slow_inward_current_f_gate.f",
    "Ix1.x1": "time_dependent_outward_current_x1_gate.x1",
}
MMT = {
    "membrane.v": "membrane.V",
    "INa.m": "ina.m",
    "INa.h": "ina.h",
    "INa.j": "ina.j",
    "Is.Cai": "calcium.Cai",
    "Is.d": "isi.d",
    "Is.f": "isi.f",
    "Ix1.x1": "ix1.x1",
}
MOLAR = {"Is.Cai": 1e-3}


V = voltage / (1.0 * mV)


def with_fits(model: Model, fits: Mapping[str, Node]) -> Model:
    """The model with other fits [1/ms] for some rates of its gates."""
    per_ms = 1.0 * parse_unit("1/ms")
    assert set(fits) <= {e.name for e in model.equations}
    equations = (replace(e, expression=fits[e.name] * per_ms) if e.name in fits else e for e in model.equations)
    return replace(model, equations=tuple(equations))


def as_in_myokit() -> Model:
    """Myokit's file has 333 where the paper and the CellML file have 20 in the closing rate of x1."""
    beta_x1 = 0.0013 * exp(-0.06 * (V + 20)) / (exp(-0.04 * (V + 333)) + 1)
    return with_fits(load_library("beeler-reuter-1977"), {"Ix1.beta_x1": beta_x1})


def as_in_cellml() -> Model:
    """The CellML file has rounded reciprocals for the paper's slopes: 1/13.89 for 0.072, 1/59 for 0.017 and so on."""
    fits = {
        "Is.alpha_d": 0.095 * exp(-(V - 5) / 100) / (exp(-(V - 5) / 13.89) + 1),
        "Is.beta_d": 0.07 * exp(-(V + 44) / 59) / (exp((V + 44) / 20) + 1),
        "Is.alpha_f": 0.012 * exp(-(V + 28) / 125) / (exp((V + 28) / 6.67) + 1),
        "Ix1.alpha_x1": 0.0005 * exp((V + 50) / 12.1) / (exp((V + 50) / 17.5) + 1),
        "Ix1.beta_x1": 0.0013 * exp(-(V + 20) / 16.67) / (exp(-(V + 20) / 25) + 1),
    }
    return with_fits(load_library("beeler-reuter-1977"), fits)


def test_its_derivatives_are_those_of_the_cellml_file_but_for_rounded_slopes() -> None:
    reference = load("cellml/beeler_reuter_model_1977")
    assert_derivatives_agree(
        as_in_cellml(),
        reference,
        CELLML,
        lambda probe: -100.0 * probe.values["stimulus_protocol.Istim"],  # uA/mm^2, inward positive, in the file
    )


def test_its_derivatives_are_those_of_myokit_but_for_a_number_in_the_closing_rate_of_x1() -> None:
    model = as_in_myokit()
    reference = load("mmt/beeler-1977")
    assert_derivatives_agree(model, reference, MMT, lambda probe: probe.values["stimulus.i_stim"], MOLAR)


def test_one_second_follows_the_cellml_file_but_for_rounded_slopes() -> None:
    beat = pacing.regular("1000 ms", beats=1, start="10 ms", amplitude="-50 uA/cm^2", duration="1 ms")
    assert_second_agrees(as_in_cellml(), load("cellml/beeler_reuter_model_1977"), CELLML, beat)


def test_one_second_follows_myokit_but_for_a_number_in_the_closing_rate_of_x1() -> None:
    model = as_in_myokit()
    beat = pacing.regular("1000 ms", beats=1, start="100 ms")
    assert_second_agrees(model, load("mmt/beeler-1977"), MMT, beat, MOLAR)


def test_after_100_beats_its_biomarkers_are_those_of_myokit() -> None:
    model = as_in_myokit()
    kept = Save(["v", "cai"], every="0.1 ms", last="1000 ms")
    run = simulate(model, pacing.regular("1000 ms", beats=100), solver=BDF(rtol=1e-08), save=kept)
    assert biomarkers.resting_potential(run) == pytest.approx(-84.622, abs=0.01)
    assert biomarkers.peak_potential(run) == pytest.approx(32.713, abs=0.02)
    assert biomarkers.apd(run, 50) == pytest.approx(230.80, abs=0.1)
    assert biomarkers.apd(run, 90) == pytest.approx(290.95, abs=0.1)
    assert biomarkers.calcium_peak(run) == pytest.approx(6.178, abs=2e-3)


@pytest.mark.parametrize("v", [-47.0, -23.0])
def test_its_rates_are_whole_where_the_printed_formulas_are_nought_over_nought(v: float) -> None:
    model = load_library("beeler-reuter-1977")
    at, before, after = (derivatives(model, {"v": v + dv}) for dv in (0.0, -1e-4, 1e-4))
    for name in ("membrane.v", "INa.m"):
        assert at[name] == pytest.approx(0.5 * (before[name] + after[name]), rel=1e-7)
