"""Several values in one option."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.cli.series import numbers, quantities
from troponin.errors import TroponinError, ValueRangeError
from troponin.units import ms, mV

times = st.floats(0.1, 1e4, allow_nan=False).map(lambda x: round(x, 3))


@given(st.lists(times, min_size=1, max_size=8))
def test_a_list_with_one_unit_at_its_end_is_read_back(values: list[float]) -> None:
    found = quantities(", ".join(map(str, values)) + " ms", ms, "--times")
    assert [q.to(ms).value for q in found] == values


@given(st.integers(-100, 100), st.integers(1, 20), st.integers(1, 30))
def test_a_range_holds_both_ends_and_equal_steps(first: int, by: int, count: int) -> None:
    last = first + by * count
    expected = [float(x) for x in range(first, last + 1, by)]
    assert [q.value for q in quantities(f"{first}:{last}:{by} mV", mV, "--steps")] == expected
    assert [q.value for q in quantities(f"{last}:{first}:{-by} mV", mV, "--steps")] == expected[::-1]


def test_steps_of_decimals_are_exact() -> None:
    assert numbers("0.9:1.1:0.05", "--stretch") == [0.9, 0.95, 1.0, 1.05, 1.1]


def test_units_may_differ_and_stand_once_for_those_before() -> None:
    found = quantities("100, 200 ms, 0.5 s", ms, "--times")
    assert [q.to(ms).value for q in found] == [100.0, 200.0, 500.0]


@given(st.text(max_size=12))
def test_whatever_is_written_there_is_an_answer_or_an_error_of_ours(text: str) -> None:
    with suppress(TroponinError):
        assert quantities(text, ms, "--times")


@pytest.mark.parametrize("text", ["1:2:0 ms", "1:2:-1 ms", "1:2:1e-9 ms"])
def test_a_step_that_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(ValueRangeError, match="does not lead"):
        quantities(text, ms, "--times")
