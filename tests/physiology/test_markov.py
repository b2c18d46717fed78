"""Markov channels: occupancy is conserved, identical gates make a binomial chain, loops in equilibrium do not turn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.physiology.motion import move
from troponin.errors import ModelError, UnknownNameError
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import exp
from troponin.expr.nodes import Symbol
from troponin.model.derivatives import derivatives
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel
from troponin.physiology.gate import Gate, v
from troponin.physiology.markov import Markov, circulating, loops, net_rate

ALPHA, BETA = 0.3 * exp(v / 25), 0.2 * exp(-v / 40)


def binomial(n: int, p: float, eliminate: str | None = None) -> Markov:
    """n identical gates as a chain: S0 <-> S1 <-> ... <-> Sn with rates (n - i) alpha and (i + 1) beta."""
    states = {f"S{i}": math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(n + 1)}
    rates = {(f"S{i}", f"S{i + 1}"): ((n - i) * ALPHA, (i + 1) * BETA) for i in range(n)}
    return Markov("IX", states, rates, eliminate)


@pytest.mark.parametrize("eliminate", [None, "S0"])
def test_a_binomial_chain_opens_as_the_power_of_a_gate(eliminate: str | None) -> None:
    chain, m = binomial(3, 0.15, eliminate), Gate("m", alpha=ALPHA, beta=BETA, initial=0.15)
    cell = Cell("both", capacitance="1e30 uF/cm^2", v="-10 mV")
    cell.add(Channel("IX", reversal="0 mV", conductance="1 mS/cm^2", open=chain["S3"]))
    cell.add(Channel("IY", reversal="0 mV", conductance="1 mS/cm^2", open=m**3))
    _, states = move(cell.build(), 8.0, every=0.25, rtol=1e-11)
    np.testing.assert_allclose(states["IX.S3"], states["IY.m"] ** 3, rtol=1e-7)
    assert ("IX.S0" in states) is (eliminate is None)


def test_occupancy_is_conserved() -> None:
    chain = binomial(4, 0.3)
    cell = Cell("occupancy", capacitance="1 uF/cm^2", v="-30 mV")
    cell.add(Channel("IX", reversal="40 mV", conductance="0.1 mS/cm^2", open=chain["S4"]))
    model = cell.build()
    rates = derivatives(model, {"IX.S0": 0.7, "IX.S3": 0.2})
    occupancies = [rates[f"IX.S{i}"] for i in range(5)]
    assert sum(occupancies) == pytest.approx(0.0, abs=1e-15)
    assert max(map(abs, occupancies)) > 0.1


def test_what_leaves_a_state_enters_another() -> None:
    chain = Markov("IKr", {"C": 1.0, "O": 0.0, "I": 0.0}, {("C", "O"): (0.5, 0.25), ("O", "I"): (2.0, 1.0)})
    values = {"IKr.C": 0.5, "IKr.O": 0.3, "IKr.I": 0.2}
    rates = [float(evaluate([net_rate(chain, s)], values)[0]) for s in ("C", "O", "I")]
    assert rates == pytest.approx([-0.175, 0.175 - 0.4, 0.4], rel=1e-14)


def triangle(factor: float) -> Markov:
    """Three states in a ring whose loop is balanced where the factor is 1."""
    a, b, c = exp(v / 20), exp(-v / 30), exp(v / 50) * Symbol("drug.k")
    rates = {("A", "B"): (2 * a, b), ("B", "C"): (3 * c, a), ("C", "A"): (factor * b * a, 6 * a * c)}
    return Markov("R", {"A": 1.0, "B": 0.0, "C": 0.0}, rates)


def test_a_balanced_loop_does_not_circulate() -> None:
    assert circulating(triangle(1.0), {"drug.k": 0.7}) == ()
    assert [set(states) for states, _ in loops(triangle(1.0))] == [{"A", "B", "C"}]


def test_an_unbalanced_loop_is_found() -> None:
    found = circulating(triangle(1.1), {"drug.k": 0.7})
    assert [set(states) for states in found] == [{"A", "B", "C"}]


def test_a_chain_without_a_ring_has_no_loop() -> None:
    assert loops(binomial(5, 0.2)) == []


def test_a_square_of_two_independent_gates_is_balanced() -> None:
    rates = {
        ("00", "10"): (ALPHA, BETA),
        ("01", "11"): (ALPHA, BETA),
        ("00", "01"): (0.1 + exp(v), 0.2),
        ("10", "11"): (0.1 + exp(v), 0.2),
    }
    square = Markov("S", {"00": 1.0, "01": 0.0, "10": 0.0, "11": 0.0}, rates)
    assert len(loops(square)) == 1
    assert circulating(square, voltages=(-80.0, 0.0, 40.0)) == ()


def test_a_jump_without_a_way_back_closes_no_loop() -> None:
    rates = {("A", "B"): (1.0, 1.0), ("B", "C"): (1.0, 1.0), ("C", "A"): 0.3}
    assert loops(Markov("R", {"A": 1.0, "B": 0.0, "C": 0.0}, rates)) == []


def test_jumps_given_twice_add_up() -> None:
    rates = {("A", "B"): (1.0, 0.4), ("B", "A"): (0.6, 1.0), ("B", "C"): (1.0, 1.0), ("C", "A"): (1.0, 2.0)}
    chain = Markov("R", {"A": 0.5, "B": 0.3, "C": 0.2}, rates)
    values = {"R.A": 0.5, "R.B": 0.3, "R.C": 0.2}
    leaves = 0.5 * (1.0 + 1.0 + 2.0)
    assert float(evaluate([net_rate(chain, "A")], values)[0]) == pytest.approx(0.3 + 0.2 - leaves, rel=1e-14)
    assert circulating(chain) == ()  # 2 x 1 x 1 one way, 2 x 1 x 1 the other


def test_occupancies_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ModelError, match="add up to 1"):
        Markov("R", {"A": 0.5, "B": 0.4}, {("A", "B"): (1.0, 1.0)})


def test_an_unknown_state_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean Open"):
        Markov("R", {"Open": 1.0, "Shut": 0.0}, {("Open", "Shut"): (1.0, 1.0)})["open"]
    with pytest.raises(UnknownNameError, match="Markov chain R"):
        Markov("R", {"A": 1.0}, {("A", "B"): (1.0, 1.0)})
