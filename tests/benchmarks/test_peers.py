"""What the peers make of the equations that they are given."""

import numpy as np
import pytest
from peers import gcc_kernels, myokit_cvodes
from peers.equations import listing
from peers.pydiffsol_bdf import diffsl_text

from troponin.kernels.kernel import compile_model
from troponin.library.catalogue import load_library
from troponin.model.derivatives import derivatives
from troponin.solvers.address import call3

MODELS = ["beeler-reuter-1977", "tomek-2020"]


@pytest.mark.parametrize("name", MODELS)
def test_myokit_finds_our_derivatives_in_the_text_it_is_given(name) -> None:
    myokit = pytest.importorskip("myokit")
    model = load_library(name)
    # without `ignore_errors` an exponential that underflows to zero, as it should, is an error
    theirs = myokit.parse_model(myokit_cvodes.model_text(listing(model), 0.0)).evaluate_derivatives(ignore_errors=True)
    ours = [float(rate) for rate in derivatives(model).values()]
    np.testing.assert_allclose(theirs, ours, rtol=1e-8, atol=1e-12 * np.abs(ours).max())


@pytest.mark.skipif(not gcc_kernels.available(), reason="gcc is not installed")
def test_gcc_computes_our_rates_in_every_lane() -> None:
    model = load_library("beeler-reuter-1977")
    address = gcc_kernels.addresses(model, ["rhs"], lanes=4)["rhs"]
    y = np.repeat(np.array([[s.initial] for s in model.states]), 4, axis=1)
    x, found = np.zeros(3), np.zeros_like(y)
    _call(address, y.ctypes.data, x.ctypes.data, found.ctypes.data)
    ours = np.array([float(rate) for rate in derivatives(model).values()])
    np.testing.assert_allclose(found, np.repeat(ours[:, np.newaxis], 4, axis=1), rtol=1e-9, atol=1e-14)


def test_diffsl_names_every_state_in_order() -> None:
    model = load_library("beeler-reuter-1977")
    text = diffsl_text(listing(model))
    declared = next(line for line in text.splitlines() if line.startswith("u_i"))
    assert declared.count("=") == len(model.states)
    assert [f"y{i}b" for i in range(len(model.states))] == [
        part.split(" = ")[1].strip(" }") for part in declared.split(",")
    ]


def test_instructions_of_a_kernel_are_counted_by_kind_and_width() -> None:
    machine_code = pytest.importorskip("machine_code")
    if not machine_code.available():
        pytest.skip("objdump is not installed")
    from troponin.kernels.engine import compile_object
    from troponin.kernels.target import host

    if not host().triple.startswith("x86_64"):
        pytest.skip("instructions are told apart for x86-64 only")
    text = (
        f'target triple = "{host().triple}"\n'
        "define void @f(ptr %p) {\n"
        "  %a = load <2 x double>, ptr %p, align 8\n"
        "  %b = fmul <2 x double> %a, %a\n"
        "  %c = fdiv <2 x double> %b, %a\n"
        "  store <2 x double> %c, ptr %p, align 8\n"
        "  ret void\n}\n"
    )
    assert machine_code.instructions(compile_object(text, host())) == {"f": {("multiply", 2): 1, ("divide", 2): 1}}


def test_kernels_of_the_benchmarks_are_those_of_the_package() -> None:
    from cases import case_of

    case = case_of("beeler-reuter-1977", beats=2)
    assert case.kernel.pattern == compile_model(case.model).pattern
    assert case.table.start[0] == 0.0
    assert case.table.start[2] == case.bcl  # the second stimulus, to the bit
    assert case.stimulus == (-25.0, 2.0)


def _call(address: int, *arrays: int) -> None:
    import numba

    @numba.njit
    def once(function, a, b, c):
        call3(function, a, b, c)

    once(address, *arrays)
