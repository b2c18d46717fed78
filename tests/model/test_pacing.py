"""A model's own pacing: pulses at its present parameters, and what else switches by the clock."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from troponin.expr.infix import parse_infix
from troponin.expr.nodes import Node, Symbol
from troponin.model.derivatives import derivatives
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.model.pacing import Pulse, own_stimulus, pacing_value, pulses, switches
from troponin.units import DIMENSIONLESS, parse_unit

MS = parse_unit("ms")
PACING = "if(t - start - floor((t - start)/period)*period < length and t >= start, amplitude, 0)"


def paced(pacing: Node | None = None, rate: str = "i + leak*v") -> Model:
    values = {"start": 10.0, "period": 1000.0, "length": 0.5, "amplitude": -80.0, "leak": -0.1}
    return Model(
        "paced",
        MS,
        (State("v", parse_unit("mV"), -80.0, parse_infix(rate)),),
        tuple(Parameter(name, DIMENSIONLESS, value) for name, value in values.items()),
        (Input("t", MS, Role.TIME), Input("i", DIMENSIONLESS, Role.STIMULUS)),
        meanings={"stimulus": "i", "time": "t", "v": "v"},
        pacing=parse_infix(PACING) if pacing is None else pacing,
    )


def test_pulses_are_exact() -> None:
    expected = [Pulse(Fraction(10 + 1000 * n), Fraction(21, 2) + 1000 * n, -80.0) for n in range(3)]
    assert pulses(paced(), Fraction(0), Fraction(3000)) == expected


def test_pulses_follow_changed_parameters() -> None:
    changed = paced().with_values({"period": 400.0, "amplitude": -50.0, "length": 2.0})
    found = pulses(changed, Fraction(0), Fraction(1000))
    assert found is not None
    assert [float(p.start) for p in found] == [10, 410, 810]
    assert own_stimulus(changed) == Stimulus(-50.0, 2.0)


def test_a_pulse_that_never_rises_is_no_stimulus() -> None:
    assert own_stimulus(paced().with_values({"amplitude": 0.0})) is None


def test_a_smooth_pacing_has_no_pulses() -> None:
    assert pulses(paced(parse_infix("sin(t)")), Fraction(0), Fraction(10)) is None


def test_a_model_without_pacing_keeps_its_stimulus() -> None:
    plain = replace(paced(), pacing=None, stimulus=Stimulus(-53.0, 1.0, "K"))
    assert own_stimulus(plain) == Stimulus(-53.0, 1.0, "K")
    assert pulses(plain, Fraction(0), Fraction(100)) == []
    assert pacing_value(plain, 10.2) is None


def test_derivatives_include_the_pacing_unless_the_stimulus_is_given() -> None:
    assert derivatives(paced(), t=10.2)["v"] == pytest.approx(-80 + 8)
    assert derivatives(paced(), t=11.0)["v"] == pytest.approx(8)
    assert derivatives(paced(), {"i": 3.0}, t=10.2)["v"] == pytest.approx(11)


def test_what_else_switches_by_the_clock_is_found_through_equations() -> None:
    model = replace(
        paced(rate="i + drug*v"),
        equations=(
            Equation("wash", MS, parse_infix("t - 300")),
            Equation("drug", DIMENSIONLESS, parse_infix("if(wash > 0, leak, if(v > 0, 1, 2))")),
        ),
    )
    assert switches(model, Fraction(0), Fraction(1000)) == [Fraction(300)]


def test_a_condition_on_a_state_is_no_switch_of_the_clock() -> None:
    assert switches(paced(rate="if(v > -40, i, leak)"), Fraction(0), Fraction(1000)) == []


def test_pacing_reads_equations_of_time_too() -> None:
    model = replace(
        paced(Symbol("pulse")),
        equations=(Equation("pulse", DIMENSIONLESS, parse_infix(PACING)),),
    )
    found = pulses(model, Fraction(0), Fraction(1000))
    assert found is not None
    assert [p.start for p in found] == [10]
