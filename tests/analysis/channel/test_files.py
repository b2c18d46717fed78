"""Channels of published model files, whose authors name and write them as they like."""

from __future__ import annotations

import numpy as np
import pytest

from tests.formats.conformance import SHARED
from troponin.analysis.channel.clamp import at_rest, open_clamp, states_along
from troponin.analysis.channel.linear import flow
from troponin.analysis.channel.numerical import open_bench, solved
from troponin.analysis.channel.peak import peak_of
from troponin.formats.registry import load
from troponin.solvers.method import Rosenbrock

FOLDER = SHARED / "corpus" / "cellml"
STEPS = np.array([-60.0, -20.0, 20.0])

CHANNELS = [
    ("courtemanche_ramirez_nattel_1998", "i_Kur", 2),
    ("grandi_pasqualini_bers_2010_ss", "I_tos", 2),
    ("luo_rudy_1991", "i_si", 2),
    ("nygren_atrial_model_1998", "i_Na", 3),
    ("ohara_rudy_cipa_v1_2017", "IKr", 9),
    ("zhang_SAN_model_2000_0D_capable", "i_K_r", 3),
]


@pytest.mark.parametrize(("name", "current", "count"), CHANNELS, ids=[name for name, _, _ in CHANNELS])
def test_a_channel_of_a_file_is_solved_exactly_as_the_solver_does(name: str, current: str, count: int) -> None:
    path = FOLDER / f"{name}.cellml"
    if not path.exists():
        pytest.skip(f"{path.name} is absent")
    clamp = open_clamp(load(path), current, (), ())
    assert len(clamp.patch.states) == count
    assert clamp.method == "exact"
    assert clamp.form is not None
    assert np.isfinite(flow(clamp.form, STEPS).matrix).all()
    start = np.repeat(at_rest(clamp, np.array([-80.0])), len(STEPS), axis=0)
    exact = states_along(clamp, STEPS, start, [(1.0, 1), (99.0, 1)])
    found = solved(open_bench(clamp.patch, Rosenbrock(rtol=1e-10)), STEPS, start, np.array([0.0, 1.0, 100.0]))
    np.testing.assert_allclose(found, exact, rtol=0.0, atol=1e-9)
    assert np.isfinite(peak_of(clamp, STEPS, start, 100.0).current).all()
    for block in clamp.form.blocks:
        if len(block) > 1:
            sums = exact[:, :, list(block)].sum(axis=2)
            np.testing.assert_allclose(sums, sums[:1, :1] * np.ones_like(sums), rtol=0.0, atol=1e-13)
