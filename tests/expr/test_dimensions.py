"""Units through expressions: inferred, and refused where they do not fit."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.expr.oracle import expressions
from troponin.errors import UnitError, UnknownNameError
from troponin.expr.dimensions import explain_mismatch, infer
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import both, exp, floor, log, maximum, negate, remainder, sqrt, total, where
from troponin.expr.nodes import Node, Number, Symbol
from troponin.units import DIMENSIONLESS, Unit, V, mM, mV, pA, parse_unit, uM

v, E, g, c, t, r = (Symbol(name) for name in ("v", "E", "g", "c", "t", "r"))
UNITS = {
    "v": mV,
    "E": mV,
    "g": parse_unit("mS/uF"),
    "c": mM,
    "t": parse_unit("ms"),
    "r": DIMENSIONLESS,
    "x": DIMENSIONLESS,
    "y": DIMENSIONLESS,
}


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        (g * (v - E), "A/F"),
        (g * (v - E) * t, "mV"),
        (v / t, "mV/ms"),
        (v**2, "mV^2"),
        (v**-1.0, "1/mV"),
        (sqrt(v * v), "mV"),
        (c**1.5, "mM^(3/2)"),
        (exp(v / E), "dimensionless"),
        (log(c / (5.4 * mM)), "dimensionless"),
        (where(v > 0.0, v, E), "mV"),
        (where(v > -40.0 * mV, 0.0, v), "mV"),
        (maximum(v, E), "mV"),
        (remainder(t, 1000.0 * parse_unit("ms")), "ms"),
        (abs(-v), "mV"),
        (floor(r), "dimensionless"),
        (both(v > E, negate(c > 0.0)), "dimensionless"),
        (v > E, "dimensionless"),
        (0.0 + v, "mV"),
        (2.0 * c, "mM"),
    ],
    ids=repr,
)
def test_a_unit_is_inferred(expression: Node, unit: str) -> None:
    assert infer(expression, UNITS) == parse_unit(unit)


def test_a_literal_zero_fits_any_unit() -> None:
    assert infer(Number(0.0), UNITS) is None
    assert infer(v - 0.0, UNITS) == mV


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        (v + c, "'add' of mV and mM"),
        (v + 40.0, "'add' of mV and dimensionless"),
        (v - 1.0 * V, "'sub' of mV and V"),
        (exp(v), "'exp' takes a plain number, not mV"),
        (where(v > 0.0, v, c), "'select' of mV and mM"),
        (v > c, "'gt' of mV and mM"),
        (r**v, "the exponent of a power is a plain number, not mV"),
        (v**r, "a power that is not a literal number has no fixed unit"),
        (both(v, r), "'and' takes a plain number, not mV"),
        (maximum(v, 1.0), "'max' of mV and dimensionless"),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_refused_with_both_units(expression: Node, complaint: str) -> None:
    with pytest.raises(UnitError) as caught:
        infer(expression, UNITS)
    assert complaint in str(caught.value)


def test_the_complaint_shows_the_innermost_expression_that_does_not_fit() -> None:
    with pytest.raises(UnitError) as caught:
        infer(g * (exp(r) + (v - c)), UNITS)
    assert caught.value.where == "in 'v - c'"


def test_a_long_expression_is_shown_in_part() -> None:
    with pytest.raises(UnitError) as caught:
        infer(total([v] * 60) + c, UNITS)
    where = caught.value.where or ""
    assert where.endswith("...'")
    assert len(where) < 110


def test_a_root_without_an_exact_unit_says_where_it_stands() -> None:
    with pytest.raises(UnitError, match=r"in 'sqrt\(v\)': the factor 1/1000 .* is not exact"):
        infer(r + sqrt(v), UNITS)


def test_a_symbol_without_a_unit_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown symbol 'w'"):
        infer(v + Symbol("w"), UNITS)


def test_a_factor_of_a_thousand_is_told_from_a_wrong_dimension() -> None:
    assert explain_mismatch(uM, mM) == "uM where mM is expected (a factor of 0.001)"
    assert explain_mismatch(pA, mM) == "pA where mM is expected"


@given(root=expressions)
def test_plain_numbers_stay_plain(root: Node) -> None:
    assert infer(root, UNITS) in (None, DIMENSIONLESS)


@given(numbers=st.lists(st.floats(0.5, 2.0), min_size=2, max_size=5), power=st.integers(1, 3))
def test_a_value_scales_as_its_inferred_unit_says(numbers: list[float], power: int) -> None:
    # the same physics in volts and in millivolts: infer's scale is the ratio of the numbers
    root = total([n * v**power for n in numbers])
    units: list[Unit] = []
    values = []
    for unit, volts in ((mV, -80.0), (V, -0.080)):
        inferred = infer(root, {"v": unit})
        assert inferred is not None
        units.append(inferred)
        values.append(float(evaluate([root], {"v": volts})[0]))
    assert values[1] / values[0] == pytest.approx(float(units[0].scale / units[1].scale), rel=1e-12)


@settings(deadline=None)
@given(st.integers(0, 3))
def test_five_hundred_equations_are_checked_in_milliseconds(offset: int) -> None:
    equations = [g * (v - Number(float(i + offset), mV)) * exp(v / E) + v / t * Number(float(i)) for i in range(500)]
    infer(equations[0], UNITS)
    start = time.process_time()
    assert {infer(equation, UNITS) for equation in equations} == {parse_unit("A/F")}
    assert time.process_time() - start < 0.5
