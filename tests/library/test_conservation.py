"""Charge is neither made nor lost in the cells of the library, but where an ion is held fixed."""

import numpy as np
import pytest

from troponin import BDF, Save, simulate
from troponin.expr.evaluate import evaluate
from troponin.library.catalogue import load_library
from troponin.model.audit import leaks
from troponin.model.model import Model
from troponin.model.structure import flatten
from troponin.protocol import pacing

CLOSED = [
    *(("ten-tusscher-panfilov-2006", variant) for variant in ("endo", "M", "epi")),
    *(("ohara-rudy-2011", variant) for variant in ("endo", "mid", "epi")),
    *(("tomek-2020", variant) for variant in ("endo", "mid", "epi")),
]


def charge(model: Model, states: dict[str, np.ndarray]) -> np.ndarray:
    """The conserved charge [nC] along states."""
    (invariant,) = [x for x in model.invariants if x.name == "charge"]
    values = {p.name: p.value for p in model.parameters} | {i.name: i.value for i in model.inputs} | states
    flat = flatten(model)
    known = dict(zip(flat.values, evaluate(flat.values.values(), values), strict=True))
    return np.asarray(evaluate([invariant.expression], {**values, **known})[0])


@pytest.mark.parametrize(("name", "variant"), CLOSED)
def test_no_flow_lets_charge_leak(name: str, variant: str) -> None:
    model = load_library(name, variant)
    assert any(invariant.name == "charge" for invariant in model.invariants)
    assert leaks(model) == ()


def test_the_coupled_cell_leaks_charge_through_its_chloride_and_nothing_else() -> None:
    found = leaks(load_library("torord-land"))
    assert {leak.flow for leak in found} == {"IClCa.IClCa", "IClb.IClb"}
    assert all(leak.rate != 0.0 for leak in found)


@pytest.mark.parametrize("name", ["ten-tusscher-panfilov-2006", "ohara-rudy-2011", "tomek-2020"])
def test_charge_is_constant_over_100_paced_beats(name: str) -> None:
    model = load_library(name)
    beat = pacing.regular("1000 ms", beats=100)
    states = [state.name for state in model.states]
    run = simulate(model, beat, solver=BDF(rtol=1e-9), save=Save(states, every="10 ms"))
    trace = {state: run[state].to_numpy() for state in states}
    kept = charge(model, trace)
    swing = np.ptp(trace[model.meanings["v"]]) * 0.1534e-3  # what a beat moves on and off the membrane [nC]

    assert np.ptp(kept) < 1e-4 * swing
