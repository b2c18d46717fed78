"""Removable singularities of real models: values and slopes to full precision at the point and around it.

The equations are as printed in the models named; the truth is the same formula in 60 digits, and its limit at
the point itself (shared facts: Hodgkin-Huxley 1952, Luo-Rudy 1991, Courtemanche 1998, O'Hara-Rudy 2011).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.expr.oracle import X, bernoulli_exactly, exactly, expressions, slope_exactly
from troponin.expr.calculus import derivative
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import bernoulli, exp, expm1, log, vtrap
from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Symbol, as_node
from troponin.expr.operations import Operation
from troponin.expr.singular import expand, repair, repair_all

v = Symbol("v")
F, R, T, ci, co = (Symbol(name) for name in ("F", "R", "T", "ci", "co"))
GHK = {"F": 96485.0, "R": 8314.0, "T": 310.0, "ci": 1e-4, "co": 1.8}
BERNOULLI = {Operation.BERNOULLI, Operation.BERNOULLI_SLOPE, Operation.BERNOULLI_CURVATURE}


@dataclass(frozen=True)
class Printed:
    """An equation as printed and the voltage where it is 0/0."""

    equation: Node
    at: float


PRINTED = {
    "HH52 a_m": Printed(0.1 * (v + 35.0) / (1.0 - exp(-(v + 35.0) / 10.0)), -35.0),
    "HH52 a_n": Printed(0.01 * (v + 50.0) / (1.0 - exp(-(v + 50.0) / 10.0)), -50.0),
    "HH52 a_m, 1952 convention": Printed(0.1 * (v + 25.0) / (exp((v + 25.0) / 10.0) - 1.0), -25.0),
    "LR91 a_m": Printed(0.32 * (v + 47.13) / (1.0 - exp(-0.1 * (v + 47.13))), -47.13),
    "LR91 Xi": Printed(2.837 * (exp(0.04 * (v + 77.0)) - 1.0) / ((v + 77.0) * exp(0.04 * (v + 35.0))), -77.0),
    "CRN98 a_xr": Printed(0.0003 * (v + 14.1) / (1.0 - exp((v + 14.1) / -5.0)), -14.1),
    "CRN98 b_xr": Printed(7.3898e-5 * (v - 3.3328) / (exp((v - 3.3328) / 5.1237) - 1.0), 3.3328),
    "CRN98 a_xs": Printed(4e-5 * (v - 19.9) / (1.0 - exp((v - 19.9) / -17.0)), 19.9),
    "CRN98 b_xs": Printed(3.5e-5 * (v - 19.9) / (exp((v - 19.9) / 9.0) - 1.0), 19.9),
    "CRN98 tau_d": Printed(
        (1.0 - exp((v + 10.0) / -6.24)) / (0.035 * (v + 10.0) * (1.0 + exp((v + 10.0) / -6.24))), -10.0
    ),
    "ORd PhiCaL": Printed(
        4.0 * (v * F * F / (R * T)) * (ci * exp(2.0 * (v * F / (R * T))) - 0.341 * co)
        / (exp(2.0 * (v * F / (R * T))) - 1.0),
        0.0,
    ),
    "GHK, the quotient in brackets": Printed(
        2.0 * v * F * F / (R * T) * ((ci - co * exp(-2.0 * v * F / (R * T))) / (1.0 - exp(-2.0 * v * F / (R * T)))), 0.0
    ),
    "GHK, the constant first": Printed(F * v * (ci - co) / (exp(2.0 * v * F / (R * T)) - 1.0), 0.0),
    "GHK, the exponent a sum": Printed(F * (v + 10.0) / (exp(F * v / 8e4 + F * 10.0 / 8e4) - 1.0), -10.0),
    "GHK, the voltage last": Printed(
        R * F**2 / (R * T) * (exp((v - co) * F / (R * T)) - 1.0) / (exp(v * F / (R * T)) - 1.0) * v, 0.0
    ),
    "a square over the growth": Printed((v - 2.0) ** 2 / (exp(v - 2.0) - 1.0), 2.0),
    "a square over a square": Printed(ci * v**2 / (exp(v / 5.0) - 1.0) ** 2, 0.0),
    "a quotient times the voltage": Printed((1.0 / (exp(v / 25.0) - 1.0)) * v, 0.0),
    "-1 + exp": Printed(v / (-1.0 + exp(v)), 0.0),
    "exp plus minus one": Printed(v / (exp(v) + -as_node(1.0)), 0.0),
    "1 + -exp": Printed(v / (1.0 + -exp(v)), 0.0),
    "expm1": Printed((v - 3.0) / expm1(0.5 * (v - 3.0)), 3.0),
    "behind a minus": Printed(-(v + 40.0) / (exp(-0.1 * (v + 40.0)) - 1.0), -40.0),
    "both ways up": Printed(v / (exp(v) - 1.0) * ((1.0 - exp(-v)) / v), 0.0),
}  # fmt: skip

DISTANCES = [0.0, *(sign * 10.0**-k for k in range(-1, 16, 2) for sign in (1, -1)), 0.9, -3.7, 40.0, -40.0]


def true_value(case: Printed, volts: float) -> float:
    with mpmath.workdps(60):
        at = mpmath.mpf(volts)
        nudge = mpmath.mpf(10) ** -25 if volts == case.at else 0  # the limit, from beside it
        return float(exactly(case.equation, {**GHK, "v": at + nudge}))


def true_slope(case: Printed, volts: float) -> float:
    with mpmath.workdps(60):
        at = mpmath.mpf(volts)
        nudge = mpmath.mpf(10) ** -22 if volts == case.at else 0
        return float(slope_exactly(case.equation, "v", {**GHK, "v": at + nudge}))


@pytest.mark.parametrize("case", PRINTED.values(), ids=PRINTED.keys())
def test_a_printed_equation_is_whole_at_its_singular_point_and_around_it(case: Printed) -> None:
    whole = repair(case.equation, [v])
    for distance in DISTANCES:
        volts = case.at + distance
        (got,) = evaluate([whole], {**GHK, "v": volts})
        assert float(got) == pytest.approx(true_value(case, volts), rel=4e-15), f"at {case.at} + {distance}"


@pytest.mark.parametrize("case", PRINTED.values(), ids=PRINTED.keys())
def test_its_slope_is_whole_too(case: Printed) -> None:
    slope = derivative(repair(case.equation, [v]), v)
    scale = max(abs(true_slope(case, case.at + d)) for d in (0.0, 1.0, -1.0))
    for distance in DISTANCES:
        volts = case.at + distance
        (got,) = evaluate([slope], {**GHK, "v": volts})
        expected = true_slope(case, volts)
        assert float(got) == pytest.approx(expected, rel=1e-13, abs=1e-14 * scale), f"at {case.at} + {distance}"


@pytest.mark.parametrize("case", PRINTED.values(), ids=PRINTED.keys())
def test_what_machine_code_computes_is_whole_too(case: Printed) -> None:
    whole = repair(case.equation, [v])
    value, slope = expand([whole, derivative(whole, v)])
    assert not any(isinstance(node, Apply) and node.operation in BERNOULLI for node in postorder([value, slope]))
    scale = max(abs(true_slope(case, case.at + d)) for d in (0.0, 1.0, -1.0))
    for distance in DISTANCES:
        volts = case.at + distance
        got, tilt = (float(a) for a in evaluate([value, slope], {**GHK, "v": volts}))
        assert got == pytest.approx(true_value(case, volts), rel=4e-15), f"at {case.at} + {distance}"
        assert tilt == pytest.approx(true_slope(case, volts), rel=1e-13, abs=1e-14 * scale), (
            f"at {case.at} + {distance}"
        )


@pytest.mark.parametrize("case", PRINTED.values(), ids=PRINTED.keys())
def test_as_printed_each_of_them_is_not_a_number_at_that_point(case: Printed) -> None:
    (got,) = evaluate([case.equation], {**GHK, "v": case.at})
    assert np.isnan(got)


SHAPES: list[Callable[[Node, Node], Node]] = [
    lambda u, w: u / (exp(w) - 1.0),
    lambda u, w: u / (1.0 - exp(w)),
    lambda u, w: 3.0 * (u / expm1(w)) * 2.0,
    lambda u, w: (1.0 / (exp(w) - 1.0)) * (u * 0.5),
    lambda u, w: (exp(w) - 1.0) / (u * (1.0 + exp(w))),
    lambda u, w: -(1.0 - exp(w)) / u,
    lambda u, w: (u / (exp(w) - 1.0)) ** 2.0,
    lambda u, w: 1.0 / (u / (exp(w) - 1.0) + exp(0.5 * w)),
]
"""Ways to write quotients of u and exp(w) - 1."""


@settings(max_examples=100)
@given(
    shape=st.sampled_from(SHAPES),
    root=st.integers(-120, 60).map(lambda n: n / 2),
    steepness=st.sampled_from([0.04, 0.1, -0.1, 1.0, -0.25]),
    factor=st.sampled_from([1.0, -3.0, 0.02]),
    distance=st.sampled_from(DISTANCES[:18]),
)
def test_however_it_is_written_it_is_whole(
    shape: Callable[[Node, Node], Node], root: float, steepness: float, factor: float, distance: float
) -> None:
    u, w = factor * (v - root), steepness * (v - root)
    case = Printed(shape(u, w), root)
    (got,) = evaluate([repair(case.equation, [v])], {"v": root + distance})
    assert float(got) == pytest.approx(true_value(case, root + distance), rel=1e-14)


def test_constants_multiplied_out_in_the_print_are_still_found() -> None:
    # 4.713 = 0.1 * 47.13 only up to rounding: the printed form has a pole 1e-15 away from its zero
    printed = 0.32 * (v + 47.13) / (1.0 - exp(-0.1 * v - 4.713))
    (got,) = evaluate([repair(printed)], {"v": -47.13 + np.array([0.0, 1e-13, -1e-10, 1e-7])})
    np.testing.assert_allclose(got, 3.2, rtol=1e-8)
    np.testing.assert_allclose(got[:2], 3.2, rtol=1e-14)


@pytest.mark.parametrize(
    "sound",
    [
        (v + 34.0) / (1.0 - exp(-(v + 35.0) / 10.0)),
        v / (exp(v) + 1.0),
        v / (2.0 - exp(v)),
        (v - F) / (exp(v) - 1.0),
        F / (exp(v) - 1.0),
        1.0 / (1.0 + exp(-(v + 30.0) / 10.0)),
        (v + log(F - 10.0)) / (exp(v) - 1.0),  # not a number where it is tried, so nothing is known of its root
        v / (exp(v) - 1.0) ** 0.5,
        F * (v * R) / T / (v / co),
    ],
    ids=str,
)
def test_what_has_no_removable_singularity_is_left_as_written(sound: Node) -> None:
    assert repair(sound) is sound


def test_the_root_may_be_a_parameter() -> None:
    half = Symbol("half")
    whole = repair((v - half) / (1.0 - exp((half - v) / 8.0)))
    (got,) = evaluate([whole], {"v": -20.0, "half": -20.0})
    assert float(got) == pytest.approx(8.0, rel=1e-15)


def test_a_shared_singularity_is_repaired_once() -> None:
    rate = 0.1 * (v + 35.0) / (1.0 - exp(-(v + 35.0) / 10.0))
    first, second = repair_all([rate / (rate + 1.0), 2.0 * rate])
    found = [n for n in postorder([first, second]) if isinstance(n, Apply) and n.operation is Operation.BERNOULLI]
    assert len(found) == 1


@given(x=st.floats(-700.0, 700.0))
@settings(max_examples=100)
def test_the_bernoulli_function_and_its_slopes_are_right_everywhere(x: float) -> None:
    nodes: list[Node] = [Apply(op, X) for op in (Operation.BERNOULLI, Operation.BERNOULLI_SLOPE)]
    for spelled in (nodes, expand(nodes)):
        for order, got in enumerate(evaluate(spelled, {"x": x})):
            with mpmath.workdps(400 if abs(x) > 1 else 40):
                expected = float(bernoulli_exactly(mpmath.mpf(x), order))
            # B' is -1 + (small) for very negative x and dies out for large x, where 1 - x - B cancels
            assert float(got) == pytest.approx(expected, rel=8e-14, abs=1e-300), f"order {order}"


@pytest.mark.parametrize(("x", "rising", "falling"), [
    (1e-8, 1.000000005, 0.999999995),
    (1e-4, 1.0000500008333333, 0.9999500008333333),
    (0.1, 1.0508331944775051, 0.950833194477505),
    (1.0, 1.5819767068693265, 0.5819767068693265),
    (5.0, 5.033918274531521, 0.03391827453152116),
])  # fmt: skip
def test_the_reference_values_of_both_forms_come_out(x: float, rising: float, falling: float) -> None:
    up, down = evaluate([vtrap(X, 1.0), bernoulli(X)], {"x": x})
    assert float(up) == pytest.approx(rising, rel=2e-16 * 4)
    assert float(down) == pytest.approx(falling, rel=2e-16 * 8)


@settings(max_examples=150)
@given(root=expressions, x=st.floats(-3, 3), y=st.floats(-3, 3))
def test_repair_changes_no_value_where_there_is_nothing_singular(root: Node, x: float, y: float) -> None:
    before, after, spelled = (float(a) for a in evaluate([root, repair(root), *expand([root])], {"x": x, "y": y}))
    assert after == pytest.approx(before, rel=1e-12, abs=1e-12)
    assert spelled == pytest.approx(before, rel=1e-9, abs=1e-9)


def test_the_repaired_gate_is_smooth_through_its_singular_point() -> None:
    whole = repair(0.1 * (v + 35.0) / (1.0 - exp(-(v + 35.0) / 10.0)))
    volts = -35.0 + np.linspace(-1e-6, 1e-6, 2001)
    (got,) = evaluate([whole], {"v": volts})
    assert np.all(np.diff(got) > 0.0)  # monotonic to the last bits, as the ad-hoc fixes of public codes are not
