from __future__ import annotations

from fractions import Fraction

import pytest

from troponin import constants
from troponin.units import K, exact_value, mV, parse_unit


def test_the_derived_constants_are_the_exact_products_correctly_rounded() -> None:
    boltzmann = exact_value(constants.k, parse_unit("J/K"))
    charge = exact_value(constants.q, parse_unit("C"))
    avogadro = exact_value(constants.N_A, parse_unit("1/mol"))
    assert boltzmann == Fraction("1.380649e-23")
    assert constants.R.to(parse_unit("J/mol/K")).value == float(boltzmann * avogadro)
    assert constants.F.to(parse_unit("C/mol")).value == float(charge * avogadro)


@pytest.mark.parametrize(
    ("kelvin", "millivolt"),
    [(279.45, 24.081138), (293.15, 25.261712), (310.0, 26.713733), (310.15, 26.726659)],
)
def test_the_thermal_voltage_agrees_with_the_table(kelvin: float, millivolt: float) -> None:
    thermal = (constants.R * (kelvin * K) / constants.F).to(mV)
    assert thermal.value == pytest.approx(millivolt, abs=5e-7)
    assert (constants.k * (kelvin * K) / constants.q).to(mV).value == pytest.approx(thermal.value, rel=1e-15)
