"""Potentials of ions against a table of six-digit checks, computed apart with the constants of the 2019 SI."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin import constants
from troponin.errors import ModelError
from troponin.expr.evaluate import evaluate
from troponin.expr.nodes import Node, Symbol
from troponin.physiology.ion import Ion, Permeant, chemical_potential, ghk_current, ghk_voltage, nernst

NA, K, CL, CA = Ion("Na", +1), Ion("K", +1), Ion("Cl", -1), Ion("Ca", +2)
EXACT = {"phys.R": 1000.0 * constants.R.value, "phys.F": constants.F.value}


def at(formula: Node, temperature: float, **values: float) -> float:
    return float(evaluate([formula], EXACT | {"phys.T": temperature} | values)[0])


@pytest.mark.parametrize(
    ("ion", "temperature", "outside", "inside", "expected"),
    [
        (K, 279.45, 20, 400, -72.1406),
        (NA, 279.45, 440, 50, 52.3705),
        (CL, 279.45, 560, 52, -57.2335),
        (CA, 279.45, 10, 1e-4, 138.622),
        (K, 293.15, 20, 400, -75.6773),
        (NA, 293.15, 440, 50, 54.9380),
        (CL, 293.15, 560, 52, -60.0393),
        (CA, 293.15, 10, 1e-4, 145.418),
        (K, 310.0, 5.4, 140, -86.9597),
        (NA, 310.0, 140, 10, 70.4991),
        (CL, 310.0, 150, 24, -48.9551),
        (CA, 310.0, 1.8, 1e-4, 130.872),
        (K, 310.15, 5.4, 140, -87.0018),
        (NA, 310.15, 140, 10, 70.5332),
        (CL, 310.15, 150, 24, -48.9788),
        (CA, 310.15, 1.8, 1e-4, 130.936),
        (K, 310.0, 5.4, 136.89, -86.3596),
        (NA, 310.0, 140, 8.604, 74.5157),
        (CA, 310.0, 2, 1.26e-4, 129.193),
        (K, 310.0, 5, 147.711474407329, -90.4480),
        (NA, 310.0, 140, 12.3973564703237, 64.7583),
        (CL, 310.0, 150, 29.2069793887423, -43.7097),
        (CA, 310.0, 1.8, 7.45348e-5, 134.798),
    ],
)
def test_nernst_potentials_agree_with_the_table_to_six_digits(
    ion: Ion, temperature: float, outside: float, inside: float, expected: float
) -> None:
    got = at(nernst(ion, inside, outside), temperature)
    assert got == pytest.approx(expected, abs=0.5000001 * 10.0 ** (math.floor(math.log10(abs(expected))) - 5))


def test_legacy_constants_move_the_potential_of_potassium_by_five_microvolt() -> None:
    formula = nernst(K, 147.711474407329, 5.0)
    legacy = {"phys.R": 8314.0, "phys.T": 310.0, "phys.F": 96485.0}
    assert float(evaluate([formula], legacy)[0]) == pytest.approx(-90.4432, abs=5e-5)


@given(
    inside=st.floats(1e-5, 500.0),
    outside=st.floats(1e-5, 500.0),
    ion=st.sampled_from([NA, K, CL, CA]),
    temperature=st.floats(273.0, 320.0),
)
def test_the_chemical_potential_is_equal_on_both_sides_at_the_nernst_potential(
    inside: float, outside: float, ion: Ion, temperature: float
) -> None:
    equilibrium = at(nernst(ion, inside, outside), temperature)
    within = at(chemical_potential(ion, inside, Symbol("v")), temperature, v=equilibrium)
    beyond = at(chemical_potential(ion, outside, 0.0), temperature)
    assert within == pytest.approx(beyond, rel=1e-12, abs=1e-12 * EXACT["phys.R"] * temperature)


def test_the_chemical_potential_is_counted_from_one_millimolar_and_no_voltage() -> None:
    assert at(chemical_potential(K, 1.0, 0.0), 310.0) == 0.0
    thermal = EXACT["phys.R"] * 310.0
    assert at(chemical_potential(K, math.e, 0.0), 310.0) == pytest.approx(thermal, rel=1e-15)
    doubly = at(chemical_potential(CA, 1.0, -50.0), 310.0)
    assert doubly == pytest.approx(2.0 * -50.0 * constants.F.value, rel=1e-15)  # C/mol mV = mJ/mol


@pytest.mark.parametrize(
    ("sodium", "temperature", "expected"),
    [(0.04, 293.15, -59.9267), (0.04, 279.45, -57.1261), (20.0, 293.15, 42.3812)],
)
def test_the_goldman_voltage_of_the_squid_axon_agrees_with_the_table(
    sodium: float, temperature: float, expected: float
) -> None:
    formula = ghk_voltage(Permeant(K, 1.0, 400, 20), Permeant(NA, sodium, 50, 440), Permeant(CL, 0.45, 52, 560))
    assert at(formula, temperature) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("ratio", "ki", "ko", "nai", "expected"),
    [(0.03, 136.89, 5.4, 8.604, -71.0398), (0.01833, 147.711474407329, 5.0, 12.3973564703237, -79.4228)],
)
def test_a_potassium_channel_that_leaks_sodium_reverses_where_the_table_says(
    ratio: float, ki: float, ko: float, nai: float, expected: float
) -> None:
    formula = ghk_voltage(Permeant(K, 1.0, ki, ko), Permeant(NA, ratio, nai, 140.0))
    assert at(formula, 310.0) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("voltage", "expected"),
    [(-80.0, -208.564), (-40.0, -109.501), (0.0, -34.7328), (20.0, -14.9854), (60.0, -1.75816)],
)
def test_the_goldman_current_of_calcium_agrees_with_the_table(voltage: float, expected: float) -> None:
    got = at(ghk_current(CA, 1e-4, 1e-4, 1.8, Symbol("v")), 310.0, v=voltage)
    assert got == pytest.approx(expected, rel=5e-6)


def test_the_goldman_current_is_whole_at_zero_voltage_and_around_it() -> None:
    formula = ghk_current(CA, 1e-4, 1e-4, 1.8, Symbol("v"))
    at_zero = at(formula, 310.0, v=0.0)
    assert at_zero == pytest.approx(1e-4 * 2 * constants.F.value * (1e-4 - 1.8), rel=1e-14)
    near = [at(formula, 310.0, v=x) for x in (-1e-9, 1e-9)]
    assert np.mean(near) == pytest.approx(at_zero, rel=1e-13)


@given(inside=st.floats(1e-4, 300.0), outside=st.floats(1e-4, 300.0), ion=st.sampled_from([NA, CL, CA]))
def test_the_goldman_current_vanishes_at_the_nernst_potential(inside: float, outside: float, ion: Ion) -> None:
    equilibrium = at(nernst(ion, inside, outside), 310.0)
    net = at(ghk_current(ion, 1.0, inside, outside, Symbol("v")), 310.0, v=equilibrium)
    one_way = abs(at(ghk_current(ion, 1.0, inside, 0.0, Symbol("v")), 310.0, v=equilibrium))
    assert abs(net) <= 1e-12 * one_way


def test_the_goldman_voltage_is_the_zero_of_the_sum_of_goldman_currents() -> None:
    voltage = at(ghk_voltage(Permeant(K, 1.0, 140, 5.4), Permeant(NA, 0.1, 10, 140)), 310.0)
    currents = [ghk_current(K, 1.0, 140, 5.4, Symbol("v")), ghk_current(NA, 0.1, 10, 140, Symbol("v"))]
    both = [at(x, 310.0, v=voltage) for x in currents]
    assert sum(both) == pytest.approx(0.0, abs=1e-12 * abs(both[0]))


def test_a_divalent_ion_has_no_goldman_voltage() -> None:
    with pytest.raises(ModelError, match="monovalent"):
        ghk_voltage(Permeant(CA, 1.0, 1e-4, 1.8))


def test_an_ion_without_charge_is_refused() -> None:
    with pytest.raises(ModelError, match="charge"):
        Ion("urea", 0)
