"""Stimuli written into the equations: found whatever way they are written, and left alone where they are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from troponin.expr.infix import parse_infix
from troponin.formats.stimulus import extract_stimulus
from troponin.formats.stimulus_input import with_stimulus_input
from troponin.model.derivatives import derivatives
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.units import parse_unit

MS, MV, A_F = parse_unit("ms"), parse_unit("mV"), parse_unit("A/F")

WAYS = {
    "a floor": "if(t >= 10 and t <= 1e17 and t - 10 - floor((t - 10)/1000)*1000 <= 0.5, amp, 0)",
    "a remainder": "if(remainder(t, 1000) >= 10 and remainder(t, 1000) <= 10.5, amp, 0)",
    "a difference of steps": "amp * (if(t > 10, 1, 0) - if(t > 10.5, 1, 0))",
    "a product with a flag": "on * if(t >= 10 and t < 10.5, amp, 0)",
    "steps in turn": "if(t < 10, 0, if(t < 10.5, amp, 0))",
}


def cell(*equations: tuple[str, str], rate: str = "-(i_k + i_stim)") -> Model:
    return Model(
        "cell",
        MS,
        (State("membrane.v", MV, -80.0, parse_infix(rate)),),
        (Parameter("amp", A_F, -80.0), Parameter("on", parse_unit("1"), 1.0), Parameter("g", parse_unit("mS/uF"), 0.1)),
        (Input("t", MS, Role.TIME),),
        (
            Equation("i_k", A_F, parse_infix("g * (`membrane.v` + 90)")),
            *(Equation(n, A_F, parse_infix(e)) for n, e in equations),
        ),
        {"time": "t"},
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_stimulus_is_recognised_written_as(way: str) -> None:
    original = cell(("i_stim", WAYS[way]))
    model, said = extract_stimulus(original, {})
    assert model.stimulus == Stimulus(-80.0, 0.5)
    assert model.meanings["stimulus"] == "i_stim"
    assert "i_stim" not in [e.name for e in model.equations]
    assert "-80 A/F for 0.5 ms from 10 ms" in said[0]
    for t in (0.0, 9.9, 10.25, 10.6, 1010.2):
        assert derivatives(model, t=t) == derivatives(original, t=t)


def test_a_stimulus_inside_another_formula_becomes_an_input() -> None:
    model, _ = extract_stimulus(cell(rate="-(i_k + if(t > 10 and t < 11, amp, 0))"), {})
    driven = next(i for i in model.inputs if i.role == Role.STIMULUS)
    assert driven.name == "membrane.stimulus"
    assert model.stimulus == Stimulus(-80.0, 1.0)
    assert derivatives(model, t=10.5)["membrane.v"] == pytest.approx(79.0)


def test_the_file_s_own_word_decides_between_two() -> None:
    both = cell(("drug", "if(t > 300, 1, 0)"), ("i_stim", WAYS["a floor"]), rate="-(i_k*drug + i_stim)")
    for label in ("drug", "i_stim"):
        model, _ = extract_stimulus(both, {label: ("membrane_stimulus_current",)})
        assert model.meanings["stimulus"] == label
    assert extract_stimulus(both, {})[0].meanings["stimulus"] == "i_stim"  # by its name


def test_a_choice_between_states_is_no_stimulus() -> None:
    model, said = extract_stimulus(cell(rate="if(t > 10, -i_k, i_k)"), {})
    assert model.pacing is None
    assert "no stimulus" in said[0]


def test_a_sine_that_switches_is_left_in_the_equations() -> None:
    model, said = extract_stimulus(cell(("i_stim", "if(t > 10, sin(t), 0)")), {})
    assert model.pacing is None
    assert "left in the equations" in said[0]


def test_the_resting_value_need_not_be_zero() -> None:
    model, _ = extract_stimulus(cell(("i_stim", "if(t > 10 and t < 11, amp, 3)")), {})
    assert next(i for i in model.inputs if i.role == Role.STIMULUS).value == 3.0


def test_a_model_without_a_stimulus_gets_an_input_that_changes_nothing_at_rest() -> None:
    original = cell(rate="-i_k")
    original = replace(original, meanings={**original.meanings, "v": "membrane.v"})
    model, said = with_stimulus_input(original, [])
    assert derivatives(model) == derivatives(original)
    paced = derivatives(model, {"stimulus": -10.0})["membrane.v"]
    assert paced == pytest.approx(derivatives(original)["membrane.v"] + 10.0)
    assert model.variable("stimulus").unit == A_F
    assert "added" in said[0]


def test_a_stimulus_that_the_file_holds_constant_becomes_the_input() -> None:
    original = cell(rate="-(i_k + on)")
    model, _ = with_stimulus_input(original, ["on"])
    assert [(i.name, i.value) for i in model.inputs if i.role == Role.STIMULUS] == [("on", 1.0)]
    assert derivatives(model) == derivatives(original)


def test_without_a_potential_nothing_is_added() -> None:
    assert with_stimulus_input(cell(rate="-i_k"), []) == (cell(rate="-i_k"), [])
