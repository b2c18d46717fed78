from __future__ import annotations

import copy
import pickle
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.errors import UnitError, ValueRangeError
from troponin.expr.nodes import Node, Symbol
from troponin.units import (
    DIMENSIONLESS,
    A,
    F,
    K,
    Quantity,
    Unit,
    V,
    as_quantity,
    conversion_factor,
    exact_value,
    mM,
    mS,
    ms,
    mV,
    parse_quantity,
    parse_unit,
    s,
    uF,
    uM,
)

SI = ("m", "kg", "s", "A", "K", "mol", "cd")


def exponents(**powers: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(powers.get(base, 0)) for base in SI)


@pytest.mark.parametrize(
    ("text", "scale", "powers"),
    [
        ("mV", "1e-3", {"m": 2, "kg": 1, "s": -3, "A": -1}),
        ("1/ms", "1e3", {"s": -1}),
        ("ms^-1", "1e3", {"s": -1}),
        ("uA/cm^2", "1e-2", {"A": 1, "m": -2}),
        ("uA/cm2", "1e-2", {"A": 1, "m": -2}),
        ("mS/uF", "1e3", {"s": -1}),
        ("A/F", "1", {"m": 2, "kg": 1, "s": -4, "A": -1}),
        ("pA/pF", "1", {"m": 2, "kg": 1, "s": -4, "A": -1}),
        ("mM/ms", "1e3", {"m": -3, "mol": 1, "s": -1}),
        ("uM", "1e-3", {"m": -3, "mol": 1}),
        ("M", "1e3", {"m": -3, "mol": 1}),
        ("mol/m^3", "1", {"m": -3, "mol": 1}),
        ("L/F/ms", "1", {"m": 5, "kg": 1, "s": -5, "A": -2}),
        ("C/mol", "1", {"s": 1, "A": 1, "mol": -1}),
        ("mJ/mol/K", "1e-3", {"m": 2, "kg": 1, "s": -2, "mol": -1, "K": -1}),
        ("kPa", "1e3", {"m": -1, "kg": 1, "s": -2}),
        ("uF/cm^2", "1e-2", {"m": -4, "kg": -1, "s": 4, "A": 2}),
        ("1/(mM*ms)", "1e3", {"m": 3, "mol": -1, "s": -1}),
        ("liter", "1e-3", {"m": 3}),
        ("uL", "1e-9", {"m": 3}),
        ("g", "1e-3", {"kg": 1}),
        ("1", "1", {}),
        ("dimensionless", "1", {}),
    ],
)
def test_a_unit_of_the_field_has_the_scale_and_exponents_of_the_si(
    text: str, scale: str, powers: dict[str, int]
) -> None:
    unit = parse_unit(text)
    assert unit.scale == Fraction(scale)
    assert unit.dimension == exponents(**powers)


@pytest.mark.parametrize(
    "texts",
    [
        ("uA", "µA", "μA", "microampere"),
        ("L", "l", "litre", "liter", "liters", "dm^3"),
        ("uL", "ul", "µl", "microlitre", "mm^3"),
        ("ms", "millisecond", "milliseconds"),
        ("1/ms", "ms^-1", "ms-1", "ms**-1", "ms⁻¹", "ms^(-1)", "kHz", "mS/uF"),
        ("J/mol/K", "J/(mol*K)", "J mol^-1 K^-1", "J mol-1 K-1", "J·mol⁻¹·K⁻¹", "J.mol^-1.K^-1", "J/(mol K)"),
        ("cm^2", "cm2", "cm**2", "cm²", "(cm)^2", "cm*cm"),
        ("m^(1/2)", "m^0.5", "m**(1/2)", "m^.5", "m/m^(1/2)"),
        ("A/F", "mV/ms", "V/s", "uA/uF", "nA/nF"),
        ("mS", "1/kohm", "1/kΩ", "millisiemens"),
        ("N", "kg*m/s^2", "1000*g*m*s^-2", "1e5*dyn"),
        ("M", "mol/L", "1000*mol/m^3", "molar"),
    ],
)
def test_one_unit_has_many_spellings(texts: tuple[str, ...]) -> None:
    assert {parse_unit(text) for text in texts} == {parse_unit(texts[0])}


@pytest.mark.parametrize(
    "text",
    [
        "mV",
        "mS/uF",
        "A/F",
        "mM/ms",
        "uA/cm^2",
        "1/ms",
        "kPa",
        "L/F/ms",
        "J/mol/K",
        "mJ/mol/K",
        "C/mol",
        "uM",
        "1/mM/ms",
    ],
)
def test_a_unit_prints_as_it_is_commonly_written(text: str) -> None:
    assert str(parse_unit(text)) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (mS / uF * mV, "A/F"),
        (mV / ms * ms, "mV"),
        (parse_unit("1/ms") * ms, "dimensionless"),
        (mM / ms, "mM/ms"),
        (parse_unit("uA/cm2") / parse_unit("uF/cm2"), "A/F"),
        (parse_unit("J/mol/K") * K / parse_unit("C/mol"), "V"),
        (mM**2 / ms, "mM^2/ms"),
        (parse_unit("uA/cm^2") * parse_unit("cm^2"), "uA"),
    ],
)
def test_a_computed_unit_prints_its_nicest_common_name(unit: Unit, text: str) -> None:
    assert str(unit) == text


def test_a_unit_multiplied_by_one_keeps_its_spelling() -> None:
    assert str(parse_unit("mS/uF") * DIMENSIONLESS) == "mS/uF"
    assert str(parse_unit("1/ms")) == "1/ms"
    assert parse_unit("mS/uF") == parse_unit("1/ms")


symbols = st.sampled_from(
    [
        "V",
        "mV",
        "ms",
        "s",
        "min",
        "mM",
        "uM",
        "nM",
        "M",
        "F",
        "uF",
        "pF",
        "A",
        "uA",
        "pA",
        "S",
        "nS",
        "kPa",
        "mmHg",
        "K",
        "mol",
        "L",
        "uL",
        "m",
        "cm",
        "um",
        "g",
        "C",
        "J",
        "eV",
        "cd",
        "rad",
        "percent",
        "daN",
    ]
)
exponent = st.integers(-4, 4).filter(bool)
written = st.lists(st.tuples(symbols, exponent), min_size=1, max_size=6)


@st.composite
def any_unit(draw: st.DrawFn) -> Unit:
    fractions = st.fractions(min_value=-5, max_value=5, max_denominator=6)
    scale = draw(st.fractions(min_value=Fraction(1, 10**9), max_value=10**9, max_denominator=10**9))
    return Unit(tuple(draw(fractions) for _ in SI), scale if scale > 0 else Fraction(1))


@given(written)
def test_a_written_product_means_the_product_of_its_powers(powers: list[tuple[str, int]]) -> None:
    product = DIMENSIONLESS
    for symbol, power in powers:
        product *= parse_unit(symbol) ** power
    assert parse_unit("*".join(f"{symbol}^{power}" for symbol, power in powers)) == product
    assert parse_unit(" ".join(f"{symbol}{power}" for symbol, power in powers)) == product
    assert parse_unit(str(product)) == product


@given(any_unit())
def test_every_unit_reads_back_as_it_prints(unit: Unit) -> None:
    assert parse_unit(str(unit)) == unit


@given(any_unit(), any_unit())
def test_division_undoes_multiplication_exactly(one: Unit, other: Unit) -> None:
    assert one * other / other == one
    assert one * other == other * one
    assert hash(one * other) == hash(other * one)


@given(any_unit())
def test_a_unit_survives_copying_and_pickling(unit: Unit) -> None:
    assert pickle.loads(pickle.dumps(unit)) == unit
    assert copy.deepcopy({unit: 1})[unit] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mv", "Did you mean mV"),
        ("milivolt", "Did you mean .*volt"),
        ("degC", "310.15 K"),
        ("°C", "310.15 K"),
        ("mV/", "a symbol is missing in column 4"),
        ("", "a symbol is missing in column 1"),
        ("J/mol K", r"ambiguous in column 7 .*J/\(mol K\)"),
        ("(mV", r"a '\)' is missing"),
        ("mV)", r"unexpected '\)'"),
        ("mV^", "an exponent is missing"),
        ("mV+1", r"unexpected '\+'|a symbol is missing"),
        ("m2.5", "missing its"),
        ("5 mV", "A number with a unit is a quantity"),
        ("0", "cannot be zero"),
        ("mV^(1/0)", "cannot be an exponent"),
        ("1e999999999", "too large"),
        ("m^1e9", "cannot be an exponent"),
        ("mV$", r"cannot read '\$'"),
        ("mV^(1/2)", "not exact"),
    ],
)
def test_a_faulty_unit_is_refused_with_its_fault(text: str, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        parse_unit(text)


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_a_unit_error(text: str) -> None:
    try:
        unit = parse_unit(text)
    except UnitError:
        return
    assert parse_unit(str(unit)) == unit


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1000 ms", 1000.0, "ms"),
        ("-53 A/F", -53.0, "A/F"),
        ("5e-3mV", 0.005, "mV"),
        ("0.5", 0.5, "1"),
        ("2 /ms", 2.0, "1/ms"),
        ("1.5 1/ms", 1.5, "1/ms"),
        (" .5  uA/cm^2 ", 0.5, "uA/cm^2"),
        ("−80 mV", -80.0, "mV"),
        ("5 eV", 5.0, "eV"),
        ("1e3", 1000.0, "1"),
    ],
)
def test_a_quantity_is_read_as_it_is_written(text: str, value: float, unit: str) -> None:
    quantity = parse_quantity(text)
    assert quantity.value == value
    assert quantity.unit == parse_unit(unit)


@pytest.mark.parametrize("text", ["", "mV", "1.2.3 mV", "--1 mV", "five mV", "1 000 ms", "0x10 ms"])
def test_a_faulty_quantity_is_refused(text: str) -> None:
    with pytest.raises(UnitError):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["nan mV", "inf ms", "-Infinity", "1e400 mV"])
def test_a_quantity_is_finite(text: str) -> None:
    with pytest.raises(ValueRangeError, match="finite"):
        parse_quantity(text)


@given(st.floats(allow_nan=False, allow_infinity=False), any_unit())
def test_every_quantity_reads_back_as_it_prints(value: float, unit: Unit) -> None:
    quantity = Quantity(value, unit)
    again = parse_quantity(str(quantity))
    assert again.value == value
    assert again.unit == unit


def test_a_quantity_prints_as_a_number_and_a_unit() -> None:
    assert str(5.4 * mM) == "5.4 mM"
    assert str(200 * mV) == "200 mV"
    assert str(parse_quantity("0.25")) == "0.25"


def test_numbers_and_units_make_quantities() -> None:
    assert 200 * mV == parse_quantity("200 mV") == mV * 200
    assert 1 / ms == parse_quantity("1 1/ms")
    assert np.float64(2) * ms == parse_quantity("2 ms")
    assert 0.5 * parse_quantity("5.4 mM") == parse_quantity("2.7 mM")
    assert (200 * mV) / ms == parse_quantity("200 mV/ms")
    assert (2 * mV) ** 2 == parse_quantity("4 mV^2")
    assert np.float64(0.5) * (2 * mV) == 1 * mV
    assert float(5.4 * mM) == 5.4


def test_sums_convert_units_and_keep_that_of_the_first() -> None:
    total = 200 * mV + 1 * V
    assert (total.value, total.unit) == (1200.0, mV)
    assert (1 * V - 200 * mV).value == 0.8
    assert parse_quantity("0.25") + 1 == parse_quantity("1.25")
    assert 1 - parse_quantity("0.25") == parse_quantity("0.75")
    assert -(3 * ms) == parse_quantity("-3 ms")


@pytest.mark.parametrize("other", [1 * ms, 1, 1.5, parse_quantity("2")])
def test_what_does_not_fit_is_neither_added_nor_compared(other: Quantity | float) -> None:
    with pytest.raises(UnitError, match="mV"):
        200 * mV + other
    with pytest.raises(UnitError, match="mV"):
        other - 200 * mV
    with pytest.raises((UnitError, TypeError)):
        assert 200 * mV < other


def test_comparisons_are_exact_on_the_decimal_numbers() -> None:
    assert 100 * mV == 0.1 * V
    assert hash(0.1 * V) == hash(100 * mV)
    assert 1 * mV != 1 * ms
    assert 1 * mV != 1
    assert 299.9 * mV < 0.3 * V
    assert 300 * mV >= 0.3 * V


def test_conversion_is_correctly_rounded() -> None:
    assert (5.4 * mM).to(uM).value == 5400.0
    assert (0.1 * V).to(mV).value == 100.0
    assert exact_value(0.1 * s, ms) == 100
    assert exact_value(0.1 * ms, s) == Fraction(1, 10000)
    assert conversion_factor(mM, uM) == 1000.0
    assert conversion_factor(parse_unit("uA/cm^2"), parse_unit("A/m^2")) == 0.01
    with pytest.raises(UnitError, match="got mM; expected mV"):
        conversion_factor(mM, mV)


def test_a_bare_number_is_told_to_take_a_unit() -> None:
    assert as_quantity("1 s", ms, what="the cycle length") == 1000 * ms
    for bare in (1000, "1000", 1000.0):
        with pytest.raises(UnitError, match=r"the cycle length needs a unit.*'1000(.0)? ms'"):
            as_quantity(bare, ms, what="the cycle length")  # type: ignore[arg-type]
    with pytest.raises(UnitError, match="wrong unit; got 1000 mV; expected a quantity in ms"):
        as_quantity("1000 mV", ms, what="the cycle length")


def test_a_quantity_leaves_expressions_to_build_themselves() -> None:
    v = Symbol("v")
    for built in (2 * mV * v, v * (2 * mV), (2 * mV) / v, (2 * mV) - v, (2 * mV) + v, (2 * mV) < v):
        assert isinstance(built, Node)


def test_checking_a_large_model_takes_milliseconds() -> None:
    units = [parse_unit(text) for text in ("mV", "ms", "mM", "A/F", "mS/uF", "uM", "1/ms", "C/mol")]

    def check() -> float:
        start = time.perf_counter()
        for _ in range(500):
            total = units[0]
            for unit in units:
                total = total * unit
        return time.perf_counter() - start

    check()
    assert min(check() for _ in range(5)) < 0.010
    assert (A / F) is (A / F)


@pytest.mark.parametrize("value", [None, "1", [1.0], 1 + 2j, 10**400], ids=lambda value: type(value).__name__)
def test_a_quantity_has_one_number(value: object) -> None:
    if value == "1":
        value = "one"
    with pytest.raises(ValueRangeError, match="one number"):
        Quantity(value, mV)  # type: ignore[arg-type]


def test_a_quantity_has_a_unit_and_not_its_name() -> None:
    with pytest.raises(UnitError, match="a quantity has a Unit; got 'mV'"):
        Quantity(1.0, "mV")  # type: ignore[arg-type]


def test_a_unit_nested_without_end_is_refused() -> None:
    with pytest.raises(UnitError, match="nested too deeply"):
        parse_unit("(" * 5000 + "mV" + ")" * 5000)


@pytest.mark.parametrize("factors", [[0.5, 1.0], (0.5, 1.0), np.array([0.5, 1.0])], ids=["list", "tuple", "array"])
def test_several_numbers_times_a_quantity_are_told_what_to_write(factors: object) -> None:
    for product in (lambda: factors * parse_quantity("2 mV"), lambda: parse_quantity("2 mV") * factors):  # type: ignore[operator]
        with pytest.raises(UnitError, match=r"factors \* cell"):
            product()
