"""exp, expm1, log and pow for any number of lanes, branch-free, with their largest error in ulp.

    exp     1.1   over all doubles, denormal results and overflow to infinity included
    expm1   2.4   over all doubles
    log     1.0   over all doubles; log(0) = -inf, log(x < 0) = NaN
    pow     1.2   over all doubles, with the special cases of IEEE 754; 1.5 where the exponent is a number
                  known beforehand and not above 4

The reduction is that of Cody and Waite (Software Manual for the Elementary Functions, 1980): with
x = n ln 2 + r, |r| <= ln(2)/2, ln 2 in two parts so that r keeps its last bits.  The polynomials were
fitted for this file at Chebyshev points in 60-digit arithmetic; the tests measure the errors with mpmath.
"""

from __future__ import annotations

from typing import Final

from troponin.kernels.ir import (
    Operand,
    Value,
    as_double,
    as_integer,
    fma,
    intrinsic,
    nan_safe_minimum,
    permuted,
    scale_by_power,
    select,
)

__all__ = ["exp", "expm1", "log", "power"]

INFINITY: Final = float("inf")
NAN: Final = float("nan")

LOG2_E: Final = 1.4426950408889634
LN2_HIGH: Final = 0.6931471805598903  # eleven trailing zero bits: n times it is exact
LN2_LOW: Final = 5.497923018708371e-14

ROUNDER: Final = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to the nearest integer
ROUNDER_BITS: Final = 0x4338000000000000

GROWTH: Final = (
    0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062, 0.0013888888917213717,
    0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07,
    2.510038549551032e-08,
)  # fmt: skip
"""(e^r - 1 - r) / r^2 for |r| <= ln(2)/2, to 1.3e-17."""

EIGHTH_ROUNDER: Final = 844424930131968.0  # 1.5 * 2^49: adding it rounds to the nearest eighth
LN2_LONG_HIGH: Final = 0.6931471805582987  # fifteen trailing zero bits
LN2_LONG_LOW: Final = 1.6465949582897082e-12

EIGHTH_POWERS: Final = (
    1.0, 1.0905077326652577, 1.189207115002721, 1.2968395546510096, 1.4142135623730951, 1.5422108254079407,
    1.681792830507429, 1.8340080864093424,
)  # fmt: skip
"""2^(j/8)."""

SMALL_GROWTH: Final = (
    0.5000000000000051, 0.16666666666666724, 0.0416666666174281, 0.008333333327862411, 0.001388958780664985,
    0.00019842046413244086,
)  # fmt: skip
"""(e^r - 1 - r) / r^2 for |r| <= ln(2)/16, to 1e-17."""

ATANH: Final = (
    0.666666666666667, 0.3999999999989889, 0.28571428626253836, 0.22222211089379496, 0.1818289243253687,
    0.15331611722055008, 0.14617807153417325,
)  # fmt: skip
"""(2 atanh(s) - 2 s) / s^3 as a polynomial in z = s^2 for s <= 0.1716, to 1e-17 of s."""

ATANH_TAIL: Final = (
    0.4000000000000003, 0.2857142857133801, 0.22222222271326808, 0.18181808210921882, 0.15385577463308145,
    0.13285868837545742, 0.1291471218393509,
)  # fmt: skip
"""The same without its first term, 2/3: (2 atanh(s) - 2 s - 2 s^3 / 3) / s^5."""

TWO_THIRDS: Final = 0.6666666666666666
TWO_THIRDS_LOW: Final = 3.700743415417188e-17

MODEST_EXPONENT: Final = 4.0
"""Below it the error of a logarithm of 56 bits is half an ulp of the power at most."""

ROOT_HALF_BITS: Final = 0x3FE6A09E667F3BCD
SMALLEST_NORMAL: Final = 2.2250738585072014e-308


def polynomial(coefficients: tuple[float, ...], x: Value) -> Value:
    """sum c_i x^i by Estrin's scheme: pairs, then pairs of pairs, so that the lanes never wait for a chain."""
    terms: list[Operand] = list(coefficients)
    power_of_x = x
    while len(terms) > 1:
        pairs: list[Operand] = [fma(power_of_x, high, low) for low, high in zip(terms[0::2], terms[1::2], strict=False)]
        if len(terms) % 2:
            pairs.append(terms[-1])
        terms = pairs
        if len(terms) > 1:
            power_of_x = power_of_x * power_of_x
    result = terms[0]
    assert isinstance(result, Value)
    return result


def exp(x: Value) -> Value:
    """e^x."""
    # beyond these bounds the result is infinite or zero, and n would leave the exponent's range
    x = nan_safe_minimum(nan_safe_minimum(x, 710.0), -746.0, "ogt")
    if x.block.target.scales and x.kind.lanes == 8:
        return _exp_of_eighths(x)
    n, shifted = _nearest(x * LOG2_E)
    r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, x))
    return _scale(1.0 + _growth(r), n, shifted)


def expm1(x: Value) -> Value:
    """e^x - 1, to full precision near x = 0."""
    bounded = nan_safe_minimum(nan_safe_minimum(x, 710.0), -50.0, "ogt")
    n, shifted = _nearest(bounded * LOG2_E)
    r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, bounded))
    # 2^1024 is not a double, so there half of the result is computed; the 1 that is taken off is lost there anyway
    largest = n.compare("ogt", 1023.0)
    n, shifted = select(largest, 1023.0, n), select(largest, ROUNDER + 1023.0, shifted)
    power_of_two = _scale(x.block.number(1.0, x.kind.lanes), n, shifted)
    return fma(power_of_two, _growth(r), power_of_two - 1.0) * select(largest, x.block.number(2.0, x.kind.lanes), 1.0)


def log(x: Value) -> Value:
    """The natural logarithm."""
    e, f = _split(x)
    s = f / (f + 2.0)
    z = s * s
    rest = z * polynomial(ATANH, z)
    square = 0.5 * f * f
    # log(1+f) = f - (f^2/2 - s (f^2/2 + R)), so that f, the large part, is exact
    inner = square - fma(s, square + rest, e * LN2_LOW)
    return _log_specials(x, fma(e, LN2_HIGH, f - inner))


def power(x: Value, y: Value) -> Value:
    """x^y = exp(y log x), the logarithm and its product with y carried in two doubles."""
    modest = y.constant is not None and abs(y.constant) <= MODEST_EXPONENT
    magnitude = intrinsic("fabs", x)
    with x.block.exact():
        high, low = (_log_and_rest if modest else _log_of_two_parts)(magnitude)
        head = y * high
        tail = fma(y, low, fma(y, high, -head))
        bounded = nan_safe_minimum(nan_safe_minimum(head, 711.0), -747.0, "ogt")
        n, shifted = _nearest(bounded * LOG2_E)
        # head may be infinite: then there is no rest to speak of
        rest = select(bounded.compare("oeq", head), tail, 0.0)
        r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, bounded)) + rest
        result = _scale(1.0 + _growth(r), n, shifted)
    return _power_specials(x, magnitude, y, result)


# ---------------------------------------------------------------- parts


def _nearest(x: Value) -> tuple[Value, Value]:
    """The nearest integer as a double, and the same with the rounder still added to it."""
    with x.block.exact():
        shifted = x + ROUNDER
        return shifted - ROUNDER, shifted


def _exp_of_eighths(x: Value) -> Value:
    """e^x from x = n ln 2 + r with n a whole number of eighths: 2^n is a power of two times one of eight numbers.

    The smaller r, |r| <= ln(2)/16, needs half the terms; Horner's scheme, since eight lanes keep the machine
    busy and the fewest instructions win.
    """
    shifted = fma(x, LOG2_E, EIGHTH_ROUNDER)
    with x.block.exact():
        n = shifted - EIGHTH_ROUNDER
    r = fma(n, -LN2_LONG_LOW, fma(n, -LN2_LONG_HIGH, x))
    root = permuted(x.block.numbers(EIGHTH_POWERS), as_integer(shifted))
    slope = x.block.number(SMALL_GROWTH[-1], x.kind.lanes)
    for coefficient in (*reversed(SMALL_GROWTH[:-1]), 1.0):
        slope = fma(slope, r, coefficient)
    return scale_by_power(fma(root * r, slope, root), n)  # which takes the whole part of n


def _growth(r: Value) -> Value:
    """e^r - 1 for |r| <= ln(2)/2."""
    return fma(r * r, polynomial(GROWTH, r), r)


def _scale(x: Value, n: Value, shifted: Value) -> Value:
    """x 2^n for a whole n; `shifted` is n with the rounder added."""
    block = x.block
    if block.target.scales:
        return scale_by_power(x, n)
    # in two halves, since 2^n alone may be too large or too small for a double where x 2^n is not
    bits = as_integer(shifted) - ROUNDER_BITS + 2048
    half = bits.bits("lshr", 1)
    first = as_double((half - 1).bits("shl", 52))
    second = as_double((bits - half - 1).bits("shl", 52))
    with block.exact():
        return x * first * second


def _split(x: Value) -> tuple[Value, Value]:
    """(e, f) with x = 2^e (1 + f) and 1 + f between sqrt(1/2) and sqrt(2), for positive finite x."""
    small = x.compare("olt", SMALLEST_NORMAL)
    with x.block.exact():
        normal = select(small, x * 2.0**54, x)
    bits = as_integer(normal)
    # 1024 is added before the shift and taken off after it, so that the shift need not keep a sign
    shifted = (bits - ROOT_HALF_BITS + (1024 << 52)).bits("lshr", 52)
    with x.block.exact():
        e = as_double(shifted + (ROUNDER_BITS - 1024)) - ROUNDER
        e = e - select(small, x.block.number(54.0, x.kind.lanes), 0.0)
        f = as_double(bits - (shifted - 1024).bits("shl", 52)) - 1.0
    return e, f


def _log_specials(x: Value, result: Value) -> Value:
    result = select(x.compare("olt", INFINITY), result, x)  # infinity and NaN are their own logarithms
    result = select(x.compare("olt", 0.0), NAN, result)
    return select(x.compare("oeq", 0.0), -INFINITY, result)


def _log_and_rest(x: Value) -> tuple[Value, Value]:
    """log x as a sum of two doubles to about 2^-56: `log` without its last addition."""
    e, f = _split(x)
    s = f / (f + 2.0)
    z = s * s
    square = 0.5 * f * f
    inner = square - fma(s, fma(z, polynomial(ATANH, z), square), e * LN2_LOW)
    high, low = _two_sum(e * LN2_HIGH, f)
    return _two_sum(high, low - inner)


def _log_of_two_parts(x: Value) -> tuple[Value, Value]:
    """log x as an unevaluated sum of two doubles, to about 2^-66, for positive finite x."""
    e, f = _split(x)
    below = f + 2.0
    # below = f + 2 is not exact: its error goes into the division's remainder
    error = f - (below - 2.0)
    s = f / below
    s_low = (fma(-s, below, f) - s * error) / below
    z = s * s
    z_low = fma(s, s, -z) + 2.0 * s * s_low
    # P = 2/3 + z Q(z), its first term in two parts
    q = z * polynomial(ATANH_TAIL, z)
    p = q + TWO_THIRDS
    p_low = q - (p - TWO_THIRDS) + TWO_THIRDS_LOW
    # s^3 P
    w = z * p
    w_low = fma(z, p, -w) + fma(z, p_low, z_low * p)
    c = s * w
    c_low = fma(s, w, -c) + fma(s, w_low, s_low * w)
    high, low = _two_sum(2.0 * s, c)
    low = low + (c_low + 2.0 * s_low)
    top, rest = _two_sum(e * LN2_HIGH, high)
    return _two_sum(top, rest + fma(e, LN2_LOW, low))


def _two_sum(a: Value, b: Value) -> tuple[Value, Value]:
    """a + b and its rounding error, exactly, where |a| >= |b| or a = 0 (Dekker 1971)."""
    total = a + b
    return total, b - (total - a)


def _power_specials(x: Value, magnitude: Value, y: Value, result: Value) -> Value:
    """The cases that the logarithm cannot carry: zero, infinite, NaN and negative bases, infinite exponents."""
    lanes = x.kind.lanes
    zero, endless = (x.block.number(number, lanes) for number in (0.0, INFINITY))
    growing = y.compare("ogt", 0.0)
    result = select(magnitude.compare("oeq", 0.0), select(growing, zero, endless), result)
    result = select(magnitude.compare("oeq", INFINITY), select(growing, endless, zero), result)
    if y.constant is None:
        result = _power_of_endless(magnitude, y, result)
    result = select(magnitude.compare("uno", magnitude), magnitude, result)
    result = _power_sign(x, y, result)
    if y.constant is None or y.constant == 0.0:
        result = select(y.compare("oeq", 0.0).bits("or", x.compare("oeq", 1.0)), 1.0, result)
    return result


def _power_of_endless(magnitude: Value, y: Value, result: Value) -> Value:
    """Exponents that are infinite or NaN."""
    lanes = magnitude.kind.lanes
    rising = magnitude.compare("ogt", 1.0).bits("xor", y.compare("olt", 0.0))
    limit = select(rising, magnitude.block.number(INFINITY, lanes), 0.0)
    limit = select(magnitude.compare("oeq", 1.0), 1.0, limit)
    result = select(intrinsic("fabs", y).compare("oeq", INFINITY), limit, result)
    return select(y.compare("uno", y), y, result)


def _power_sign(x: Value, y: Value, result: Value) -> Value:
    """A negative base: minus for odd whole exponents, plus for even ones, NaN for all others."""
    finite = intrinsic("fabs", x).compare("olt", INFINITY)
    below_zero = x.compare("olt", 0.0)
    if y.constant is not None and y.constant != round(y.constant):
        return select(below_zero.bits("and", finite), NAN, result)
    half = y * 0.5
    whole = intrinsic("floor", y).compare("oeq", y)
    even = intrinsic("floor", half).compare("oeq", half)
    negative = as_integer(x).bits("lshr", 63)
    signed = select(even, result, as_double(as_integer(result).bits("xor", negative.bits("shl", 63))))
    return select(whole, signed, select(below_zero.bits("and", finite), NAN, result))
