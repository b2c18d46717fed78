"""A kernel writes the rows it owns and no other memory."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.machine import Array, call, packed_code_of
from troponin.kernels.kernel import compile_model
from troponin.kernels.program import Program, slot_symbol, stores
from troponin.kernels.target import host
from troponin.library.catalogue import load_library

MARGIN = 4096
UNTOUCHED = 7.25


def fenced(rows: int, values: object = UNTOUCHED) -> tuple[Array, Array]:
    """An array of that many rows, and the memory it lies in, filled with one number on both sides."""
    memory = np.full(rows + 2 * MARGIN, UNTOUCHED)
    inside = memory[MARGIN : MARGIN + rows]
    inside[:] = values
    return inside, memory


def untouched(memory: Array) -> bool:
    return bool((memory[:MARGIN] == UNTOUCHED).all() and (memory[-MARGIN:] == UNTOUCHED).all())


def test_a_vector_of_rows_is_stored_where_its_rows_are() -> None:
    width = host().width
    first = 3 * width + 1
    x = [slot_symbol("y", i) for i in range(width)]
    program = Program("monitor", stores("out", [1.0 / (1.0 + node * node) for node in x], first))
    out, memory = fenced(first + width)
    y = np.linspace(0.1, 2.0, width)
    code = packed_code_of(program)
    call(code.address("monitor"), np.zeros(1), y, np.zeros(1), np.zeros(1), np.zeros(1), out)
    assert untouched(memory)
    assert (out[:first] == UNTOUCHED).all()
    np.testing.assert_allclose(out[first:], 1.0 / (1.0 + y**2), rtol=1e-15)


@pytest.mark.parametrize("name", ["tomek-2020", "ten-tusscher-panfilov-2006"])
def test_a_linear_system_is_solved_in_place_and_nothing_else_is_written(name: str) -> None:
    model = load_library(name)
    kernel = compile_model(model)
    n = kernel.n
    y = np.array([state.initial for state in model.states])
    k = kernel.constants([parameter.value for parameter in model.parameters])
    tau, u, q, c = np.zeros(1), np.zeros(1 + 4 * kernel.n_inputs), np.zeros(1), np.array([0.1])
    (dy, dy_all), (jacobian, jacobian_all), (ft, ft_all) = fenced(n), fenced(kernel.nnz), fenced(n)
    lu, lu_all = fenced(kernel.nnz_lu)
    x, x_all = fenced(n, 1.0)
    call(kernel.jac, tau, y, u, k, q, dy, jacobian, ft)
    call(kernel.factor, jacobian, c, lu)
    call(kernel.solve, lu, x)
    assert all(untouched(memory) for memory in (dy_all, jacobian_all, ft_all, lu_all, x_all))

    matrix = np.eye(n)
    rows, columns = np.array(kernel.pattern).T
    matrix[rows, columns] -= c[0] * jacobian
    # what is lost by elimination without pivoting, against the sizes of the terms that make up each equation
    assert np.abs(matrix @ x - 1.0).max() < 1e-10 * (np.abs(matrix) @ np.abs(x)).max()
