"""Myokit's mmt: its signs, nesting, aliases, functions, protocols, and what is refused, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from troponin.errors import FormatError
from troponin.expr.evaluate import evaluate
from troponin.formats.registry import load, read
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Model, Role, Stimulus
from troponin.units import parse_unit

FILE = '''[[model]]
name: small
desc: """
    A cell with everything that the format has.
    """
square(x) = x * x
# the state
cell.v = -80 + 1
cell.x = 0.5

"""
a text that belongs to nothing is a comment (
"""
[engine]
time = 0 [ms] in [ms] bind time
pace = 0
    bind pace

[cell]
use other.g as conductance, other.E
dot(v) = -(i + engine.pace * 10 [A/F]) : the membrane
    in [mV]
    label membrane_potential
i = conductance * (v - E) * (1
    + 0 * square(x)) # goes on
    in [A/F]
dot(x) = (inf - x) / tau
    inf = a / (a + 1)
        a = exp(v / 80 [mV])
            desc: nested twice
    tau = 5 [ms]
        in [ms]
    in [1]

[other]
g = 0.1 [mS/uF]
    in [mS/uF]
E = -90 in [mV]
back = dot(cell.v) * 2

[[protocol]]
# level start length period multiplier
1 10 0.5 1000 0
2 next 1 0 0

[[script]]
import os
[[model]] is only text here
'''


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.mmt"
    path.write_text(FILE.replace("1 10 0.5 1000 0\n2 next", "1 10 0.5 0 0\n2 next"))
    return path


def test_what_is_bound_to_the_pacing_rests_at_zero_whatever_value_it_is_given(tmp_path: Path) -> None:
    # as in Myokit, where the value that is bound takes the place of the one in the file
    path = tmp_path / "one.mmt"
    path.write_text(FILE.replace("pace = 0\n", "pace = 1\n").replace("\n2 next 1 0 0", ""))
    found = read(path)
    given = next(i for i in found.model.inputs if i.role == Role.STIMULUS)
    assert given.value == 0.0
    assert found.model.stimulus == Stimulus(1.0, 0.5)
    assert any("rests at 0: its value 1 is not used" in note.text for note in found.notes)


def test_everything_in_a_file_is_read(small: Path) -> None:
    found = read(small)
    model = found.model
    assert [s.name for s in model.states] == ["cell.v", "cell.x"]
    assert model.states[0].initial == -79.0
    assert model.states[0].doc == "the membrane"
    assert model.variable("v").unit == parse_unit("mV")
    assert {"cell.x.inf", "cell.x.inf.a", "cell.i", "other.back"} <= {e.name for e in model.equations}
    assert model.meanings["v"] == "cell.v"
    assert next(i.name for i in model.inputs if i.role == Role.STIMULUS) == "engine.pace"
    assert "import os" in found.aside["script"]
    assert model.stimulus == Stimulus(1.0, 0.5)


def test_the_numbers_are_those_of_the_formulas(small: Path) -> None:
    model = load(small)
    rest = derivatives(model, {"v": -80.0})
    assert rest["cell.v"] == pytest.approx(-0.1 * 10)
    assert intermediates(model, {"v": -80.0})["other.back"] == pytest.approx(-2.0)
    assert derivatives(model, {"v": -80.0}, 10.2)["cell.v"] == pytest.approx(-1 - 10)
    assert derivatives(model, {"v": -80.0}, 11.2)["cell.v"] == pytest.approx(-1 - 20)  # the event after it


def value_of(text: str, tmp_path: Path) -> float:
    path = tmp_path / "value.mmt"
    path.write_text(f"[[model]]\nc.x = 0\n[c]\ntime = 0 bind time\ndot(x) = 0\ny = x + ({text})\n")
    (result,) = evaluate([load(path).equations[0].expression], {"c.x": 0.0})
    return float(result)


@pytest.mark.parametrize(
    ("text", "value"),
    [  # values that Myokit 1.39.2 gives
        ("-2^2", -4.0),
        ("2^3^2", 64.0),
        ("2^-1", 0.5),
        ("7 // 2", 3.0),
        ("-7 // 2", -4.0),
        ("-7 % 3", 2.0),
        ("--2", 2.0),
        ("2 * -3", -6.0),
        ("log(8, 2)", 3.0),
        ("log10(1000)", 3.0),
        ("if(1 < 2, 5, 6)", 5.0),
        ("+2", 2.0),
        ("piecewise(1 > 2, 1, 2 > 1, 7, 9)", 7.0),
        ("if(not (1 < 2) or 3 > 2, 1, 0)", 1.0),
        ("floor(-1.5) + ceil(1.2)", 0.0),
        ("abs(-3) - sqrt(4)", 1.0),
        (".5 + 5.", 5.5),
        ("1e3", 1000.0),
    ],
)
def test_signs_bind_as_myokit_binds_them(text: str, value: float, tmp_path: Path) -> None:
    assert value_of(text, tmp_path) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("mV", "mV"),
        ("1", "1"),
        ("uF/cm^2", "uF/cm^2"),
        ("1/ms/mM", "1/ms/mM"),
        ("A/F", "A/F"),
        ("m/s (60)", "60*m/s"),
        ("1 (0.001)", "1/1000"),
        ("umol/L", "uM"),
        ("R", "ohm"),
    ],
)
def test_units_are_read(unit: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "units.mmt"
    path.write_text(f"[[model]]\nc.x = 0\n[c]\ntime = 0 [ms] bind time\ndot(x) = 0\nk = 1 in [{unit}]\n")
    assert load(path).variable("c.k").unit == parse_unit(expected)


def test_an_event_repeats_as_often_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "train.mmt"
    path.write_text(FILE.replace("1 10 0.5 1000 0\n2 next 1 0 0", "1 10 0.5 100 3"))
    model: Model = load(path)
    high = derivatives(model, {"v": -90.0}, 210.2)["cell.v"]
    low = derivatives(model, {"v": -90.0}, 310.2)["cell.v"]
    assert (high, low) == (pytest.approx(-10.0), pytest.approx(0.0, abs=1e-12))


REFUSED = {
    "an unknown name": ("conductance *", "conductanse *", "Did you mean", 24),
    "an unknown function": ("exp(v", "ekp(v", "Did you mean exp?", 28),
    "a second unit": ("    in [1]\n", "    in [1]\n    in [mV]\n", "second unit", 33),
    "an unknown unit": ("in [mV]\n    label", "in [mv]\n    label", "mV", 22),
    "a state without an initial value": ("cell.x = 0.5\n", "\n", "no initial value", 27),
    "an initial value of no state": ("cell.x = 0.5", "cell.y = 0.5", "no state", 9),
    "an open parenthesis": ("square(x)) # goes on", "square(x) # goes on", "never closed", 24),
    "a circle": ("tau = 5 [ms]", "tau = inf", "need each other", 28),
    "an event that is none": ("2 next 1 0 0", "2 next 1 0", "five numbers", 45),
    "a second definition": ("E = -90", "g = -90", "declared twice", 38),
    "a line that is none": ("    tau = 5", "    tau := 5", "", 0),
    "a section of another name": ("[[protocol]]", "[[protokol]]", "unknown section", 41),
}


@pytest.mark.parametrize("what", [w for w in REFUSED if REFUSED[w][3]])
def test_what_is_wrong_is_said_with_file_and_line(what: str, tmp_path: Path) -> None:
    old, new, said, line = REFUSED[what]
    text = FILE.replace("1 10 0.5 1000 0\n2 next", "1 10 0.5 0 0\n2 next")
    assert old in text
    if what == "a circle":
        new = "tau = inf\n    "
        text = text.replace("a / (a + 1)", "a / (tau + 1)")
    path = tmp_path / "wrong.mmt"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(FormatError) as caught:
        load(path)
    assert said in str(caught.value)
    first = str(caught.value.where)
    assert first.startswith(f"{path}:")
    assert abs(int(first.rpartition(":")[2]) - line) <= 3, first
