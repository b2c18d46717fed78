"""Every way to end has a meaning and a remedy."""

import pytest

from troponin.solvers.status import Status


@pytest.mark.parametrize("status", Status)
def test_a_status_says_what_happened_and_what_to_do(status):
    assert status.meaning[0].islower()
    assert status.remedy[0].isupper()
    assert status.remedy.endswith(".")
