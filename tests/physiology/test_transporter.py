"""Pumps and exchangers: stoichiometry decides what each ion carries."""

from __future__ import annotations

import pytest

from tests.physiology.cells import CA, CL, NA, K
from troponin.errors import ModelError
from troponin.physiology.transporter import Transporter


def test_the_sodium_potassium_pump_carries_three_of_sodium_and_minus_two_of_potassium() -> None:
    assert Transporter("INaK", 1.0, moves={NA: 3, K: -2}).shares == {NA: 3.0, K: -2.0}


def test_the_sodium_calcium_exchanger_carries_three_of_sodium_and_minus_two_of_calcium() -> None:
    exchanger = Transporter("INaCa", 1.0, moves={NA: -3, CA: 1})
    assert exchanger.shares == {NA: 3.0, CA: -2.0}
    assert exchanger.net_charge == -1


def test_turning_all_signs_changes_nothing() -> None:
    assert Transporter("INaCa", 1.0, moves={NA: 3, CA: -1}).shares == {NA: 3.0, CA: -2.0}


def test_a_calcium_pump_carries_all_of_its_current() -> None:
    assert Transporter("IpCa", 1.0, moves={CA: 1}).shares == {CA: 1.0}


def test_shares_add_up_to_the_net_current() -> None:
    shares = Transporter("X", 1.0, moves={NA: 2, K: 1, CL: 2, CA: 1}).shares
    assert sum(float(x) for x in shares.values()) == pytest.approx(1.0, rel=1e-15)  # type: ignore[arg-type]


def test_an_electroneutral_carrier_has_no_current() -> None:
    with pytest.raises(ModelError, match="Write a Flux"):
        Transporter("NKCC", 1.0, moves={NA: 1, K: 1, CL: 2})
