"""The same equations as C, made by gcc -O3 -ffast-math -march=native.  Needs: gcc with libmvec (glibc 2.35 or later).

Parameters are literals, so that the compiler folds what it can; the loop over the lanes of a block is vectorised with
the vector functions of libmvec (4 ulp).  Each function takes (y[n][W], x, out[n][W]) with x = (stimulus, time, step).
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from peers.equations import Spelling, named_once, spell

from troponin.expr.graph import substitute
from troponin.expr.nodes import Node, Number, Symbol
from troponin.expr.operations import Operation as Op
from troponin.expr.singular import expand
from troponin.kernels.stepping import state_later
from troponin.model.model import Model, Role
from troponin.model.structure import flatten

__all__ = ["FLAGS", "NEEDS", "WIDTHS", "addresses", "available", "rows_of"]

NEEDS = "gcc"

FLAGS = ("-O3", "-ffast-math", "-march=native", "-fopenmp-simd", "-fPIC")

WIDTHS = (256, 512)
"""Bits of the vector registers that gcc is told to prefer; it is slower with 512 on some models, faster on others."""


def available() -> bool:
    """Whether gcc is on the path."""
    return shutil.which("gcc") is not None


def rows_of(model: Model, what: str) -> list[Node]:
    """The rates ("rhs") or the state a step later ("rush_larsen", "grl1") in states, stimulus, time and step alone."""
    flat = flatten(model)
    states = [Symbol(s.name) for s in model.states]
    rows = list(flat.rates) if what == "rhs" else state_later(what, flat.rates, states, Symbol("step"), {})
    literals: dict[Node, Node] = {Symbol(p.name): Number(p.value) for p in model.parameters}
    literals |= {Symbol(i.name): Symbol(i.role) for i in model.inputs if i.role in (Role.TIME, Role.STIMULUS)}
    return [substitute(row, literals) for row in expand(rows)]


def addresses(model: Model, wanted: Sequence[str], lanes: int, vector_bits: int = 512) -> Mapping[str, int]:
    """The addresses of the functions `wanted`, for blocks of so many lanes; the code stays loaded."""
    source = "#include <math.h>\n" + "\n".join(_function(model, what, lanes) for what in wanted)
    folder = Path(tempfile.mkdtemp(prefix="peer-gcc-"))
    (folder / "cell.c").write_text(source)
    width = f"-mprefer-vector-width={vector_bits}"
    subprocess.run(["gcc", *FLAGS, width, "-c", "cell.c", "-o", "cell.o"], cwd=folder, check=True)
    # linked without -ffast-math, which would make loading it flush denormals in the whole process, ours included
    subprocess.run(["gcc", "-shared", "cell.o", "-o", "cell.so", "-lm"], cwd=folder, check=True)
    library = ctypes.CDLL(str(folder / "cell.so"))
    shutil.rmtree(folder)
    return {what: ctypes.cast(getattr(library, what), ctypes.c_void_p).value or 0 for what in wanted}


def _function(model: Model, what: str, lanes: int) -> str:
    shared, rows = named_once(rows_of(model, what))
    names = {s.name: f"y{i}" for i, s in enumerate(model.states)} | {name: f"w{i}" for i, name in enumerate(shared)}
    names |= {"stimulus": "stimulus", "time": "time", "step": "step"}
    body = [f"double y{i} = y[{i * lanes} + l];" for i in range(len(model.states))]
    body += [f"double {names[name]} = {spell(root, names, SPELLING, 'C')};" for name, root in shared.items()]
    body += [f"out[{i * lanes} + l] = {spell(root, names, SPELLING, 'C')};" for i, root in enumerate(rows)]
    inner = "\n        ".join(body)
    return (
        f"void {what}(const double *restrict y, const double *restrict x, double *restrict out) {{\n"
        "    const double stimulus = x[0], time = x[1], step = x[2];\n"
        f"    #pragma omp simd\n    for (int l = 0; l < {lanes}; l++) {{\n        {inner}\n    }}\n}}\n"
    )


def _infix(sign: str) -> Callable[[str, str], str]:
    return lambda a, b: f"({a} {sign} {b})"


def _call(name: str) -> Callable[..., str]:
    return lambda *args: f"{name}({', '.join(args)})"


SPELLING: Spelling = {
    **{op: _infix(s) for op, s in ((Op.ADD, "+"), (Op.SUB, "-"), (Op.MUL, "*"), (Op.DIV, "/"))},
    **{op: _infix(s) for op, s in ((Op.LT, "<"), (Op.LE, "<="), (Op.GT, ">"), (Op.GE, ">="), (Op.EQ, "=="))},
    **{op: _infix(s) for op, s in ((Op.NE, "!="), (Op.AND, "&&"), (Op.OR, "||"))},
    **{op: _call(op.spelling) for op in (Op.SQRT, Op.FLOOR, Op.CEIL, Op.EXP, Op.LOG, Op.LOG10, Op.POW)},
    **{op: _call(op.spelling) for op in (Op.SIN, Op.COS, Op.TAN, Op.ASIN, Op.ACOS, Op.ATAN)},
    **{op: _call(op.spelling) for op in (Op.SINH, Op.COSH, Op.TANH, Op.ASINH, Op.ACOSH, Op.ATANH)},
    Op.REMAINDER: _call("fmod"),
    Op.ABS: _call("fabs"),
    Op.MIN: _call("fmin"),
    Op.MAX: _call("fmax"),
    Op.NEG: lambda a: f"(-{a})",
    Op.NOT: lambda a: f"(!{a})",
    Op.EXPM1: lambda a: f"(exp({a}) - 1.0)",
    Op.SELECT: lambda c, a, b: f"({c} ? {a} : {b})",
}
