"""What changes by the clock alone: switching times are found exactly, however the file writes them."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.errors import ModelError
from troponin.expr.infix import parse_infix
from troponin.expr.operations import Operation
from troponin.model.clock import EXACT, breakpoints, exact_number, exact_value


def cuts(text: str, stop: float, **values: float) -> list[Fraction]:
    known = {name: exact_number(value) for name, value in values.items()}
    return breakpoints(parse_infix(text), "t", known, Fraction(0), Fraction(str(stop)))


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Fraction]:
    return st.decimals(low, high, places=places).map(lambda number: Fraction(str(number)))


@given(p=decimals("0.5", "1000", 3), s=decimals("0", "100", 3), part=decimals("0.01", "0.99", 2))
def test_the_edges_of_a_periodic_pulse_are_exact(p: Fraction, s: Fraction, part: Fraction) -> None:
    length = p * part
    known: dict[str, Fraction | bool | float] = {"p": p, "s": s, "d": length}
    text = "if(t >= s and t - s - floor((t - s)/p)*p <= d, 1, 0)"
    stop = s + 5 * p
    found = breakpoints(parse_infix(text), "t", known, Fraction(0), stop)
    edges = {s + n * p for n in range(5)} | {s + n * p + length for n in range(5)}
    assert edges - {Fraction(0)} <= set(found)


def test_a_remainder_has_the_edges_of_a_floor() -> None:
    by_remainder = cuts("if(remainder(t, 100) < 2, 1, 0)", 350)
    assert {Fraction(n) for n in (2, 100, 102, 200, 202, 300, 302)} <= set(by_remainder)


def test_a_comparison_with_a_state_free_constant_cuts_once() -> None:
    assert cuts("if(t > 51.3, 1, 0)", 100) == [Fraction("51.3")]


def test_smooth_expressions_are_not_cut() -> None:
    assert cuts("sin(t) + exp(-t/10) * t^2", 100) == []


def test_a_curved_condition_is_cut_where_it_changes_sign() -> None:
    found = cuts("if(sin(t/10) > 0, 1, 0)", 100)
    assert [float(t) for t in found] == pytest.approx([10 * math.pi * n for n in (1, 2, 3)], abs=1e-9)


def test_what_switches_without_end_is_refused() -> None:
    with pytest.raises(ModelError, match="switches more than"):
        cuts("floor(t * 1e9)", 1e6)


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3))
def test_exact_values_are_those_of_doubles(a: float, b: float) -> None:
    root = parse_infix("if(a < b, floor(a) + abs(b), min(a, b) * 2 - max(b, 1))")
    exact = exact_value(root, {"a": exact_number(a), "b": exact_number(b)})
    expected = math.floor(a) + abs(b) if a < b else min(a, b) * 2 - max(b, 1)
    assert float(exact) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_division_by_zero_is_not_a_number_and_no_error() -> None:
    assert math.isnan(float(exact_value(parse_infix("a/b"), {"a": Fraction(0), "b": Fraction(0)})))
    assert math.isinf(float(exact_value(parse_infix("a/b"), {"a": Fraction(1), "b": Fraction(0)})))


def test_every_rational_operation_is_exact() -> None:
    smooth = {
        Operation.ADD,
        Operation.SUB,
        Operation.MUL,
        Operation.DIV,
        Operation.NEG,
        Operation.FLOOR,
        Operation.CEIL,
    }
    assert smooth <= set(EXACT)
