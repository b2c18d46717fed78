from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from troponin.errors import ProtocolError, UnitError, UnknownNameError
from troponin.kernels.abi import INPUT_TERMS as KERNEL_TERMS
from troponin.kernels.abi import segment_size
from troponin.protocol import pacing
from troponin.protocol.segments import segments
from troponin.protocol.shapes import pulse, ramp
from troponin.protocol.table import INPUT_TERMS, tables, tabulate
from troponin.protocol.timeline import Protocol, rest
from troponin.units import DIMENSIONLESS, Unit, ms, parse_unit, s


@dataclass(frozen=True)
class Driven:
    role: str
    unit: Unit
    value: float = 0.0


CURRENT = Driven("stimulus", parse_unit("A/F"))
STRETCH = Driven("stretch", DIMENSIONLESS, 1.0)
RATE = Driven("stretch_rate", parse_unit("1/ms"))
TIME = Driven("time", ms)


def paced(beats: int = 3) -> Protocol:
    return pacing.regular("1000 ms", beats, amplitude="-53 A/F", duration="1 ms")


def test_a_table_has_the_layout_of_the_kernels() -> None:
    table = tabulate(paced(), [TIME, CURRENT, STRETCH])
    assert INPUT_TERMS == KERNEL_TERMS
    assert table.u.shape == (6, segment_size(3))
    assert table.start.tolist() == table.u[:, 0].tolist() == [0, 1, 1000, 1001, 2000, 2001]
    assert table.length.tolist() == [1, 999] * 3
    assert table.u[3].tolist() == [1001, 1001, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert table.u[4].tolist() == [2000, 2000, 1, 0, 0, -53, 0, 0, 0, 1, 0, 0, 0]
    assert table.segments == tuple(segments(paced()))


def test_a_model_in_seconds_and_other_units_gets_its_own() -> None:
    seconds = [
        Driven("time", s),
        Driven("stimulus", parse_unit("mA/F")),
        Driven("stretch", parse_unit("percent"), 100.0),
    ]
    protocol = paced() + ramp("1", "1.1", "50 ms", at="500 ms", role="stretch")
    table = tabulate(protocol, seconds, s)
    assert table.start.tolist() == [0, 0.001, 0.5, 0.55, 1, 1.001, 2, 2.001]
    assert table.length.tolist() == [0.001, 0.499, 0.05, 0.45, 0.001, 0.999, 0.001, 0.999]
    assert table.u[0, 5:9].tolist() == [-53000, 0, 0, 0]
    assert table.u[2, 9:13].tolist() == [100, 200, 0, 0]
    assert table.u[2, 1:5].tolist() == [0.5, 1, 0, 0]
    assert table.u[3, 9:13].tolist() == [100, 0, 0, 0]


def test_a_rate_follows_the_derivative_of_what_is_driven() -> None:
    table = tabulate(ramp("1", "1.1", "50 ms", role="stretch") + rest("60 ms"), [STRETCH, RATE])
    assert table.u[:, 1:].tolist() == [[1, 0.002, 0, 0, 0.002, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]]


def test_a_rate_that_is_driven_itself_is_left_alone() -> None:
    protocol = ramp("1", "1.1", "50 ms", role="stretch") + pulse("7 1/s", "50 ms", role="stretch_rate")
    table = tabulate(protocol, [STRETCH, RATE])
    assert table.u[0, 5] == 0.007


def test_every_number_is_correctly_rounded_however_late() -> None:
    protocol = pacing.regular("333.3 ms", 10**6, start="0.1 ms", amplitude="-53 A/F", duration="0.7 ms")
    table = tabulate(protocol, [CURRENT], start=protocol.duration - 400)
    assert table.start[-2] == float(Fraction("0.1") + 999_999 * Fraction("333.3"))
    assert table.length[-2] == 0.7


def test_tables_in_parts_are_the_whole() -> None:
    whole = tabulate(paced(7), [TIME, CURRENT])
    parts = list(tables(paced(7), [TIME, CURRENT], size=4))
    assert [len(part.length) for part in parts] == [4, 4, 4, 2]
    assert np.array_equal(np.concatenate([part.u for part in parts]), whole.u)
    assert np.array_equal(np.concatenate([part.length for part in parts]), whole.length)
    rest_of_it = tabulate(paced(7), [TIME, CURRENT], start=Fraction(2000))
    assert np.array_equal(rest_of_it.u, whole.u[4:])


def test_driving_what_a_model_lacks_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown input of the model 'strech'. Did you mean stretch"):
        tabulate(pulse("1", "1 ms", role="strech"), [CURRENT, STRETCH])
    with pytest.raises(UnitError, match="stimulus is driven in the wrong unit; got mV; expected A/F"):
        tabulate(pulse("1 mV", "1 ms"), [CURRENT])
    with pytest.raises(ProtocolError, match="cannot drive the time"):
        tabulate(pulse("1 ms", "1 ms", role="time"), [TIME])
