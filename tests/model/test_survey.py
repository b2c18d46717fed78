"""The survey of a model: jumps, gates that leave their range, states at rest, time scales, the ion of the stimulus."""

from __future__ import annotations

from troponin.expr.infix import parse_infix
from troponin.library.catalogue import load_library
from troponin.model.check import check
from troponin.model.model import Equation, Input, Model, Parameter, Role, State
from troponin.model.survey import carriers, constant_states, jumps, leaving, time_scales
from troponin.units import DIMENSIONLESS, parse_unit

MS, MV = parse_unit("ms"), parse_unit("mV")


def cell(gate: str = "(1/(1 + exp(-v/5)) - m)/tau", tau: str = "if(v < -40, 2, 3)", ki: str = "0.1*i") -> Model:
    return Model(
        "cell",
        MS,
        (
            State("v", MV, -80.0, parse_infix("-(v + 80)/10 - i")),
            State("m", DIMENSIONLESS, 0.1, parse_infix(gate)),
            State("ki", parse_unit("mM"), 140.0, parse_infix(ki)),
        ),
        (Parameter("k", DIMENSIONLESS, 1.0),),
        (Input("t", MS, Role.TIME), Input("i", DIMENSIONLESS, Role.STIMULUS)),
        (Equation("tau", MS, parse_infix(tau), where="cell.mmt:7"),),
        {"v": "v", "time": "t", "stimulus": "i"},
    )


def test_a_jump_is_told_with_its_place_and_size() -> None:
    assert list(jumps(cell())) == ["cell.mmt:7: tau jumps from 2 to 3 at v = -40 mV"]


def test_branches_that_meet_do_not_jump() -> None:
    assert list(jumps(cell(tau="if(v < -40, 2, 2 + (v + 40))"))) == []


def test_a_gate_that_relaxes_to_a_sigmoid_stays_in_its_range() -> None:
    assert list(leaving(cell())) == []


def test_a_gate_whose_steady_state_passes_one_is_told() -> None:
    (said,) = leaving(cell(gate="(1.2/(1 + exp(-v/5)) - m)/tau"))
    assert said.startswith("state 'm' can pass 1")


def test_a_state_that_never_changes_is_told() -> None:
    assert list(constant_states(cell(ki="0"))) == ["state 'ki' never changes: it could be a parameter"]


def test_the_ion_that_carries_the_stimulus_is_told_and_its_absence() -> None:
    assert list(carriers(cell())) == ["the stimulus is carried by ki"]
    assert "no ion carries the stimulus" in next(iter(carriers(cell(ki="0.1*m"))))


def test_the_time_constants_of_two_relaxations_are_theirs() -> None:
    (said,) = time_scales(cell(gate="-m/200", ki="-ki/0.5"))
    assert "from 0.5 to 200 ms: stiffness 4e+02" in said


def test_tolerant_units_let_a_plain_number_stand_for_any() -> None:
    model = cell(tau="if(v < -40, 2, 3)", gate="(1/(1 + exp(-v/5)) - m)/tau")
    assert any("exp" in error for error in check(model).errors)
    assert not any("tau" in complaint for complaint in check(model, strict=False).errors)
    assert check(model, strict=False).sound


def test_the_library_is_surveyed_without_an_error() -> None:
    report = check(load_library("ten-tusscher-panfilov-2006", "epi"))
    assert report.sound
    assert any("stiffness" in fact for fact in report.facts)
