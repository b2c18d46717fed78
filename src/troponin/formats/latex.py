"""A model's equations as LaTeX, for a paper or a thesis."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.model.model import Model
from troponin.units import DIMENSIONLESS, Unit

__all__ = ["LATEX", "latex_of", "symbol_of", "write_latex"]

_Op = Operation
_ATOM = 100

_Rule = tuple[int, Callable[..., str]]
"""How tightly the result binds, and what writes it from (text, binding) of the arguments."""

_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "pi",
    "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
)  # fmt: skip


def latex_of(root: Node, symbols: Mapping[str, str] | None = None) -> str:
    """An expression in LaTeX's mathematics; `symbols` gives names that are written otherwise."""
    done: dict[Node, tuple[str, int]] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            done[node] = (_number(node.value), 70 if node.value < 0 else _ATOM)
        elif isinstance(node, Symbol):
            done[node] = ((symbols or {}).get(node.name) or symbol_of(node.name), _ATOM)
        elif isinstance(node, Apply):
            binding, write = LATEX[node.operation]
            done[node] = (write(*(done[a] for a in node.args)), binding)
    return done[root][0]


def write_latex(model: Model) -> str:
    """A document with the model's states, parameters and equations."""
    rows = [rf"\frac{{d{symbol_of(s.name)}}}{{dt}} &= {latex_of(s.rate)}" for s in model.states if s.rate is not None]
    equations = [f"{symbol_of(e.name)} &= {latex_of(e.expression)}" for e in model.equations]
    if model.pacing is not None and "stimulus" in model.meanings:
        equations.append(f"{symbol_of(model.meanings['stimulus'])} &= {latex_of(model.pacing)}")
    states = [(s.name, s.initial, s.unit, s.doc) for s in model.states]
    parameters = [(p.name, p.value, p.unit, p.doc) for p in model.parameters]
    parts = [
        r"\documentclass{article}",
        r"\usepackage{amsmath,longtable}",
        r"\allowdisplaybreaks",
        r"\begin{document}",
        rf"\section*{{{_text(model.name)}}}",
        rf"\subsection*{{Differential equations}}{_aligned(rows)}",
        rf"\subsection*{{Equations}}{_aligned(equations)}",
        rf"\subsection*{{States and their initial values}}{_table(states)}",
        rf"\subsection*{{Parameters}}{_table(parameters)}",
        r"\end{document}",
    ]
    return "\n".join([*parts, ""])


def symbol_of(name: str) -> str:
    r"""A variable's name in LaTeX: `IKr.tau_m` is \tau_{\mathrm{m}} of component IKr."""
    component, _, own = name.rpartition(".")
    head, _, tail = own.partition("_")
    text = rf"\{head}" if head in _GREEK else head if len(head) == 1 else rf"\mathrm{{{_text(head)}}}"
    below = ",".join(part for part in (_text(tail.replace("_", " ")), _text(component)) if part)
    return text if not below else rf"{text}_{{\mathrm{{{below}}}}}"


def _aligned(rows: list[str]) -> str:
    return "" if not rows else "\n\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _table(rows: list[tuple[str, float, Unit, str]]) -> str:
    lines = []
    for name, value, unit, doc in rows:
        said = _text("" if unit == DIMENSIONLESS else str(unit))
        lines.append(rf"${symbol_of(name)}$ & ${_number(value)}$ & {said} & {_text(doc)} \\")
    return "\n".join(["", r"\begin{longtable}{llll}", *lines, r"\end{longtable}"])


def _text(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"} | {c: f"\\{c}" for c in "&%$#_{}"}
    return re.sub(r"[\\^~&%$#_{}]", lambda found: special[found[0]], text)


def _number(value: float) -> str:
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    digits, _, power = repr(value).removesuffix(".0").partition("e")
    return digits if not power else rf"{digits} \cdot 10^{{{int(power)}}}"


# ---------------------------------------------------------------- what each operation looks like

_Part = tuple[str, int]


def _inside(part: _Part, floor: int) -> str:
    return part[0] if part[1] >= floor else rf"\left({part[0]}\right)"


def _sign(sign: str, binding: int, *, equal_right: bool = True) -> _Rule:
    def write(a: _Part, b: _Part) -> str:
        right = _inside(b, binding if equal_right else binding + 1)
        if right.startswith("-"):
            right = rf"\left({right}\right)"
        return f"{_inside(a, binding)} {sign} {right}"

    return binding, write


def _call(name: str) -> _Rule:
    return _ATOM, lambda *parts: rf"{name}\left({', '.join(p[0] for p in parts)}\right)"


LATEX: dict[Operation, _Rule] = {
    _Op.ADD: _sign("+", 50),
    _Op.SUB: _sign("-", 50, equal_right=False),
    _Op.MUL: _sign(r"\,", 60),
    _Op.DIV: (_ATOM, lambda a, b: rf"\frac{{{a[0]}}}{{{b[0]}}}"),
    _Op.NEG: (65, lambda a: f"-{_inside(a, 66)}"),
    _Op.POW: (80, lambda a, b: f"{{{_inside(a, 90)}}}^{{{b[0]}}}"),
    _Op.SQRT: (_ATOM, lambda a: rf"\sqrt{{{a[0]}}}"),
    _Op.ABS: (_ATOM, lambda a: rf"\left|{a[0]}\right|"),
    _Op.FLOOR: (_ATOM, lambda a: rf"\left\lfloor {a[0]} \right\rfloor"),
    _Op.CEIL: (_ATOM, lambda a: rf"\left\lceil {a[0]} \right\rceil"),
    _Op.REMAINDER: _call(r"\operatorname{rem}"),
    _Op.MIN: _call(r"\min"),
    _Op.MAX: _call(r"\max"),
    _Op.EXP: (_ATOM, lambda a: rf"e^{{{a[0]}}}" if len(a[0]) < 30 else rf"\exp\left({a[0]}\right)"),
    _Op.EXPM1: (50, lambda a: rf"e^{{{a[0]}}} - 1"),
    _Op.LOG: _call(r"\ln"),
    _Op.LOG10: _call(r"\log_{10}"),
    _Op.BERNOULLI: (_ATOM, lambda a: rf"\frac{{{a[0]}}}{{e^{{{a[0]}}} - 1}}"),
    _Op.BERNOULLI_SLOPE: _call("B'"),
    _Op.BERNOULLI_CURVATURE: _call("B''"),
    _Op.SIN: _call(r"\sin"),
    _Op.COS: _call(r"\cos"),
    _Op.TAN: _call(r"\tan"),
    _Op.ASIN: _call(r"\arcsin"),
    _Op.ACOS: _call(r"\arccos"),
    _Op.ATAN: _call(r"\arctan"),
    _Op.SINH: _call(r"\sinh"),
    _Op.COSH: _call(r"\cosh"),
    _Op.TANH: _call(r"\tanh"),
    _Op.ASINH: _call(r"\operatorname{arsinh}"),
    _Op.ACOSH: _call(r"\operatorname{arcosh}"),
    _Op.ATANH: _call(r"\operatorname{artanh}"),
    _Op.LT: _sign("<", 40),
    _Op.LE: _sign(r"\le", 40),
    _Op.GT: _sign(">", 40),
    _Op.GE: _sign(r"\ge", 40),
    _Op.EQ: _sign("=", 40),
    _Op.NE: _sign(r"\ne", 40),
    _Op.AND: _sign(r"\land", 20),
    _Op.OR: _sign(r"\lor", 10),
    _Op.NOT: (30, lambda a: rf"\lnot {_inside(a, 31)}"),
    _Op.SELECT: (
        _ATOM,
        lambda c, a, b: rf"\begin{{cases}} {a[0]} & \text{{if }} {c[0]} \\ {b[0]} & \text{{otherwise}} \end{{cases}}",
    ),
}
"""For each operation: how tightly it binds, and how it is written."""
