"""The check of a model: everything at once, errors apart from warnings and notes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.physiology.cells import whole_cell
from troponin.errors import ModelError
from troponin.expr.functions import exp, log, sqrt
from troponin.expr.nodes import Node, Symbol
from troponin.model.audit import leaks
from troponin.model.check import Report, check, require_sound
from troponin.model.derivatives import intermediates
from troponin.model.model import Equation, Input, Invariant, Model, Parameter, Role, State
from troponin.units import DIMENSIONLESS, Unit, mM, ms, mV, parse_unit

x, y, p = Symbol("a.x"), Symbol("a.y"), Symbol("a.p")
PER_MS = parse_unit("1/ms")


def tiny(rate: Node, *equations: Equation, unit: Unit = DIMENSIONLESS, **more: object) -> Model:
    parts = {
        "states": (State("a.x", unit, 1.0, rate),),
        "parameters": (Parameter("a.p", PER_MS, 0.5),),
        "equations": equations,
        **more,
    }
    return Model("tiny", ms, **parts)  # type: ignore[arg-type]


def test_a_sound_model_has_nothing_to_be_said_of() -> None:
    report = check(tiny(-p * x))
    assert report.sound
    assert (report.errors, report.warnings, report.notes) == ((), (), ())


def test_a_name_that_nothing_defines_is_told_with_its_users_and_the_nearest_name() -> None:
    report = check(tiny(-p * x * Symbol("a.yy"), Equation("a.y", DIMENSIONLESS, 2 * x)))
    assert report.errors == ("'a.yy' is used by d(a.x)/dt, but nothing defines it; did you mean a.y?",)


def test_a_name_defined_twice_is_told_with_how_often() -> None:
    report = check(tiny(-p * y, Equation("a.y", DIMENSIONLESS, 2 * x), Equation("a.y", DIMENSIONLESS, 3 * x)))
    assert report.errors == ("'a.y' is defined 2 times",)


def test_equations_that_need_each_other_are_told_in_their_ring() -> None:
    z = Symbol("a.z")
    report = check(tiny(-p * y, Equation("a.y", DIMENSIONLESS, z + x), Equation("a.z", DIMENSIONLESS, y + 1)))
    assert len(report.errors) == 1
    assert report.errors[0] in {
        "equations need each other: a.y -> a.z -> a.y",
        "equations need each other: a.z -> a.y -> a.z",
    }


def test_a_state_without_a_rate_is_told() -> None:
    assert check(tiny(None)).errors == ("state 'a.x' has no rate of change",)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rate", "unit", "told"),
    [
        (-p * x, mV, None),
        (-x, mV, "equation of d(a.x)/dt gives mV where mV/ms is expected"),
        (-p * x * 1000, mV, None),
        (exp(x) * p, mV, "takes a plain number, not mV"),
        (p * x + p, mV, "'add' of"),
    ],
)
def test_units_are_inferred_through_every_equation(rate: Node, unit: Unit, told: str | None) -> None:
    errors = check(tiny(rate, unit=unit)).errors
    if told is None:
        assert errors == ()
    else:
        assert len(errors) == 1
        assert told in errors[0]


def test_a_power_has_a_unit_where_its_exponent_is_a_parameter() -> None:
    hill = (Symbol("a.c") ** Symbol("a.n")) / ((0.6 * mM) ** 3.0 + Symbol("a.c") ** Symbol("a.n"))
    numbers = (Parameter("a.p", PER_MS, 1.0), Parameter("a.c", mM, 0.2), Parameter("a.n", DIMENSIONLESS, 3.0))
    assert check(tiny(-p * x * hill, parameters=numbers)).errors == ()
    other = (*numbers[:2], Parameter("a.n", DIMENSIONLESS, 2.0))
    assert "'add' of" in check(tiny(-p * x * hill, parameters=other)).errors[0]


def test_units_that_do_not_fit_do_not_stop_the_rest_of_the_check() -> None:
    wrong = tiny(-p * x, Equation("a.y", mV, 2 * x), invariants=(Invariant("everything", DIMENSIONLESS, x),))
    report = check(wrong)
    assert len(report.errors) == 1
    assert report.warnings[0].startswith("everything changes by")


def test_a_model_in_volts_is_looked_at_between_the_same_voltages() -> None:
    voltage, one = Symbol("m.v"), 1 * parse_unit("V")
    state = State("m.v", parse_unit("V"), -0.06, p * one * one / (voltage + 0.04 * parse_unit("V")))
    (warning,) = check(tiny(p, states=(state,), meanings={"v": "m.v"})).warnings
    assert warning == "d(m.v)/dt is not finite at v = -0.04 V"


def test_a_factor_of_a_thousand_between_units_is_told_as_such() -> None:
    (error,) = check(tiny(-p * x, Equation("a.y", parse_unit("uM"), 2.0 * mM * x))).errors
    assert error == "equation of a.y gives mM where uM is expected (a factor of 1000)"


def test_a_complaint_says_where_the_equation_was_written() -> None:
    (error,) = check(tiny(-p * x, Equation("a.y", mV, 2 * x, where="axon.cellml:41"))).errors
    assert error.startswith("axon.cellml:41: equation of a.y")


def test_all_complaints_come_at_once_and_the_strict_form_raises_them() -> None:
    bad = tiny(-x, Equation("a.y", mV, 2 * x), Equation("a.z", DIMENSIONLESS, Symbol("a.none")))
    assert len(check(bad).errors) == 3
    with pytest.raises(ModelError) as caught:
        require_sound(bad)
    assert caught.value.complaints == check(bad).errors


def test_a_meaning_that_points_nowhere_is_an_error() -> None:
    (error,) = check(tiny(-p * x, meanings={"v": "membrane.v"})).errors
    assert "'v' is said to be 'membrane.v'" in error


def test_a_parameter_that_is_not_used_is_a_note() -> None:
    report = check(tiny(-x * Symbol("a.q"), parameters=(Parameter("a.p", PER_MS, 1.0), Parameter("a.q", PER_MS, 1.0))))
    assert report.sound
    assert report.notes == ("parameter 'a.p' is not used",)


def test_a_removable_singularity_is_a_note_and_no_warning() -> None:
    voltage = Symbol("m.v")
    one = Equation("m.a", DIMENSIONLESS, (voltage / (1 * mV)) / (1 - exp(-voltage / (1 * mV))))
    state = State("m.v", mV, -60.0, -p * voltage * Symbol("m.a"))
    report = check(tiny(p, one, states=(state,), meanings={"v": "m.v"}))
    assert report.errors == report.warnings == ()
    assert len(report.notes) == 1
    assert report.notes[0].startswith("equation of m.a has a removable singularity")


def test_a_pole_that_cannot_be_removed_is_a_warning_with_its_voltage() -> None:
    voltage = Symbol("m.v")
    state = State("m.v", mV, -60.0, p * (1 * mV) * (1 * mV) / (voltage + 40 * mV))
    (warning,) = check(tiny(p, states=(state,), meanings={"v": "m.v"})).warnings
    assert warning == "d(m.v)/dt is not finite at v = -40 mV"


def test_a_rate_that_is_not_finite_at_the_start_is_a_warning() -> None:
    (warning,) = check(tiny(p * log(x - 1))).warnings
    assert warning == "d(a.x)/dt is -inf at the initial state"
    assert "nan at the initial state" in check(tiny(p * sqrt(x - 2))).warnings[0]


def test_a_cell_whose_currents_are_all_carried_leaks_nothing() -> None:
    assert leaks(whole_cell(troponin=True)) == ()
    assert check(whole_cell(troponin=True)).warnings == ()


def test_a_stimulus_that_nobody_carries_leaks_charge() -> None:
    (leak,) = leaks(whole_cell(carrier=None))
    assert (leak.invariant, leak.flow, leak.size) == ("charge", "membrane.I_stim", 0.0)


def test_an_ion_held_fixed_leaks_charge_through_each_of_its_currents_and_by_how_much() -> None:
    model = whole_cell(sodium="fixed")
    found = {leak.flow: leak for leak in leaks(model)}
    assert set(found) == {"INa.INa", "Icat.Icat", "INaK.INaK", "INaCa.INaCa"}
    now = intermediates(model)
    capacitance = 153e-6  # uF; A/F uF = uA = nC/ms
    shares = {"INa.INa": 1.0, "Icat.Icat": 0.4, "INaK.INaK": 3.0, "INaCa.INaCa": 3.0}
    for flow, share in shares.items():
        assert found[flow].size == pytest.approx(now[flow], rel=1e-14)
        assert found[flow].rate == pytest.approx(share * now[flow] * capacitance, rel=1e-6)
        assert found[flow].unit == parse_unit("nC/ms")


def test_the_audit_tells_the_leak_in_a_sentence() -> None:
    sentences = check(whole_cell(sodium="fixed")).warnings
    assert any(
        s.startswith("charge leaks through INaK.INaK, which is 0.25 A/F at the initial state") for s in sentences
    )


def test_a_term_forgotten_in_one_equation_is_found() -> None:
    # as public files do it: the exchanger's calcium divided by three
    sound = whole_cell()
    exchange = Symbol("INaCa.INaCa")
    states = tuple(
        replace(s, rate=s.rate + 1e-7 * (1 * parse_unit("mM/ms")) * (exchange / (1 * parse_unit("A/F"))))
        if s.name == "Ca.cai" and s.rate is not None
        else s
        for s in sound.states
    )
    assert [leak.flow for leak in leaks(replace(sound, states=states))] == ["INaCa.INaCa"]


def test_a_leak_that_no_flow_accounts_for_is_told_as_such() -> None:
    kept = Invariant("everything", DIMENSIONLESS, x)
    (leak,) = leaks(tiny(-p * x, invariants=(kept,)))
    assert leak.flow is None
    assert leak.rate == pytest.approx(-0.5, rel=1e-15)


def test_an_input_may_be_a_flow() -> None:
    source = Input("a.in", PER_MS, Role.STIMULUS)
    model = tiny(
        Symbol("a.in") - p * 0 * x, inputs=(source,), invariants=(Invariant("x", DIMENSIONLESS, x, ("a.in",)),)
    )
    (leak,) = leaks(model)
    assert leak.flow == "a.in"


def test_a_report_is_printed_as_one_line_for_each_finding_and_their_counts() -> None:
    report = Report("small", errors=("a is wrong",), notes=("b is not used", "c is not used"))
    assert str(report).splitlines() == [
        "error: a is wrong",
        "note: b is not used",
        "note: c is not used",
        "small: not sound; 1 errors, 0 warnings, 2 notes, 0 facts",
    ]
