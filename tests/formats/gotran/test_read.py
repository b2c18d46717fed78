"""gotran's ode files: declarations, comments that are units, choices, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from troponin.errors import FormatError
from troponin.expr.evaluate import evaluate
from troponin.formats.registry import load, read
from troponin.model.derivatives import derivatives
from troponin.model.model import Stimulus
from troponin.units import parse_unit

FILE = """# A cell
parameters("Membrane", "Sodium",
    g = ScalarParam(4.0, unit="mS*uF**-1", description="the conductance"),
    E = 50 # a comment inside
    start = ScalarParam(10, unit="ms"), length=0.5, amp=-80.0)
states("Membrane", V = ScalarParam(-80, unit="mV"))
states(m=0.1,
       n=1/4)

expressions("Membrane")
i = g*m**3*(V - E) + 2**3**2*0 # A/F
stim = Conditional(And(Ge(time, start), Le(time, start + length), ), amp, 0) # A/F
long = i +
    stim # A/F
flag = Gt(V, -90)*3
dV_dt = -long
component("Sodium")
dm_dt = (1/(1 + exp(-V/10)) - m)/2
dn_dt = dm_dt*2
"""


def test_everything_in_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cell.ode"
    path.write_text(FILE)
    model = load(path)
    assert {s.name: s.initial for s in model.states} == {"V": -80.0, "m": 0.1, "n": 0.25}
    assert model.variable("g").unit == parse_unit("mS/uF")
    assert model.variable("g").doc == "the conductance"
    assert model.variable("i").unit == parse_unit("A/F")
    assert model.meanings["v"] == "V"
    assert model.stimulus == Stimulus(-80.0, 0.5)
    rates = derivatives(model, t=10.2)
    assert rates["V"] == pytest.approx(-(4 * 0.1**3 * (-130)) + 80)
    assert rates["n"] == 2 * rates["m"]
    assert rates["m"] == pytest.approx((1 / (1 + math.exp(8)) - 0.1) / 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2**3**2", 512.0),
        ("-2**2", -4.0),
        ("2**-1", 0.5),
        ("Mod(-7, 3)", 2.0),
        ("abs(-2) + Abs(-1)", 3.0),
        ("ln(1)", 0.0),
        ("Conditional(Or(Eq(1, 2), Not(Lt(2, 1))), 4, 5)", 4.0),
        ("(Gt(2, 1))*3", 3.0),
        ("pi", math.pi),
        ("log(8, 2)", 3.0),
        ("ContinuousConditional(Ge(x, 0), 1, 0, 0.2)", 0.5),
        ("ContinuousConditional(Lt(x, 1), 2, 0, 1)", 2 / (1 + math.exp(-1))),
    ],
)
def test_functions_and_signs_mean_what_gotran_means(text: str, value: float, tmp_path: Path) -> None:
    path = tmp_path / "value.ode"
    path.write_text(f"states(x=0)\ny = x + {text}\ndx_dt = 0\n")
    (result,) = evaluate([load(path).equations[0].expression], {"x": 0.0})
    assert float(result) == pytest.approx(value)


def test_the_same_words_twice_are_noted_and_other_words_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell.ode"
    path.write_text(FILE + 'component("again")\nflag = Gt(V, -90)*3\n')
    assert any("defined again" in note.text for note in read(path).notes)
    path.write_text(FILE + 'component("again")\nflag = Gt(V, -90)*4\n')
    with pytest.raises(FormatError, match="defined twice"):
        load(path)


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ("g*m**3", "gg*m**3", "unknown variable 'gg'", 11),
        ("exp(-V", "expp(-V", "Did you mean exp?", 18),
        ("dn_dt =", "dk_dt =", "has no derivative", 8),
        ("m=0.1", "m=h", "unknown variable 'h'", 7),
        ("-long", "-long -", "breaks off", 16),
        ("component(", "componont(", "unexpected", 17),
        ("length=0.5", "time=0.5", "name of gotran's own", 5),
        ("V = ScalarParam(-80", "V = ScalarParam(1e999", "too large", 6),
        ("m=0.1,", "m=0.1, (", "never closed", 7),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(old: str, new: str, said: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / "wrong.ode"
    assert old in FILE
    path.write_text(FILE.replace(old, new, 1))
    with pytest.raises(FormatError) as caught:
        load(path)
    assert said in str(caught.value)
    assert caught.value.where == f"{path}:{line}"
