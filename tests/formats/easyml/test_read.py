"""openCARP's EasyML: gates, updates, choices, marks, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from troponin.errors import FormatError
from troponin.expr.evaluate import evaluate
from troponin.formats.registry import load, read
from troponin.model.derivatives import derivatives
from troponin.model.model import Role
from troponin.units import parse_unit

FILE = """/* a cell
   with comments */
Iion; .nodal(); .external();
V; .nodal(); .external(Vm); .lookup(-100, 100, 0.05);
Lambda; .external(Lambda);
Ca_i; .units(uM); .method(rk4);
V_init = -80.; Ca_i_init = 0.1;  // the start
group { g = 0.5; .units(mS/uF); E = 40; } .param();
I_Na = g*m*sv->h*(V - E);
I_Na *= 2;
a_m = (V < -90 ? 0 : exp(V/10));
b_m = pow(2, -V/20);
if (V > -40 and V < 100) { h_inf = 0.1; tau_h = 3; }
else if (V < -100) { h_inf = 0.9; tau_h = 4; }
else { h_inf = square(0.5); tau_h = 5; }
n_inf = 1/(1 + exp(-V)); alpha_q = 1; # q has no beta
tau_n = 2; .units(ms);
diff_Ca_i = -0.1*Ca_i*Lambda + n - !(V > 0);
Iion = I_Na;
"""


def test_everything_in_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cell.model"
    path.write_text(FILE)
    found = read(path)
    model = found.model
    assert sorted(s.name for s in model.states) == ["Ca_i", "V", "h", "m", "n"]
    assert model.meanings["v"] == "V"
    assert model.meanings["I_ion"] == "Iion"
    assert model.variable("Ca_i").unit == parse_unit("uM")
    assert next(i.value for i in model.inputs if i.role == Role.STRETCH) == 1.0
    initial = {s.name: s.initial for s in model.states}
    a, b = math.exp(-8), 2.0**4
    assert initial["m"] == pytest.approx(a / (a + b))
    assert initial["h"] == 0.25
    rates = derivatives(model)
    assert rates["m"] == pytest.approx(0.0, abs=1e-15)  # gates begin at their steady state
    assert rates["V"] == pytest.approx(-2 * 0.5 * initial["m"] * 0.25 * -120)
    assert derivatives(model, {"stimulus": -60.0})["V"] == pytest.approx(rates["V"] + 60)
    assert rates["Ca_i"] == pytest.approx(-0.01 + initial["n"] - 1)
    assert any("lookup" in note.text and "ignored" in note.text for note in found.notes)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 ? 2 : 3", 2.0),
        ("0 ? 2 : 1 ? 5 : 6", 5.0),
        ("-2*3 + fabs(-4)", -2.0),
        ("fmod(-7, 3)", -1.0),
        ("expm1(0)", 0.0),
        ("1 < 2 && !(2 < 1) ? 7 : 8", 7.0),
        ("cube(2) - log10(100)", 6.0),
        ("1. + .5", 1.5),
        ("(2 > 1)*3", 3.0),
    ],
)
def test_expressions_mean_what_c_means(text: str, value: float, tmp_path: Path) -> None:
    path = tmp_path / "value.model"
    path.write_text(f"x_init = 0; diff_x = 0*x; y = x + ({text});\n")
    (result,) = evaluate([load(path).equations[0].expression], {"x": 0.0})
    assert float(result) == pytest.approx(value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("g*m*sv->h", "gg*m*sv->h", "'gg'"),
        ("exp(V/10)", "exq(V/10)", "Did you mean exp?"),
        ("I_Na *=", "I_K *=", "updated"),
        ("{ h_inf = 0.9; tau_h = 4; }", "{ h_inf = 0.9; }", "no value in one of the branches"),
        ("Ca_i_init = 0.1;", "", "no initial value"),
        ("tau_h = 5; }", "tau_h = 5; ", "breaks off"),
        ("I_Na = g", "E = g", "assigned twice"),
        ("Iion = I_Na;", "", "Iion has no value"),
        ("V_init = -80.;", "V_init = -80.", "unexpected"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.model"
    assert old in FILE
    path.write_text(FILE.replace(old, new, 1))
    with pytest.raises(FormatError) as caught:
        load(path)
    assert said in str(caught.value)
    assert str(caught.value.where).startswith(f"{path}:")
