"""Written and read back, a model is the same: names, units, values, meanings, and derivatives to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import ArrayLike, NDArray

from tests.formats.random_models import models
from troponin.expr.evaluate import evaluate
from troponin.formats.registry import load, save, write
from troponin.library.catalogue import describe, load_library, names
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Model, Role
from troponin.model.pacing import paced_input, pacing_value
from troponin.model.structure import flatten
from troponin.units import ms

EXTENSIONS = {"cellml": ".cellml", "cellml-1.1": ".cellml", "mmt": ".mmt", "gotran": ".ode", "easyml": ".model"}
FIRST = [pytest.param(name, describe(name).variants[0]) for name in names()]
OTHERS = [pytest.param(n, v, marks=pytest.mark.slow) for n in names() for v in describe(n).variants[1:]]


def trip(model: Model, kind: str, folder: Path) -> Model:
    path = folder / f"model{EXTENSIONS[kind]}"
    save(model, path, kind)
    return load(path)


def assert_same_description(back: Model, model: Model, *, besides: frozenset[str] = frozenset()) -> None:
    assert [s.name for s in back.states] == [s.name for s in model.states]
    for kind in ("states", "parameters", "inputs", "equations"):
        ours = {v.name: v for v in getattr(model, kind)}
        theirs = {v.name: v for v in getattr(back, kind) if v.name not in besides}
        assert sorted(theirs) == sorted(ours), kind
        for name, variable in ours.items():
            assert theirs[name].unit == variable.unit, name
            for value in ("initial", "value"):
                assert getattr(theirs[name], value, None) == getattr(variable, value, None), name
    assert {m: n for m, n in back.meanings.items() if n not in besides} == dict(model.meanings)
    assert back.stimulus == model.stimulus
    assert back.time_unit == model.time_unit
    assert (back.name, back.variant, back.main_currents) == (model.name, model.variant, model.main_currents)


def rates_at_several_states(model: Model, names: list[str]) -> dict[str, NDArray[np.float64]]:
    """d(state)/dt by name, each an array over states near the initial one and times."""
    dice = np.random.default_rng(7)
    initial = {s.name: s.initial for s in model.states}
    values: dict[str, ArrayLike] = {n: initial[n] * (1 + 0.02 * np.append(0, dice.random(3))) for n in names}
    times = np.array([0.0, 0.3, 10.2, 101.0]) * float(ms.scale / model.time_unit.scale)
    values |= {p.name: p.value for p in model.parameters}
    values |= {i.name: times if i.role == Role.TIME else i.value for i in model.inputs}
    driven = paced_input(model)
    if driven is not None and model.pacing is not None:
        values[driven.name] = [pacing_value(model, t) for t in times]
    rates = evaluate(flatten(model).rates, values)
    return {s.name: np.broadcast_to(rate, (4,)) for s, rate in zip(model.states, rates, strict=True)}


def assert_same_rates(back: Model, model: Model) -> None:
    names = sorted(s.name for s in model.states)
    ours, theirs = rates_at_several_states(model, names), rates_at_several_states(back, names)
    for name in names:
        told = ~np.isnan(ours[name])  # the smaller of a number and of none is told differently by different tools
        np.testing.assert_array_equal(theirs[name][told], ours[name][told], err_msg=name)


@pytest.mark.parametrize("kind", EXTENSIONS)
@pytest.mark.parametrize(("name", "variant"), FIRST + OTHERS)
def test_a_model_of_the_library_comes_back_to_the_last_bit(name: str, variant: str, kind: str, tmp_path: Path) -> None:
    model = load_library(name, variant)
    back = trip(model, kind, tmp_path)
    assert_same_description(back, model, besides=frozenset({"Iion"}))
    assert_same_rates(back, model)


@pytest.mark.parametrize("kind", EXTENSIONS)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(model=models())
def test_a_random_model_comes_back(kind: str, tmp_path: Path, model: Model) -> None:
    back = trip(model, kind, tmp_path)
    extra = frozenset({"Iion", "stimulus"}) if kind == "easyml" else frozenset()
    assert_same_description(back, model, besides=extra - set(model.variables))
    assert_same_rates(back, model)


def test_a_script_of_numpy_computes_the_same_rates(tmp_path: Path) -> None:
    model = load_library("hodgkin-huxley-1952", "squid")
    script: dict[str, object] = {"__name__": "script"}
    exec(compile(write(model, "numpy"), "script.py", "exec"), script)
    rates = script["rates"](0.0, script["initial"])  # type: ignore[operator]
    assert list(rates) == pytest.approx(list(derivatives(model).values()), rel=1e-12, abs=1e-15)


def test_latex_names_every_state_and_parameter() -> None:
    model = load_library("beeler-reuter-1977", "ventricular")
    text = write(model, "latex")
    assert text.count(r"\frac{d") >= len(model.states)
    assert text.count("{") == text.count("}")
    assert text.index(r"\begin{document}") < text.index(r"\end{document}")


def test_intermediates_come_back_too(tmp_path: Path) -> None:
    model = load_library("ten-tusscher-panfilov-2006", "epi")
    ours, theirs = intermediates(model), intermediates(trip(model, "cellml", tmp_path))
    assert ours == theirs
