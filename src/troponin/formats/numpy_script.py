"""A model as a stand-alone Python script: NumPy and SciPy, nothing of ours."""

from __future__ import annotations

import builtins
import re
from keyword import kwlist

from troponin.expr.bernoulli import series
from troponin.expr.graph import order_by_dependency, symbols
from troponin.expr.nodes import Number, Symbol
from troponin.expr.operations import Operation
from troponin.formats.naming import flat_names
from troponin.formats.printing import Notation, print_expression
from troponin.formats.written import lines_of, time_of
from troponin.model.model import Model

__all__ = ["NOTATION", "write_numpy"]

_Op = Operation
_RESERVED = {
    "np",
    "states",
    "parameters",
    "initial",
    "rates",
    "t",
    "y",
    "p",
    "solve_ivp",
    "bernoulli",
    *kwlist,
    *dir(builtins),
}


def _number(number: Number) -> str:
    return f"float({str(number.value)!r})" if number.value in (float("inf"), float("-inf")) else repr(number.value)


NOTATION = Notation(
    infix={
        _Op.ADD: (" + ", 50),
        _Op.SUB: (" - ", 50),
        _Op.MUL: (" * ", 60),
        _Op.DIV: (" / ", 60),
        _Op.LT: (" < ", 40),
        _Op.LE: (" <= ", 40),
        _Op.GT: (" > ", 40),
        _Op.GE: (" >= ", 40),
        _Op.EQ: (" == ", 40),
        _Op.NE: (" != ", 40),
    },
    prefix={_Op.NEG: ("-", 70)},
    calls={
        _Op.POW: "np.power",
        _Op.SQRT: "np.sqrt",
        _Op.ABS: "np.abs",
        _Op.FLOOR: "np.floor",
        _Op.CEIL: "np.ceil",
        _Op.REMAINDER: "np.fmod",
        _Op.MIN: "np.minimum",
        _Op.MAX: "np.maximum",
        _Op.EXP: "np.exp",
        _Op.EXPM1: "np.expm1",
        _Op.LOG: "np.log",
        _Op.LOG10: "np.log10",
        _Op.SIN: "np.sin",
        _Op.COS: "np.cos",
        _Op.TAN: "np.tan",
        _Op.ASIN: "np.arcsin",
        _Op.ACOS: "np.arccos",
        _Op.ATAN: "np.arctan",
        _Op.SINH: "np.sinh",
        _Op.COSH: "np.cosh",
        _Op.TANH: "np.tanh",
        _Op.ASINH: "np.arcsinh",
        _Op.ACOSH: "np.arccosh",
        _Op.ATANH: "np.arctanh",
        _Op.AND: "np.logical_and",
        _Op.OR: "np.logical_or",
        _Op.NOT: "np.logical_not",
        _Op.SELECT: "np.where",
        _Op.BERNOULLI: "bernoulli",
    },
    number=_number,
)

_HEAD = '''"""{title}, written by Troponin as a script of NumPy and SciPy.

The state is a vector in the order of `states`; `rates(t, y, p)` is its derivative in units per {time}.
Run it for a trace of {duration} {time}.
"""

import numpy as np
from scipy.integrate import solve_ivp

states = {states}
initial = np.array({initial})
parameters = {parameters}


def bernoulli(x):
    """x / (exp(x) - 1), which is 1 at x = 0."""
    safe = np.where(np.abs(x) < 0.75, 1.0, x)
    return np.where(np.abs(x) < 0.75, {series}, safe / (np.exp(safe) - 1.0))


def rates(t, y, p=parameters):
    """dy/dt at a time, for one state vector and a dictionary of parameters."""
'''

_TAIL = """

if __name__ == "__main__":
    with np.errstate(all="ignore"):
        solution = solve_ivp(rates, (0.0, {duration}), initial, method="LSODA", rtol=1e-8, atol=1e-10, max_step={step})
    for name, value in zip(states, solution.y[:, -1]):
        print(f"{{name}} = {{value:.10g}}")
"""


def write_numpy(model: Model) -> str:
    """The text of a script that holds the model and runs it."""
    names = flat_names(model, lambda name: name not in _RESERVED)
    names[time_of(model).name] = "t"
    lines = lines_of(model, with_pacing=True)
    constants = {names[line.name]: line.value for line in lines if line.formula is None}
    per_ms = float(model.time_unit.scale) * 1000.0
    head = _HEAD.format(
        title=re.sub(r'["\\]', "", model.name),
        time=model.time_unit,
        duration=repr(1000.0 / per_ms),
        states=_listed([f"{s.name!r}" for s in model.states]),
        initial=_listed([repr(s.initial) for s in model.states]),
        parameters="{\n" + "".join(f"    {n!r}: {v!r},\n" for n, v in constants.items()) + "}",
        series=_series(),
    )
    formulas = {line.name: line.formula for line in lines if line.formula is not None}
    order, _ = order_by_dependency({n: [s.name for s in symbols(f)] for n, f in formulas.items()})
    body = [f"    {names[s.name]} = y[{i}]" for i, s in enumerate(model.states)]
    body += [f"    {name} = p[{name!r}]" for name in constants]
    body += [f"    {names[name]} = {print_expression(formulas[name], NOTATION, names)}" for name in order]
    rows = ["0.0" if s.rate is None else print_expression(s.rate, NOTATION, names) for s in model.states]
    body += ["    return np.array([", *(f"        {row}," for row in rows), "    ])"]
    return head + "\n".join(body) + "\n" + _TAIL.format(duration=repr(1000.0 / per_ms), step=repr(0.25 / per_ms))


def _listed(items: list[str]) -> str:
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def _series() -> str:
    return print_expression(series(Symbol("x"), 0), NOTATION, {})
