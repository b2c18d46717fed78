"""Compiled loops that call a kernel by its address again and again, for timing."""
# mypy: disable-error-code="no-untyped-def, untyped-decorator"

from __future__ import annotations

import numba

from troponin.solvers.address import call2, call3, call6, call8

__all__ = ["repeat2", "repeat3", "repeat6", "repeat8", "sweep3", "sweep6"]


@numba.njit(nogil=True)
def repeat2(times, function, a, b):
    """Call a function of two arrays."""
    for _ in range(times):
        call2(function, a, b)


@numba.njit(nogil=True)
def repeat3(times, function, a, b, c):
    """Call a function of three arrays."""
    for _ in range(times):
        call3(function, a, b, c)


@numba.njit(nogil=True)
def repeat6(times, function, a, b, c, d, e, f):
    """Call a function of six arrays."""
    for _ in range(times):
        call6(function, a, b, c, d, e, f)


@numba.njit(nogil=True)
def repeat8(times, function, a, b, c, d, e, f, g, h):
    """Call a function of eight arrays."""
    for _ in range(times):
        call8(function, a, b, c, d, e, f, g, h)


@numba.njit(nogil=True)
def sweep3(times, blocks, stride, function, y, x):
    """Step every block of cells by a function (y, x, y), block after block; stride in bytes."""
    for _ in range(times):
        for block in range(blocks):
            place = y + block * stride
            call3(function, place, x, place)


@numba.njit(nogil=True)
def sweep6(times, blocks, stride, function, tau, y, u, k, q, h):
    """Step every block of cells by a function (tau, y, u, k, q, h), block after block; stride in bytes."""
    for _ in range(times):
        for block in range(blocks):
            call6(function, tau, y + block * stride, u, k, q, h)
