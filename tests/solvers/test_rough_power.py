"""The quick power against the exact one."""

from hypothesis import example, given
from hypothesis import strategies as st

from troponin.solvers.rough_power import rough_power


@given(x=st.floats(1e-280, 1e280), p=st.floats(0.05, 1.0))
@example(x=1.0, p=0.5)
@example(x=2.0, p=1.0)
@example(x=1.0 - 2.0**-53, p=0.25)
def test_a_rough_power_has_four_digits(x, p):
    assert abs(rough_power(x, p) / x**p - 1) < 1e-4


def test_nothing_to_any_power_is_nothing():
    assert rough_power(0.0, 0.25) == 0.0


@given(x=st.floats(1e-9, 1e9), p=st.sampled_from([1 / 4, 1 / 6, 1 / 12]))
def test_a_larger_number_never_has_a_smaller_power(x, p):
    assert rough_power(x * (1 + 1e-3), p) >= rough_power(x, p)
