"""pydiffsol (diffsol, Rust; DiffSL compiled by LLVM) as a contender.  Needs: pip install pydiffsol.

The model is written in DiffSL; initial state and stimulus are its inputs, and each segment is one solve.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from cases import Case
from contender import Contender, Doubles
from peers.by_segments import contender
from peers.equations import Listing, Spelling, listing, spell

from troponin.expr.operations import Operation as Op

__all__ = ["NEEDS", "available", "contenders", "diffsl_text"]

NEEDS = "pip install pydiffsol"

TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)


def available() -> bool:
    """Whether pydiffsol can be imported."""
    return find_spec("pydiffsol") is not None


def contenders(case: Case) -> list[Contender]:
    """One contender for each tolerance: diffsol's BDF with a sparse Jacobian by automatic differentiation."""
    os.environ.setdefault("RAYON_NUM_THREADS", "1")  # one core for everybody; idle threads of its pool cost CPU time
    import pydiffsol

    for name in ("diffsl", "diffsol", "pydiffsol"):
        logging.getLogger(name).setLevel(logging.WARNING)  # another peer may have opened the root logger wide
    code, found = diffsl_text(listing(case.model)), []
    for rtol in TOLERANCES:
        ode = pydiffsol.Ode(code, matrix_type=pydiffsol.faer_sparse, ode_solver=pydiffsol.bdf)
        ode.rtol, ode.atol = rtol, 0.01 * rtol
        found.append(contender(case, "pydiffsol BDF", f"{rtol:.0e}", _Solver(ode), rtol))
    return found


@dataclass(frozen=True)
class _Solver:
    ode: Any

    def end(self, y: Doubles, level: float, length: float) -> Doubles:
        return np.ascontiguousarray(self.ode.solve(np.array([*y, level]), length).ys[:, -1])

    def steps(self, y: Doubles, level: float, length: float) -> tuple[Doubles, Doubles]:
        found = self.ode.solve(np.array([*y, level]), length)
        return found.ts, found.ys.T

    def at(self, y: Doubles, level: float, times: Doubles) -> Doubles:
        return np.ascontiguousarray(self.ode.solve_dense(np.array([*y, level]), times).ys.T)


def diffsl_text(source: Listing) -> str:
    """The model in DiffSL; names are letters and digits, since an underscore there begins an index."""
    plain = {name: f"q{number}a" for number, name in enumerate(source.names)}
    states = [name for name, _ in source.rates]
    starts = [f"y{number}b" for number in range(len(states))]
    given = [*starts, plain[source.stimulus]] if source.stimulus is not None else starts
    lines = ["in_i { " + ", ".join(f"{name} = 0" for name in given) + " }"]
    lines += [f"{plain[name]} {{ {value!r} }}" for name, value in source.parameters]
    lines += [f"{plain[name]} {{ {spell(root, plain, SPELLING, 'DiffSL')} }}" for name, root in source.constants]
    lines.append("u_i { " + ", ".join(f"{plain[n]} = {y}" for n, y in zip(states, starts, strict=True)) + " }")
    lines += [f"{plain[name]} {{ {spell(root, plain, SPELLING, 'DiffSL')} }}" for name, root in source.equations]
    lines.append("F_i {\n" + ",\n".join(spell(root, plain, SPELLING, "DiffSL") for _, root in source.rates) + "\n}")
    return "\n".join(lines) + "\n"


def _infix(sign: str) -> Callable[[str, str], str]:
    return lambda a, b: f"({a} {sign} {b})"


def _call(name: str) -> Callable[..., str]:
    return lambda *args: f"{name}({', '.join(args)})"


# DiffSL has no comparison: truth is a number, 1 or 0, and a choice a weighted sum
SPELLING: Spelling = {
    **{op: _infix(s) for op, s in ((Op.ADD, "+"), (Op.SUB, "-"), (Op.MUL, "*"), (Op.DIV, "/"))},
    **{op: _call(op.spelling) for op in (Op.SQRT, Op.ABS, Op.EXP, Op.LOG, Op.POW, Op.MIN, Op.MAX)},
    **{op: _call(op.spelling) for op in (Op.SIN, Op.COS, Op.TAN, Op.TANH, Op.SINH, Op.COSH)},
    Op.NEG: lambda a: f"(-{a})",
    Op.LOG10: lambda a: f"(log({a}) / {math.log(10.0)!r})",
    Op.EXPM1: lambda a: f"(exp({a}) - 1)",
    Op.GT: lambda a, b: f"heaviside({a} - {b})",
    Op.GE: lambda a, b: f"heaviside({a} - {b})",
    Op.LT: lambda a, b: f"(1 - heaviside({a} - {b}))",
    Op.LE: lambda a, b: f"(1 - heaviside({a} - {b}))",
    Op.EQ: lambda a, b: f"(heaviside({a} - {b}) * heaviside({b} - {a}))",
    Op.NE: lambda a, b: f"(1 - heaviside({a} - {b}) * heaviside({b} - {a}))",
    Op.AND: lambda a, b: f"({a} * {b})",
    Op.OR: lambda a, b: f"max({a}, {b})",
    Op.NOT: lambda a: f"(1 - {a})",
    Op.SELECT: lambda c, a, b: f"({c} * {a} + (1 - {c}) * {b})",
    Op.BERNOULLI: lambda a: f"({a} / (exp({a}) - 1))",
}
