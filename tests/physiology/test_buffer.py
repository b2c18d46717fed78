"""Buffers: binding by the law of mass action, and its limit where binding is fast."""

from __future__ import annotations

import numpy as np
import pytest

from tests.physiology.cells import CA
from tests.physiology.motion import move
from troponin.expr.calculus import derivative
from troponin.expr.evaluate import evaluate
from troponin.expr.nodes import Symbol
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Model
from troponin.physiology.buffer import KineticBuffer, RapidBuffer, rapid_bound, rapid_capacity
from troponin.physiology.cell import Cell
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.flux import Flux
from troponin.units import mM, ms


def bathed(kind: str, *, speed: float = 1.0, initial: str | None = None) -> Model:
    """A space with 1 uM of calcium that flows in at 1e-5 mM/ms, and 0.1 mM of sites with a K of 2 uM."""
    space = Compartment("i", "10 pL")
    cell = Cell("bathed", inside=space)
    cai = Concentration("cai", CA, space, initial="1 uM")
    cell.add(cai, Flux("leak.J", CA, 1e-5 * mM / ms, source=None, sink=space))
    if kind == "rapid":
        cell.add(RapidBuffer("CMDN", cai, "0.1 mM", "2 uM"))
    else:
        cell.add(KineticBuffer("TRPN", cai, "0.1 mM", f"{50 * speed} 1/(mM*ms)", f"{0.1 * speed} 1/ms", initial))
    return cell.build()


def test_a_kinetic_buffer_binds_free_sites_and_lets_go_of_bound_ones() -> None:
    model = bathed("kinetic", initial="0.04 mM")
    binding = 50.0 * 1e-3 * (0.1 - 0.04) - 0.1 * 0.04
    assert intermediates(model)["TRPN.J"] == pytest.approx(binding, rel=1e-13)
    rates = derivatives(model)
    assert rates["TRPN.TRPN"] == pytest.approx(binding, rel=1e-13)
    assert rates["Ca.cai"] == pytest.approx(1e-5 - binding, rel=1e-12)


def test_a_kinetic_buffer_starts_in_equilibrium_where_nothing_else_is_said() -> None:
    model = bathed("kinetic")
    assert model["TRPN.TRPN"].value == pytest.approx(0.1 * 1.0 / (1.0 + 2.0), rel=1e-14)
    assert intermediates(model)["TRPN.J"] == pytest.approx(0.0, abs=1e-17)


def test_a_rapid_buffer_takes_its_share_of_what_flows_in() -> None:
    share = 1.0 / (1.0 + 0.1 * 2e-3 / (2e-3 + 1e-3) ** 2)
    assert derivatives(bathed("rapid"))["Ca.cai"] == pytest.approx(1e-5 * share, rel=1e-13)


def test_a_rapid_buffer_is_what_a_kinetic_one_becomes_when_it_binds_fast() -> None:
    _, rapid = move(bathed("rapid"), 500.0, every=100.0)
    _, fast = move(bathed("kinetic", speed=1e4), 500.0, every=100.0)
    np.testing.assert_allclose(fast["Ca.cai"], rapid["Ca.cai"], rtol=1e-4)
    np.testing.assert_allclose(rapid["Ca.cai"] + 0.1 * rapid["Ca.cai"] / (rapid["Ca.cai"] + 2e-3),
                               1e-3 + 0.1 / 3.0 + 1e-5 * np.arange(0.0, 501.0, 100.0), rtol=1e-8)  # fmt: skip


def test_the_capacity_of_a_rapid_buffer_is_the_slope_of_what_it_binds() -> None:
    c = Symbol("c")
    slope = derivative(rapid_bound(0.07, 5e-4, c), c)
    both = evaluate([slope, rapid_capacity(0.07, 5e-4, c)], {"c": np.array([1e-5, 1e-4, 1e-3])})
    np.testing.assert_allclose(both[0], both[1], rtol=1e-13)
