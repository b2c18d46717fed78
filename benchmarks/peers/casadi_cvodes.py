"""CasADi with its CVODES plugin as a contender.  Needs: pip install casadi.

The expression graph is built from our Model; CasADi supplies the exact sparse Jacobian.  It does not tell its own
steps, so its error is looked at on a fine grid, which can only flatter it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
from cases import Case
from contender import Contender, Doubles
from peers.by_segments import contender, report_points
from peers.equations import Unspellable, listing

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation as Op

__all__ = ["NEEDS", "available", "contenders"]

NEEDS = "pip install casadi"

TOLERANCES = ((1e-3, 1e-5), (1e-4, 1e-6), (1e-5, 1e-7), (1e-6, 1e-8), (1e-8, 1e-10))


def available() -> bool:
    """Whether CasADi can be imported."""
    return find_spec("casadi") is not None


def contenders(case: Case) -> list[Contender]:
    """One contender for each pair of tolerances."""
    dae = _dae(case)
    return [
        contender(case, "CasADi CVODES", f"{rtol:.0e}/{atol:.0e}", _Solver(dae, rtol, atol), rtol)
        for rtol, atol in TOLERANCES
    ]


@dataclass(frozen=True)
class _Solver:
    dae: Mapping[str, Any]
    rtol: float
    atol: float
    built: dict[tuple[float, ...], Any] = field(default_factory=dict)

    def end(self, y: Doubles, level: float, length: float) -> Doubles:
        return np.array(self._solve(y, level, np.array([0.0, length]))[-1])

    def steps(self, y: Doubles, level: float, length: float) -> tuple[Doubles, Doubles]:
        times = report_points(length)
        return times, self.at(y, level, times)

    def at(self, y: Doubles, level: float, times: Doubles) -> Doubles:
        return np.vstack([y, self._solve(y, level, times)])

    def _solve(self, y: Doubles, level: float, times: Doubles) -> Doubles:
        """States [times - 1, states] after the first time; the integrator of a set of times is built once."""
        import casadi

        key = tuple(times)
        if key not in self.built:
            options = {"reltol": self.rtol, "abstol": self.atol, "max_num_steps": 1_000_000, "newton_scheme": "direct"}
            self.built[key] = casadi.integrator("cell", "cvodes", self.dae, times[0], list(times[1:]), options)
        return np.asarray(self.built[key](x0=y, p=level)["xf"]).T


def _dae(case: Case) -> dict[str, Any]:
    import casadi

    source = listing(case.model)
    x, level = casadi.SX.sym("x", len(source.rates)), casadi.SX.sym("level")
    values: dict[str, Any] = {name: casadi.SX(value) for name, value in source.parameters}
    values |= {name: x[i] for i, (name, _) in enumerate(source.rates)}
    if source.stimulus is not None:
        values[source.stimulus] = level
    for name, root in (*source.constants, *source.equations):
        values[name] = _built(root, values)
    return {"x": x, "p": level, "ode": casadi.vertcat(*(_built(root, values) for _, root in source.rates))}


def _built(root: Node, values: Mapping[str, Any]) -> Any:
    import casadi

    table = _operations(casadi)
    built: dict[Node, Any] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            built[node] = casadi.SX(node.value)
        elif isinstance(node, Symbol):
            built[node] = values[node.name]
        elif isinstance(node, Apply):
            if node.operation not in table:
                raise Unspellable(f"'{node.operation.spelling}' is not known to the CasADi peer")
            built[node] = table[node.operation](*(built[arg] for arg in node.args))
    return built[root]


def _operations(casadi: Any) -> dict[Op, Callable[..., Any]]:
    names = (Op.SQRT, Op.FLOOR, Op.CEIL, Op.EXP, Op.LOG, Op.LOG10, Op.SIN, Op.COS, Op.TAN, Op.TANH, Op.EXPM1)
    return {
        **{op: getattr(casadi, op.spelling) for op in names},
        Op.ADD: lambda a, b: a + b,
        Op.SUB: lambda a, b: a - b,
        Op.MUL: lambda a, b: a * b,
        Op.DIV: lambda a, b: a / b,
        Op.NEG: lambda a: -a,
        Op.POW: lambda a, b: a**b,
        Op.ABS: casadi.fabs,
        Op.MIN: casadi.fmin,
        Op.MAX: casadi.fmax,
        Op.LT: lambda a, b: a < b,
        Op.LE: lambda a, b: a <= b,
        Op.GT: lambda a, b: a > b,
        Op.GE: lambda a, b: a >= b,
        Op.EQ: casadi.eq,
        Op.NE: casadi.ne,
        Op.AND: casadi.logic_and,
        Op.OR: casadi.logic_or,
        Op.NOT: casadi.logic_not,
        Op.SELECT: casadi.if_else,
        Op.BERNOULLI: lambda a: a / casadi.expm1(a),
    }
