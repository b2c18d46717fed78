"""Code for other processors: what an older machine would run gives the same numbers here."""

import platform
import subprocess
import sys

import numpy as np
import pytest

from troponin.kernels import kernel as kernel_module
from troponin.kernels.cache import Cache
from troponin.kernels.kernel import compile_model
from troponin.kernels.target import Target, host, natural_lanes

from .machine import Cell
from .models import hodgkin_huxley, many_gates

TRIPLE = "x86_64-unknown-linux-gnu"
AVX2 = Target(TRIPLE, "haswell", "+avx2,+fma", 4, False, True)
OLD = Target(TRIPLE, "x86-64-v2", "-avx,-fma", 2, False, False)

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or host().width < 4, reason="needs a processor with AVX2"
)


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
@pytest.mark.parametrize("target", [AVX2, OLD], ids=["avx2", "old"])
@pytest.mark.parametrize("cell", [hodgkin_huxley(), many_gates()], ids=lambda m: m.name)
def test_code_for_an_older_processor_gives_the_same_numbers(cell, target, lanes, monkeypatch):
    y = [s.initial for s in cell.states]
    here = Cell(compile_model(cell, lanes=lanes, cache=Cache(None)), y)
    monkeypatch.setattr(kernel_module, "host", lambda: target)
    there = Cell(compile_model(cell, lanes=lanes, cache=Cache(None)), y)
    np.testing.assert_allclose(there.rates(), here.rates(), rtol=1e-11, atol=1e-12)
    for ours, theirs in zip(here.jacobian(), there.jacobian(), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-11, atol=1e-12)


def test_natural_lanes_are_the_doubles_of_one_register():
    assert natural_lanes() == host().width
    assert natural_lanes() in (2, 4, 8)


def test_kernels_compile_without_numba_or_scipy():
    script = (
        "import sys; from tests.kernels.models import hodgkin_huxley; "
        "from troponin.kernels.kernel import compile_model; from troponin.kernels.cache import Cache; "
        "compile_model(hodgkin_huxley(), cache=Cache(None)); "
        "print(sorted({'numba', 'scipy', 'xarray', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
