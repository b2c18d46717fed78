"""Powers to four digits in a few nanoseconds, for step sizes, where more digits would buy nothing.

A step of 0.7 us asks for three powers; the library's power, right to the last bit, takes 20 ns each.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator, misc"

from __future__ import annotations

import math
from typing import Any, Final

from llvmlite import ir
from numba import types

from troponin.solvers.address import emitted
from troponin.solvers.compilation import compiled

__all__ = ["rough_power"]

# log2(1 + t) = t (L0 + L1 t + ...) and 2^t = 1 + t (E0 + E1 t + ...) on [0, 1], both exact at the ends;
# least squares on Chebyshev points, errors 1.8e-5 and 5e-6.
_L: Final = (1.44183587, -0.708372152, 0.413555051, -0.191262512, 0.0442437413)
_E: Final = (0.693004881, 0.241539608, 0.0517660553, 0.0136894552)
_MANTISSA: Final = (1 << 52) - 1
_BIAS: Final = 1023
_TINY: Final = 1e-290


@emitted
def _bits(typingctx, x):
    """The bits of a double."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), build


@emitted
def _double(typingctx, bits):
    """The double with these bits."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), build


@compiled
def rough_power(x: float, p: float) -> float:
    """x**p within a relative error of 1e-4, for x >= 0 and |p log2 x| < 1000; 0 for x below 1e-290."""
    if x < _TINY:
        return 0.0
    bits = _bits(x)
    t = _double((bits & _MANTISSA) | (_BIAS << 52)) - 1.0
    log = (bits >> 52) - _BIAS + t * (_L[0] + t * (_L[1] + t * (_L[2] + t * (_L[3] + t * _L[4]))))
    whole = math.floor(p * log)
    t = p * log - whole
    result: float = _double((int(whole) + _BIAS) << 52) * (1.0 + t * (_E[0] + t * (_E[1] + t * (_E[2] + t * _E[3]))))
    return result
