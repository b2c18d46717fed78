"""exp, expm1, log and pow against mpmath, over all doubles, for every width and for machines without AVX-512."""

from dataclasses import replace
from functools import cache

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.expr.nodes import Apply, Number
from troponin.expr.operations import Operation
from troponin.kernels.program import Program, slot_symbol, stores
from troponin.kernels.target import host

from .machine import apply, call, code_of

INF, NAN = np.inf, np.nan
TINY = 5e-324
PLAIN = replace(host(), scales=False)
WAYS = [(lanes, target) for lanes in (1, 2, 4, 8) for target in (host(), PLAIN)]

mpmath.mp.prec = 160


def ulps(got, exact):
    """The error of each result in units of the last place of the exact value."""
    worst = []
    for value, truth in zip(got, exact, strict=True):
        nearest = float(truth)
        if not np.isfinite(nearest) or not np.isfinite(value):
            worst.append(0.0 if value == nearest else INF)
        else:
            worst.append(float(abs(mpmath.mpf(float(value)) - truth) / mpmath.mpf(float(np.spacing(abs(nearest))))))
    return np.array(worst)


@cache
def raising(exponent, lanes):
    power = Apply(Operation.POW, slot_symbol("y", 0), Number(exponent))
    return code_of(Program("monitor", stores("out", [power])), lanes)


def raised(x, exponent, lanes):
    """x^exponent by code that knows the exponent."""
    blocks = np.ones((-(-len(x) // lanes), lanes))
    blocks.flat[: len(x)] = x
    nothing, out = np.zeros(8), np.empty_like(blocks)
    for y, result in zip(blocks, out, strict=True):
        call(raising(exponent, lanes).address("monitor"), nothing, y, nothing, nothing, nothing, result)
    return out.ravel()[: len(x)]


def points(low, high, count=1500, seed=1):
    return np.random.default_rng(seed).uniform(low, high, count)


def magnitudes(low, high, count=1500, seed=2):
    return 2.0 ** points(low, high, count, seed)


@pytest.mark.parametrize(("lanes", "target"), WAYS)
def test_exp_is_within_its_stated_error_over_its_whole_range(lanes, target):
    x = np.concatenate(
        [points(-746.0, 710.0), points(-1.0, 1.0), points(-745.2, -700.0, 400), magnitudes(-60, -2, 300)]
    )
    exact = [mpmath.exp(mpmath.mpf(float(v))) for v in x]
    assert ulps(apply(Operation.EXP, x, lanes=lanes, target=target), exact).max() <= 1.1


@pytest.mark.parametrize(("lanes", "target"), WAYS)
def test_expm1_is_within_its_stated_error_over_its_whole_range(lanes, target):
    x = np.concatenate([points(-60.0, 709.7), points(-1.0, 1.0), magnitudes(-1074, 9), -magnitudes(-1074, 5)])
    exact = [mpmath.expm1(mpmath.mpf(float(v))) for v in x]
    assert ulps(apply(Operation.EXPM1, x, lanes=lanes, target=target), exact).max() <= 2.4


@pytest.mark.parametrize(("lanes", "target"), WAYS)
def test_log_is_within_its_stated_error_over_its_whole_range(lanes, target):
    x = np.concatenate(
        [magnitudes(-1074, 1024), magnitudes(-1, 1), 1.0 + points(-1e-3, 1e-3), 1.0 + points(-1e-9, 1e-9)]
    )
    exact = [mpmath.log(mpmath.mpf(float(v))) for v in x]
    assert ulps(apply(Operation.LOG, x, lanes=lanes, target=target), exact).max() <= 1.0


@pytest.mark.parametrize(("lanes", "target"), WAYS)
def test_pow_is_within_its_stated_error_over_its_whole_range(lanes, target):
    x = np.concatenate([magnitudes(-1074, 1024), magnitudes(-1, 1), 1.0 + points(-1e-3, 1e-3)])
    y = np.concatenate([points(-1.0, 1.0), points(-700.0, 700.0, seed=3), points(-7e5, 7e5, seed=4)])
    exact = [mpmath.power(mpmath.mpf(float(a)), mpmath.mpf(float(b))) for a, b in zip(x, y, strict=True)]
    errors = ulps(apply(Operation.POW, x, y, lanes=lanes, target=target), exact)
    assert errors.max() <= 1.2


SPECIAL = [0.0, -0.0, TINY, -TINY, 1e-310, 1.0, -1.0, 0.5, 2.0, 3.0, -2.0, -3.0, 1e300, -1e300, INF, -INF, NAN]


@pytest.mark.parametrize(("lanes", "target"), WAYS)
@pytest.mark.parametrize(
    ("operation", "numpy"), [(Operation.EXP, np.exp), (Operation.EXPM1, np.expm1), (Operation.LOG, np.log)]
)
def test_zeros_infinities_and_nan_give_what_the_c_library_gives(operation, numpy, lanes, target):
    x = np.array(SPECIAL)
    with np.errstate(all="ignore"):
        expected = numpy(x)
    np.testing.assert_allclose(apply(operation, x, lanes=lanes, target=target), expected, rtol=4e-16)


@pytest.mark.parametrize(("lanes", "target"), WAYS)
def test_pow_of_zeros_infinities_and_nan_gives_what_the_c_library_gives(lanes, target):
    x, y = (a.ravel() for a in np.meshgrid(SPECIAL, [*SPECIAL, 0.3, -0.3, 1e17 + 2.0]))
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    got = apply(Operation.POW, x, y, lanes=lanes, target=target)
    np.testing.assert_allclose(got, expected, rtol=4e-16)


@given(st.floats(-700.0, 700.0), st.floats(-700.0, 700.0), st.sampled_from([2, 4, 8]))
def test_a_lane_computes_the_same_bits_wherever_it_stands(a, b, lanes):
    x = np.array([a, b] * 8)
    forwards, backwards = (apply(Operation.EXP, row, lanes=lanes) for row in (x, x[::-1].copy()))
    np.testing.assert_array_equal(forwards, backwards[::-1])


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
@pytest.mark.parametrize("exponent", [1.4, -0.37, 2.036, 3.999, -2.5, 7.5, -30.2, 0.1])
def test_pow_with_a_known_exponent_is_within_its_stated_error(exponent, lanes):
    reach = min(1000.0, 1000.0 / abs(exponent))
    x = np.concatenate([magnitudes(-reach, reach), magnitudes(-1, 1), 1.0 + points(-1e-3, 1e-3)])
    exact = [mpmath.power(mpmath.mpf(float(v)), mpmath.mpf(exponent)) for v in x]
    errors = ulps(raised(x, exponent, lanes), exact)
    assert errors.max() <= (1.5 if abs(exponent) <= 4.0 else 1.2)


@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("exponent", [1.4, -0.37, 7.5, 3.0, -2.0, 65.0, 0.0])
def test_pow_with_a_known_exponent_has_the_special_cases_of_the_c_library(exponent, lanes):
    x = np.array(SPECIAL)
    with np.errstate(all="ignore"):
        expected = np.power(x, exponent)
    np.testing.assert_allclose(raised(x, exponent, lanes), expected, rtol=4e-16)
